/// Which columns of a table a terminal shows, and how wide.
struct TableFit {
  /// No column of words becomes narrower.
  private static let leastWidth = 8
  /// Shortening a column must save so much: a name that lacks a letter or two is worse than a whole one.
  private static let leastCut = 4
  /// Headers up to this width stay whole; longer ones are names.
  private static let longestWholeHeader = 12

  /// The columns that are shown, ascending.
  private(set) var shown: [Int]
  /// How wide each column is, shown or not.
  private(set) var widths: [Int]

  /// Shows all columns as wide as they are.
  init(widths: [Int]) {
    shown = Array(widths.indices)
    self.widths = widths
  }

  /// Leaves columns out and shortens others until a line fits, or nothing more can be done.
  ///
  /// - Parameters:
  ///   - columns: The columns.
  ///   - headers: The widths of their headers.
  ///   - widths: The widths of their widest cells, headers among them.
  ///   - limit: The columns of the terminal.
  init(_ columns: [Table.Column], headers: [Int], widths: [Int], limit: Int) {
    self.init(widths: widths)
    let ornaments = columns.indices.filter { columns[$0].necessity == .ornament }.reversed()
    for column in ornaments where lineWidth > limit { shown.removeAll { $0 == column } }
    let floors = headers.map { max(Self.leastWidth, $0 <= Self.longestWholeHeader ? $0 : 0) }
    let words = columns.indices.filter { columns[$0].canShrink && !columns[$0].isName }
    let names = columns.indices.filter { columns[$0].canShrink && columns[$0].isName }
    let useful = columns.indices.filter { columns[$0].necessity == .useful }.reversed()
    for column in [nil] + useful.map(Optional.some) where lineWidth > limit {
      if let column { shown.removeAll { $0 == column } }
      // With a column less, words may have room again.
      self.widths = widths
      shorten(words, floors, to: limit)
    }
    shorten(names, floors, to: limit)
  }

  /// The columns that a line takes.
  var lineWidth: Int { shown.reduce(0) { $0 + widths[$1] } + 2 * max(0, shown.count - 1) }

  /// Shortens the widest of `candidates` until a line fits.
  private mutating func shorten(_ columns: [Int], _ floors: [Int], to limit: Int) {
    let candidates = columns.filter(shown.contains)
    let largest = widths.map { $0 - Self.leastCut }
    while lineWidth > limit {
      let open = candidates.filter { widths[$0] > floors[$0] && largest[$0] >= floors[$0] }
      guard let widest = open.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] = min(widths[widest] - 1, largest[widest])
    }
    // The last one may have given more than was asked for.
    while lineWidth < limit {
      let shortened = candidates.filter { widths[$0] < largest[$0] }
      guard let narrowest = shortened.min(by: { widths[$0] < widths[$1] }) else { return }
      widths[narrowest] += 1
    }
  }
}
