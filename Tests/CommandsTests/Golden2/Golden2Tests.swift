import Foundation
import Records
import Tensors
import TestSupport
import Testing

/// The second set of reference values: whole runs through a scenario file, `covey run` and `covey export`.
@Suite("golden values, second set")
struct Golden2Tests {
  /// What cases need and nothing here has yet, by key; whoever builds one takes it out, and its cases must pass from then on.
  /// Below `op` stand single operations.
  static let notBuiltYet: [String: [String]] = [
    "strategy": ["afl", "fedadmm", "fedexp", "fedsam", "mimelite", "qfedavg"],
    "loss": ["fedlc"],
    "cohort": ["power-of-choice"],
    "personal": ["fedbabu", "fedrep", "per-fedavg", "pfedme"],
    "evaluation.finetune": [],
    "aggregator": [
      "bulyan", "centered-clipping", "geometric-median", "majority-vote", "multi-krum", "norm-bound", "trimmed-mean",
    ],
    "attack": ["alie", "label-flip", "scaled", "sign-flip"],
    "transforms": ["adaptive-clip", "bf16", "fp16", "int8", "sign"],
    "secure_aggregation": [],
    "op accountant": [], "op adaptive-clip": [], "op alie-z": [], "op hadamard": [],
    "op noise-split": [], "op secure-sum": [], "op simplex": [],
    "op oort": ["oort"],
    "op loss": ["fedlc"],
    "op aggregate": [
      "bulyan", "centered-clipping", "geometric-median", "majority-vote", "multi-krum", "norm-bound", "trimmed-mean",
    ],
    "op transform": ["bf16", "fp16", "int8", "sign"],
    "op statistical": ["adaptive-clip", "gaussian", "int8", "local-noise", "qsgd", "random-k"],
  ]

  static let files: [URL] = {
    guard let folder = SharedFolders.golden2,
      let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return all.filter { $0.pathExtension == "safetensors" }.sorted { $0.path < $1.path }
  }()

  /// Those of whole runs.
  static let runs: [URL] = files.filter { (try? Golden2Case($0).operation) == "federated" }

  @Test(
    "what is not built yet is what is written here",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"))
  func whatIsMissing() throws {
    let missing = Set(try Self.files.flatMap { try Golden2Case($0).missing() })
    let written = Set(
      Self.notBuiltYet.flatMap { key, kinds in kinds.isEmpty ? [key] : kinds.map { "\(key): \($0)" } })
    #expect(missing.subtracting(written).sorted() == [], "these are missing")
    #expect(written.subtracting(missing).sorted() == [], "these are built: take them out of the list")
  }

  @Test(
    "a run gives the reference's states, slots, bytes, steps, outcomes, times and losses",
    .enabled(if: !files.isEmpty, "skipped: no folder of reference values; set COVEY_GOLDEN2"), arguments: runs)
  func wholeRuns(_ file: URL) throws {
    let example = try Golden2Case(file)
    guard try example.missing().isEmpty else { return }
    let folder = try TemporaryFolder()
    try folder.write(try example.scenario(), to: "golden.yaml")
    let run = try CoveyProcess.run(["run", "golden.yaml", "--quiet"], in: folder.url)
    try #require(run.status == 0, "\(run.errors)")
    let check = try Golden2Check(example, folder)
    try check.participations()
    try check.times()
    try check.losses()
    try check.states()
    try check.slots()
  }
}

/// What one run is held against.
private struct Golden2Check {
  let run: Golden2Case.Run
  let golden: SafetensorsFile
  let folder: TemporaryFolder
  let stored: StoredResults
  let id: Int64

  init(_ example: Golden2Case, _ folder: TemporaryFolder) throws {
    run = try example.run()
    golden = example.golden
    self.folder = folder
    stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    id = try #require(stored.runs.first?.id)
  }

  private func isNear(_ value: Double?, _ expected: Double) -> Bool {
    let tolerance = run.tolerance ?? .init(absolute: 2e-5, relative: 2e-4)
    return value.map { abs($0 - expected) <= tolerance.absolute + tolerance.relative * abs(expected) } ?? false
  }

  /// In the order of the record: by round and client, each client's in the order of its turns.
  private func recorded<Row>(_ rows: [Row], _ round: (Row) -> Int, _ client: (Row) -> Int) -> [Row] {
    rows.enumerated().sorted {
      (round($0.element), client($0.element), $0.offset) < (round($1.element), client($1.element), $1.offset)
    }.map(\.element)
  }

