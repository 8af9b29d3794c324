/// Times to a target. A run that never gets there is censored: its time is later than its last round, nobody knows how
/// much. Such runs are not left out, which would flatter bad arms, and not extrapolated: rounds are restricted to the
/// horizon τ, the last round that all compared runs have, and bytes to the budget β, the least that a run which never
/// got there has spent at its end. A budget in rounds would not do for bytes: the arm that spends less in a round would win by missing the target.
/// Nor would it for seconds, whose end is σ, where the first of the runs that never got there ended. Seconds are the only ones
/// that look beyond the compared round: where a round is a version of an asynchronous run, equal numbers of rounds are no
/// equal times, and a run that ends at a later round has not had more.
///
/// Source: the restricted mean min(T, τ) of Royston & Parmar 2013, section 2. No run is censored before τ, so that the
/// area under the Kaplan–Meier curve up to τ is the plain mean.
extension ComparedMeasure {
  /// min(T, τ) for the first round T that meets the target.
  package static let roundsToTarget = ComparedMeasure(
    "rounds-to-target", header: "rounds", title: "rounds to the target", unit: .rounds, .lower,
    isCensored: { $0.isCensored($1) }
  ) { result, frame in result.restrictedRounds(frame).map(Double.init) }

  /// min(B, β) for the bytes B that went between server and clients up to the first round that meets the target.
  package static let bytesToTarget = ComparedMeasure(
    "bytes-to-target", header: "target MB", title: "traffic to the target", unit: .bytes, .lower,
    isCensored: { $0.isCensoredInBytes($1) }
  ) { result, frame in result.restrictedBytes(frame) }

  /// min(S, σ) for the simulated seconds S from the run's begin to the first round of all that it has that meets the target.
  package static let secondsToTarget = ComparedMeasure(
    "seconds-to-target", header: "target s", title: "simulated time to the target", unit: .seconds, .lower,
    isCensored: { $0.isCensoredInSeconds($1) }
  ) { result, frame in result.restrictedSeconds(frame) }
}
