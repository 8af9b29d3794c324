internal import Foundation
package import Tensors

/// A federation's data as one safetensors file, the layout that the source `safetensors` reads.
///
/// `client<i>.x/.y`, `.val_x/.val_y`, `.test_x/.test_y`; `union.test_x/.test_y` for test examples of nobody. Inputs are U8
/// where all are unchanged bytes, I32 where they are tokens, else F32; images are channels first. Labels are I64, targets
/// F32, tokens to be predicted I32. Names stand in the metadata.
package struct FederationFile {
  /// A part of the file.
  private struct Part {
    let name: String
    let client: Int
    let split: DataSplit
    let isInputs: Bool
  }

  private let dataset: FederatedDataset
  private let parts: [Part]
  private let writing: SafetensorsWriting

  /// Lays out the file of a data set.
  ///
  /// - Parameter metadata: What else stands in the metadata, such as the hash of the data.
  package init(_ dataset: FederatedDataset, metadata others: [String: String] = [:]) {
    self.dataset = dataset
    let division = dataset.whole
    let held = dataset.source as? HeldSource
    var parts: [Part] = []
    var tensors: [(name: String, type: SafetensorsType, shape: [Int])] = []
    let union = division.unionClient
    let clients = (0..<division.clientCount).filter { $0 != union }
    func add(_ name: String, _ client: Int, _ split: DataSplit) {
      let count = division.count(client, split)
      let prefix = split == .train ? "" : split == .test ? "test_" : "val_"
      for isInputs in [true, false] {
        let whole = "\(name).\(prefix)\(isInputs ? "x" : "y")"
        let (type, shape) = isInputs ? Self.inputs(dataset, held, count) : Self.targets(dataset, held, count)
        parts.append(Part(name: whole, client: client, split: split, isInputs: isInputs))
        tensors.append((whole, type, shape))
      }
    }
    for (number, client) in clients.enumerated() {
      for split in DataSplit.allCases where split == .train || division.count(client, split) > 0 {
        add("client\(number)", client, split)
      }
    }
    if let union { add("union", union, .test) }
    var metadata = others
    metadata["format"] = "covey-federation"
    metadata["version"] = "1"
    metadata["order"] = "channels-first"
    metadata["clients"] = jsonList(clients.map { division.name($0) ?? "client\($0)" })
    if held?.data.hasDomains ?? true {
      metadata["domains"] = jsonList(
        clients.map { division.domain($0).flatMap { dataset.source.domains[$0] }.flatMap { $0.isEmpty ? nil : $0 } })
    }
    let groups = clients.map { Self.group(of: $0, dataset) }
    if groups.contains(where: { $0 != nil }) { metadata["groups"] = jsonList(groups) }
    if dataset.classCount > 0 { metadata["classes"] = jsonList(dataset.source.classNames) }
    if let data = held?.data {
      if !data.features.isEmpty { metadata["features"] = jsonList(data.features) }
      if !data.vocabulary.isEmpty { metadata["vocabulary"] = jsonList(data.vocabulary) }
    }
    self.parts = parts
    writing = SafetensorsWriting(tensors, metadata: metadata)
  }

  /// Writes the file, piece by piece.
  ///
  /// - Throws: What `write` throws.
  package func write(_ write: ([UInt8]) throws -> Void) throws {
    try write(writing.header)
    for index in writing.order {
      let part = parts[index]
      let references = dataset.whole.references(part.client, part.split)
      let split = dataset.whole.sourceSplit(part.split)
      // Some thousand examples at a time, so that no client is in memory twice.
      let step = max(1, (1 << 22) / max(1, dataset.sampleShape.count))
      for start in stride(from: 0, to: references.count, by: step) {
        let some = references[start..<min(references.count, start + step)]
        try write(part.isInputs ? inputBytes(some, split) : targetBytes(some, split))
      }
    }
  }

  /// The group of all of a client's examples, if it is one.
  private static func group(of client: Int, _ dataset: FederatedDataset) -> String? {
    let groups = dataset.source.units.groups
    guard !groups.isEmpty else { return nil }
    var found: Int32?
    for split in DataSplit.allCases {
      let own = dataset.whole.sourceSplit(split)
      for reference in dataset.whole.references(client, split) {
        guard let group = dataset.source.origin(reference, split: own).group else { return nil }
        if let found, found != group { return nil }
        found = group
      }
    }
    return found.map { groups[Int($0)] }
  }

  private static func inputs(
    _ dataset: FederatedDataset, _ held: HeldSource?, _ count: Int
  ) -> (SafetensorsType, [Int]) {
    let shape = dataset.sampleShape
    let extents = shape.rank == 3 ? [shape[2], shape[0], shape[1]] : shape.dimensions
    let type: SafetensorsType =
      switch held?.data.inputKind {
      case .bytes?: .uint8
      case .tokens?: .int32
      default: .float32
      }
    return (type, [count] + extents)
  }

  private static func targets(
    _ dataset: FederatedDataset, _ held: HeldSource?, _ count: Int
  ) -> (SafetensorsType, [Int]) {
    switch dataset.source.target {
    case .classes: (.int64, [count])
    case .values(let width): (.float32, width == 1 ? [count] : [count, width])
    case .labels(let width): (.float32, [count, width])
    case .tokens: (.int32, [count, dataset.targetCount])
    }
  }

  // MARK: Bytes

  private func inputBytes(_ references: ArraySlice<ExampleReference>, _ split: DataSplit) -> [UInt8] {
    let shape = dataset.sampleShape
    let count = shape.count
    guard let held = dataset.source as? HeldSource, let own = held.data.splits[split] else {
      let floats = [Float](unsafeUninitializedCapacity: references.count * count) { buffer, filled in
        if let base = buffer.baseAddress {
          base.initialize(repeating: 0, count: references.count * count)
          dataset.source.write(references, split: split, into: base)
        }
        filled = references.count * count
      }
      return littleEndianBytes(channelsFirst(floats, shape).lazy.map(\.bitPattern))
    }
    let rows = references.map { held.row($0, split: split) }
    func picked<Value>(_ values: [Value]) -> [Value] {
      var picked: [Value] = []
      picked.reserveCapacity(rows.count * count)
      for row in rows { picked += values[row * count..<(row + 1) * count] }
      return picked
    }
    switch own.inputs {
    case .bytes(let bytes): return channelsFirst(picked(bytes), shape)
    case .floats(let floats): return littleEndianBytes(channelsFirst(picked(floats), shape).lazy.map(\.bitPattern))
    case .tokens(let tokens): return littleEndianBytes(picked(tokens))
    }
  }

  private func targetBytes(_ references: ArraySlice<ExampleReference>, _ split: DataSplit) -> [UInt8] {
    guard let held = dataset.source as? HeldSource, let own = held.data.splits[split] else {
      return littleEndianBytes(references.map { Int64(dataset.source.label($0, split: split)) })
    }
    let rows = references.map { held.row($0, split: split) }
    func picked<Value>(_ values: [Value], _ each: Int) -> [Value] {
      rows.flatMap { values[$0 * each..<($0 + 1) * each] }
    }
    switch own.targets {
    case .classes(let labels): return littleEndianBytes(rows.map { Int64(labels[$0]) })
    case .values(let values):
      return littleEndianBytes(picked(values, dataset.targetCount).lazy.map(\.bitPattern))
    case .tokens(let tokens): return littleEndianBytes(picked(tokens, dataset.targetCount))
    }
  }
}

/// N×H×W×C as N×C×H×W; other shapes as they are.
private func channelsFirst<Value>(_ values: [Value], _ shape: Shape) -> [Value] {
  let (channels, pixels) = (shape.channels, shape.positions)
  guard shape.rank == 3, channels > 1, pixels > 1 else { return values }
  return values.withUnsafeBufferPointer { source in
    [Value](unsafeUninitializedCapacity: values.count) { target, filled in
      for start in stride(from: 0, to: values.count, by: shape.count) {
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            target.initializeElement(at: filled, to: source[start + pixel * channels + channel])
            filled += 1
          }
        }
      }
    }
  }
}

/// Names as a JSON list.
private func jsonList(_ names: [String?]) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.withoutEscapingSlashes]
  return (try? encoder.encode(names)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
}
