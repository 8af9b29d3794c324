internal import Records

/// What a result hash covers, which grows with what is recorded.
package enum ResultEncoding: Int, Sendable, CaseIterable {
  /// All but what later encodings added: `covey result 1`.
  case first = 1
  /// Also `norm_drift.effective_momentum`: `covey result 2`. Hashes are stored in this encoding.
  case second = 2

  /// The columns of `table` that a later encoding added.
  func leavesOut(_ column: String, of table: String) -> Bool {
    self == .first && table == NormDriftRecord.table && column == "effective_momentum"
  }
}
