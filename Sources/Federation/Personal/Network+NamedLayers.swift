internal import Catalogs
public import Networks

extension Network {
  /// Whether a layer is one of those that are named: by its own name, or by that of a block that it is part of.
  ///
  /// - Parameter names: Nil is the last layer with weights.
  func names(_ names: [String]?, include layer: String) -> Bool {
    guard let names else { return layer == layersWithWeights.last?.name }
    return names.contains { layer == $0 || layer.hasPrefix("\($0).") }
  }

  /// What a name of a layer or block may be: the layers with arrays of their own.
  public var layersWithArrays: [String] { layers.filter { !$0.resolved.tensors.isEmpty }.map(\.name) }

  /// What is wrong with the name of a layer or block that is to be frozen; nil where nothing is.
  public func freezingProblem(_ name: String) -> String? {
    let meant = layers.filter { names([name], include: $0.name) }
    let known = layersWithArrays
    guard meant.contains(where: { known.contains($0.name) }) else {
      let hint = nearestName(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
      return
        "the model has no layer '\(shownText(name))' with values of its own\(hint) (allowed: \(known.joined(separator: ", ")))"
    }
    let canFreeze = meant.contains { layout.tensors(ofLayer: $0.name).contains { $0.role.canFreeze } }
    return canFreeze ? nil : "layer '\(name)' has no weights, biases, γ or β to freeze"
  }

  /// Complaints about names that no layer has.
  func unknownLayers(_ names: [String]?) -> [String] {
    let known = layersWithArrays
    return (names ?? []).filter { name in !known.contains { $0 == name || $0.hasPrefix("\(name).") } }.map {
      "the model has no layer '\($0)' with values of its own (allowed: \(known.joined(separator: ", ")))"
    }
  }
}
