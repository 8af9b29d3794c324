internal import Foundation

/// What the examples of an evaluation are to be called.
public enum EvaluatedTargets: Sendable, Equatable {
  /// A class for each row.
  case classes([Int32])
  /// 0 or 1 for each label of each row.
  case labels([Float])
  /// The numbers of each row.
  case values([Float])
  /// So many tokens, of which only the sum of −ln p is known.
  case tokens(Int)
}

/// The outputs of a network for the examples of one evaluation, and what was to be said of these. What several measures
/// need is made once, when the first of them asks. Not for two threads at once.
///
/// Probabilities, scores and sums are in fp64.
public final class EvaluatedOutputs {
  /// Numbers that the network puts out for each row.
  public let width: Int
  /// How many classes or labels there are; 0 where targets are numbers.
  public let classCount: Int
  /// The outputs, row by row.
  public let outputs: [Float]
  /// The targets, row by row.
  public let targets: EvaluatedTargets
  /// The names of the classes or labels, or of the outputs where targets are numbers; those without one are called by
  /// their number.
  private let names: [String]
  /// The sum of −ln p of tokens.
  private var tokenSurprisal = 0.0

  /// Takes outputs.
  ///
  /// - Parameters:
  ///   - outputs: `rows × width` numbers. One output of two classes is the logarithm of the odds of class 1.
  ///   - names: The names of the classes, labels or numbers.
  /// - Precondition: As many targets as rows, and classes below `width`, or below 2 where that is 1.
  public init(_ outputs: [Float], width: Int, targets: EvaluatedTargets, names: [String] = []) {
    self.outputs = outputs
    self.width = width
    self.targets = targets
    self.names = names
    switch targets {
    case .classes(let classes):
      classCount = width == 1 ? 2 : width
      precondition(classes.count * width == outputs.count, "\(classes.count) targets of \(outputs.count) outputs")
    case .labels(let labels):
      classCount = width
      precondition(labels.count == outputs.count, "\(labels.count) labels of \(outputs.count) outputs")
    case .values(let values):
      classCount = 0
      precondition(values.count == outputs.count, "\(values.count) targets of \(outputs.count) outputs")
    case .tokens: classCount = 0
    }
  }

  /// Takes what is known of tokens: the sum of −ln p, in nats, and how many there are.
  public convenience init(surprisal: Double, ofTokens count: Int) {
    self.init([], width: 0, targets: .tokens(count))
    tokenSurprisal = surprisal
  }

  /// −ln p of one of some outputs, p by softmax.
  package static func surprisal(_ outputs: UnsafeBufferPointer<Float>, of target: Int) -> Double {
    let largest = Double(outputs.max() ?? 0)
    let sum = outputs.reduce(0.0) { $0 + exp(Double($1) - largest) }
    return log(sum) - (Double(outputs[target]) - largest)
  }

  /// Mean −ln p of classes or tokens, in nats; nil of other targets, and `.some(nil)` where there is no row.
  public var meanSurprisal: Double?? {
    switch targets {
    case .classes: .some(count > 0 ? surprisals.reduce(0, +) / Double(count) : nil)
    case .tokens(let tokens): .some(tokens > 0 ? tokenSurprisal / Double(tokens) : nil)
    case .labels, .values: .none
    }
  }

  /// How many rows there are.
  public var count: Int { width > 0 ? outputs.count / width : 0 }

  /// What a class, a label or a number is called.
  public func className(_ number: Int) -> String { names.indices.contains(number) ? names[number] : "\(number)" }

  /// The class of each row; nil where targets are no classes.
  public var classes: [Int32]? { if case .classes(let classes) = targets { classes } else { nil } }

  /// The labels of each row; nil where targets are no labels.
  public var labels: [Float]? { if case .labels(let labels) = targets { labels } else { nil } }

  /// The numbers of each row; nil where targets are no numbers.
  public var values: [Float]? { if case .values(let values) = targets { values } else { nil } }

