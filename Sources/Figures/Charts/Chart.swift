internal import Foundation

/// One of the kinds of charts.
package enum Chart: Sendable, Equatable {
  /// Curves, with bands around them.
  case lines(LineChart)

  /// What draws it.
  var drawing: any ChartDrawing {
    switch self {
    case .lines(let chart): chart
    }
  }
}

/// What the layout of a figure asks of a chart.
protocol ChartDrawing {
  /// Room for labels on the left of the plot, in pixels.
  var leftMargin: Double { get }
  /// Room on the right of the plot.
  var rightMargin: Double { get }
  /// The name of the vertical axis, which stands above the plot; "" where it has none.
  var verticalName: String { get }
  /// The name of the horizontal axis, which stands below the plot; "" where it has none.
  var horizontalName: String { get }
  /// Room for labels below the plot, without the axis's name.
  var bottomMargin: Double { get }
  /// The height that suits a plot of some width; `isAlone` where it is not one of many.
  func height(forWidth width: Double, isAlone: Bool) -> Double
  /// Draws the chart.
  func draw(_ canvas: inout Canvas, in plot: Frame, edges: Edges)
  /// What a page needs to say what is under the pointer: a JSON object.
  var data: String { get }
}

/// Which sides of a plot have labels: those that no neighbour has.
struct Edges: Equatable {
  var left = true
  var bottom = true
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

  /// A list of texts.
  static func texts(_ values: some Sequence<String>) -> String {
    "[" + values.map { MarkupText.scriptString($0) }.joined(separator: ",") + "]"
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
