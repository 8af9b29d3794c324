/// Curves over the rounds of a run, each one line of text that begins with the same round: `▁▂▄▆█`.
///
/// A column stands for one round, or for as many as it takes to fit; it shows the largest value of its rounds, so that
/// no peak is lost, and a space where there is none. Where rounds are recorded at equal distances, as every fifth, a
/// column stands for that many, and the last round has a column of its own.
package struct RoundPlot: Sendable, Equatable {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// The first round.
  package let first: Int
  /// The last round.
  package let last: Int
  /// How many rounds a column stands for.
  package let roundsPerColumn: Int

  /// Makes the axis of some rounds.
  ///
  /// - Parameters:
  ///   - rounds: The rounds of which something is recorded, in any order; nil is returned where there are none.
  ///   - maxWidth: How many columns there may be, at least 2.
  package init?(rounds: some Sequence<Int>, maxWidth: Int) {
    let rounds = Set(rounds).sorted()
    guard let first = rounds.first, let last = rounds.last else { return nil }
    self.first = first
    self.last = last
    // The last round is recorded whether it is due or not.
    let distances = zip(rounds.dropFirst(), rounds).map { $0 - $1 }
    let distance = (distances.count > 1 ? distances.dropLast() : distances[...]).min() ?? 1
    let between = max(2, maxWidth) - 1
    roundsPerColumn = max(distance, (last - first + between - 1) / between)
  }

  /// How many columns a line takes.
  package var width: Int { column(of: last) + 1 }

  /// Returns a curve; the lowest block is 0 and the highest the curve's largest value.
  ///
  /// - Parameter values: Numbers ≥ 0 by round, of rounds on the axis; what is not finite is left out.
  package func text(_ values: [Int: Double]) -> String {
    var columns = [Double?](repeating: nil, count: width)
    for (round, value) in values where value.isFinite && (first...last).contains(round) {
      let column = column(of: round)
      columns[column] = max(columns[column] ?? value, value)
    }
    let top = columns.compactMap { $0 }.max() ?? 0
    return String(
      columns.map { value in
        guard let value else { return " " }
        return top > 0 ? Self.blocks[min(7, max(0, Int(value / top * 8)))] : Self.blocks[0]
      })
  }

  /// What a reader of plots needs to know, in a sentence.
  package var legend: String {
    let scale = "Plots begin at 0 and reach up to the most of their line"
    return roundsPerColumn == 1
      ? "\(scale); a column is a round."
      : "\(scale); a column is \(roundsPerColumn) rounds and shows the largest."
  }

  private func column(of round: Int) -> Int { (round - first + roundsPerColumn - 1) / roundsPerColumn }
}
