import Foundation
import Records
import RunStore
import Testing

struct HashingTests {
  private func hash(
    _ description: RunDescription = Samples.run(), _ rounds: [RoundRecord] = [Samples.round(0), Samples.round(1)],
    checkpoints: [Int] = [1]
  ) throws -> String {
    let test = try TestStore()
    let id = try test.beginRun(description)
    for round in rounds {
      let checkpoint = checkpoints.contains(round.round) ? Samples.checkpoint(round.round) : nil
      try test.store.append(round, checkpoint: checkpoint, keeping: .all, toRun: id)
    }
    return try test.store.resultHash(run: id)
  }

  @Test func theEncodingStaysAsItIs() throws {
    let hash = try hash()
    #expect(hash == "584e711e63de2b3a870f6f6f075de155d65a6202842fd06220219715a1d6e7cb")
  }

  @Test func theFourthEncodingStaysAsItWas() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.execute("DELETE FROM checkpoints WHERE round = 0")
    let fourth = "4f617144685ddcf817ead93c81281164458162857e082cea8bdcad3ec851505c"
    #expect(try test.store.resultHash(run: id, encoding: .fourth) == fourth)
    try test.store.execute("UPDATE runs SET stop_reason = 'target'")
    #expect(try test.store.resultHash(run: id, encoding: .fourth) == fourth)
    try test.store.execute("UPDATE runs SET split_hash = 's'")
    #expect(try test.store.resultHash(run: id, encoding: .fourth) != fourth)
  }

  @Test func theThirdEncodingStaysAsItWas() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.execute("DELETE FROM checkpoints WHERE round = 0")
    let third = "6a06bd576f5894b608f30b29897ab3cc3f0fb41ee0802d89903d1ac83ae37cbd"
    #expect(try test.store.resultHash(run: id, encoding: .third) == third)
    try test.store.execute("UPDATE runs SET data_hash = NULL, split_hash = 's', class_names = NULL")
    try test.store.execute("UPDATE clients SET name = '', group_name = '', validation_samples = 7, shift_levels = '[]'")
    #expect(try test.store.resultHash(run: id, encoding: .third) == third)
    try test.store.execute("UPDATE participations SET lag = 77")
    #expect(try test.store.resultHash(run: id, encoding: .third) != third)
  }

  @Test func theSecondEncodingStaysAsItWas() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.execute("DELETE FROM checkpoints WHERE round = 0")
    let second = "5336c962571a9425a5fd2155d02435a1fc38dac5d47a2c68f07da77cf411cafa"
    #expect(try test.store.resultHash(run: id, encoding: .second) == second)
    try test.store.execute("UPDATE participations SET base_version = NULL, started_at = NULL, arrived_at = 7, lag = 9")
    #expect(try test.store.resultHash(run: id, encoding: .second) == second)
    try test.store.execute("UPDATE participations SET staleness = 77")
    #expect(try test.store.resultHash(run: id, encoding: .second) != second)
  }

  @Test func theFirstEncodingStaysAsItWas() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.execute("DELETE FROM checkpoints WHERE round = 0")
    let first = "40a188607f5747b0bad4a19eef62887524228306b7fcb28e678cc17b022fca5a"
    #expect(try test.store.resultHash(run: id, encoding: .first) == first)
    try test.store.execute("UPDATE norm_drift SET effective_momentum = NULL")
    #expect(try test.store.resultHash(run: id, encoding: .first) == first)
    try test.store.execute("UPDATE norm_drift SET affine_distance = NULL")
    #expect(try test.store.resultHash(run: id, encoding: .first) != first)
  }

  @Test func idsTimesThreadsHostAndVersionDoNotCount() throws {
    let test = try TestStore()
    _ = try test.run(rounds: 0...3)
    let description = Samples.run()
    let begun = try test.store.begin(
      ExperimentRecord(name: "other", scenario: "", scenarioHash: "", baseDirectory: ""),
      runs: [Samples.run(arm: "first"), description], threads: 64, host: "elsewhere", version: "9.9")
    let id = begun.runs[1]
    for var round in [Samples.round(0), Samples.round(1)] {
      round.seconds *= 17
      round.evaluations.reverse()
      round.normDrift.reverse()
      try test.store.append(Samples.round(round.round), checkpoint: nil, keeping: .all, toRun: begun.runs[0])
      try test.store.append(round, checkpoint: Samples.checkpoint(round.round), keeping: .last(1), toRun: id)
    }
    let expected = try hash()
    #expect(try test.store.resultHash(run: id) == expected)
    try test.store.finish(run: id, status: .interrupted, error: "by hand")
    #expect(try test.store.resultHash(run: id) == expected)
    #expect(try test.store.resultHash(run: begun.runs[0]) != expected)
    #expect(throws: StoreError.unknownRun("99", nearest: nil)) { try test.store.resultHash(run: 99) }
  }

  @Test func finishingStoresTheHash() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    try test.store.finish(run: id, status: .finished, error: nil)
    let stored = try test.store.resolve("latest")[0].resultHash
    #expect(try stored == test.store.resultHash(run: id))
    // Why it ended is in it.
    #expect(try stored != hash(checkpoints: [0, 1]))
    try test.store.execute("UPDATE runs SET stop_reason = NULL")
    #expect(try test.store.resultHash(run: id) == hash(checkpoints: [0, 1]))
  }

  /// Changes every column of every table that the hash covers, one at a time, and finds the hash changed.
  @Test func everyRecordedValueCounts() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...1)
    let store = test.store
    try store.execute("UPDATE runs SET stop_reason = 'rounds'")
    let expected = try store.resultHash(run: id)
    let left = [
      "runs": [
        "id", "experiment_id", "status", "started_at", "finished_at", "version", "threads", "host", "process", "error",
        "result_hash", "bound",
      ],
      "rounds": ["seconds"], "checkpoints": ["state"],
    ]
    try store.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
    var changed = 0
    for table in [
      "runs", "clients", "norm_layers", "rounds", "participations", "evaluations", "norm_drift", "layer_drift",
      "checkpoints",
    ] {
      let columns = try store.select("SELECT name, type FROM pragma_table_info('\(table)')").map {
        ($0[0] ?? "", $0[1] ?? "")
      }
      let keys = try store.select("SELECT name FROM pragma_table_info('\(table)') WHERE pk > 0").compactMap { $0[0] }
      try store.execute("CREATE TABLE kept AS SELECT * FROM \(table)")
      for (column, type) in columns where column != "run_id" && !left[table, default: []].contains(column) {
        let row =
          "(\(keys.joined(separator: ", "))) = (SELECT \(keys.joined(separator: ", ")) FROM \(table) "
          + "ORDER BY \(keys.map { $0 + " DESC" }.joined(separator: ", ")) LIMIT 1)"
        for value in [type == "TEXT" ? "\(column) || 'x'" : "\(column) + 1", "NULL"] {
          if value == "NULL", type != "REAL" { continue }
          try store.execute("UPDATE OR FAIL \(table) SET \(column) = \(value) WHERE \(row)")
          let hash = try store.resultHash(run: id)
          #expect(hash != expected, "\(table).\(column) = \(value)")
          changed += 1
          try store.execute("DELETE FROM \(table); INSERT INTO \(table) SELECT * FROM kept")
          #expect(try store.resultHash(run: id) == expected)
        }
      }
      for column in left[table, default: []] where column != "id" {
        try store.execute("UPDATE \(table) SET \(column) = 77")
        #expect(try store.resultHash(run: id) == expected, "\(table).\(column)")
      }
      try store.execute("DELETE FROM \(table); INSERT INTO \(table) SELECT * FROM kept; DROP TABLE kept")
    }
    #expect(changed > 60)
  }

  @Test func rowsAndTablesDoNotRunIntoEachOther() throws {
    var moved = Samples.run()
    moved.clients[0].domain = ""
    let other = Samples.run(clients: 4)
    var renamed = Samples.run()
    renamed.arm = "fed"
    renamed.strategy = "bnfedavg"
    let hashes = try [Samples.run(), moved, other, renamed].map { try hash($0) }
    #expect(Set(hashes).count == 4)
    var fewer = Samples.round(1)
    fewer.layerDrift.removeLast()
    #expect(try hash(Samples.run(), [Samples.round(0), fewer]) != hashes[0])
    #expect(try hash(checkpoints: []) != hashes[0])
  }
}
