/// Names below the places of a plot that is divided evenly.
enum CategoryLabels {
  /// Draws as many of the names as have room, evenly spaced from the first.
  static func draw(_ canvas: inout Canvas, _ names: [String], in plot: Frame) {
    guard !names.isEmpty else { return }
    let slot = plot.width / Double(names.count)
    let widest = names.map { TextWidth.of($0.prefix(24), size: Palette.labelSize) }.max() ?? 0
    let wanted = min(widest, 110) + 8
    let stride = Self.stride(slots: wanted / slot)
    for index in Swift.stride(from: 0, to: names.count, by: stride) {
      let room = slot * Double(stride) - 4
      canvas.label(
        names[index], x: plot.x + (Double(index) + 0.5) * slot, y: plot.bottom + 15, anchor: .middle,
        room: max(20, room),
        style: "tick")
    }
  }

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
