internal import Measures
package import Records

/// Rows that can be asked for: where they come from, which columns they have, and in which order they stand.
///
/// One listing is one file with one line in `Listing.all`; `ListingQuery` makes a statement of it and of what is asked.
package struct Listing: Sendable {
  /// One column: a name that stays, and the SQL behind it.
  package struct Column: Sendable {
    /// What a column holds.
    package enum Kind: Sendable, Equatable {
      /// A whole number.
      case integer
      /// An unsigned number, kept as its signed 64-bit pattern.
      case seed
      /// A number; people see so many digits after the point.
      case number(digits: Int)
      /// A fraction; people see per cent.
      case fraction
      /// A number of bytes.
      case bytes
      /// Seconds.
      case seconds
      /// A date in UTC without fractions of a second.
      case date
      /// One of a few words.
      case word
      /// A name, which a narrow terminal may shorten.
      case name

      /// Whether a column of this kind holds words rather than numbers.
      package var isText: Bool {
        switch self {
        case .date, .word, .name: true
        default: false
        }
      }
    }

    /// Who gets to see a column.
    package enum Audience: Sendable, Equatable {
      case all
      case programs
    }

    /// The stable name in CSV, JSON and conditions.
    package let key: String
    /// What the column holds.
    package let kind: Kind
    /// The name in a terminal; nil is the key with spaces.
    package let header: String?
    /// Who sees it.
    package let audience: Audience
    /// The expression that selects it.
    let sql: String
    /// Whether the column is never NULL, so that an index can give the order.
    let isRequired: Bool

    init(
      _ key: String, _ kind: Kind, _ sql: String, header: String? = nil, audience: Audience = .all,
      isRequired: Bool = false
    ) {
      self.key = key
      self.kind = kind
      self.sql = sql
      self.header = header
      self.audience = audience
      self.isRequired = isRequired
    }

    /// The expression that is compared and sorted by: of a seed the unsigned number.
    var comparable: String {
      kind == .seed ? "(CASE WHEN \(sql) < 0 THEN \(sql) + 18446744073709551616.0 ELSE \(sql) END)" : sql
    }
  }

  /// What, beside runs and rounds, can narrow a listing's rows.
  package enum Narrowing: Sendable, CaseIterable {
    case rounds
    case client
    case domain
    case layer
    case evaluations
  }

  /// The listing's name.
  package let name: String
  /// The listing's columns, but for those that say which run a row belongs to.
  package let columns: [Column]
  /// The columns that tell the rows apart, in the order in which they stand; run and round among them.
  let key: [SortTerm]
  /// The columns that say which row one is, for whoever looks at one other column.
  let labels: [String]
  /// What can narrow it.
  package let narrowings: Set<Narrowing>
  /// Where the measures of a row are; nil where rows have none.
  var measures: MeasureSource?
  /// FROM and WHERE with all that the scope asks for; `runs` is among the tables.
  let source: @Sendable (ListingScope, inout BoundValues) -> String

  /// Where the measures of a listing's rows are.
  package struct MeasureSource: Sendable {
    /// The expressions of JSON objects that have numbers by name; the first that has a name counts.
    var values: [String] = []
    /// The expression of the row id of a row of `evaluation_summaries`, of whose measures the means over clients are shown;
    /// nil where there is none.
    var summaries: String?
  }

  /// The column of a measure; nil where the rows have none.
  ///
  /// - Parameter name: The name in the record.
  func column(ofMeasure name: String) -> Column? {
    guard let measures else { return nil }
    let literal = "'" + name.replacing("'", with: "''") + "'"
    let means = [measures.summaries].compactMap { $0 }.map {
      """
      (SELECT m.mean FROM evaluation_summaries o CROSS JOIN summary_measures m ON \(Schema.areMeasures("m", of: "o"))
        WHERE o.rowid = \($0) AND m.measure = \(literal))
      """
    }
    let parts = means + measures.values.map { "(SELECT j.value FROM json_each(\($0)) j WHERE j.key = \(literal))" }
    let kind: Column.Kind =
      switch Measure.of(name)?.unit {
      case .fraction?: .fraction
      case .number(let digits)?: .number(digits: digits)
      case nil: .number(digits: 4)
      }
    return Column(
      name, kind, parts.count == 1 ? parts[0] : "COALESCE(\(parts.joined(separator: ", ")))", audience: .programs)
  }

  /// All listings: one line each.
  package static let all: [Listing] = [runs, rounds, evaluations, clients, layers, drift]

  /// The columns that say which run a row belongs to, where there are several.
  static let identity: [Column] = [
    Column("run", .integer, "runs.id", isRequired: true), Column("arm", .name, "runs.arm", isRequired: true),
    Column("seed", .seed, "runs.seed", isRequired: true),
  ]

  /// Whether rows have measures beside loss and accuracy.
  package var hasMeasures: Bool { measures != nil }

  /// All columns that a condition or an order may name.
  var known: [Column] {
    let keys = Set(columns.map(\.key))
    return Self.identity.filter { !keys.contains($0.key) } + columns
  }
}

/// Which rows of a listing are looked at. What is nil does not narrow them, nor do arms, seeds and states where there
/// are none.
package struct ListingScope: Sendable, Equatable {
  /// The runs' numbers.
  package var runs: [Int64]?
  /// Arms.
  package var arms: [String] = []
  /// Seeds.
  package var seeds: [UInt64] = []
  /// Where the runs stand.
  package var statuses: [RunStatus] = []
  /// Rounds.
  package var rounds: ClosedRange<Int>?
  /// How many of the last of these rounds.
  package var lastRounds: Int?
  /// Clients; nil is all, and an empty list none.
  package var clients: [Int]?
  /// The domain of the clients.
  package var domain: String?
  /// One normalization layer.
  package var layer: String?
  /// Evaluations of one kind; nil is every kind, and for rounds the usual one.
  package var evaluations: EvaluationSelection?

  /// Makes a scope of runs; nil is all.
  package init(runs: [Int64]? = nil) { self.runs = runs }
}
