internal import Catalogs
internal import GRDB
internal import Records

extension RunStore {
  /// How many characters a tag has at most.
  package static let longestTag = 64
  /// How many characters a note has at most.
  package static let longestNote = 10_000

  /// Gives runs tags; those that they have already stay.
  ///
  /// - Returns: How many were new, over all runs.
  /// - Throws: `StoreError`, of which `malformedTag` and `unknownRun`; nothing is changed then.
  @discardableResult
  package func add(tags: [String], toRuns ids: [Int64]) throws(StoreError) -> Int {
    for tag in tags { try Self.check(tag: tag) }
    return try change(runs: ids) { id, database in
      let statement = try database.cachedStatement(
        sql: "INSERT INTO run_tags (run_id, tag) VALUES (?, ?) ON CONFLICT DO NOTHING")
      return try tags.reduce(0) { count, tag in
        try statement.execute(arguments: [id, tag])
        return count + database.changesCount
      }
    }
  }

  /// Takes tags from runs; runs that lack one stay as they are.
  ///
  /// - Returns: How many were taken, over all runs.
  /// - Throws: `StoreError`, of which `malformedTag` and `unknownRun`; nothing is changed then.
  @discardableResult
  package func remove(tags: [String], fromRuns ids: [Int64]) throws(StoreError) -> Int {
    for tag in tags { try Self.check(tag: tag) }
    return try change(runs: ids) { id, database in
      let statement = try database.cachedStatement(sql: "DELETE FROM run_tags WHERE run_id = ? AND tag = ?")
      return try tags.reduce(0) { count, tag in
        try statement.execute(arguments: [id, tag])
        return count + database.changesCount
      }
    }
  }

  /// Gives each of the runs a note in place of the one that it has.
  ///
  /// - Parameter note: The note; an empty one takes away what there is.
  /// - Throws: `StoreError`, of which `longNote` and `unknownRun`; nothing is changed then.
  package func setNote(_ note: String, ofRuns ids: [Int64]) throws(StoreError) {
    if note.count > Self.longestNote { throw .longNote(characters: note.count) }
    _ = try change(runs: ids) { id, database in
      if note.isEmpty {
        try database.cachedStatement(sql: "DELETE FROM run_notes WHERE run_id = ?").execute(arguments: [id])
      } else {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO run_notes (run_id, note) VALUES (?, ?)")
          .execute(arguments: [id, note])
      }
      return database.changesCount
    }
  }

  /// The tags of all runs that have any, by the run's number, in alphabetical order.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func tags() throws(StoreError) -> [Int64: [String]] {
    try reading { database in
      let rows = try Row.fetchAll(database, sql: "SELECT run_id, tag FROM run_tags ORDER BY run_id, tag")
      return try rows.reduce(into: [:]) { tags, row in
        let values = RowValues(row: row, path: self.path)
        tags[try values.required(0), default: []].append(try values.required(1))
      }
    }
  }

  /// The notes of all runs that have one, by the run's number.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  package func notes() throws(StoreError) -> [Int64: String] {
    try reading { database in
      let rows = try Row.fetchAll(database, sql: "SELECT run_id, note FROM run_notes")
      return try rows.reduce(into: [:]) { notes, row in
        let values = RowValues(row: row, path: self.path)
        notes[try values.required(0)] = try values.required(1) as String
      }
    }
  }

  /// The runs that have a tag, in the order of their numbers.
  ///
  /// - Throws: `StoreError.unknownTag` when there are none.
  func taggedRuns(_ tag: String, _ database: Database) throws -> [StoredRun] {
    let runs = try storedRuns(database, "WHERE \(Self.hasTag) ORDER BY runs.id", [tag])
    if !runs.isEmpty { return runs }
    let known = try Self.all("SELECT DISTINCT tag FROM run_tags ORDER BY tag", [], database, path) {
      try $0.required(0) as String
    }
    throw StoreError.unknownTag(tag, nearest: nearestName(to: tag, in: known))
  }

  static let hasTag = "runs.id IN (SELECT run_id FROM run_tags WHERE tag = ?)"

  /// - Throws: `StoreError.malformedTag` unless `tag` is one to 64 of a–z, 0–9, `.`, `_` and `-`.
  private static func check(tag: String) throws(StoreError) {
    let isAllowed = tag.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("0"..."9").contains($0) || "._-".unicodeScalars.contains($0)
    }
    if !isAllowed || tag.isEmpty || tag.utf8.count > longestTag { throw .malformedTag(tag) }
  }

  /// Runs `body` for each run in one transaction.
  ///
  /// - Returns: The sum of what it returns.
  private func change(runs ids: [Int64], _ body: (Int64, Database) throws -> Int) throws(StoreError) -> Int {
    try writing { database in
      try ids.reduce(0) { count, id in
        try Self.requireRun(id, database)
        return try count + body(id, database)
      }
    }
  }
}
