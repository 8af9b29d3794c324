internal import Records
internal import Reports

extension ListedClientDrift {
  init(_ drift: InRound<NormDriftRecord>, domain: String, staleness: Int?) {
    self.init(
      round: drift.round, client: drift.client, domain: domain, layer: drift.layer, meanShift: drift.meanShift,
      varianceLogRatio: drift.varianceLogRatio, kl: drift.kl, w2: drift.w2, affineDistance: drift.affineDistance,
      effectiveMomentum: drift.effectiveMomentum, staleness: staleness)
  }
}
