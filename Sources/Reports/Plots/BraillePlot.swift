internal import Algorithms
package import Tables

/// Curves drawn with braille dots, two columns and four rows of dots a character, with axes and a legend.
///
/// Curves are told apart without colours: each has a letter, which stands at its right end and once on the curve, and
/// again in the legend. Where escape sequences are allowed, each also has a colour.
package struct BraillePlot: Sendable, Equatable {
  /// One curve.
  package struct Curve: Sendable, Equatable {
    /// The curve's name in the legend.
    package var name: String
    /// The curve's points by ascending x, joined by straight lines; what is not finite is left out.
    package var points: [Point]

    /// Makes a curve.
    package init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// A point of a curve.
  package struct Point: Sendable, Equatable {
    /// The horizontal place, as a round.
    package var x: Double
    /// The value.
    package var y: Double

    /// Makes a point.
    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// The most curves that have letters.
  package static let largestCurveCount = 26

  /// The curves, in the order of the legend.
  package let curves: [Curve]
  /// The columns of the whole plot with its labels.
  package let width: Int
  /// The rows of the curves, without the axis and the legend.
  package let height: Int
  private let xs: ClosedRange<Double>
  private let ys: ClosedRange<Double>

  /// Makes a plot; nil without a finite point, and for more curves than there are letters.
  ///
  /// - Parameters:
  ///   - curves: At most 26 curves.
  ///   - width: The columns of the whole plot, at least 30.
  ///   - height: The rows of the curves, at least 3.
  ///   - range: What the lowest and the highest row stand for; nil means the smallest and the largest value.
  package init?(_ curves: [Curve], width: Int, height: Int = 10, range: ClosedRange<Double>? = nil) {
    let finite = curves.map { curve in
      Curve(name: curve.name, points: curve.points.filter { $0.x.isFinite && $0.y.isFinite })
    }
    let points = finite.flatMap(\.points)
    guard let (left, right) = points.map(\.x).minAndMax(), let (low, high) = points.map(\.y).minAndMax(),
      curves.count <= Self.largestCurveCount
    else { return nil }
    self.curves = finite
    self.width = max(30, width)
    self.height = max(3, height)
    xs = left...right
    ys = range ?? low...high
  }

  /// Returns the plot, each line ended by a newline.
  ///
  /// - Parameters:
  ///   - style: Whether escape sequences may be used.
  ///   - words: How a value reads on the vertical axis.
  package func text(style: TextStyle = .plain, words: (Double) -> String) -> String {
    let middle = ys.lowerBound + (ys.upperBound - ys.lowerBound) / 2
    let labels = [0: words(ys.upperBound), height / 2: words(middle), height - 1: words(ys.lowerBound)]
    let labelWidth = labels.values.map(TerminalWidth.of).max() ?? 0
    // Beside the curves: the labels, a space, the axis, and a space and the letters at the right end.
    let endWidth = ends.values.map(\.count).max() ?? 0
    let columns = max(8, width - labelWidth - 3 - endWidth)
    var canvas = Canvas(columns: columns, rows: height)
    for (index, curve) in curves.enumerated() { draw(curve, index, on: &canvas) }
    for (index, curve) in curves.enumerated() { mark(curve, index, on: &canvas) }

    var lines = ""
    for row in 0..<height {
      let label = labels[row] ?? ""
      let margin = String(repeating: " ", count: labelWidth - TerminalWidth.of(label)) + label
      let end = (ends[row] ?? []).map { style.applyColor($0, to: Self.letter($0)) }.joined()
      let line = canvas.line(row, style: style)
      lines += margin + (label.isEmpty ? " │" : " ┤") + line.text
      if !end.isEmpty { lines += String(repeating: " ", count: columns - line.width + 1) + end }
      lines += "\n"
    }
    return lines + axis(margin: labelWidth + 1, columns: columns) + legend(style: style)
  }

  private static func letter(_ index: Int) -> String {
    String(UnicodeScalar(UInt8(ascii: "a") + UInt8(min(index, largestCurveCount - 1))))
  }

  /// Which curves end in a row.
  private var ends: [Int: [Int]] {
    var ends: [Int: [Int]] = [:]
    for (index, curve) in curves.enumerated() {
      if let last = curve.points.last { ends[dotRow(last.y) / 4, default: []].append(index) }
    }
    return ends
  }

  private func dotRow(_ y: Double) -> Int {
    let share = ys.upperBound > ys.lowerBound ? (ys.upperBound - y) / (ys.upperBound - ys.lowerBound) : 0.5
    return min(4 * height - 1, max(0, Int((min(max(share, 0), 1) * Double(4 * height - 1)).rounded())))
  }

  private func dotColumn(_ x: Double, _ columns: Int) -> Int {
    let share = xs.upperBound > xs.lowerBound ? (x - xs.lowerBound) / (xs.upperBound - xs.lowerBound) : 0
    return Int((share * Double(2 * columns - 1)).rounded())
  }

  /// The curve's row at each column of dots between its first and its last point.
  private func path(_ curve: Curve, _ columns: Int) -> [(column: Int, row: Int)] {
    guard let first = curve.points.first else { return [] }
    var path = [(column: dotColumn(first.x, columns), row: dotRow(first.y))]
    for (from, to) in zip(curve.points, curve.points.dropFirst()) {
      let start = dotColumn(from.x, columns)
      let end = dotColumn(to.x, columns)
      for column in start..<max(start, end) {
        let share = Double(column + 1 - start) / Double(end - start)
        path.append((column + 1, dotRow(from.y + share * (to.y - from.y))))
      }
      // Two points in one column of dots: both are drawn.
      if start == end { path.append((end, dotRow(to.y))) }
    }
    return path
  }

  private func draw(_ curve: Curve, _ index: Int, on canvas: inout Canvas) {
    let path = path(curve, canvas.columns)
    var before = path.first?.row ?? 0
    for (column, row) in path {
      // A steep line has no holes: its dots begin beside the last one.
      let near = row > before ? before + 1 : row < before ? before - 1 : row
      for dot in min(near, row)...max(near, row) { canvas.set(column, dot, index) }
      before = row
    }
  }

  /// Puts the curve's letter on it, each curve's at another place.
  private func mark(_ curve: Curve, _ index: Int, on canvas: inout Canvas) {
    let path = path(curve, canvas.columns)
    guard curves.count > 1, path.count > 1 else { return }
    let place = path[min(path.count - 1, path.count * (index + 1) / (curves.count + 1))]
    canvas.put(Self.letter(index), place.column / 2, place.row / 4, index)
  }

  private func axis(margin: Int, columns: Int) -> String {
    let left = NumberText.exact(xs.lowerBound) ?? ""
    let right = NumberText.exact(xs.upperBound) ?? ""
    let gap = max(1, columns - left.count - right.count)
    let indent = String(repeating: " ", count: margin)
    return indent + "└" + String(repeating: "─", count: columns) + "\n" + indent + " " + left
      + (xs.upperBound > xs.lowerBound ? String(repeating: " ", count: gap) + right : "") + "\n"
  }

  /// Letters and names, as many a line as fit.
  private func legend(style: TextStyle) -> String {
    var lines = ""
    var used = 0
    for (index, curve) in curves.enumerated() {
      let name = TerminalWidth.truncated(TerminalWidth.printable(curve.name), to: width - 2)
      let itemWidth = 2 + TerminalWidth.of(name)
      if used > 0 {
        let fits = used + 3 + itemWidth <= width
        lines += fits ? "   " : "\n"
        used = fits ? used + 3 : 0
      }
      lines += style.applyColor(index, to: Self.letter(index)) + " " + name
      used += itemWidth
    }
    return lines + "\n"
  }
}

/// Dots in characters of two columns and four rows.
private struct Canvas {
  let columns: Int
  let rows: Int
  private var dots: [UInt8]
  private var owners: [Int]
  private var letters: [Int: String] = [:]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    dots = Array(repeating: 0, count: columns * rows)
    owners = Array(repeating: 0, count: columns * rows)
  }

  /// Sets a dot, counted in dots.
  mutating func set(_ column: Int, _ row: Int, _ owner: Int) {
    // Unicode numbers the dots of a cell down the left column, down the right one, and the lowest row last.
    let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
    let cell = row / 4 * columns + column / 2
    dots[cell] |= bits[column % 2][row % 4]
    owners[cell] = owner
  }

  /// Puts a letter over the dots of a cell.
  mutating func put(_ letter: String, _ column: Int, _ row: Int, _ owner: Int) {
    letters[row * columns + column] = letter
    owners[row * columns + column] = owner
  }

  /// A row without the spaces at its end, and how many columns it has.
  func line(_ row: Int, style: TextStyle) -> (text: String, width: Int) {
    let cells = (row * columns)..<((row + 1) * columns)
    let filled = cells.filter { dots[$0] != 0 || letters[$0] != nil }
    guard let last = filled.last else { return ("", 0) }
    var text = ""
    var run = ""
    var owner = owners[cells.lowerBound]
    for cell in cells.lowerBound...last {
      let isEmpty = dots[cell] == 0 && letters[cell] == nil
      if !isEmpty, owners[cell] != owner {
        text += run.isEmpty ? "" : style.applyColor(owner, to: run)
        (run, owner) = ("", owners[cell])
      }
      let scalar = UnicodeScalar(0x2800 + UInt32(dots[cell])).map(String.init)
      run += letters[cell] ?? (isEmpty ? " " : scalar ?? " ")
    }
    text += style.applyColor(owner, to: run)
    return (text, last - cells.lowerBound + 1)
  }
}
