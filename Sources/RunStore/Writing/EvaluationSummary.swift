internal import GRDB
internal import Measures
internal import Records

/// The evaluations of one kind in one round as one row: what they say over the clients.
///
/// It is derived from `evaluations` and written with them, so that nobody has to read single clients to know how a
/// round went. A value is nil where a client lacks what it is made of, or it is not a number: it is never one over the
/// rest. Clients without test examples, whose rows are of training examples, are counted and in nothing else. Evaluations on
/// validation examples have summaries of their own.
struct EvaluationSummary: RowRecord, Equatable {
  /// What tells the evaluations of a round apart but for the client.
  struct Kind: Hashable {
    var subject: String
    var model: String
    var normSource: String
    var phase: String
    var split: JudgedSplit

    /// The values of the columns `EvaluationSummary.key`.
    var values: [(any DatabaseValueConvertible)?] { [subject, model, normSource, phase, split.rawValue] }
  }

  static let table = "evaluation_summaries"
  static let key = ["subject", "model", "norm_source", "phase", "split"]
  static let columns =
    key + ["clients", "samples"]
    + ["mean_accuracy", "sample_weighted_accuracy", "worst_accuracy", "bottom_decile_accuracy", "accuracy_sd"]
    + ["mean_loss", "sample_weighted_loss", "worst_loss", "bottom_decile_loss", "loss_sd", "jain"]
    + ["untested_clients"]

  /// Which evaluations.
  let kind: Kind
  /// Clients evaluated on examples of the split.
  let clients: Int
  /// The number of these clients' examples.
  let samples: Int
  /// Over the clients' accuracies; nil where one has none.
  let accuracy: ClientSpread?
  /// Over the clients' losses; nil where one has none.
  let loss: ClientSpread?
  /// How evenly the accuracies are spread; nil where all are 0, or one is missing.
  let jain: Double?
  /// Clients without test examples.
  let untestedClients: Int
  /// Over the clients that have a value of a measure, by its name; none of a measure that no client has a value of.
  /// They are rows of a table of their own, `SummaryMeasure`.
  var measureSummaries: [String: MeasureSummary] = [:]

  var values: [(any DatabaseValueConvertible)?] {
    kind.values + [clients, samples] + measures + [untestedClients]
  }

  private static func columns(of spread: ClientSpread?) -> [Double?] {
    [spread?.mean, spread?.sampleWeighted, spread?.worst, spread?.bottomDecile, spread?.standardDeviation]
  }

  init(_ row: RowValues) throws {
    kind = try Kind(row)
    clients = try row.required(5)
    samples = try row.required(6)
    accuracy = try Self.spread(row, from: 7)
    loss = try Self.spread(row, from: 12)
    jain = try row.optional(17)
    untestedClients = try row.required(18)
  }

  private static func spread(_ row: RowValues, from first: Int) throws -> ClientSpread? {
    guard let mean: Double = try row.optional(first), let worst: Double = try row.optional(first + 2),
      let bottomDecile: Double = try row.optional(first + 3),
      let standardDeviation: Double = try row.optional(first + 4)
    else { return nil }
    return ClientSpread(
      mean: mean, sampleWeighted: try row.optional(first + 1), worst: worst, bottomDecile: bottomDecile,
      standardDeviation: standardDeviation)
  }

  /// Summarizes what is known of the clients of one kind.
  private init(_ kind: Kind, _ group: Group) {
    self.kind = kind
    clients = group.samples.count
    samples = group.samples.reduce(0, +)
    accuracy = ClientSpread(group.accuracies, samples: group.samples, higherIsBetter: true)
    loss = ClientSpread(group.losses, samples: group.samples, higherIsBetter: false)
    jain = ClientSpread.jain(group.accuracies)
    untestedClients = group.untested
    measureSummaries = group.measures.compactMapValues { values in
      MeasureSummary(values.numbers, samples: values.samples, of: values.measure)
    }
  }

