internal import Tensors

extension Network {
  /// Bytes that the activations of a batch take at least, whatever layers do with one another's memory.
  ///
  /// Inference needs the largest value. Training keeps what every layer with weights reads, which the weights' gradient
  /// needs. What one plan's layers hand on among themselves is in no memory.
  package func leastActivationBytes(batch: Int, isTraining: Bool) -> Double {
    if hasParts {
      return parts.reduce(0) { $0 + $1.network.leastActivationBytes(batch: batch, isTraining: isTraining) }
    }
    func count(_ value: Int) -> Double {
      Double(value == 0 ? input.count : layers[value - 1].resolved.output.count)
    }
    var most = 0.0
    for group in fusedGroups() {
      let reads = layers[group.lowerBound].reads.map(count).max() ?? 0
      most = max(most, max(reads, count(group.upperBound)))
    }
    guard isTraining else { return 4 * Double(batch) * most }
    let kept = Set(layers.filter { !$0.resolved.tensors.isEmpty }.flatMap(\.reads)).reduce(0) { $0 + count($1) }
    return 4 * Double(batch) * max(kept, most)
  }

  /// The layer whose output is the largest: its number in `layers`.
  package var largestLayer: Int? {
    layers.indices.max { layers[$0].resolved.output.count < layers[$1].resolved.output.count }
  }
}
