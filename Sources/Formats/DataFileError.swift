/// Why a data file could not be read.
package enum DataFileError: Error, Equatable, CustomStringConvertible {
  /// There is no file or folder at `path`.
  case missing(path: String)
  /// No file of the folder `root` is named like `pattern`; `domains` are those that the folder has, `nearest` the one
  /// probably meant, and `files` those that may be meant for it under names that are not understood.
  case missingDomain(root: String, pattern: String, nearest: String?, domains: [String], files: [String])
  /// The folder `root` has no file called `name`; `nearest` is the one probably meant, `files` those that are there.
  case missingFile(root: String, name: String, nearest: String?, files: [String])
  /// The file exists but the system does not let it be read, or it is not a regular file.
  case unreadable(path: String, reason: String)
  /// The content is not what the format or the use of the file asks for.
  case malformed(path: String, reason: String)

  /// Whether the input is not there, as opposed to wrong; the two have different exit codes.
  package var isMissing: Bool {
    switch self {
    case .missing, .missingDomain, .missingFile: true
    case .unreadable, .malformed: false
    }
  }

  package var description: String {
    switch self {
    case .missing(let path): return "\(path): no such file or folder"
    case .missingDomain(let root, let pattern, let nearest, let domains, let files):
      let hint = nearest.map { "; did you mean '\(printable($0))'?" } ?? ""
      let shown = domains.prefix(20).map(printable).joined(separator: ", ") + (domains.count > 20 ? ", …" : "")
      let others = files.prefix(3).map { "'\(printable($0))'" }.joined(separator: ", ")
      let rest = files.isEmpty ? "" : "; other files there: \(others)" + (files.count > 3 ? ", …" : "")
      return "\(root): no file \(printable(pattern))\(hint) (domains there: \(domains.isEmpty ? "none" : shown)\(rest))"
    case .missingFile(let root, let name, let nearest, let files):
      let hint = nearest.map { "; did you mean '\(printable($0))'?" } ?? ""
      return "\(root): no file '\(printable(name))'\(hint) (files there: \(listed(files)))"
    case .unreadable(let path, let reason): return "\(path): can't be read: \(reason)"
    case .malformed(let path, let reason): return "\(path): \(reason)"
    }
  }
}

/// `text` cut after 120 characters, with what would break a line or hide text escaped.
package func printable(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(120) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown + (text.unicodeScalars.dropFirst(120).isEmpty ? "" : "…")
}
