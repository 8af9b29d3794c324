public import Networks
public import Records

extension NormPolicy {
  /// What the policy does to each normalization layer of a network: the match report.
  ///
  /// A layer is matched by its type, and a group of its values by their roles; `none` where the layer has no such
  /// values. The layer's values are those of the network as the policy needs it.
  ///
  /// - Parameters:
  ///   - rounds: How many rounds the run has. Where the policy treats statistics in the same way in all of them, that is
  ///     what the report says; else, or where it is not known, it says `statistics`.
  ///   - personal: What clients have for themselves beside that.
  ///   - frozen: Layers or blocks whose γ and β nobody changes.
  ///   - procedure: How steps are taken that are several passes.
  public func match(
    _ network: Network, rounds: Int? = nil, personal: any PersonalMethod = NoPersonalMethod(), frozen: [String] = [],
    procedure: (any StepProcedure)? = nil
  ) -> [NormLayerRecord] {
    network.following(self, self.personal ?? personal, frozen: frozen).parts.flatMap { part in
      match(part.network, rounds: rounds, passes: procedure?.trainingPasses(of: part.name) ?? 1)
    }
  }

  /// The match report of one of a model's networks, as the policy needs it.
  private func match(_ network: Network, rounds: Int?, passes: Int) -> [NormLayerRecord] {
    let (affine, statistics) = (affine, statistics)
    let ofRun = rounds.map { self.statistics(ofRun: $0) } ?? statistics
    return network.normalizationLayers.map { placed in
      let tensors = network.layout.tensors(ofLayer: placed.name)
      func count(_ isWanted: (TensorRole) -> Bool) -> Int {
        tensors.filter { isWanted($0.role) }.reduce(0) { $0 + $1.range.count }
      }
      let affineCount = count { $0 == .normScale || $0 == .normShift }
      let statisticsCount = count { !$0.isTrainable }
      /// What the policy says of arrays, unless they are out of its reach or local for another reason.
      func treatment(
        _ said: NormTreatment, inThisRun own: NormTreatment, _ isMeant: (TensorRole) -> Bool
      ) -> NormTreatment {
        let tensor = tensors.first { isMeant($0.role) }
        return switch tensor.map(network.layout.sharing) {
        case .shared?: said.isShared ? own : .averaged
        case .local?: .local
        // Of statistics that is what the policy says.
        case .frozen? where tensor?.role.isTrainable == true: .frozen
        case .frozen?, .dropped?, nil: own
        }
      }
      let affine = treatment(affine, inThisRun: affine) { $0 == .normScale || $0 == .normShift }
      let statistics = treatment(statistics, inThisRun: ofRun) { !$0.isTrainable }
      var sent = extraValues(of: placed, in: network, passes: passes).sent
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

  /// How statistics are treated in all rounds of a run; where that changes on the way, what the policy says of itself.
  private func statistics(ofRun rounds: Int) -> NormTreatment {
    let first = statistics(inRound: 1, of: rounds)
    // What happens to statistics changes at most once in a run.
    return first == statistics(inRound: max(1, rounds), of: rounds) ? first : statistics
  }

  /// Values that a normalization layer of a network sends and receives beside its shared ones.
  ///
  /// - Parameter passes: Forward passes that a training step makes of the network.
  func extraValues(of layer: NetworkLayer, in network: Network, passes: Int) -> (sent: Int, received: Int) {
    let statistics = network.layout.tensors(ofLayer: layer.name).filter {
      $0.role == .runningMean || $0.role == .runningVariance
    }
    return extraValues(of: layer, statistics: statistics.reduce(0) { $0 + $1.range.count }, passes: passes)
  }

  /// Why the policy can't be used on a network, or nil: it treats normalization specially, and nothing of the network
  /// is treated so.
  public func mismatch(_ network: Network) -> String? {
    guard isSpecial else { return nil }
    let report = match(network)
    if report.isEmpty { return "the model has no normalization layer for it to apply to" }
    if let problem = (self as? QuirkyNorm)?.matchProblem(network) { return problem }
    let affects =
      report.contains { layer in
        (affine != .averaged && layer.affine != "none") || (treatsStatistics && layer.statistics != "none")
      } || treatsBatches && network.layers.contains { $0.batchChannels != nil }
    let kinds = Set(report.map(\.kind)).sorted().joined(separator: ", ")
    if affects { return nil }
    return treatsBatches
      ? "it normalizes over the batches of all clients, and the model's normalization layers (\(kinds)) normalize over no batch"
      : "it treats running statistics, and the model's normalization layers (\(kinds)) keep none"
  }
}
