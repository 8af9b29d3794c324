internal import ArgumentParser
internal import Foundation
internal import Records
internal import RunStore

/// The database that a command works on.
struct DatabaseOptions: ParsableArguments {
  @Option(
    name: .customLong("db"),
    help: ArgumentHelp("The database (default: covey.sqlite, or COVEY_DB).", valueName: "path"),
    completion: .file())
  var database: String?

  /// The path that was given, or the default one.
  var path: String { Self.path(database) }

  /// The path that was given, or the default one where none was.
  static func path(_ given: String?) -> String {
    given ?? ProcessInfo.processInfo.environment["COVEY_DB"].flatMap { $0.isEmpty ? nil : $0 } ?? "covey.sqlite"
  }

  /// Opens the database for reading.
  func read() throws -> RunStore {
    try SystemRoom.requireFiles()
    return try RunStore(path: path, access: .readOnly)
  }

  /// Opens the database for writing; makes it if it is not there.
  func write() throws -> RunStore {
    try SystemRoom.requireFiles()
    return try RunStore(path: path, access: .readWrite)
  }

  /// Opens a database that is there for writing; brings it up to date.
  ///
  /// - Parameter freesRoom: Whether that is to free room: on a full disk the database is then taken from all others.
  func change(freesRoom: Bool = false) throws -> RunStore {
    // Reading first: a path that is wrong must not become an empty database.
    do {
      _ = try read()
    } catch StoreError.olderVersion {
      // Writing brings it up to date.
    }
    return try RunStore(path: path, access: .readWrite, mayBeAlone: freesRoom)
  }
}

/// Says on standard error that a database is changed without a log, and what is left if that is cut off.
func noteNoRoom(copy: String?) {
  StandardError.write(
    "the disk has no room for the database's log, so the file itself is changed; "
      + (copy.map { "until that is done, a copy of it is '\($0)'" }
        ?? "a power cut, or a process that is killed, would damage it now"))
}

/// The form of a command's results.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
  case csv
}

/// The form of results that are no plain table.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
}

/// `10..20`, `10..`, `..20` or `10`.
struct RoundRange: Sendable {
  let range: ClosedRange<Int>

  /// Reads a range.
  ///
  /// - Throws: `ValidationError` with what is wrong.
  init(_ text: String) throws {
    let allowed = "allowed: 10..20, 10.., ..20 or 10"
    guard let dots = text.range(of: "..") else {
      guard let round = Int(text), round >= 0 else { throw ValidationError("not a range of rounds (\(allowed))") }
      range = round...round
      return
    }
    let lower = text[..<dots.lowerBound]
    let upper = text[dots.upperBound...]
    guard let first = lower.isEmpty ? 0 : Int(lower), let last = upper.isEmpty ? Int(Int32.max) : Int(upper),
      first >= 0, last >= 0
    else { throw ValidationError("not a range of rounds (\(allowed))") }
    guard first <= last else { throw ValidationError("it ends before it begins (\(allowed))") }
    range = first...last
  }
}

/// Numbers separated by commas.
struct NumberList: ExpressibleByArgument, Sendable {
  let values: [UInt64]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { UInt64($0) }
    values = parts.compactMap { $0 }
    guard values.count == parts.count, values.allSatisfy({ $0 <= UInt64(Int.max) }) else { return nil }
  }
}

/// Words separated by commas.
struct WordList: ExpressibleByArgument, Sendable {
  let values: [String]

  init?(argument: String) {
    values = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard !values.contains("") else { return nil }
  }
}
