internal import Randomness

/// The numbers 0..<count in a random order, each equally likely, of which one takes as many as one needs.
///
/// Source: Fisher–Yates, with the places that were swapped in a table, so that memory is that of the numbers taken.
struct RandomOrder: Sendable {
  private let count: Int
  private var taken = 0
  private var moved: [Int: Int] = [:]

  init(of count: Int) { self.count = count }

  /// The next number; nil where all are taken.
  mutating func next(_ stream: inout RandomStream) -> Int? {
    guard taken < count else { return nil }
    let place = taken + stream.index(below: count - taken)
    let last = moved.removeValue(forKey: taken) ?? taken
    defer { taken += 1 }
    guard place != taken else { return last }
    return moved.updateValue(last, forKey: place) ?? place
  }
}
