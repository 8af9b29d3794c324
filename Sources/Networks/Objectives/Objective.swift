public import Catalogs
public import Tensors

/// What training minimizes: outputs and targets in; the mean over a batch, its gradient and how many are right out.
///
/// A batch is `rows` rows of `width` outputs: a row an example, or for classes of steps a row a step.
public protocol Objective: Sendable {
  /// What it takes the targets of data as: labels where these are numbers and it is about labels; nil where it has nothing to
  /// compare with them.
  func target(for data: TargetKind) -> TargetKind?

  /// Which shapes of a network's output it can compare with targets.
  func outputs(for target: TargetKind) -> OutputShapes

  /// What of its options does not fit the targets; each is about an option.
  ///
  /// - Parameters:
  ///   - target: What `target(for:)` gave.
  ///   - width: Outputs of an example, or of a step of it.
  func problems(with target: TargetKind, width: Int) -> [OptionProblem]

  /// Whether a batch may have no target that counts, so that there is no mean; `false` unless said.
  var canLackTargets: Bool { get }

  /// How it trains a model where that takes more than one pass forward and backward through one network; nil unless said.
  var procedure: (any StepProcedure)? { get }

  /// Whether any of `count` whole numbers or numbers counts; true unless said.
  func hasTarget(_ targets: BatchTargets, count: Int) -> Bool

  /// The mean over the targets that count, and how many outputs are right.
  ///
  /// - Parameters:
  ///   - outputs: `rows × width`.
  ///   - targets: A class a row, each below `width` (or below 2 where one output tells two classes apart), or `width`
  ///     numbers a row.
  ///   - gradient: = the gradient of the mean, `rows × width`, unless nil.
  ///   - scratch: Room for `rows × width` floats.
  func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue
}

/// What an objective makes of a batch.
public struct ObjectiveValue: Sendable, Equatable {
  /// The mean; 0 where no target counts.
  public var loss: Double
  /// What the mean was divided by: the sum of the weights of the targets that count, or the number of rows. Means of batches
  /// are averaged by it.
  public var weight: Double
  /// How many rows whose target counts are right; nil where there is no notion of it.
  public var correct: Int?
  /// How many rows have a target that counts.
  public var counted: Int
  /// What else is recorded of a step, by the names of measures.
  public var measures: [String: Double] = [:]

  /// Makes a value.
  public init(loss: Double, weight: Double, correct: Int?, counted: Int) {
    (self.loss, self.weight, self.correct, self.counted) = (loss, weight, correct, counted)
  }
}

/// Shapes that a network may put out.
public struct OutputShapes: Sendable {
  /// In words that follow "allowed:".
  public let allowed: String
  private let contains: @Sendable (Shape) -> Bool

  /// Makes a value.
  public init(_ allowed: String, contains: @escaping @Sendable (Shape) -> Bool) {
    (self.allowed, self.contains) = (allowed, contains)
  }

  /// Whether a shape is one of them.
  public func contain(_ shape: Shape) -> Bool { contains(shape) }
}

extension Objective {
  public var procedure: (any StepProcedure)? { nil }
  public var canLackTargets: Bool { false }
  public func hasTarget(_ targets: BatchTargets, count: Int) -> Bool { true }
  public func problems(with target: TargetKind, width: Int) -> [OptionProblem] { [] }

  public func outputs(for target: TargetKind) -> OutputShapes {
    switch target {
    case .classes(let count): OutputShapes("[\(count)] or more") { $0.rank == 1 && $0.count >= count }
    case .labels(let count), .values(let count): OutputShapes("[\(count)]") { $0.rank == 1 && $0.count == count }
    case .tokens(let count):
      OutputShapes("[T, \(count)] for sequences of T steps, or more than \(count)") {
        $0.rank == 2 && $0.channels >= count
      }
    }
  }
}

extension Objective {
  /// One-hot rows for classes, and how many rows have their largest output there; of equal outputs the first is the answer.
  ///
  /// - Parameter targets: = 1 at the class of each row and 0 elsewhere, `rows × width`.
  func oneHot(
    _ classes: UnsafePointer<Int32>, outputs: UnsafePointer<Float>, rows: Int, width: Int,
    into targets: UnsafeMutablePointer<Float>
  ) -> Int {
    targets.update(repeating: 0, count: rows * width)
    var correct = 0
    for row in 0..<rows {
      targets[row * width + Int(classes[row])] = 1
      var largest = 0
      for c in 1..<max(1, width) where outputs[row * width + c] > outputs[row * width + largest] { largest = c }
      if largest == Int(classes[row]) { correct += 1 }
    }
    return correct
  }

  /// The mean over the elements of outputs and numbers of the same shape; classes are numbers as one-hot.
  ///
  /// - Parameter sum: The sum over elements; it is given a number of each, and writes gradients times a factor.
  func elementMean(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>,
    _ sum: (_ targets: UnsafePointer<Float>, _ count: Int, _ factor: Float, UnsafeMutablePointer<Float>?) -> Double
  ) -> ObjectiveValue {
    let count = rows * width
    let (numbers, correct): (UnsafePointer<Float>, Int?) =
      switch targets {
      case .classes(let classes):
        (UnsafePointer(scratch), oneHot(classes, outputs: outputs, rows: rows, width: width, into: scratch))
      case .numbers(let numbers): (UnsafePointer(numbers), nil)
      }
    let mean = sum(numbers, count, 1 / Float(count), gradient) / Double(count)
    return ObjectiveValue(loss: mean, weight: Double(rows), correct: correct, counted: rows)
  }

  /// The mean of something of each error z − y, over the elements of outputs and numbers of the same shape.
  ///
  /// - Parameter part: What an error adds, and its derivative there.
  func errorMean(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>, _ part: (_ error: Double) -> (value: Double, slope: Double)
  ) -> ObjectiveValue {
    elementMean(
      outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch
    ) { numbers, count, factor, gradient in
      var sum = 0.0
      for place in 0..<count {
        let (value, slope) = part(Double(outputs[place]) - Double(numbers[place]))
        sum += value
        gradient?[place] = Float(slope) * factor
      }
      return sum
    }
  }
}
