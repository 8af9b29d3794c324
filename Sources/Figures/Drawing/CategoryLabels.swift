/// Names below the places of a plot that is divided evenly.
enum CategoryLabels {
  /// Draws as many of the names as have room, evenly spaced from the first.
  static func draw(_ canvas: inout Canvas, _ names: [String], in plot: Frame) {
    guard !names.isEmpty else { return }
    let slot = plot.width / Double(names.count)
    let widest = names.map { TextWidth.of($0.prefix(24), size: Palette.labelSize) }.max() ?? 0
    let wanted = min(widest, 110) + 8
    let indices = Self.indices(names, slots: wanted / slot)
    let room = slot * Double(Self.smallestGap(indices) ?? names.count) - 4
    for index in indices {
      canvas.label(
        names[index], x: plot.x + (Double(index) + 0.5) * slot, y: plot.bottom + 15, anchor: .middle,
        room: max(20, room),
        style: "tick")
    }
  }

  /// Which names are drawn, at least `slots` places apart: those that are multiples of a round number where all are
  /// numbers, and otherwise evenly spaced from the first.
  static func indices(_ names: [String], slots: Double) -> [Int] {
    let numbers = names.compactMap { Int($0) }
    if slots > 1, numbers.count == names.count {
      var step = 1
      while step < 1_000_000_000 {
        for factor in [1, 2, 5] {
          let places = numbers.indices.filter { numbers[$0] % (factor * step) == 0 }
          guard places.count > 1 else { continue }
          if Double(smallestGap(places) ?? 0) >= slots { return places }
        }
        step *= 10
      }
    }
    return Array(Swift.stride(from: 0, to: names.count, by: stride(slots: slots)))
  }

  private static func smallestGap(_ indices: [Int]) -> Int? { zip(indices, indices.dropFirst()).map { $1 - $0 }.min() }

  /// The smallest of 1, 2, 5, 10, … that is at least `slots`.
  static func stride(slots: Double) -> Int {
    var power = 1
    while power < 1_000_000 {
      for factor in [1, 2, 5] where Double(factor * power) >= slots { return factor * power }
      power *= 10
    }
    return power
  }
}
