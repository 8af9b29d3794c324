internal import Records

/// What of the server's model is not what the clients learned: values of normalization layers that never leave a client,
/// or that nobody keeps or changes, so that the server has their initial ones.
struct ServerNormNote {
  /// The largest number of layers that are named.
  private static let shownLayers = 6

  /// The sentences, each without a period at its end; none where the server has all that was learned.
  let sentences: [String]

  /// Looks at what the run's norm policy does to each layer.
  ///
  /// - Parameter client: The client whose model is written; nil is the server's model.
  init(_ layers: [NormLayerRecord], client: Int?) {
    var sentences: [String] = []
    func add(_ treatment: String, _ words: (String) -> String) {
      let affine = layers.filter { $0.affine == treatment }.map(\.layer)
      let statistics = layers.filter { $0.statistics == treatment }.map(\.layer)
      if affine.isEmpty, statistics.isEmpty { return }
      let parts =
        affine == statistics
        ? ["γ, β and running statistics of \(Self.list(affine))"]
        : [("γ and β", affine), ("running statistics", statistics)].filter { !$0.1.isEmpty }
          .map { "\($0.0) of \(Self.list($0.1))" }
      sentences.append(words(parts.joined(separator: " and ")))
    }
    if client == nil {
      add("local") {
        "the server's \($0) are initial values, because they stay with the clients; "
          + "'--client N' writes the model of a client"
      }
      let mixed = layers.filter { $0.valuesKept > 0 && $0.affine != "local" && $0.statistics != "local" }.map(\.layer)
      if !mixed.isEmpty {
        sentences.append(
          "the server's own mixing values of \(Self.list(mixed)) are initial values, because they stay with the clients; "
            + "'--client N' writes the model of a client")
      }
    }
    add("dropped") { "the \($0) are initial values, because clients forget theirs after each round" }
    add("frozen") { "the \($0) are the initial or imported values, which nobody changes" }
    self.sentences = sentences
  }

  private static func list(_ names: [String]) -> String {
    names.count > shownLayers
      ? names.prefix(shownLayers - 1).joined(separator: ", ") + " and \(names.count - shownLayers + 1) more layers"
      : names.joined(separator: ", ")
  }
}
