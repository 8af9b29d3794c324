internal import Networks

extension Network {
  /// Whether a layer is one of those that are named: by its own name, or by that of a block that it is part of.
  ///
  /// - Parameter names: Nil is the last layer with weights.
  func names(_ names: [String]?, include layer: String) -> Bool {
    guard let names else { return layer == layersWithWeights.last?.name }
    return names.contains { layer == $0 || layer.hasPrefix("\($0).") }
  }

  /// Complaints about names that no layer has.
  func unknownLayers(_ names: [String]?) -> [String] {
    let known = layers.filter { !$0.resolved.tensors.isEmpty }.map(\.name)
    return (names ?? []).filter { name in !known.contains { $0 == name || $0.hasPrefix("\(name).") } }.map {
      "the model has no layer '\($0)' with values of its own (allowed: \(known.joined(separator: ", ")))"
    }
  }
}
