internal import Tables

/// A file that an export has written.
struct WrittenFile {
  /// The run's name.
  var run: String
  /// The option that asked for it.
  var kind: String
  var path: String
  /// What a reader must know of it; nil where there is nothing.
  var note: String?

  static func table(_ files: [WrittenFile]) -> Table {
    Table(
      columns: [.words("run"), .words("kind"), .words("path"), .words("note")],
      rows: files.map { [.text($0.run), .text($0.kind), .text($0.path), .text($0.note)] })
  }
}
