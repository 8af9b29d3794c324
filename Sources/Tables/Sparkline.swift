/// A curve in one line of text: `▁▂▄▆█`, with a space where a value is missing.
package enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// Returns one character a value, or fewer where `maxWidth` asks for fewer.
  ///
  /// Each value falls into one of eight equal steps of `range`; values outside belong to the nearest step, and with a
  /// range of width 0 all are in the middle. Of more values than fit, evenly spaced ones are shown, the first and the
  /// last among them.
  ///
  /// - Parameters:
  ///   - values: The curve; nil, NaN and infinities leave a gap.
  ///   - range: What the lowest and the highest block stand for; nil means the smallest and the largest value.
  ///   - maxWidth: How many characters there may be, at least 2; nil means one a value.
  package static func text(_ values: [Double?], range: ClosedRange<Double>? = nil, maxWidth: Int? = nil) -> String {
    let shown = thinned(values, to: maxWidth)
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    guard let low = range?.lowerBound ?? finite.min(), let high = range?.upperBound ?? finite.max() else {
      return String(repeating: " ", count: shown.count)
    }
    return String(
      shown.map { value in
        guard let value, value.isFinite else { return " " }
        let share = high > low ? (value - low) / (high - low) : 0.5
        return blocks[min(7, max(0, Int((min(max(share, 0), 1) * 8).rounded(.down))))]
      })
  }

  private static func thinned(_ values: [Double?], to maxWidth: Int?) -> [Double?] {
    guard let maxWidth, values.count > max(2, maxWidth) else { return values }
    let count = max(2, maxWidth)
    return (0..<count).map { values[($0 * (values.count - 1) + (count - 1) / 2) / (count - 1)] }
  }
}
