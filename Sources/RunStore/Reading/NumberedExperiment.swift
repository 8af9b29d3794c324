internal import GRDB
package import Records

/// `name#number`: an experiment that may not be the newest of its name, by its number in the database.
package struct NumberedExperiment: Sendable, Equatable {
  /// The experiment's name.
  package let name: String
  /// The experiment's number.
  package let number: Int64

  /// Makes a value.
  package init(name: String, number: Int64) {
    self.name = name
    self.number = number
  }

  /// Reads `name#number`; nil where `text` is none.
  package init?(_ text: String) {
    guard let mark = text.lastIndex(of: "#"), mark > text.startIndex else { return nil }
    let digits = text[text.index(after: mark)...]
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(digits)
    else { return nil }
    self.init(name: String(text[..<mark]), number: number)
  }

  /// `name#number`.
  package var text: String { "\(name)#\(number)" }
}

extension StoredRun {
  /// The name that finds it also where a newer experiment has the same name: `experiment#number/arm/seed`.
  package var numberedName: String {
    "\(NumberedExperiment(name: experiment, number: experimentID).text)/\(arm)/\(seed)"
  }
}
