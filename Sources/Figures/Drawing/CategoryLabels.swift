/// Names below the places of a plot that is divided evenly.
enum CategoryLabels {
  /// A label and where it stands, in places from the left edge.
  struct Label: Equatable {
    let text: String
    let place: Double
  }

  /// Draws as many of the names as have room.
  static func draw(_ canvas: inout Canvas, _ names: [String], isThinned: Bool = false, in plot: Frame) {
    guard !names.isEmpty else { return }
    let slot = plot.width / Double(names.count)
    let widest = names.map { TextWidth.of($0.prefix(24), size: Palette.labelSize) }.max() ?? 0
    let gap = (min(widest, 110) + 10) / slot
    let labels = isThinned ? numbers(names, gap: gap) : evenly(names, gap: gap)
    let room = zip(labels, labels.dropFirst()).map { $1.place - $0.place }.min().map { $0 * slot - 4 } ?? plot.width
    for label in labels {
      canvas.label(
        label.text, x: plot.x + label.place * slot, y: plot.bottom + 15, anchor: .middle, room: max(20, room),
        style: "tick")
    }
  }

  /// Names at least `gap` places apart, evenly from the first.
  static func evenly(_ names: [String], gap: Double) -> [Label] {
    Swift.stride(from: 0, to: names.count, by: stride(gap)).map { Label(text: names[$0], place: Double($0) + 0.5) }
  }

  /// Round numbers at least `gap` places apart, also where the number itself has no place of its own: between those
  /// of its neighbours.
  static func numbers(_ names: [String], gap: Double) -> [Label] {
    let numbers = names.compactMap { Int($0) }
    guard numbers.count == names.count, let first = numbers.first, let last = numbers.last, last > first,
      first >= 0, last < 1 << 53
    else {
      return evenly(names, gap: gap)
    }
    let most = max(1, Int(Double(names.count) / gap))
    let step = max(1, Int(Axis.step(Double(last - first), count: most)))
    let start = (first + step - 1) / step * step
    return Swift.stride(from: start, through: last, by: step).map { number in
      let right = numbers.firstIndex { $0 >= number } ?? numbers.count - 1
      guard right > 0, numbers[right] > number else { return Label(text: String(number), place: Double(right) + 0.5) }
      let span = Double(numbers[right] - numbers[right - 1])
      return Label(
        text: String(number), place: Double(right) - 0.5 + Double(number - numbers[right - 1]) / span)
    }
  }

  /// The smallest of 1, 2, 5, 10, … that is at least `gap`.
  static func stride(_ gap: Double) -> Int {
    var power = 1
    while power < 1_000_000 {
      for factor in [1, 2, 5] where Double(factor * power) >= gap { return factor * power }
      power *= 10
    }
    return power
  }
}
