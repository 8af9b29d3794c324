public import Catalogs
internal import Foundation
public import Tensors

/// Cross entropy that counts an example the less the surer the model is of it.
///
/// With p = softmax(z): L = mean of −w_y (1 − p_y)^γ ln p_y over the N rows. With γ = 0 it is cross entropy, but that weights
/// are divided by N, not by Σ w_y.
///
/// Source: Lin et al., ICCV 2017, equation 4.
/// Differs: torchvision's `sigmoid_focal_loss` is of single labels, with a sigmoid.
public struct Focal: Objective {
  /// γ.
  public let gamma: Double
  private let weights: ClassWeights
  private let weightCount: Int?

  /// Makes the objective.
  ///
  /// - Parameter classWeights: w_c; 1 for each class unless given.
  public init(gamma: Double = 2, classWeights: [Double]? = nil) {
    self.gamma = gamma
    weights = ClassWeights(classWeights ?? [])
    weightCount = classWeights?.count
  }

  public func target(for data: TargetKind) -> TargetKind? { data.isWhole ? data : nil }

  public func problems(with target: TargetKind, width: Int) -> [OptionProblem] {
    guard let classes = classCount(of: target) else { return [] }
    return [ClassWeights.problem("class_weights", given: weightCount, needed: classes, of: ("class", "classes"))]
      .compactMap { $0 }
  }

  public func evaluate(
    outputs: UnsafePointer<Float>, targets: BatchTargets, rows: Int, width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    guard case .classes(let classes) = targets else { preconditionFailure("focal takes classes") }
    if gamma == 0, weights.areEqual {
      return CrossEntropy().evaluate(
        outputs: outputs, targets: targets, rows: rows, width: width, gradient: gradient, scratch: scratch)
    }
    var (sum, correct) = (0.0, 0)
    for row in 0..<rows {
      let z = outputs + row * width
      let target = Int(classes[row])
      let (largest, _) = scratch.softmax(of: z, width: width)
      if largest == target { correct += 1 }
      // The other classes' sum, relative to the largest: 1 − p keeps its digits where p is near 1.
      let origin = Double(z[largest])
      let own = exp(Double(z[target]) - origin)
      var others = 0.0
      for c in 0..<width where c != target { others += exp(Double(z[c]) - origin) }
      let rest = others / (own + others)
      let logP = Double(z[target]) - origin - (largest == target ? log1p(others) : log(own + others))
      let p = own / (own + others)
      sum -= weights[target] * pow(rest, gamma) * logP
      guard let gradient else { continue }
      let second = gamma == 0 || rest == 0 ? 0 : gamma * pow(rest, gamma - 1) * p * logP
      let factor = weights[target] * (pow(rest, gamma) - second) / Double(rows)
      let g = gradient + row * width
      for c in 0..<width { g[c] = Float(factor * (c == target ? -rest : Double(scratch[c]))) }
    }
    return ObjectiveValue(loss: sum / Double(rows), weight: Double(rows), correct: correct, counted: rows)
  }

  static let entry = CatalogEntry<any Objective>(
    "focal", "cross entropy that counts the less what the model is sure of", source: "Lin et al. 2017",
    options: [
      Option("gamma", .number(.init(0, 100)), default: .number(2), "how much the less; 0 is cross entropy"),
      ClassWeights.option,
    ]
  ) { options in
    _ = try ClassWeights.read(options)
    return Focal(gamma: options.number("gamma"), classWeights: options.numbers("class_weights"))
  }
}
