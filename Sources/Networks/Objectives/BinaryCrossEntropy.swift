public import Catalogs
internal import Foundation
public import Tensors

/// Binary cross entropy with logits against labels, 0 or 1 for each output.
///
/// L = mean over rows and outputs of w_c·y·softplus(−z) + (1 − y)·softplus(z). A class becomes one-hot labels. One output
/// tells two classes apart: y is the class, and class 1 is the answer where z > 0.
///
/// Source: PyTorch `torch.nn.BCEWithLogitsLoss`.
public struct BinaryCrossEntropy: Objective {
  private let weights: ClassWeights
  private let weightCount: Int?

  /// Makes the objective.
  ///
  /// - Parameter positiveWeights: w_c of each output; 1 unless given.
  public init(positiveWeights: [Double]? = nil) {
    weights = ClassWeights(positiveWeights ?? [])
    weightCount = positiveWeights?.count
  }

  public func target(for data: TargetKind) -> TargetKind? {
    switch data {
    case .classes: data
    case .values(let count), .labels(let count): .labels(count)
    case .tokens: nil
    }
  }

  public func outputs(for target: TargetKind) -> OutputShapes {
    switch target {
    case .classes(2): OutputShapes("[1], [2] or more") { $0.rank == 1 }
    case .classes(let count): OutputShapes("[\(count)] or more") { $0.rank == 1 && $0.count >= count }
    case .labels(let count), .values(let count), .tokens(let count):
      OutputShapes("[\(count)]") { $0.rank == 1 && $0.count == count }
    }
  }

  public func problems(with target: TargetKind, width: Int) -> [OptionProblem] {
    [ClassWeights.problem("positive_weights", given: weightCount, needed: width, of: ("output", "outputs"))].compactMap
    { $0 }
  }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    if width == 1, case .classes(let classes) = targets {
      var correct = 0
      for row in 0..<rows {
        scratch[row] = Float(classes[row])
        if (outputs[row] > 0) == (classes[row] == 1) { correct += 1 }
      }
      var value = evaluate(
        outputs: outputs, targets: .numbers(scratch), rows: rows, width: 1, gradient: gradient, scratch: scratch)
      value.correct = correct
      return value
    }
    return elementMean(
      outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch
    ) { numbers, count, factor, gradient in
      weights.areEqual
        ? Kernels.binaryCrossEntropy(outputs, targets: numbers, count: count, factor: factor, gradient: gradient)
        : weighted(outputs, numbers, count: count, width: width, factor, gradient)
    }
  }

  private func weighted(
    _ outputs: UnsafePointer<Float>, _ targets: UnsafePointer<Float>, count: Int, width: Int, _ factor: Float,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var sum = 0.0
    for place in 0..<count {
      let (z, y) = (Double(outputs[place]), Double(targets[place]))
      let weight = weights[place % width]
      let tail = log1p(exp(-abs(z)))
      sum += weight * y * (max(-z, 0) + tail) + (1 - y) * (max(z, 0) + tail)
      let sigmoid = 1 / (1 + exp(-z))
      gradient?[place] = Float((1 - y) * sigmoid - weight * y * (1 - sigmoid)) * factor
    }
    return sum
  }

  static let entry = CatalogEntry<any Objective>(
    "bce", "binary cross entropy with logits against labels, or one-hot classes", source: "torch.nn.BCEWithLogitsLoss",
    options: [
      .optional(
        "positive_weights", .list(.number(.above(0)), count: 1...65_536),
        "how much a label that holds counts, for each output in order; 1 unless set")
    ]
  ) { options in BinaryCrossEntropy(positiveWeights: options.numbers("positive_weights")) }
}
