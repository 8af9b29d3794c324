internal import ArgumentParser
internal import Foundation
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
