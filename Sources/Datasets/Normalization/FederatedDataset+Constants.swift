internal import Catalogs
internal import Formats

extension FederatedDataset {
  /// What the user should know of the normalization: features that have one value and become 0, of files alone, and by
  /// what unseen clients are normalized. Sentences without a full stop.
  ///
  /// - Complexity: O(values) where clients have constants of their own or exchange them.
  package var normalizationRemarks: [String] {
    guard let preparation, normalization == .local || normalization == .federated else { return [] }
    var remarks: [String] = []
    // Examples that are made have no constant features, and are not made before a run.
    if !source.isGenerated {
      let clients = normalization == .federated ? 0..<min(1, clientCount) : 0..<clientCount
      var counts = [Int](repeating: 0, count: sampleShape.channels)
      for client in clients where normalization == .federated || trainCount(client) > 0 {
        for (feature, value) in (scaling(client, preparation)?.scale ?? []).enumerated() where value == 0 {
          counts[feature] += 1
        }
      }
      let constant = counts.indices.filter { counts[$0] > 0 }
      let shown = constant.prefix(5).map { feature in
        let clients = normalization == .federated ? "" : " (at \(counts[feature]) of \(clientCount) clients)"
        return featureName(feature) + clients
      }
      let more = constant.count > 5 ? " and \(constant.count - 5) more" : ""
      if !constant.isEmpty {
        let isOne = constant.count == 1
        remarks.append(
          "'normalize: \(normalization.name)': \(shown.joined(separator: ", "))\(more) \(isOne ? "has" : "have") one value in all training examples and \(isOne ? "becomes" : "become") 0"
        )
      }
    }
    if normalization == .local, unseenCount > 0 {
      remarks.append(
        "'normalize: local' takes mean and variance of clients that never train from the examples that they are evaluated on"
      )
    }
    return remarks
  }

  /// What messages call a feature or a channel.
  private func featureName(_ feature: Int) -> String {
    let names = (source as? HeldSource)?.data.features ?? []
    if names.indices.contains(feature), names.count == sampleShape.channels { return "'\(printable(names[feature]))'" }
    return "\(sampleShape.rank == 1 ? "feature" : "channel") \(feature)"
  }
}
