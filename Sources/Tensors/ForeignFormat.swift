/// Tells by its first bytes what a file is that is not what a reader wants, for the reader's message.
package enum ForeignFormat {
  /// How many of a file's first bytes tell.
  package static let byteCount = 1024

  /// What a file with these first bytes is, such as "a PNG image"; nil where they say nothing.
  ///
  /// - Parameter start: The first bytes, `byteCount` of them or the whole file.
  package static func name(of start: [UInt8]) -> String? {
    if start.isEmpty { return "empty" }
    if start.allSatisfy({ $0 == 0 }) { return start.count < 16 ? nil : "full of zeros" }
    if let found = signatures.first(where: { start.starts(with: $0.bytes) }) { return found.name }
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return archive(start) }
    if start.starts(with: Array("RIFF".utf8)), start.count >= 12 {
      return start[8..<12].elementsEqual("WEBP".utf8) ? "a WebP image" : "a RIFF file (sound or video)"
    }
    if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) { return "a tar archive" }
    if start[0] == 0x80, start.count > 1, (2...5).contains(start[1]) { return pickle }
    if isIDX(start) { return "an IDX file" }
    if isSafetensors(start) { return safetensors }
    return text(start)
  }

  /// The name of the format that is read.
  static let safetensors = "a safetensors file"

  /// The command of the converter `covey-data` that turns a file of this kind into arrays that are read; nil for kinds
  /// that it has none for.
  ///
  /// - Parameter kind: What `name(of:)` gave.
  package static func converterCommand(of kind: String) -> String? { converterCommands[kind] }

  private static let pickle = "a Python pickle (also torch.save of old)"
  private static let hdf5 = "an HDF5 file (also Keras .h5)"
  private static let matlab = "a MATLAB file (.mat)"
  private static let parquet = "a Parquet file"
  private static let arrow = "an Arrow or Feather file"
  private static let feather = "a Feather file"
  private static let office = "an Office document (.xlsx)"

  private static let converterCommands = [
    pickle: "pickle", hdf5: "hdf5", matlab: "mat", parquet: "parquet", arrow: "tabular", feather: "tabular",
    office: "tabular",
  ]

  /// What files begin with, the longer beginnings first where one begins another.
  private static let signatures: [(bytes: [UInt8], name: String)] = [
    ([0x93] + Array("NUMPY".utf8), "a NumPy array (.npy)"),
    ([0x89] + Array("HDF\r\n".utf8), hdf5),
    ([0x89] + Array("PNG".utf8), "a PNG image"), ([0xFF, 0xD8, 0xFF], "a JPEG image"),
    (Array("GIF8".utf8), "a GIF image"), ([0x49, 0x49, 0x2A, 0x00], "a TIFF image"),
    ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF image"), (Array("MATLAB".utf8), matlab),
    ([0x1F, 0x8B], "a gzip file"), (Array("BZh".utf8), "a bzip2 file"),
    ([0xFD] + Array("7zXZ".utf8), "an xz file"), ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file"),
    ([0x04, 0x22, 0x4D, 0x18], "an LZ4 file"), (Array("7z".utf8) + [0xBC, 0xAF], "a 7-Zip archive"),
    (Array("Rar!".utf8), "a RAR archive"), ([0x50, 0x4B, 0x05, 0x06], "an empty zip archive"),
    (Array("PAR1".utf8), parquet), (Array("ARROW1".utf8), arrow), (Array("FEA1".utf8), feather),
    (Array("ORC".utf8), "an ORC file"), (Array("Obj".utf8) + [1], "an Avro file"),
    (Array("SQLite format 3".utf8), "an SQLite database"), (Array("GGUF".utf8), "a GGUF file"),
    (Array("%PDF".utf8), "a PDF document"), ([0x7F] + Array("ELF".utf8), "a program"),
    (Array("version https://git-lfs".utf8), "a Git LFS pointer, not the file itself (git lfs pull fetches it)"),
    ([0xFF, 0xFE], "a text in UTF-16"), ([0xFE, 0xFF], "a text in UTF-16"),
  ]

  /// A zip archive by the name of its first member.
  private static func archive(_ start: [UInt8]) -> String {
    guard start.count > 30 else { return "a zip archive" }
    let length = Int(start[26]) | Int(start[27]) << 8
    let member = String(decoding: start.dropFirst(30).prefix(length), as: UTF8.self)
    if member.hasSuffix(".npy") { return "a NumPy archive (.npz)" }
    if member.hasSuffix("data.pkl") || member.contains("/.data/") || member.hasSuffix("/byteorder")
      || member.hasSuffix(".format_version")
    {
      return "a PyTorch file (torch.save)"
    }
    if member.hasPrefix("[Content_Types]") || member.hasPrefix("xl/") { return office }
    if member.hasSuffix(".weights.h5") || member == "metadata.json" || member == "config.json" { return "a Keras file" }
    return "a zip archive"
  }

  /// `00 00`, one of the format's types, and a rank.
  private static func isIDX(_ start: [UInt8]) -> Bool {
    start.count >= 8 && start[0] == 0 && start[1] == 0 && [0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E].contains(start[2])
      && (1...8).contains(start[3])
  }

  /// The length of a header, and a header that begins as JSON.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    start.count >= 10 && start[4..<8].allSatisfy { $0 == 0 } && start[8] == UInt8(ascii: "{")
  }

  /// A kind of text, or nil for bytes that are none.
  private static func text(_ start: [UInt8]) -> String? {
    let isCut = start.count >= byteCount
    // A character may be cut at the end.
    let whole = isCut ? Array(start.prefix { $0 != 0 }.dropLast(4)) : start
    guard !whole.isEmpty, start.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }) else { return nil }
    let words = String(decoding: whole, as: UTF8.self)
    guard words.unicodeScalars.count(where: { $0 == "\u{FFFD}" }) <= (isCut ? 2 : 0) else { return nil }
    let trimmed = words.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let lower = trimmed.prefix(100).lowercased()
    if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") {
      return "an HTML page, as of a download that failed"
    }
    if lower.hasPrefix("<") { return "an XML or HTML text" }
    if lower.hasPrefix("{") || lower.hasPrefix("[") { return "a JSON text" }
    if lower.hasPrefix("@relation") || lower.hasPrefix("%") && words.lowercased().contains("@relation") {
      return "an ARFF text"
    }
    // The last line may be cut.
    var lines = trimmed.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.prefix(6)
    if isCut, lines.count > 1, lines.count < 6 { lines.removeLast() }
    guard let first = lines.first else { return "a text" }
    for (separator, name) in [(",", "a CSV text"), ("\t", "a text of columns (TSV)"), (";", "a CSV text")] {
      let counts = lines.map { line in line.count { String($0) == separator } }
      if counts[0] > 0, counts.allSatisfy({ $0 == counts[0] }) { return name }
    }
    if lower.hasPrefix("---") { return "a YAML text" }
    let fields = first.split(separator: " ")
    if fields.count > 1, fields.dropFirst().allSatisfy({ $0.contains(":") }), Double(fields[0]) != nil {
      return "a LIBSVM text"
    }
    if lines.allSatisfy({ $0.contains(": ") || $0.hasSuffix(":") || $0.hasPrefix(" ") || $0.hasPrefix("-") }) {
      return "a YAML text"
    }
    if lines.allSatisfy({ line in line.split(separator: " ").allSatisfy { Double($0) != nil } }) {
      return "a text of numbers"
    }
    return "a text"
  }
}
