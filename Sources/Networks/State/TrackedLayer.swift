/// Where one layer's running statistics lie, counted from the first running statistic of the model.
public struct TrackedLayer: Sendable, Equatable {
  /// The layer's name.
  public let name: String
  /// Its channels.
  public let channels: Int
  /// Where its means begin.
  public let mean: Int
  /// Where its variances begin.
  public let variance: Int
  /// Its counter's place among the counters.
  public let counter: Int

  /// The same layer where statistics are counted from so many places later.
  public func counted(from place: Int) -> TrackedLayer {
    TrackedLayer(name: name, channels: channels, mean: mean - place, variance: variance - place, counter: counter)
  }
}

extension StateLayout {
  /// The running statistics, behind everything that an optimizer changes.
  public var statisticsRange: Range<Int> { trainableCount..<valueCount }

  /// The layers that keep running statistics, in order.
  public var trackedLayers: [TrackedLayer] {
    tensors.filter { $0.role == .runningMean }.compactMap { mean in
      let own = tensors(ofLayer: mean.layer)
      guard let variance = own.first(where: { $0.role == .runningVariance }),
        let counter = own.first(where: { $0.role == .batchCount })
      else { return nil }
      return TrackedLayer(
        name: mean.layer, channels: mean.range.count, mean: mean.range.lowerBound - trainableCount,
        variance: variance.range.lowerBound - trainableCount, counter: counter.range.lowerBound)
    }
  }
}