  func participations() throws {
    let parts = try stored.store.participations(run: id)
    let expected = recorded(run.bytes, \.round, \.client)
    try #require(parts.map { [$0.round, $0.client] } == expected.map { [$0.round, $0.client] })
    for (part, expected) in zip(parts, expected) {
      let name = "round \(part.round), client \(part.client)"
      #expect(part.outcome.rawValue == expected.outcome, "\(name)")
      #expect(part.steps == expected.steps, "\(name): steps")
      #expect(part.bytesUp == expected.up && part.bytesDown == expected.down, "\(name): bytes")
    }
    let reported = Dictionary(grouping: parts.filter { $0.outcome == .reported }, by: \.round).mapValues {
      $0.map(\.client)
    }
    for (index, clients) in run.reported.enumerated() { #expect(reported[index + 1, default: []] == clients.sorted()) }
  }

  func times() throws {
    guard let timeline = run.timeline else { return }
    let parts = try stored.store.participations(run: id)
    let expected = recorded(timeline, \.round, \.client)
    try #require(parts.map { [$0.round, $0.client] } == expected.map { [$0.round, $0.client] })
    for (part, expected) in zip(parts, expected) {
      let name = "round \(part.round), client \(part.client)"
      #expect(isNear(part.startedAt, expected.started), "\(name) starts at \(part.startedAt ?? -1)")
      if let arrived = expected.arrived {
        #expect(isNear(part.arrivedAt, arrived), "\(name) arrives at \(part.arrivedAt ?? -1)")
      } else {
        #expect(part.arrivedAt == nil, "\(name)")
      }
      #expect(part.baseVersion == expected.base_version && part.lag == expected.staleness, "\(name)")
    }
    for client in 0..<run.clients {
      let turns = parts.filter { $0.client == client }.map(\.turn)
      #expect(turns == turns.sorted() && Set(turns).count == turns.count, "turns of client \(client)")
    }
    var moment = 0.0
    for version in run.versions ?? [] {
      moment += try #require(try stored.store.round(version.round, run: id)?.simulatedSeconds)
      #expect(isNear(moment, version.at), "version \(version.round) at \(moment)")
    }
  }

  func losses() throws {
    let parts = try stored.store.participations(run: id)
    for name in golden.entries.keys.sorted() where name.hasPrefix("round") && name.hasSuffix(".loss") {
      let numbers = name.split { !$0.isNumber }.compactMap { Int($0) }
      // The last turn where there are several.
      let part = parts.last { $0.round == numbers[0] && $0.client == numbers[1] }
      let expected = Double(try #require(try golden.floats(name).first))
      #expect(isNear(part?.trainLoss, expected), "\(name): \(part?.trainLoss ?? .nan), expected \(expected)")
    }
    let last = run.reported.count
    let rows = try stored.store.evaluations(run: id, rounds: last...last)
      .filter { $0.subject == .client && $0.model == .personal && $0.split == .train }
    #expect(rows.map(\.client) == Array(0..<run.clients), "rows of split 'train' after the last round")
    for row in rows {
      let loss = Double(try #require(try golden.floats("final.client\(row.client).eval_loss").first))
      #expect(isNear(row.loss, loss), "evaluation of client \(row.client): \(row.loss), expected \(loss)")
      let correct = Int(try #require(try golden.integers("final.client\(row.client).eval_correct").first))
      #expect(Int(((row.accuracy ?? .nan) * Double(row.samples)).rounded()) == correct, "client \(row.client)")
    }
  }

  func states() throws {
    for subject in ["global"] + (0..<run.clients).map({ "client\($0)" }) {
      let prefix = "final.\(subject)."
      let names = golden.entries.keys.filter { $0.hasPrefix(prefix) && !$0.contains(".eval_") }
      #expect(names.count >= 6)
      let client = subject == "global" ? [] : ["--client", String(subject.dropFirst(6))]
      let written = try export(subject, client)
      try compare(Set(names.map { String($0.dropFirst(prefix.count)) }), written, prefix: prefix)
    }
  }

  func slots() throws {
    for subject in ["server"] + (0..<run.clients).map({ "client\($0)" }) {
      let client = subject == "server" ? [] : ["--client", String(subject.dropFirst(6))]
      for (slot, arrays) in slots(of: subject) {
        let written = try export("\(subject)-\(slot)", ["--slot", slot] + client)
        for array in arrays {
          try compare([array ?? slot], written, prefix: "slot.\(subject)." + (array == nil ? "" : "\(slot)."))
        }
      }
      guard subject != "server" else { continue }
      // A slot that another client has and this one never made.
      let others = (0..<run.clients).flatMap { slots(of: "client\($0)").keys }
      for slot in Set(others).subtracting(slots(of: subject).keys) {
        let result = try CoveyProcess.run(
          ["export", "latest", "--weights", "none.safetensors", "--slot", slot] + client, in: folder.url)
        #expect(result.status == 66, "\(subject) has a slot '\(slot)'")
      }
    }
  }

  /// The slots of a subject, each with its arrays; nil stands for one that has the slot's own name.
  private func slots(of subject: String) -> [String: [String?]] {
    let prefix = "slot.\(subject)."
    let names = golden.entries.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
    return Dictionary(grouping: names.sorted()) { String($0.prefix { $0 != "." }) }.mapValues { names in
      names.map { name in name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } }
    }
  }

  private func export(_ name: String, _ options: [String]) throws -> SafetensorsFile {
    let export = try CoveyProcess.run(
      ["export", "latest", "--weights", "\(name).safetensors"] + options, in: folder.url)
    try #require(export.status == 0, "\(name): \(export.errors)")
    return try SafetensorsFile(path: folder.url.appendingPathComponent("\(name).safetensors").path)
  }

  private func compare(_ names: Set<String>, _ written: SafetensorsFile, prefix: String) throws {
    for own in names.sorted() {
      let name = prefix + own
      let entry = try #require(written.entries[own], "\(name) is not exported")
      let reference = try #require(golden.entries[name])
      if reference.type == .int64 {
        let (values, expected) = (try written.integers(own), try golden.integers(name))
        #expect(values == expected, "\(name)")
        continue
      }
      #expect(entry.shape == reference.shape || entry.shape.reduce(1, *) == 1 && reference.shape.reduce(1, *) == 1)
      let (values, expected) = (try written.floats(own), try golden.floats(name))
      try #require(values.count == expected.count, "\(name)")
      let wrong = zip(values, expected).filter { !isNear(Double($0), Double($1)) }
      let (count, first) = (wrong.count, wrong.first)
      #expect(
        count == 0, "\(name): \(count) of \(expected.count) values are off, the first is \(String(describing: first))")
    }
  }
}
