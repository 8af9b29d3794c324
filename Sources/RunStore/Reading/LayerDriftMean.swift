/// Drift of one layer in one round, as means over runs.
package struct LayerDriftMean: Sendable, Equatable {
  /// The round.
  package let round: Int
  /// The layer's name.
  package let layer: String
  /// Mean of `LayerDriftRecord.betweenShare`; nil where a run has no number there.
  package let betweenShare: Double?
  /// Mean of `LayerDriftRecord.meanKL`; nil where a run has no number there.
  package let meanKL: Double?
}
