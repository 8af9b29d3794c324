package import Datasets
internal import Networks

/// The data of a scenario, without any model.
package struct OpenedData: Sendable {
  /// The data, divided.
  package let dataset: FederatedDataset
  /// What the scenario calls the source.
  package let source: String
  /// What the scenario calls the partition.
  package let partition: String
  /// What the user should know.
  package let notes: [String]
}

extension Scenario {
  /// Whether the first arm's source scales images by a mean and a deviation unless told otherwise.
  package var scalesImages: Bool {
    guard let name = arms.first?.data.sourceName else { return false }
    return datasetCatalog[name]?.options.contains { $0.name == "image" } ?? false
  }

  /// The first arm's partition in words: `dirichlet(0.5)`, `shards(per_client: 3)`; how many clients there are is left
  /// out.
  public var partitionWords: String {
    guard let data = arms.first?.data else { return "" }
    let options = (data.node["partition"]?.entries ?? []).filter { $0.key != "kind" && $0.key != "clients" }
    let words = options.map { $0.key == "alpha" ? $0.value.flowText : "\($0.key): \($0.value.flowText)" }
    return data.partitionName + (words.isEmpty ? "" : "(\(words.joined(separator: ", ")))")
  }

  /// The data of the first arm, divided by its first seed; no model is built against it.
  ///
  /// - Parameter isWhole: Whether limits on examples, and the clients that never train, are left aside.
  /// - Throws: `ScenarioError` with everything that is wrong with the data.
  package func data(isWhole: Bool) throws(ScenarioError) -> OpenedData {
    guard let arm = arms.first, let seed = arm.seeds.first else { throw ScenarioError([]) }
    var builder = ExperimentBuilder(scenario: self)
    let dataset = builder.dataset(arm, seed: seed, isWhole: isWhole)
    guard let dataset, builder.diagnostics.isEmpty else { throw ScenarioError(builder.diagnostics) }
    return OpenedData(
      dataset: dataset, source: arm.data.sourceName, partition: arm.data.partitionName,
      notes: dataset.source.remarks + builder.notes)
  }
}