  /// The values of one kind's clients.
  private struct Group {
    var samples: [Int] = []
    var losses: [Double?] = []
    var accuracies: [Double?] = []
    var untested = 0
    var measures: [String: (measure: Measure?, numbers: [Double], samples: [Int])] = [:]

    /// Adds one evaluation.
    mutating func add(
      split: ExampleSplit, samples: Int, loss: Double?, accuracy: Double?, measures values: MeasureValues
    ) {
      guard split != .train else {
        untested += 1
        return
      }
      self.samples.append(samples)
      losses.append(loss)
      accuracies.append(accuracy)
      values.forEach { name, value in
        measures[name, default: (Measure.of(name), [], [])].numbers.append(value)
        measures[name]?.samples.append(samples)
      }
    }
  }

  /// The evaluations of one round, put together by kind.
  struct Round {
    private var groups: [Kind: Group] = [:]

    /// Adds one evaluation.
    mutating func add(
      _ kind: Kind, split: ExampleSplit, samples: Int, loss: Double?, accuracy: Double?, measures: MeasureValues
    ) {
      // In place: a copy of the arrays for each client would be quadratic.
      groups[kind, default: Group()].add(
        split: split, samples: samples, loss: loss, accuracy: accuracy, measures: measures)
    }

    /// One summary a kind, in no particular order.
    var summaries: [EvaluationSummary] { groups.map { EvaluationSummary($0.key, $0.value) } }
  }

  /// Summarizes a round's evaluations.
  static func summaries(of evaluations: [EvaluationRecord]) -> [EvaluationSummary] {
    var round = Round()
    for record in evaluations {
      let kind = Kind(
        subject: record.subject.rawValue, model: record.model.rawValue, normSource: record.normSource.rawValue,
        phase: record.phase.rawValue, split: record.split.judged)
      round.add(
        kind, split: record.split, samples: record.samples, loss: record.loss, accuracy: record.accuracy,
        measures: record.measures)
    }
    return round.summaries
  }

  /// Whether both hold the same summaries, in any order, but for what the order of summation makes of the last digits.
  static func agree(_ some: [EvaluationSummary], _ others: [EvaluationSummary]) -> Bool {
    let known = Dictionary(some.map { ($0.kind, $0) }) { first, _ in first }
    guard some.count == others.count, known.count == others.count else { return false }
    return others.allSatisfy { other in
      guard let one = known[other.kind], one.clients == other.clients, one.samples == other.samples,
        one.untestedClients == other.untestedClients
      else { return false }
      return zip(one.measures, other.measures).allSatisfy { a, b in
        guard let a, let b else { return a == nil && b == nil }
        return isNear(a, b)
      } && agree(one.measureSummaries, other.measureSummaries)
    }
  }

  private static func isNear(_ a: Double, _ b: Double) -> Bool { a == b || abs(a - b) <= 1e-9 * max(1, abs(b)) }

  private static func agree(_ some: [String: MeasureSummary], _ others: [String: MeasureSummary]) -> Bool {
    guard some.count == others.count else { return false }
    return some.allSatisfy { name, one in
      guard let other = others[name], one.clients == other.clients else { return false }
      let pairs: [(Double?, Double?)] = [
        (one.mean, other.mean), (one.sampleWeighted, other.sampleWeighted), (one.worst, other.worst),
        (one.bottomDecile, other.bottomDecile), (one.standardDeviation, other.standardDeviation),
        (one.jain, other.jain),
      ]
      return pairs.allSatisfy { a, b in
        guard let a, let b else { return a == nil && b == nil }
        return isNear(a, b)
      }
    }
  }

  private var measures: [Double?] { Self.columns(of: accuracy) + Self.columns(of: loss) + [jain] }

  /// Writes the summaries of a round, and what measures say over their clients, by ascending names.
  static func write(_ summaries: [EvaluationSummary], run: Int64, round: Int64, into database: Database) throws {
    let owner: KeyValuePairs = ["run_id": run, "round": round]
    try insert(summaries, owner: owner, into: database)
    for summary in summaries {
      let measures = summary.measureSummaries.sorted { $0.key < $1.key }
        .map { SummaryMeasure(kind: summary.kind, measure: $0.key, summary: $0.value) }
      try SummaryMeasure.insert(measures, owner: owner, into: database)
    }
  }

