internal import Catalogs
public import Randomness

/// Only the k values of largest magnitude of the whole vector are sent. With error feedback u = Δ_k + e_k is what is cut,
/// and e_k ← u − C(u) is kept for the next time.
///
/// Of equal magnitudes those that lie first count as larger. Places cost 4 bytes each, or a bit a value where that is
/// less.
///
/// Source: Stich, Cordonnier & Jaggi, "Sparsified SGD with Memory", NeurIPS 2018.
public struct TopK: UpdateTransform {
  /// k.
  public enum Amount: Sendable, Equatable {
    /// A number of values, at most all.
    case count(Int)
    /// ⌈ρd⌉.
    case fraction(Double)
  }

  /// k.
  public let amount: Amount
  /// Whether what is cut off is added to the client's next update.
  public let errorFeedback: Bool

  /// Makes the transform.
  public init(_ amount: Amount, errorFeedback: Bool = true) {
    self.amount = amount
    self.errorFeedback = errorFeedback
  }

  public var clientSlots: [MemorySlot] { errorFeedback ? [.vector("residual")] : [] }

  public func onClient(_ update: inout ClientUpdate, memory: inout SlotMemory, stream: inout RandomStream) {
    update.change { delta in
      if errorFeedback, let residual = memory[vector: "residual"] {
        for place in delta.indices { delta[place] += residual[place] }
      }
      let kept = Self.largest(kept(of: delta.count), of: delta)
      var residual = delta
      for place in kept { residual[place] = 0 }
      // What is sent is what is not left over.
      var sent = [Float](repeating: 0, count: delta.count)
      for place in kept { sent[place] = delta[place] }
      delta = sent
      if errorFeedback { memory[vector: "residual"] = residual }
    }
  }

  public func encoding(_ before: UpdateEncoding) -> UpdateEncoding {
    let count = kept(of: before.count)
    return UpdateEncoding(
      count: count, bytesPerValue: before.bytesPerValue,
      bytesBeside: before.bytesBeside + min(4 * count, (before.count + 7) / 8))
  }

  private func kept(of count: Int) -> Int {
    switch amount {
    case .count(let number): min(number, count)
    case .fraction(let share):
      // A share like 0.07 is a little more in binary.
      min(count, max(1, Int((share * Double(count) * (1 - 0x1p-40)).rounded(.up))))
    }
  }

  /// The places of the `count` values of largest magnitude.
  static func largest(_ count: Int, of values: [Float]) -> [Int] {
    guard count < values.count else { return Array(values.indices) }
    // The order of magnitudes is that of their bits; the least that is kept is found bit by bit.
    let magnitudes = values.map { $0.magnitude.bitPattern }
    var threshold: UInt32 = 0
    for bit in (0..<31).reversed() {
      let candidate = threshold | 1 << UInt32(bit)
      if magnitudes.reduce(0, { $0 + ($1 >= candidate ? 1 : 0) }) >= count { threshold = candidate }
    }
    let above = magnitudes.reduce(0) { $0 + ($1 > threshold ? 1 : 0) }
    var ties = count - above
    return magnitudes.indices.filter { place in
      if magnitudes[place] > threshold { return true }
      guard magnitudes[place] == threshold, ties > 0 else { return false }
      ties -= 1
      return true
    }
  }

  static let entry = CatalogEntry<any UpdateTransform>(
    "top-k", "only the values of largest magnitude are sent", source: "Stich et al., NeurIPS 2018",
    options: [
      .optional("fraction", .number(.init(0, 1, lowerIsOpen: true)), "which share of the values, rounded up"),
      .optional("count", .integer(1...Int(UInt32.max)), "how many values"),
      Option("error_feedback", .boolean, default: .boolean(true), "whether the rest is added to the next update"),
    ], shorthand: "fraction"
  ) { options in
    let feedback = options.boolean("error_feedback")
    switch (options.optionalInteger("count"), options.optionalNumber("fraction")) {
    case (let count?, nil): return TopK(.count(count), errorFeedback: feedback)
    case (nil, let fraction?): return TopK(.fraction(fraction), errorFeedback: feedback)
    default: throw OptionProblem(nil, "needs exactly one of 'fraction' and 'count'")
    }
  }
}
