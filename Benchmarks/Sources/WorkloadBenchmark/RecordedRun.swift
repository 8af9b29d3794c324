import Foundation

/// What `covey export RUN --json` tells of a run, as far as it is needed here.
struct RecordedRun: Decodable {
  /// A round of training, or round 0.
  struct Round: Decodable {
    let round: Int
    let reported: Int
    let flops: Int
    let seconds: Double
  }

  /// A client whose rows are recorded.
  struct Client: Decodable {
    let trainSamples: Int
  }

  let rounds: [Round]
  let clients: [Client]

  /// Training examples of a client; the workloads give all the same number.
  var samplesPerClient: Int { clients.first?.trainSamples ?? 0 }

  /// Seconds of the rounds of training.
  var trainingSeconds: Double { rounds.filter { $0.round > 0 }.reduce(0) { $0 + $1.seconds } }
}

/// One execution of `covey run`: what the process cost and what it recorded.
struct Execution {
  let child: FinishedChild
  let runs: [RecordedRun]

  /// Runs a scenario into a database of its own.
  ///
  /// - Throws: `ChildFailure`.
  init(covey: String, scenario: String, rounds: Int, threads: Int, seed: UInt64? = nil) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = folder.appendingPathComponent("bench.sqlite").path
    var arguments = [
      "run", scenario, "--quiet", "--rounds", String(rounds), "--threads", String(threads), "--db", database,
    ]
    if let seed { arguments += ["--seeds", String(seed)] }
    child = try runChild(covey, arguments, in: folder)
    struct Listed: Decodable { let run: Int }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let history = try runChild(covey, ["history", "--format", "json", "--db", database], in: folder)
    runs = try decoder.decode([Listed].self, from: history.output).map { listed in
      let file = folder.appendingPathComponent("run.json")
      _ = try runChild(covey, ["export", String(listed.run), "--json", file.path, "--db", database], in: folder)
      return try decoder.decode(RecordedRun.self, from: Data(contentsOf: file))
    }
  }

  /// Client updates, samples and operations of rounds after the first.
  var timedWork: (clients: Int, samples: Int, flops: Int) {
    runs.reduce(into: (0, 0, 0)) { sum, run in
      for round in run.rounds where round.round > 1 {
        sum.0 += round.reported
        sum.1 += round.reported * run.samplesPerClient
        sum.2 += round.flops
      }
    }
  }
}
