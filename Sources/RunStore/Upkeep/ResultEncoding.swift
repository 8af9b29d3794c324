internal import Records

/// What a result hash covers, which grows with what is recorded.
package enum ResultEncoding: Int, Sendable, CaseIterable {
  /// All but what later encodings added: `covey result 1`.
  case first = 1
  /// Also `norm_drift.effective_momentum`: `covey result 2`.
  case second = 2
  /// Also the turn, the base version, the lag and the times of participations: `covey result 3`.
  case third = 3
  /// Also the hashes of data and split and the names of classes, and of clients names, groups, validation examples and levels of shift:
  /// `covey result 4`.
  case fourth = 4
  /// Also the measures of rounds, participations and evaluations, and what evaluations count, and why the run
  /// ended: `covey result 5`.
  case fifth = 5

  /// The encoding in which hashes are stored.
  package static let current = ResultEncoding.fifth

  /// Those in which earlier versions stored hashes, the latest first.
  package static let earlier = allCases.filter { $0 != current }.reversed()

  /// The columns of each table that an encoding added.
  private static let added: [(encoding: ResultEncoding, table: String, columns: Set<String>)] = [
    (.second, NormDriftRecord.table, ["effective_momentum"]),
    (.third, ParticipationRecord.table, ["turn", "base_version", "lag", "started_at", "arrived_at"]),
    (.fourth, "runs", ["data_hash", "split_hash", "class_names"]),
    (.fourth, ClientRecord.table, ["name", "group_name", "validation_samples", "shift_levels"]),
    (.fifth, RoundRecord.table, ["measures"]),
    (.fifth, ParticipationRecord.table, ["measures"]),
    (.fifth, EvaluationRecord.table, ["measures", "counts"]),
    (.fifth, "runs", ["stop_reason"]),
  ]

  /// Whether a later encoding added a column of `table`.
  func leavesOut(_ column: String, of table: String) -> Bool {
    Self.added.contains { $0.encoding.rawValue > rawValue && $0.table == table && $0.columns.contains(column) }
  }
}
