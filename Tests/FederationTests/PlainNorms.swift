@testable import Federation

/// Policies under which a client's round is plain local training.
enum PlainNorms {
  /// Those of the catalog whose clients train on batch statistics and keep or share the statistics of training.
  static let names = normCatalog.names.filter { name in
    guard let policy = try? normCatalog.make(name) else { return false }
    return policy.trainsPlainly && !policy.exchange.sendsRawMoments && policy.exchange.statisticsRate == 1
      && [.averaged, .pooled, .local].contains(policy.statistics)
  }
}

extension NormPolicy {
  /// Whether local steps of all rounds normalize with their batch, and with nothing of other clients.
  var trainsPlainly: Bool { (1...10).allSatisfy { training(inRound: $0, of: 10) == NormTraining(.batch) } }
}
