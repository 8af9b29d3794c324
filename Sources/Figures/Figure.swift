package import Tables

/// A picture of what was recorded, as values: what it shows, how to read it, and the table behind it.
package struct Figure: Sendable, Equatable {
  /// The name that finds it: `accuracy`.
  package let id: String
  /// What the figure shows, in a few words.
  package let title: String
  /// How to read it: what is drawn, over what, in which unit, and what is left out.
  package let caption: String
  /// The numbers that it shows.
  package let table: Table
  /// Why there is nothing to draw, in one sentence; nil where there is.
  package let absence: String?
  /// The charts, in reading order.
  package let panels: [Panel]
  /// What colours and patterns stand for.
  package let legend: [LegendEntry]
  /// How the panels stand.
  package let arrangement: Arrangement

  /// How panels stand.
  package enum Arrangement: Sendable, Equatable {
    /// One below the other.
    case column
    /// Side by side in columns at least so many pixels wide, sharing their axes.
    case grid(minimumWidth: Double)
  }

  /// One chart with its heading.
  package struct Panel: Sendable, Equatable {
    /// What sets it apart; "" where it is alone.
    package let title: String
    /// What the panel draws.
    package let chart: Chart

    /// Makes a panel.
    package init(_ title: String = "", _ chart: Chart) {
      self.title = MarkupText.shortened(title, to: 200)
      self.chart = chart
    }
  }

  /// What a colour or a pattern stands for; charts name entries by their place.
  package struct LegendEntry: Sendable, Equatable {
    /// What the entry is called.
    package let name: String
    /// The entry's place in the palette.
    package let style: Int

    /// Makes an entry.
    package init(_ name: String, style: Int) {
      self.name = MarkupText.shortened(name, to: 200)
      self.style = style
    }
  }

  /// Makes a figure; words that are too long for a reader are shortened.
  package init(
    id: String, title: String, caption: String, legend: [LegendEntry] = [], panels: [Panel],
    arrangement: Arrangement = .column, table: Table
  ) {
    self.id = id
    self.title = MarkupText.shortened(title, to: 200)
    self.caption = MarkupText.shortened(caption, to: 1000)
    self.legend = legend
    self.panels = panels
    self.arrangement = arrangement
    self.table = table
    absence = nil
  }

  /// Makes a figure of which there is nothing to draw.
  ///
  /// - Parameter reason: Why, in one sentence.
  package init(id: String, title: String, absent reason: String) {
    self.id = id
    self.title = MarkupText.shortened(title, to: 200)
    caption = ""
    legend = []
    panels = []
    arrangement = .column
    table = Table(columns: [])
    absence = reason
  }

  /// Whether colours stand for areas rather than lines.
  package var hasAreas: Bool {
    if case .bars? = panels.first?.chart { true } else { false }
  }

  /// Whether there is nothing to draw.
  package var isEmpty: Bool { panels.isEmpty }
}
