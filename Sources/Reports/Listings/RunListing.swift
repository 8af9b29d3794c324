package import Foundation
package import Records
package import Tables

/// One run as a line of `RunListing`.
package struct ListedRun: Sendable, Equatable {
  /// The run's number in the database.
  package var id: Int64
  /// The experiment's name.
  package var experiment: String
  /// The experiment's number; nil where it is not known.
  package var experimentID: Int64?
  /// Whether people see the number behind the name, because other experiments share it.
  package var isNameShared = false
  /// The arm's name.
  package var arm: String
  /// The strategy's name.
  package var strategy: String
  /// The norm policy's name.
  package var norm: String
  /// The seed.
  package var seed: UInt64
  /// Where the run stands.
  package var status: RunStatus
  /// Whether the run's process is gone before it ended: people read `cut off` where the record says `running`, and
  /// programs how the run goes on as its error.
  package var isCutOff = false
  /// The last round that is recorded.
  package var roundsDone: Int
  /// How many rounds the run is to have.
  package var roundsPlanned: Int
  /// Mean accuracy over clients at the last evaluated round, a fraction; nil where there is none.
  package var accuracy: Double?
  /// How many clients without test examples are not in that mean; nil where nothing was evaluated.
  package var untestedClients: Int?
  /// Mean accuracies over clients from its first round to its last, for a curve; empty where there are none.
  package var accuracies: [Double]
  /// The time at which the run began; nil where that is not known.
  package var startedAt: Date?
  /// Wall-clock seconds of its rounds; nil where that is not known.
  package var seconds: Double?
  /// What people call it, in alphabetical order.
  package var tags: [String] = []
  /// Why the run failed; nil where it did not.
  package var error: String?
  /// What people say of it; nil where they don't.
  package var note: String?
  /// What computed it; nil where that is not recorded.
  package var instructionSet: String?
  /// What tells its data and their division from others.
  package var hashes = DataHashes()
  /// Why it ended; nil unless it is finished, and where that is not recorded.
  package var stopReason: StopReason?
  /// What it is a bound on, if it is no federation.
  package var bound = Bound.none

  /// Makes a line.
  package init(
    id: Int64, experiment: String, arm: String, strategy: String, norm: String, seed: UInt64, status: RunStatus,
    roundsDone: Int, roundsPlanned: Int, accuracy: Double? = nil, accuracies: [Double] = [], startedAt: Date? = nil,
    seconds: Double? = nil, error: String? = nil
  ) {
    self.id = id
    self.experiment = experiment
    self.arm = arm
    self.strategy = strategy
    self.norm = norm
    self.seed = seed
    self.status = status
    self.roundsDone = roundsDone
    self.roundsPlanned = roundsPlanned
    self.accuracy = accuracy
    self.accuracies = accuracies
    self.startedAt = startedAt
    self.seconds = seconds
    self.error = error
  }
}

/// The runs of a database, a row each.
package enum RunListing {
  /// Returns the runs in their order; failed ones are bold, unfinished ones dim. People see a curve where a run has
  /// one, each from its own lowest to its own highest accuracy, tags where a run has any, and bounds where there are any; a narrow terminal leaves
  /// out the curves, then the times.
  package static func table(_ runs: [ListedRun]) -> Table {
    let hasCurves = runs.contains { !$0.accuracies.isEmpty }
    let hasUntested = runs.contains { ($0.untestedClients ?? 0) > 0 }
    let curve = Table.Column("over_time", alignment: .leading, audience: .people, necessity: .ornament)
    let columns: [Table.Column] =
      [
        Table.Column("run"),
        .name("experiment_text", header: "experiment", audience: .people),
        .name("experiment", audience: .programs),
        .name("arm"),
        .words("strategy", audience: .programs),
        .words("norm", audience: .programs),
        Table.Column("seed"),
        Table.Column("status_text", header: "status", alignment: .leading, audience: .people),
        Table.Column("status", alignment: .leading, audience: .programs),
        Table.Column("rounds_text", header: "rounds", audience: .people),
        Table.Column("rounds_done", audience: .programs),
        Table.Column("rounds_planned", audience: .programs),
        Table.Column("accuracy", header: "acc"),
      ] + (hasCurves ? [curve] : []) + [
        Table.Column("started_at", header: "started (UTC)", necessity: .useful),
        Table.Column("seconds", header: "time", necessity: .useful),
        .words("tags", audience: runs.contains { !$0.tags.isEmpty } ? .all : .programs),
        .words("error", audience: .programs),
        .words("note", audience: .programs),
        Table.Column("untested_clients", header: "untested", audience: hasUntested ? .all : .programs),
        Table.Column("experiment_id", audience: .programs),
        .words("instruction_set", audience: .programs),
        .words("data_hash", audience: .programs),
        .words("split_hash", audience: .programs),
        .words("stop_reason", audience: .programs),
        .words("bound", audience: runs.contains { $0.bound != .none } ? .all : .programs),
      ]
    let rows = runs.map { run in
      let cells: [Cell] =
        [
          .integer(Int(run.id)),
          .text(run.experiment + (run.isNameShared ? run.experimentID.map { "#\($0)" } ?? "" : "")),
          .text(run.experiment),
          .text(run.arm),
          .text(run.strategy),
          .text(run.norm),
          .unsigned(run.seed),
          .text(words(run.status, isCutOff: run.isCutOff)),
          .text(run.status.rawValue),
          .text(run.roundsDone == run.roundsPlanned ? "\(run.roundsDone)" : "\(run.roundsDone)/\(run.roundsPlanned)"),
          .integer(run.roundsDone),
          .integer(run.roundsPlanned),
          .percent(run.accuracy),
        ] + (hasCurves ? [.text(Sparkline.text(run.accuracies))] : []) + [
          .time(run.startedAt),
          .duration(run.seconds),
          .list(run.tags),
          .text(run.isCutOff ? "cut off; go on with: covey resume" : run.error),
          .text(run.note),
          .integer(run.untestedClients),
          .integer(run.experimentID.map(Int.init)),
          .text(run.instructionSet),
          .text(run.hashes.data),
          .text(run.hashes.split),
          .text(run.stopReason?.rawValue),
          .text(run.bound.rawValue),
        ]
      return cells.map { $0.emphasized(emphasis(run.status)) }
    }
    return Table(columns: columns, rows: rows)
  }

  /// A status as people are told it.
  static func words(_ status: RunStatus, isCutOff: Bool) -> String { isCutOff ? "cut off" : status.rawValue }

  private static func emphasis(_ status: RunStatus) -> Cell.Emphasis {
    switch status {
    case .finished: .normal
    case .failed: .bold
    case .running, .interrupted: .dim
    }
  }
}
