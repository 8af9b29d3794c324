internal import Tensors

/// The entries of `data.shift` in their order.
struct ShiftList: Sendable {
  let entries: [ShiftEntry]
  let seed: UInt64

  /// Checks that examples of a source can be changed so.
  ///
  /// - Parameter range: The smallest and the largest value there is; nil where nobody knows.
  /// - Throws: `ShiftProblem`.
  static func check(_ entries: [ShiftEntry], shape: Shape, range: ClosedRange<Float>?) throws(ShiftProblem) {
    for (place, entry) in entries.enumerated() {
      if let problem = entry.shift.problem(with: shape) { throw ShiftProblem(place, "'\(entry.name)' \(problem)") }
    }
    // What clips would change values beyond [0, 1] without a word; what stands behind 'scale' is said to clip.
    guard let place = entries.firstIndex(where: \.shift.isOfUnitRange) else { return }
    let allowed = "(allowed: data scaled to [0, 1], or 'scale')"
    guard let range else {
      throw ShiftProblem(
        place, "'\(entries[place].name)' is for values of [0, 1], and those of the source have no bounds \(allowed)")
    }
    guard range.lowerBound >= -slack, range.upperBound <= 1 + slack else {
      throw ShiftProblem(
        place,
        "'\(entries[place].name)' is for values of [0, 1], and the data have values from \(range.lowerBound + 0) to \(range.upperBound + 0) \(allowed)"
      )
    }
  }

  /// What luminance, say, is beyond 1 by rounding.
  private static let slack: Float = 1e-5

  /// Changes the examples of a client, one after another in `values`.
  ///
  /// - Parameters:
  ///   - split: The split of the source in which they are.
  ///   - level: The level of an entry for an example.
  func apply(
    to values: UnsafeMutablePointer<Float>, _ references: ArraySlice<ExampleReference>, split: DataSplit, client: Int,
    shape: Shape, level: (ShiftEntry, ExampleReference) -> Double
  ) {
    let count = shape.count
    let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    defer { scratch.deallocate() }
    scratch.initialize(repeating: 0)
    for (place, reference) in references.enumerated() {
      let own = UnsafeMutableBufferPointer(start: values + place * count, count: count)
      for (number, entry) in entries.enumerated() {
        entry.shift.apply(
          to: ShiftedExample(
            values: own, scratch: scratch, shape: shape, level: level(entry, reference), seed: seed, client: client,
            number: Self.number(reference, split), entry: number))
        guard entry.shift.isOfUnitRange else { continue }
        for value in own.indices { own[value] = min(max(own[value], 0), 1) }
      }
    }
  }

  /// A number for each example of a source.
  private static func number(_ reference: ExampleReference, _ split: DataSplit) -> UInt64 {
    let code: UInt64 = split == .train ? 0 : split == .test ? 1 : 2
    return UInt64(UInt32(bitPattern: reference.domain)) << 33 | UInt64(UInt32(bitPattern: reference.index)) << 2 | code
  }
}
