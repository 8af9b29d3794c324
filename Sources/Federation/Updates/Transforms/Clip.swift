internal import Catalogs
public import Randomness
internal import Tensors

/// Δ_k · min(1, M/‖Δ_k‖): no client moves the server further than M.
///
/// Source: McMahan et al., "Learning Differentially Private Recurrent Language Models", ICLR 2018, flat clipping.
public struct Clip: UpdateTransform {
  /// M.
  public let norm: Float

  /// Makes the transform.
  ///
  /// - Precondition: M > 0.
  public init(norm: Float) {
    precondition(norm > 0, "a norm of \(norm)")
    self.norm = norm
  }

  public var normBound: Float? { norm }

  public func onClient(_ update: inout ClientUpdate, memory: inout SlotMemory, stream: inout RandomStream) {
    update.change { delta in
      let length = Kernels.sumOfSquares(delta, count: delta.count).squareRoot()
      guard length > Double(norm) else { return }
      let factor = Float(Double(norm) / length)
      for place in delta.indices { delta[place] *= factor }
    }
  }

  static let entry = CatalogEntry<any UpdateTransform>(
    "clip", "no update is longer than a norm", source: "McMahan et al., ICLR 2018",
    options: [.required("norm", .number(.above(0)), "M, the greatest ‖Δ_k‖")], shorthand: "norm"
  ) { Clip(norm: Float($0.number("norm"))) }
}
