internal import Algorithms
internal import GRDB

/// The values of a statement, and what stands for them in its text.
struct BoundValues {
  /// The values in the order of their numbers.
  private(set) var values: [DatabaseValue] = []

  /// Keeps a value.
  ///
  /// - Returns: What stands for it, as often as it is needed.
  mutating func bind(_ value: some DatabaseValueConvertible) -> String {
    values.append(value.databaseValue)
    return "?\(values.count)"
  }

  /// Keeps values; returns a list in parentheses.
  mutating func list(_ values: [some DatabaseValueConvertible]) -> String {
    var marks: [String] = []
    for value in values { marks.append(bind(value)) }
    return "(" + marks.joined(separator: ", ") + ")"
  }
}

extension ListingScope {
  /// The conditions on `runs`, each after an AND.
  ///
  /// Runs are read in the order of their numbers, so that rows of several runs need not be sorted: that is why a list
  /// of them is a range with a check, and not SQL's IN.
  func ofRuns(_ values: inout BoundValues) -> String {
    var conditions = ""
    if let runs {
      if runs.count == 1, let only = runs.first {
        conditions += " AND runs.id = \(values.bind(only))"
      } else {
        let all = "[" + runs.map(String.init).joined(separator: ",") + "]"
        let (first, last) = runs.minAndMax() ?? (0, -1)
        conditions += " AND runs.id BETWEEN \(values.bind(first)) AND \(values.bind(last))"
        conditions += " AND +runs.id IN (SELECT value FROM json_each(\(values.bind(all))))"
      }
    }
    if !arms.isEmpty { conditions += " AND runs.arm IN \(values.list(arms))" }
    if !seeds.isEmpty { conditions += " AND runs.seed IN \(values.list(seeds.map { Int64(bitPattern: $0) }))" }
    if !statuses.isEmpty { conditions += " AND runs.status IN \(values.list(statuses.map(\.rawValue)))" }
    return conditions
  }

  /// The conditions on the rounds `r` of `runs`, each after an AND.
  func ofRounds(_ values: inout BoundValues) -> String {
    var conditions = ""
    if let rounds {
      conditions +=
        " AND r.round BETWEEN \(values.bind(rounds.lowerBound)) AND \(values.bind(rounds.upperBound))"
    }
    if let lastRounds {
      let last = rounds.map { "MIN(runs.rounds_done, \(values.bind($0.upperBound)))" } ?? "runs.rounds_done"
      conditions += " AND r.round > \(last) - \(values.bind(lastRounds))"
    }
    return conditions
  }

  /// The condition that a column equals what is asked for, after an AND; "" where nothing is.
  static func equal(_ column: String, _ value: (some DatabaseValueConvertible)?, _ values: inout BoundValues) -> String
  {
    guard let value else { return "" }
    return " AND \(column) = \(values.bind(value))"
  }

  /// The condition that a column is one of the clients asked for, after an AND; "" where all are.
  func ofClients(_ column: String, _ values: inout BoundValues) -> String {
    guard let clients else { return "" }
    return clients.count == 1 ? Self.equal(column, clients.first, &values) : " AND \(column) IN \(values.list(clients))"
  }

  /// The conditions on evaluations `e`, each after an AND.
  ///
  /// - Parameter areSummaries: Whether they are summaries of evaluations.
  func ofEvaluations(_ values: inout BoundValues, areSummaries: Bool = false) -> String {
    guard let evaluations else { return "" }
    return Self.equal("e.subject", evaluations.subject.rawValue, &values)
      + Self.equal("e.model", evaluations.model.rawValue, &values)
      + Self.equal("e.phase", evaluations.phase.rawValue, &values)
      + Self.equal("e.norm_source", evaluations.normSource?.rawValue, &values)
      + (areSummaries
        ? Self.equal("e.split", evaluations.split.rawValue, &values)
        : " AND " + Schema.isJudged("e", by: evaluations.split))
  }
}
