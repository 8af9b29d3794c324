public import Catalogs
internal import Foundation
public import Tensors

/// Softmax cross entropy against classes, of examples or of the steps of sequences.
///
/// With p = softmax(z), w_c the class weights, s the smoothing and C the outputs:
///
///     L = [(1 − s) Σ w_y·(−ln p_y) − s/C · Σ Σ_c w_c ln p_c] / Σ w_y
///
/// over the targets that are not `ignored`. A batch whose Σ w_y is 0 has no mean.
///
/// Source: PyTorch `torch.nn.CrossEntropyLoss`.
/// Differs: there the mean of a batch without a target that counts is no number; here the batch is skipped.
public struct CrossEntropy: Objective {
  /// s.
  public let smoothing: Double
  /// The class whose targets do not count.
  public let ignored: Int?
  private let weights: ClassWeights
  /// How many weights were given.
  private let weightCount: Int?

  /// Makes the objective.
  ///
  /// - Parameter classWeights: w_c; 1 for each class unless given.
  public init(smoothing: Double = 0, classWeights: [Double]? = nil, ignored: Int? = nil) {
    self.smoothing = smoothing
    self.ignored = ignored
    weights = ClassWeights(classWeights ?? [])
    weightCount = classWeights?.count
  }

  public func target(for data: TargetKind) -> TargetKind? { data.isWhole ? data : nil }

  public func problems(with target: TargetKind, width: Int) -> [OptionProblem] {
    guard let classes = classCount(of: target) else { return [] }
    var problems: [OptionProblem] = []
    if let problem = ClassWeights.problem(
      "class_weights", given: weightCount, needed: classes, of: ("class", "classes"))
    {
      problems.append(problem)
    }
    if let ignored, ignored >= classes {
      problems.append(
        OptionProblem(
          "ignore", "'\(ignored)' is no class of the data (allowed: a whole number from 0 to \(classes - 1))"))
    }
    return problems
  }

  public var canLackTargets: Bool { ignored != nil || weights.values.contains(0) }

  public func hasTarget(_ targets: BatchTargets, count: Int) -> Bool {
    guard canLackTargets, case .classes(let classes) = targets else { return true }
    return (0..<count).contains { counts(Int(classes[$0])) && weights[Int(classes[$0])] > 0 }
  }

  private func counts(_ target: Int) -> Bool { target != ignored }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    guard case .classes(let classes) = targets else { preconditionFailure("cross entropy takes classes") }
    guard smoothing == 0, ignored == nil, weights.areEqual else {
      return weighted(outputs, classes, rows: rows, width: width, gradient, scratch)
    }
    let (sum, correct) = Kernels.crossEntropy(
      outputs, targets: classes, rows: rows, classes: width, factor: 1 / Float(rows), gradient: gradient)
    return ObjectiveValue(loss: sum / Double(rows), weight: Double(rows), correct: correct, counted: rows)
  }

  private func weighted(
    _ outputs: UnsafePointer<Float>, _ classes: UnsafePointer<Int32>, rows: Int, width: Int,
    _ gradient: UnsafeMutablePointer<Float>?, _ powers: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    var value = ObjectiveValue(loss: 0, weight: 0, correct: 0, counted: 0)
    for row in 0..<rows where counts(Int(classes[row])) {
      value.weight += weights[Int(classes[row])]
      value.counted += 1
    }
    gradient?.update(repeating: 0, count: rows * width)
    guard value.weight > 0 else { return value }
    let share = smoothing / Double(width)
    let allWeights = (0..<width).reduce(0) { $0 + weights[$1] }
    var (sum, correct) = (0.0, 0)
    for row in 0..<rows where counts(Int(classes[row])) {
      let z = outputs + row * width
      let (largest, logSum) = powers.softmax(of: z, width: width)
      let target = Int(classes[row])
      if largest == target { correct += 1 }
      let own = (1 - smoothing) * weights[target]
      sum += own * (logSum - Double(z[target]))
      if share > 0 { for c in 0..<width { sum += share * weights[c] * (logSum - Double(z[c])) } }
      guard let gradient else { continue }
      let g = gradient + row * width
      for c in 0..<width {
        let all = (own + share * allWeights) * Double(powers[c]) - share * weights[c]
        g[c] = Float((all - (c == target ? own : 0)) / value.weight)
      }
    }
    value.loss = sum / value.weight
    value.correct = correct
    return value
  }

  static let entry = CatalogEntry<any Objective>(
    "cross-entropy", "softmax cross entropy against classes", source: "torch.nn.CrossEntropyLoss",
    options: [
      Option(
        "label_smoothing", .number(.init(0, 1, upperIsOpen: true)), default: .number(0),
        "the part of a target that is spread over all classes"), ClassWeights.option,
      .optional("ignore", .integer(0...65_535), "a class whose targets do not count"),
    ]
  ) { options in
    _ = try ClassWeights.read(options)
    return CrossEntropy(
      smoothing: options.number("label_smoothing"), classWeights: options.numbers("class_weights"),
      ignored: options.optionalInteger("ignore"))
  }
}

extension Objective where Self == CrossEntropy {
  /// Softmax cross entropy without options.
  public static var crossEntropy: CrossEntropy { CrossEntropy() }
}

extension UnsafeMutablePointer<Float> {
  /// = softmax of a row of outputs; the number of the first of the largest outputs, and the logarithm of the sum of all
  /// powers of e.
  func softmax(of z: UnsafePointer<Float>, width: Int) -> (largest: Int, logSum: Double) {
    var largest = 0
    for c in 1..<Swift.max(1, width) where z[c] > z[largest] { largest = c }
    let origin = Double(z[largest])
    var sum = 0.0
    for c in 0..<width {
      let power = exp(Double(z[c]) - origin)
      sum += power
      self[c] = Float(power)
    }
    for c in 0..<width { self[c] = Float(Double(self[c]) / sum) }
    return (largest, log(sum) + origin)
  }
}
