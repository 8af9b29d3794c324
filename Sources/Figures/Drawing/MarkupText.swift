internal import Tables

/// Text made safe for XML and HTML, whatever a scenario or a database holds.
package enum MarkupText {
  /// Returns `text` for element content and quoted attributes.
  ///
  /// The five special characters become references. Hidden characters, those that XML 1.0 does not allow among them,
  /// become spaces.
  package static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count + 8)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
      }
    }
    return result
  }

  /// Returns `text` as the inside of a JSON or JavaScript string that may stand in an HTML page: no character of it can
  /// end the string or the script element.
  package static func scriptString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "<": result += "\\u003c"
      case ">": result += "\\u003e"
      case "&": result += "\\u0026"
      case "\n": result += " "
      default: result.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
      }
    }
    return result + "\""
  }

  /// Returns `text`, or its beginning, `…` and its end where it has more than `count` characters.
  package static func shortened(_ text: String, to count: Int) -> String {
    // Bytes first: a name of megabytes need not be walked to be known as short.
    if text.utf8.count <= count || text.count <= count { return text }
    return text.prefix(count * 2 / 3) + "…" + text.suffix(count - count * 2 / 3 - 1)
  }

  /// Whether a character may stand in a page as it is.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || !HiddenCharacters.contains(scalar)
  }
}
