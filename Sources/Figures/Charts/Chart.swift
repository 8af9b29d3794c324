internal import Foundation

/// One of the kinds of charts.
package enum Chart: Sendable, Equatable {
  /// Curves, with bands around them.
  case lines(LineChart)
  /// A grid of cells.
  case heat(HeatMap)
  /// Estimates with intervals.
  case intervals(IntervalChart)
  /// Joined points of two measures.
  case paths(PathChart)
  /// Bars over categories.
  case bars(BarChart)

  /// What draws it.
  var drawing: any ChartDrawing {
    switch self {
    case .lines(let chart): chart
    case .heat(let chart): chart
    case .intervals(let chart): chart
    case .paths(let chart): chart
    case .bars(let chart): chart
    }
  }
}

/// What the layout of a figure asks of a chart.
protocol ChartDrawing {
  /// Room for labels on the left of the plot, in pixels, in a figure of some width.
  func leftMargin(width: Double) -> Double
  /// Room on the right of the plot.
  func rightMargin(width: Double) -> Double
  /// The name of the vertical axis, which stands above the plot; "" where it has none.
  var verticalName: String { get }
  /// The name of the horizontal axis, which stands below the plot; "" where it has none.
  var horizontalName: String { get }
  /// Room for labels below the plot, without the axis's name.
  var bottomMargin: Double { get }
  /// What the strengths of the chart's colours stand for; nil where it has none.
  var heatScale: HeatScale? { get }
  /// The height that suits a plot of some width; `isAlone` where it is not one of many.
  func height(forWidth width: Double, isAlone: Bool) -> Double
  /// Draws the chart.
  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges)
  /// What a page needs to say what is under the pointer: a JSON object.
  var data: String { get }
}

extension ChartDrawing {
  var heatScale: HeatScale? { nil }
}

/// Which sides of a plot have labels: those that no neighbour has.
struct Edges: Equatable {
  var left = true
  var bottom = true
  /// Whether the plot is not one of many.
  var isAlone = true
}

/// JSON for pages, written piece by piece.
enum ScriptData {
  /// A number with at most six significant digits, or null.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "null" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    return shortest(value)
  }

  /// A list of numbers.
  static func numbers(_ values: some Sequence<Double?>) -> String {
    "[" + values.map(number).joined(separator: ",") + "]"
  }

  /// A list of numbers with three significant digits, for what is only said in a tip.
  static func shortNumbers(_ values: some Sequence<Double?>) -> String {
    let texts = values.map { value -> String in
      guard let value, value.isFinite else { return "null" }
      return value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(format: "%.3g", value)
    }
    return "[" + texts.joined(separator: ",") + "]"
  }

  /// A list of texts.
  static func texts(_ values: some Sequence<String>) -> String {
    "[" + values.map { MarkupText.scriptString(MarkupText.shortened($0, to: 200)) }.joined(separator: ",") + "]"
  }

  /// An axis.
  static func axis(_ axis: Axis) -> String {
    #"{"min":\#(number(axis.range.lowerBound)),"max":\#(number(axis.range.upperBound)),"log":\#(axis.isLogarithmic),"#
      + #""name":\#(MarkupText.scriptString(axis.name)),"format":"\#(axis.format.rawValue)"}"#
  }

  private static func shortest(_ value: Double) -> String {
    // Six significant digits are more than a picture shows.
    String(format: "%.6g", value)
  }
}
