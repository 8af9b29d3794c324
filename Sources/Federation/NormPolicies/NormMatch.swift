public import Networks
public import Records

extension NormPolicy {
  /// What the policy does to each normalization layer of a network: the match report.
  ///
  /// A layer is matched by its type, and a group of its values by their roles; `none` where the layer has no such
  /// values. The layer's values are those of the network as the policy needs it.
  public func match(_ network: Network) -> [NormLayerRecord] {
    let network = adapted(network)
    return network.normalizationLayers.map { placed in
      let tensors = network.layout.tensors(ofLayer: placed.name)
      func count(_ isWanted: (TensorRole) -> Bool) -> Int {
        tensors.filter { isWanted($0.role) }.reduce(0) { $0 + $1.range.count }
      }
      let affineCount = count { $0 == .normScale || $0 == .normShift }
      let statisticsCount = count { !$0.isTrainable }
      let affine = exemptsAffine(of: placed) ? .averaged : self.affine
      let statistics = exemptsStatistics(of: placed) ? .averaged : self.statistics
      var sent = extraValuesSent(statistics: count { $0 == .runningMean || $0 == .runningVariance })
      // How a client mixes is its own.
      var kept = count { $0 == .normMixing }
      for (treatment, count) in [(affine, affineCount), (statistics, statisticsCount)] {
        if treatment.isShared { sent += count }
        if treatment == .local { kept += count }
      }
      return NormLayerRecord(
        layer: placed.name, kind: type(of: placed.layer).kind, affine: affineCount == 0 ? "none" : affine.rawValue,
        statistics: statisticsCount == 0 ? "none" : statistics.rawValue, valuesSent: sent,
        valuesKept: kept)
    }
  }

  /// Why the policy can't be used on a network, or nil: it treats normalization specially, and nothing of the network
  /// is treated so.
  public func mismatch(_ network: Network) -> String? {
    guard isSpecial else { return nil }
    let report = match(network)
    if report.isEmpty { return "the model has no normalization layer for it to apply to" }
    if let problem = (self as? QuirkyNorm)?.matchProblem(network) { return problem }
    let affects = report.contains { layer in
      (affine != .averaged && layer.affine != "none") || (treatsStatistics && layer.statistics != "none")
    }
    let kinds = Set(report.map(\.kind)).sorted().joined(separator: ", ")
    return affects ? nil : "it treats running statistics, and the model's normalization layers (\(kinds)) keep none"
  }
}
