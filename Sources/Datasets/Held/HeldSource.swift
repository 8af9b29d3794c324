package import Tensors

/// Examples that are held in memory as files gave them.
package struct HeldSource: ExampleSource {
  /// What is held.
  package let data: HeldData
  /// What a value is multiplied with, and what is then added, by channel.
  private let scale: [Float]
  private let shift: [Float]
  /// The value of each byte by channel; empty where inputs are no bytes.
  private let byteValues: [[Float]]
  /// The rows of each domain by split.
  private let rows: [DataSplit: [[Int32]]]
  private let mean: [Double]
  private let deviation: [Double]

  /// Makes a source.
  ///
  /// - Parameters:
  ///   - mean: Subtracted from each value by channel, or one for all.
  ///   - deviation: What the rest is divided by.
  package init(_ data: HeldData, mean: [Double] = [0], deviation: [Double] = [1]) {
    self.data = data
    (self.mean, self.deviation) = (mean, deviation)
    let channels = data.shape.channels
    func perChannel(_ values: [Double]) -> [Double] {
      values.count == channels ? values : [Double](repeating: values.first ?? 0, count: channels)
    }
    let (means, deviations) = (perChannel(mean), perChannel(deviation))
    let isBytes = data.splits.values.contains { if case .bytes = $0.inputs { true } else { false } }
    scale = deviations.map { Float(1 / $0) * (isBytes ? 1 / 255 : 1) }
    shift = zip(means, deviations).map { Float(-$0 / $1) }
    // The nearest of v/255, as if the division had been done before.
    byteValues =
      isBytes
      ? means.indices.map { channel in
        (0..<256).map { Float((Double($0) / 255 - means[channel]) / deviations[channel]) }
      } : []
    rows = Self.rows(of: data)
  }

  /// Makes a source of other data of the same kind, which gives values as another does.
  init(_ data: HeldData, scaledAs other: HeldSource) {
    self.data = data
    (scale, shift, byteValues) = (other.scale, other.shift, other.byteValues)
    (mean, deviation) = (other.mean, other.deviation)
    rows = Self.rows(of: data)
  }

  private static func rows(of data: HeldData) -> [DataSplit: [[Int32]]] {
    data.splits.mapValues { split in
      guard !split.domains.isEmpty else { return [(0..<Int32(split.count)).map { $0 }] }
      var rows = [[Int32]](repeating: [], count: data.domains.count)
      for (row, domain) in split.domains.enumerated() { rows[Int(domain)].append(Int32(row)) }
      return rows
    }
  }

  package var unscaled: UnscaledSource {
    let isScaled = mean.contains { $0 != 0 } || deviation.contains { $0 != 1 }
    return UnscaledSource(
      isScaled ? HeldSource(data) : self, range: data.range, mean: mean, deviation: deviation)
  }

  /// Whether inputs are tokens.
  package var hasTokens: Bool { if case .tokens = data.inputKind { true } else { false } }

  package var domains: [String] { data.domains }
  package var sampleShape: Shape { data.shape }
  package var classCount: Int { if case .classes(let count) = data.target { count } else { 0 } }
  package var target: TargetKind { data.target }
  package var classNames: [String] { data.classes }
  package var units: SourceUnits {
    SourceUnits(domains: data.domains, clients: data.clients, groups: data.groups)
  }
  package var remarks: [String] { data.remarks }
  package var inputs: [SourceInput] { data.files.map { SourceInput(name: $0.shownName, sha256: $0.sha256) } }

  package var dataHash: String? { data.files.isEmpty ? nil : Datasets.dataHash(data.files) }

  package var fitted: [String] { data.fitted }

  package func exampleCount(domain: Int, split: DataSplit) -> Int? {
    guard let rows = rows[split], rows.indices.contains(domain) else { return 0 }
    return rows[domain].count
  }

  /// The row of an example in its split.
  package func row(_ reference: ExampleReference, split: DataSplit) -> Int {
    Int(rows[split]?[Int(reference.domain)][Int(reference.index)] ?? 0)
  }

  package func fileRow(_ reference: ExampleReference, split: DataSplit) -> Int? { row(reference, split: split) }

  package func label(_ reference: ExampleReference, split: DataSplit) -> Int32 {
    guard case .classes(let labels)? = data.splits[split]?.targets else { return 0 }
    return labels[row(reference, split: split)]
  }

  package func writeTargets(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into targets: BatchTargets
  ) {
    let count = data.target.count(of: data.shape)
    func copy<Value>(_ values: [Value], to base: UnsafeMutablePointer<Value>) {
      values.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        for (place, reference) in references.enumerated() {
          (base + place * count).update(from: start + row(reference, split: split) * count, count: count)
        }
      }
    }
    switch (data.splits[split]?.targets, targets) {
    case (.classes(let values)?, .classes(let base)), (.tokens(let values)?, .classes(let base)): copy(values, to: base)
    case (.values(let values)?, .numbers(let base)): copy(values, to: base)
    case (nil, _): break
    case (_?, _): preconditionFailure("targets are asked for as what they are not")
    }
  }

  package func origin(_ reference: ExampleReference, split: DataSplit) -> ExampleOrigin {
    let row = row(reference, split: split)
    func unit(_ column: [Int32]?) -> Int32? {
      guard let column, !column.isEmpty, column[row] >= 0 else { return nil }
      return column[row]
    }
    let held = data.splits[split]
    return ExampleOrigin(domain: reference.domain, client: unit(held?.clients), group: unit(held?.groups))
  }

  package func write(
    _ references: ArraySlice<ExampleReference>, split: DataSplit, into values: UnsafeMutablePointer<Float>
  ) {
    guard let held = data.splits[split] else { return }
    let count = data.shape.count
    let channels = data.shape.channels
    let places = references.map { row($0, split: split) * count }
    switch held.inputs {
    case .bytes(let bytes):
      for (place, start) in places.enumerated() {
        let target = values + place * count
        for channel in 0..<channels {
          let own = byteValues[channel]
          for value in stride(from: channel, to: count, by: channels) {
            target[value] = own[Int(bytes[start + value])]
          }
        }
      }
    case .floats(let floats):
      floats.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        for (place, start) in places.enumerated() {
          Kernels.gatherPixels(
            base + start, pixels: count / channels, sourceChannels: channels, channels: channels, scale: scale,
            shift: shift, into: values + place * count)
        }
      }
    case .tokens(let tokens):
      for (place, start) in places.enumerated() {
        for value in 0..<count { values[place * count + value] = Float(tokens[start + value]) }
      }
    }
  }
}
