internal import Catalogs

/// Plain averaging in the first rounds; from then on the global statistics are frozen, and clients train with them
/// instead of their batches' statistics.
///
/// Up to round T* all is as under `fedavg`. After it μ and σ² never change: local steps normalize with them, gradients do
/// not flow through them, and training and evaluation see the same function. Dropout stays on; γ and β are trained and
/// averaged all along. Statistics leave no client any more.
///
/// Source: Zhong, Chen & Chao, "Making Batch Normalization Great in Federated Deep Learning", 2023 (FixBN), stage II.
/// Differs: the paper also keeps the momentum of SGD over rounds; `client.keep_optimizer` does so.
public struct FixBN: NormPolicy {
  /// T*.
  public enum Freeze: Sendable, Equatable {
    /// After this share of the rounds, rounded.
    case share(Double)
    /// After this round.
    case round(Int)
  }

  /// When statistics freeze.
  public let freeze: Freeze

  /// Makes the policy.
  public init(_ freeze: Freeze = .share(0.5)) { self.freeze = freeze }

  public var affine: NormTreatment { .averaged }
  public var statistics: NormTreatment { .averaged }

  public func phase(inRound round: Int, of rounds: Int) -> NormPhase {
    isFrozen(inRound: round, of: rounds)
      ? NormPhase(.frozen, NormTraining(.running)) : NormPhase(.averaged, NormTraining(.batch))
  }

  public func notes(on run: RunConfiguration) -> [String] {
    isFrozen(inRound: run.rounds, of: run.rounds)
      ? [] : ["freezes no statistics by round \(run.rounds), the last: it is 'fedavg'"]
  }

  public var totalRoundsDependence: RoundsDependence? {
    guard case .share(let share) = freeze, share > 0 else { return nil }
    return RoundsDependence(key: "freeze_at", "is a share of the rounds", allowed: "a round")
  }

  private func isFrozen(inRound round: Int, of rounds: Int) -> Bool {
    switch freeze {
    case .share(let share): round > Int((share * Double(rounds)).rounded())
    case .round(let last): round > last
    }
  }

  static let entry = CatalogEntry<any NormPolicy>(
    "fixbn", "averaged until round T*, then frozen: clients train with the global statistics",
    source: "Zhong, Chen & Chao 2023",
    options: [
      Option(
        "freeze_at", .either([.number(.init(0, 1, upperIsOpen: true)), .integer(1...1_000_000)]), default: .number(0.5),
        "T*: a share of the rounds below 1, or a round")
    ]
  ) { options in
    switch options.value("freeze_at") {
    case .integer(let round): FixBN(round == 0 ? .share(0) : .round(round))
    case .number(let share): FixBN(.share(share))
    default: FixBN()
    }
  }
}
