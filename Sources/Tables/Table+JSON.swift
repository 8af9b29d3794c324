extension Table {
  /// Returns the table as a JSON array of objects, one a line, with the columns' keys in the columns' order; ended by
  /// a newline.
  ///
  /// Numbers have all their digits, fractions stay fractions; what is missing, NaN or infinite is `null`.
  package func json() -> String {
    jsonValue(indent: 0) + "\n"
  }

  /// The array, its objects two spaces deeper than `indent`, without a newline at its end.
  func jsonValue(indent: Int) -> String {
    var stream = TableStream(columns: columns, form: .json, indent: indent)
    return stream.head + rows.map { stream.row($0) }.joined() + stream.tail
  }
}

extension Cell {
  /// The cell as a JSON value.
  var json: String {
    switch value {
    case .list(let words): "[" + words.map(JSONText.string).joined(separator: ", ") + "]"
    case .text, .time: exactText.map(JSONText.string) ?? "null"
    default: exactText ?? "null"
    }
  }
}

/// JSON's strings. Numbers and objects are written where they are needed, so that their digits and their order are
/// ours.
enum JSONText {
  /// Returns `text` in quotation marks with what must be escaped (RFC 8259, section 7) escaped, and hidden characters,
  /// too: a terminal may show the document.
  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where HiddenCharacters.contains(scalar):
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
