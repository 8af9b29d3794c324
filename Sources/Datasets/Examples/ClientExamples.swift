/// The examples of one client and split, ready to be put into batches.
public struct ClientExamples: Sendable {
  private enum Content: Sendable {
    /// All values, one example after another, and the labels.
    case values([Float], labels: [Int32])
    /// Where the values are, in a source that holds them, and the labels.
    case references([ExampleReference], labels: [Int32])
    /// Neighbours of a source whose examples cost as little to make as to read: nothing is held here.
    case run(ExampleRun)
    /// Those of several clients, one behind another, and the position behind each.
    case parts([ClientExamples], ends: [Int])
  }

  /// How many examples there are.
  public let count: Int
  private let content: Content
  private let source: any ExampleSource
  private let split: DataSplit
  /// How values are normalized as they are gathered; nil leaves them as they are.
  var scaling: ChannelScaling?

  /// The examples at `references`; `materialize` computes their values now, else each batch asks the source.
  ///
  /// - Parameter change: Changes the values that were computed.
  init(
    _ references: [ExampleReference], split: DataSplit, source: any ExampleSource, materialize: Bool,
    change: ((UnsafeMutablePointer<Float>) -> Void)? = nil
  ) {
    count = references.count
    self.source = source
    self.split = split
    let labels = references.map { source.label($0, split: split) }
    if materialize {
      let total = references.count * source.sampleShape.count
      content = .values(
        [Float](unsafeUninitializedCapacity: total) { buffer, initialized in
          if let base = buffer.baseAddress {
            base.initialize(repeating: 0, count: total)
            source.write(references[...], split: split, into: base)
            change?(base)
          }
          initialized = total
        }, labels: labels)
    } else {
      content = .references(references, labels: labels)
    }
  }

  /// The examples of `run`, which each batch asks the source for.
  init(_ run: ExampleRun, split: DataSplit, source: any ExampleSource) {
    count = run.count
    self.source = source
    self.split = split
    content = .run(run)
  }

  /// The examples of several clients, one behind another.
  init(_ parts: [ClientExamples], split: DataSplit, source: any ExampleSource) {
    var ends: [Int] = []
    for part in parts { ends.append((ends.last ?? 0) + part.count) }
    count = ends.last ?? 0
    self.source = source
    self.split = split
    content = .parts(parts, ends: ends)
  }

  /// The labels, in the examples' order.
  public var labels: [Int32] {
    switch content {
    case .values(_, let labels), .references(_, let labels): labels
    case .run(let run): run.references.map { source.label($0, split: split) }
    case .parts(let parts, _): parts.flatMap(\.labels)
    }
  }

  /// values = the examples at `positions`, labels = theirs.
  ///
  /// - Precondition: Every position is below `count`, and there is room.
  public func gather(
    _ positions: ArraySlice<Int>, values: UnsafeMutablePointer<Float>, labels target: UnsafeMutablePointer<Int32>
  ) {
    switch content {
    case .values(let all, let labels):
      let sampleCount = source.sampleShape.count
      all.withUnsafeBufferPointer { all in
        guard let base = all.baseAddress else { return }
        for (place, position) in positions.enumerated() {
          target[place] = labels[position]
          (values + place * sampleCount).update(from: base + position * sampleCount, count: sampleCount)
        }
      }
    case .references(let references, let labels):
      for (place, position) in positions.enumerated() { target[place] = labels[position] }
      source.write(positions.map { references[$0] }[...], split: split, into: values)
    case .run(let run): source.write(positions, of: run, split: split, into: values, labels: target)
    case .parts(let parts, let ends):
      let sampleCount = source.sampleShape.count
      for (place, position) in positions.enumerated() {
        let owner = ends.partitioningIndex { $0 > position }
        let own = position - (owner == 0 ? 0 : ends[owner - 1])
        parts[owner].gather([own], values: values + place * sampleCount, labels: target + place)
      }
    }
    if let scaling { scaling.apply(to: values, count: positions.count * source.sampleShape.count) }
  }

  /// Bytes that the values occupy here.
  var byteCount: Int { if case .values(let values, _) = content { values.count * 4 } else { 0 } }
}

extension [Int] {
  /// The index of the first element of an ascending list that is beyond something, by halving.
  fileprivate func partitioningIndex(_ isBeyond: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
