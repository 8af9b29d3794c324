/// Folders of texts: `root/class/file`, with levels for split, domain and client above; or files that are classes
/// themselves, with an example a line.
///
/// As for `ImageFolder`, but for the kinds of files: all are texts, unless they begin with a dot, are what a system or an
/// archive puts there (`Thumbs.db`, `desktop.ini`, `README`, `LICENSE`) or lie above the folders of classes.
package enum TextFolder {
  /// How a file holds examples.
  package enum Example: String, Sendable, CaseIterable {
    /// A file is an example.
    case file
    /// A line is an example, and the file's name without its last extension the last level.
    case line
  }

  private static let passedOver: Set<String> = [
    "thumbs.db", "desktop.ini", "readme", "readme.md", "readme.txt", "license", "license.md", "license.txt",
  ]

  /// Lists the files below `root`; none of them is opened.
  ///
  /// - Throws: `DataFileError` as `ImageFolder.list` does.
  /// - Precondition: `levels` end with `class` and name nothing twice.
  package static func list(
    root: String, levels: [FolderLevel] = [.class], example: Example = .file
  ) throws(DataFileError) -> LabelledFolder {
    try LabelledFolder(
      root: root, levels: levels, noun: "texts", hasFileClasses: example == .line, isOutsideWrong: false
    ) { passedOver.contains($0.lowercased()) ? .passOver : .take }
  }

  /// The examples of a file: its text without the last line end, or its lines.
  ///
  /// - Parameter limit: The most bytes that the file may have.
  /// - Throws: `DataFileError` as `TextFile.read` does.
  package static func texts(
    path: String, example: Example = .file, encoding: TextEncoding = .utf8, limit: Int
  ) throws(DataFileError) -> [String] {
    let file = try TextFile.read(path: path, encoding: encoding, limit: limit)
    return example == .file ? [file.text] : file.lines
  }
}