  /// Reads the summaries of a round with what measures say over their clients.
  ///
  /// - Parameter path: The database's path, for messages.
  static func read(run: Int64, round: Int64, _ database: Database, path: String) throws -> [EvaluationSummary] {
    func rows<Record: RowRecord>(_ record: Record.Type) throws -> [Record] {
      let selection = "SELECT \(Record.columnList) FROM \(Record.table) WHERE run_id = ? AND round = ?"
      return try RunStore.all(selection, [run, round], database, path, Record.init)
    }
    let measures = Dictionary(grouping: try rows(SummaryMeasure.self), by: \.kind)
    return try rows(EvaluationSummary.self).map { summary in
      var summary = summary
      for own in measures[summary.kind] ?? [] { summary.measureSummaries[own.measure] = own.summary }
      return summary
    }
  }

  /// Writes the summaries of every round that a database holds.
  static func fill(_ database: Database) throws {
    let path = try String.fetchOne(database, sql: "SELECT file FROM pragma_database_list WHERE name = 'main'") ?? ""
    try forEachRound(database, path: path) { run, round, summaries in
      try write(summaries, run: run, round: round, into: database)
    }
  }

  /// Summarizes every round that a database holds anew, in one pass over its evaluations.
  ///
  /// - Parameter path: The database's path, for messages.
  static func forEachRound(
    _ database: Database, path: String, _ body: (_ run: Int64, _ round: Int64, [EvaluationSummary]) throws -> Void
  ) throws {
    // In the order of the key: a round's rows are together, and nothing is sorted.
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT run_id, round, subject, model, norm_source, phase, samples, loss, accuracy, split, measures
        FROM evaluations
        ORDER BY run_id, round
        """)
    var place: (run: Int64, round: Int64)?
    var round = Round()
    func flush() throws {
      if let place { try body(place.run, place.round, round.summaries) }
    }
    while let row = try rows.next() {
      let values = RowValues(row: row, path: path)
      let next: (run: Int64, round: Int64) = (try values.required(0), try values.required(1))
      if place.map({ $0 != next }) ?? true {
        try flush()
        place = next
        round = Round()
      }
      let split: ExampleSplit = try values.word(9)
      let kind = Kind(
        subject: try values.required(2), model: try values.required(3), normSource: try values.required(4),
        phase: try values.required(5), split: split.judged)
      let samples: Int = try values.required(6)
      // More than any client has, and so few that their sum fits.
      guard (0...(1 << 40)).contains(samples) else { throw values.damage(6) }
      round.add(
        kind, split: split, samples: samples, loss: try values.optional(7),
        accuracy: try values.optional(8), measures: try values.measures(10))
    }
    try flush()
  }
}

extension EvaluationSummary.Kind {
  /// Reads the columns `EvaluationSummary.key` from the start of a row.
  init(_ row: RowValues) throws {
    self.init(
      subject: try row.required(0), model: try row.required(1), normSource: try row.required(2),
      phase: try row.required(3), split: try row.word(4))
  }
}

extension MeasureSummary {
  /// Summarizes the values of the clients that have one; nil where none has.
  fileprivate init?(_ values: [Double], samples: [Int], of measure: Measure?) {
    // Squares of numbers that are near the largest one are none.
    guard let spread = ClientSpread(values, samples: samples, higherIsBetter: measure?.higherIsBetter ?? true),
      spread.mean.isFinite, spread.sampleWeighted?.isFinite ?? true, spread.bottomDecile.isFinite,
      spread.standardDeviation.isFinite
    else { return nil }
    self.init(
      clients: values.count, mean: spread.mean, sampleWeighted: spread.sampleWeighted,
      worst: measure == nil ? nil : spread.worst, bottomDecile: measure == nil ? nil : spread.bottomDecile,
      standardDeviation: spread.standardDeviation, jain: measure?.unit == .fraction ? ClientSpread.jain(values) : nil)
  }
}
