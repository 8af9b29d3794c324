public import Tensors

/// The examples of one client and split, ready to be put into batches.
public struct ClientExamples: Sendable {
  private enum Content: Sendable {
    /// All values, one example after another, and the targets.
    case values([Float], Targets)
    /// Where the values are, in a source that holds them, and the targets.
    case references([ExampleReference], Targets)
    /// Neighbours of a source whose examples cost as little to make as to read: nothing is held here.
    case run(ExampleRun)
    /// Those of several clients, one behind another, and the position behind each.
    case parts([ClientExamples], ends: [Int])
  }

  /// The targets of all examples, one example after another: whole numbers or numbers.
  private struct Targets: Sendable {
    var classes: [Int32] = []
    var numbers: [Float] = []
    /// How many an example has.
    let count: Int

    init(_ references: [ExampleReference], split: DataSplit, source: any ExampleSource) {
      count = source.target.count(of: source.sampleShape)
      if count == 1, source.target.isWhole {
        classes = references.map { source.label($0, split: split) }
      } else if source.target.isWhole {
        classes = [Int32](repeating: 0, count: references.count * count)
        classes.withUnsafeMutableBufferPointer { buffer in
          if let base = buffer.baseAddress { source.writeTargets(references[...], split: split, into: .classes(base)) }
        }
      } else {
        numbers = [Float](repeating: 0, count: references.count * count)
        numbers.withUnsafeMutableBufferPointer { buffer in
          if let base = buffer.baseAddress { source.writeTargets(references[...], split: split, into: .numbers(base)) }
        }
      }
    }

    func gather(_ positions: ArraySlice<Int>, into targets: BatchTargets) {
      switch targets {
      case .classes(let base) where count == 1:
        for (place, position) in positions.enumerated() { base[place] = classes[position] }
      case .classes(let base):
        for (place, position) in positions.enumerated() {
          for step in 0..<count { base[place * count + step] = classes[position * count + step] }
        }
      case .numbers(let base):
        for (place, position) in positions.enumerated() {
          for number in 0..<count { base[place * count + number] = numbers[position * count + number] }
        }
      }
    }
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
    let targets = Targets(references, split: split, source: source)
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
        }, targets)
    } else {
      content = .references(references, targets)
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

  /// The classes, in the examples' order, or those of all their steps; none where targets are numbers.
  public var labels: [Int32] {
    switch content {
    case .values(_, let targets), .references(_, let targets): targets.classes
    case .run(let run): run.references.map { source.label($0, split: split) }
    case .parts(let parts, _): parts.flatMap(\.labels)
    }
  }

  /// values = the examples at `positions`, labels = their classes.
  ///
  /// - Precondition: Every position is below `count`, there is room, and targets are classes.
  public func gather(
    _ positions: ArraySlice<Int>, values: UnsafeMutablePointer<Float>, labels: UnsafeMutablePointer<Int32>
  ) {
    gather(positions, values: values, targets: .classes(labels))
  }

  /// values = the examples at `positions`, targets = theirs, unless nil.
  ///
  /// - Precondition: Every position is below `count`, there is room, and targets are asked for as what they are.
  public func gather(_ positions: ArraySlice<Int>, values: UnsafeMutablePointer<Float>, targets: BatchTargets?) {
    switch content {
    case .values(let all, _):
      let sampleCount = source.sampleShape.count
      all.withUnsafeBufferPointer { all in
        guard let base = all.baseAddress else { return }
        for (place, position) in positions.enumerated() {
          (values + place * sampleCount).update(from: base + position * sampleCount, count: sampleCount)
        }
      }
      if let targets { gatherTargets(positions, into: targets) }
    case .references(let references, _):
      if let targets { gatherTargets(positions, into: targets) }
      source.write(positions.map { references[$0] }[...], split: split, into: values)
    case .run(let run):
      guard case .classes(let labels)? = targets else {
        source.write(positions.map { run[$0] }[...], split: split, into: values)
        break
      }
      source.write(positions, of: run, split: split, into: values, labels: labels)
    case .parts(let parts, let ends):
      let sampleCount = source.sampleShape.count
      let targetCount = source.target.count(of: source.sampleShape)
      for (place, position) in positions.enumerated() {
        let owner = ends.partitioningIndex { $0 > position }
        let own = position - (owner == 0 ? 0 : ends[owner - 1])
        parts[owner].gather(
          [own], values: values + place * sampleCount, targets: targets?.advanced(by: place * targetCount))
      }
    }
    if let scaling { scaling.apply(to: values, count: positions.count * source.sampleShape.count) }
  }

  /// targets = those of the examples at `positions`.
  ///
  /// - Precondition: Every position is below `count`, there is room, and targets are asked for as what they are.
  public func gatherTargets(_ positions: ArraySlice<Int>, into targets: BatchTargets) {
    switch content {
    case .values(_, let own), .references(_, let own): own.gather(positions, into: targets)
    case .run(let run): source.writeTargets(positions.map { run[$0] }[...], split: split, into: targets)
    case .parts(let parts, let ends):
      let targetCount = source.target.count(of: source.sampleShape)
      for (place, position) in positions.enumerated() {
        let owner = ends.partitioningIndex { $0 > position }
        let own = position - (owner == 0 ? 0 : ends[owner - 1])
        parts[owner].gatherTargets([own], into: targets.advanced(by: place * targetCount))
      }
    }
  }

  /// Bytes that the values occupy here.
  var byteCount: Int { if case .values(let values, _) = content { values.count * 4 } else { 0 } }
}

extension [Int] {
  /// The index of the first element of an ascending list that is beyond something, by halving.
  func partitioningIndex(_ isBeyond: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
