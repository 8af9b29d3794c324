internal import Locks
internal import Tensors

/// How a federation's examples become what a model gets: changed by shifts first, then normalized.
struct Preparation: Sendable {
  /// The source before the mean and the deviation of the scenario's `image`.
  let source: any ExampleSource
  private let list: ShiftList
  private let levels: ShiftLevels
  private let normalization: Normalization
  private let clientCount: Int
  /// The same for all clients; nil where each has its own, or all have what is found out first.
  private let fixed: ChannelScaling?
  private let local = Locked<[Int: ChannelScaling]>([:])
  private let federated = Locked<ChannelScaling?>(nil)

  init(
    _ unscaled: UnscaledSource, _ division: any ClientDivision, shift: [ShiftEntry], normalization: Normalization,
    clientCount: Int, unseenCount: Int, seed: UInt64
  ) {
    source = unscaled.source
    list = ShiftList(entries: shift, seed: seed)
    levels = ShiftLevels(
      shift, division, source: source, clientCount: clientCount, unseenCount: unseenCount, seed: seed)
    self.normalization = normalization
    self.clientCount = clientCount
    let channels = source.sampleShape.channels
    switch normalization {
    case .none:
      fixed = ChannelScaling(mean: unscaled.mean, deviation: unscaled.deviation, channels: channels)
    case .fixed(let mean, let deviation):
      fixed = ChannelScaling(mean: mean, deviation: deviation, channels: channels)
    case .local, .federated: fixed = nil
    }
  }

  /// Changes the examples of a client, one after another in `values`.
  func change(
    _ values: UnsafeMutablePointer<Float>, _ references: [ExampleReference], split: DataSplit, client: Int
  ) {
    list.apply(to: values, references[...], split: split, client: client, shape: source.sampleShape) {
      levels.level($0, client: client, $1, split: split)
    }
  }

  /// A client's level of each entry; nil where the entry has none or its examples have several.
  func levels(_ client: Int, _ references: [(split: DataSplit, reference: ExampleReference)]) -> [Double?] {
    list.entries.map { entry in
      guard entry.unit != nil, let first = references.first else { return nil }
      let level = levels.level(entry, client: client, first.reference, split: first.split)
      return references.allSatisfy {
        entry.unit == .client || levels.level(entry, client: client, $0.reference, split: $0.split) == level
      } ? level : nil
    }
  }

  /// How a client's inputs are normalized; nil where that changes nothing.
  ///
  /// - Parameter moments: Mean and variance of what a client is normalized by; asked for once a client.
  func scaling(_ client: Int, _ moments: (Int) -> ChannelMoments) -> ChannelScaling? {
    if let fixed { return fixed.isIdentity ? nil : fixed }
    if normalization == .federated {
      // The lock is held meanwhile: whoever else asks needs the same.
      return federated.withLock { known in
        let scaling = known ?? ChannelScaling(ChannelMoments(pooling: (0..<clientCount).map(moments)))
        known = scaling
        return scaling
      }
    }
    if let known = local.withLock({ $0[client] }) { return known }
    let scaling = ChannelScaling(moments(client))
    local.withLock { $0[client] = scaling }
    return scaling
  }
}

extension FederatedDataset {
  /// The level of each entry of `shift` that a client has; nil where an entry has none, or the client's examples have
  /// several.
  ///
  /// - Complexity: O(the client's examples).
  public func shiftLevels(_ client: Int) -> [Double?] {
    guard let preparation else { return [] }
    let references = DataSplit.allCases.flatMap { split in
      division.references(client, split).map { (split: division.sourceSplit(split), reference: $0) }
    }
    return preparation.levels(client, references)
  }

  /// Bytes that a client sends and receives for normalization, once before round 1: d means and d variances up with the
  /// number of examples, means and variances down.
  public var normalizationBytes: (up: Int, down: Int) {
    guard normalization == .federated else { return (0, 0) }
    return (4 * (2 * sampleShape.channels + 1), 4 * 2 * sampleShape.channels)
  }
}