  /// The class that is predicted for each row: that of the largest output, of equal ones the first; of one output, class
  /// 1 where it is above 0.
  public private(set) lazy var predicted: [Int] = (0..<count).map { row in
    guard width > 1 else { return outputs[row] > 0 ? 1 : 0 }
    let start = row * width
    var largest = start
    for place in start..<(start + width) where outputs[place] > outputs[largest] { largest = place }
    return largest - start
  }

  /// −ln p of the class of each row, not clipped; empty where targets are no classes.
  public private(set) lazy var surprisals: [Double] = classProbabilities.surprisals
  /// The probability of each class in each row, `rows × classCount`; empty where targets are no classes.
  public var probabilities: [Double] { classProbabilities.values }

  private lazy var classProbabilities: (values: [Double], surprisals: [Double]) = {
    guard let classes else { return ([], []) }
    var values = [Double](repeating: 0, count: count * classCount)
    var surprisals: [Double] = []
    surprisals.reserveCapacity(count)
    for row in 0..<count {
      if width == 1 {
        // σ(z) and σ(−z), and softplus, of which neither overflows.
        let z = Double(outputs[row])
        let small = exp(-abs(z))
        let (of0, of1) = z >= 0 ? (small / (1 + small), 1 / (1 + small)) : (1 / (1 + small), small / (1 + small))
        (values[2 * row], values[2 * row + 1]) = (of0, of1)
        let signed = classes[row] == 1 ? -z : z
        surprisals.append(max(0, signed) + log1p(small))
        continue
      }
      let start = row * width
      let largest = Double(outputs[start + predicted[row]])
      var sum = 0.0
      for place in 0..<width {
        let power = exp(Double(outputs[start + place]) - largest)
        values[start + place] = power
        sum += power
      }
      for place in start..<(start + width) { values[place] /= sum }
      surprisals.append(log(sum) - (Double(outputs[start + Int(classes[row])]) - largest))
    }
    return (values, surprisals)
  }()

  /// What was predicted of each class or label, counted.
  public private(set) lazy var classCounts: [ClassCounts] = {
    var counts = [ClassCounts](repeating: ClassCounts(), count: classCount)
    switch targets {
    case .classes(let classes):
      for (row, actual) in classes.enumerated() {
        if predicted[row] == Int(actual) {
          counts[predicted[row]].truePositives += 1
        } else {
          counts[predicted[row]].falsePositives += 1
          counts[Int(actual)].falseNegatives += 1
        }
      }
    case .labels(let labels):
      for (place, label) in labels.enumerated() {
        switch (outputs[place] > 0, label > 0.5) {
        case (true, true): counts[place % width].truePositives += 1
        case (true, false): counts[place % width].falsePositives += 1
        case (false, true): counts[place % width].falseNegatives += 1
        case (false, false): break
        }
      }
    case .values, .tokens: break
    }
    return counts
  }()

  /// The scores of each class or label, each with whether the row has it. Two classes have the one score z₁ − z₀, that of
  /// class 1; more the probability of each; labels their outputs.
  public private(set) lazy var rankings: [Ranking] = {
    switch targets {
    case .classes(let classes):
      if classCount == 2 {
        return [
          Ranking(
            (0..<count).map { row in
              let score =
                width == 1 ? Double(outputs[row]) : Double(outputs[2 * row + 1]) - Double(outputs[2 * row])
              return (score, classes[row] == 1)
            })
        ]
      }
      let probabilities = probabilities
      return (0..<classCount).map { number in
        Ranking((0..<count).map { (probabilities[$0 * classCount + number], Int(classes[$0]) == number) })
      }
    case .labels(let labels):
      return (0..<width).map { label in
        Ranking((0..<count).map { (Double(outputs[$0 * width + label]), labels[$0 * width + label] > 0.5) })
      }
    case .values, .tokens: return []
    }
  }()
}

extension [Double?] {
  /// The mean of those that are there; nil where none is.
  var meanOfKnown: Double? {
    let known = compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}
