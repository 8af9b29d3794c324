internal import GRDB
public import Records

/// `name#number`: an experiment that may not be the newest of its name, by its number in the database.
public struct NumberedExperiment: Sendable, Equatable {
  /// The experiment's name.
  public let name: String
  /// The experiment's number.
  public let number: Int64

  /// Makes a value.
  public init(name: String, number: Int64) {
    self.name = name
    self.number = number
  }

  /// Reads `name#number`; nil where `text` is none.
  public init?(_ text: String) {
    guard let mark = text.lastIndex(of: "#"), mark > text.startIndex else { return nil }
    let digits = text[text.index(after: mark)...]
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(digits)
    else { return nil }
    self.init(name: String(text[..<mark]), number: number)
  }

  /// `name#number`.
  public var text: String { "\(name)#\(number)" }
}

extension StoredRun {
  /// The name that finds it also where a newer experiment has the same name: `experiment#number/arm/seed`.
  public var numberedName: String {
    "\(NumberedExperiment(name: experiment, number: experimentID).text)/\(arm)/\(seed)"
  }
}

extension RunStore {
  /// The shortest name that means an experiment: its own, or with its number where that means a newer one or something
  /// else.
  ///
  /// - Throws: `StoreError`.
  public func shortName(ofExperiment id: Int64) throws(StoreError) -> String {
    let name = try experiment(id: id).record.name
    let numbered = NumberedExperiment(name: name, number: id).text
    let runs = try runs(ofExperiment: id).map(\.id)
    guard let meant = try? resolve(name).map(\.id) else { return numbered }
    return meant == runs ? name : numbered
  }

  /// The names that several experiments share.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  public func sharedExperimentNames() throws(StoreError) -> Set<String> {
    try reading { database in
      try Set(Self.all(Self.sharedNames, [], database, self.path) { try $0.required(0) as String })
    }
  }

  private static let sharedNames = "SELECT name FROM experiments GROUP BY name HAVING COUNT(*) > 1"
}
