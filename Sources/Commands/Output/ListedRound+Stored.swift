internal import Records
internal import Reports

extension ListedRound {
  init(_ row: RoundRow) {
    self.init(
      round: row.round, reported: row.reported, trainLoss: row.trainLoss, trainAccuracy: row.trainAccuracy,
      loss: row.meanLoss,
      accuracy: row.meanAccuracy, sampleWeighted: row.sampleWeightedAccuracy, worst: row.worstAccuracy,
      bottomDecile: row.bottomDecileAccuracy, bytesUp: row.bytesUp, bytesDown: row.bytesDown, seconds: row.seconds,
      normSource: row.normSource?.rawValue)
    if row.isEvaluated { untestedClients = row.untestedClients }
  }
}
