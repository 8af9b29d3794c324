internal import Formats
internal import Foundation
internal import Tensors

/// Reads and checks the tensors of clients; what all of them have in common is found by the way.
struct ClientReader {
  /// What the metadata of a file that `covey import` wrote say; nothing for other files.
  struct Metadata {
    /// Whether the file says what it is.
    var isFederation = false
    var clients: [String]?
    var domains: [String?]?
    var groups: [String?]?
    var classes: [String]?
    var features: [String]?
    var vocabulary: [String]?

    /// - Throws: `DataFileError.malformed` for metadata that are no such JSON.
    init(_ file: SafetensorsFile) throws(DataFileError) {
      guard file.metadata["format"] == "covey-federation" else { return }
      isFederation = true
      guard file.metadata["version"] == "1" else {
        throw .malformed(
          path: file.path,
          reason: "is a covey-federation of version '\(printable(file.metadata["version"] ?? "none"))' (allowed: 1)")
      }
      guard file.metadata["order"] ?? "channels-first" == "channels-first" else {
        throw .malformed(
          path: file.path,
          reason: "metadata 'order' is '\(printable(file.metadata["order"] ?? ""))' (allowed: channels-first)")
      }
      func list(_ key: String) throws(DataFileError) -> [String?]? {
        guard let text = file.metadata[key] else { return nil }
        guard let list = try? JSONDecoder().decode([String?].self, from: Data(text.utf8)) else {
          throw .malformed(path: file.path, reason: "metadata '\(key)' is no JSON list of names")
        }
        return list
      }
      func names(_ key: String) throws(DataFileError) -> [String]? {
        guard let list = try list(key) else { return nil }
        let names = list.compactMap { $0 }
        guard names.count == list.count, Set(names).count == names.count else {
          throw .malformed(
            path: file.path, reason: "metadata '\(key)' has a name twice, or none (allowed: each name once)")
        }
        return names
      }
      clients = try names("clients")
      domains = try list("domains")
      groups = try list("groups")
      classes = try names("classes")
      features = try list("features")?.map { $0 ?? "" }
      vocabulary = try names("vocabulary")
    }
  }

  private let file: SafetensorsFile
  private let clients: ClientTensors
  private let metadata: Metadata
  /// One example's shape, channels last, and the tensor that it is of; nil before a client with examples was read.
  private(set) var sample: (shape: Shape, isTokens: Bool, isBytes: Bool, name: String)?
  /// The largest token so far.
  private(set) var largestToken: Int32 = 0
  private var range: ClosedRange<Float>?
  private var isImage = false
  /// Tensors whose values lie as those of images with channels last, in the order in which they were read.
  private var interleaved: [String] = []

  init(file: SafetensorsFile, clients: ClientTensors, metadata: Metadata) {
    self.file = file
    self.clients = clients
    self.metadata = metadata
  }

  /// A client's examples of a split.
  ///
  /// - Throws: `DataFileError.malformed` or `SafetensorsError` with the tensor, and the place where a value is wrong.
  mutating func part(_ client: Int, _ split: DataSplit) throws -> HeldPart {
    let pair = ClientTensors.Part.pair(split)
    return try part(clients.name(client, pair.x), clients.name(client, pair.y), split)
  }

  /// The examples of two tensors.
  mutating func part(_ x: String, _ y: String, _ split: DataSplit) throws -> HeldPart {
    guard let images = file.entries[x] else { throw clients.lack(of: x) }
    guard let labels = file.entries[y] else { throw clients.lack(of: y) }
    let shape = images.shape
    // An empty array of any rank is a client without examples.
    let isEmpty = shape.first == 0
    guard isEmpty || (2...4).contains(shape.count) && shape.allSatisfy({ $0 > 0 }) else {
      throw malformed("'\(x)' has shape \(shape) (allowed: N×C×H×W, N×T×C or N×C)")
    }
    guard labels.shape.first == shape[0] else {
      throw malformed("'\(y)' has shape \(labels.shape) for \(shape[0]) examples")
    }
    let place = "\(file.path): '\(y)'"
    if isEmpty {
      return HeldPart(split: split, inputs: .floats([]), targets: .numbers([]), count: 0, targetPlace: place)
    }
    let isTokens = metadata.isFederation && images.type == .int32
    if isTokens, shape.count != 2 { throw malformed("'\(x)' has shape \(shape) (allowed: N×T tokens)") }
    let isBytes = images.type == .uint8
    let own: Shape = shape.count == 4 ? [shape[2], shape[3], shape[1]] : Shape(Array(shape.dropFirst()))
    if let sample {
      if sample.shape != own { throw malformed("'\(x)' has examples of \(own), those before have \(sample.shape)") }
      if sample.isBytes != isBytes || sample.isTokens != isTokens {
        throw malformed(
          "'\(x)' has type \(images.type.rawValue), and '\(sample.name)' has another: bytes are values/255 and numbers are taken as they are, so that both together would be on two scales (allowed: one type)"
        )
      }
    }
    sample = sample ?? (own, isTokens, isBytes, x)
    return HeldPart(
      split: split, inputs: try inputs(x, images, isTokens: isTokens), targets: try targets(y, labels, shape: shape),
      count: shape[0], targetPlace: place)
  }

  private mutating func inputs(_ name: String, _ entry: SafetensorsEntry, isTokens: Bool) throws -> HeldInputs {
    let shape = entry.shape
    if isTokens {
      return .tokens(try tokens(name, shape))
    }
    if entry.type == .uint8 {
      let values = try file.bytes(name)
      if isInterleaved(values, shape: shape, { Float($0) }) { interleaved.append(name) }
      return .bytes(channelsLast(values, shape: shape))
    }
    let values = try file.floats(name)
    if let problem = file.nonFiniteValue(of: name, in: values) { throw malformed(problem) }
    if isInterleaved(values, shape: shape, { $0 }) { interleaved.append(name) }
    let own = valueRange(values)
    range = range.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
    isImage = shape.count == 4
    return .floats(channelsLast(values, shape: shape))
  }

  /// The numbers of tokens of a tensor, each of which the vocabulary has.
  private mutating func tokens(_ name: String, _ shape: [Int]) throws -> [Int32] {
    let numbers = try file.integers(name)
    let limit = metadata.vocabulary.map { Int64($0.count) } ?? Int64(Int32.max)
    if let place = numbers.firstIndex(where: { $0 < 0 || $0 >= limit }) {
      throw malformed(
        "'\(name)' has the token \(numbers[place]) at [\(place / shape[1]), \(place % shape[1])] (allowed: 0 to \(limit - 1))"
      )
    }
    let tokens = numbers.map { Int32(truncatingIfNeeded: $0) }
    largestToken = max(largestToken, tokens.max() ?? 0)
    return tokens
  }

  private mutating func targets(_ name: String, _ entry: SafetensorsEntry, shape: [Int]) throws -> StoredTargets {
    if metadata.isFederation, metadata.classes == nil {
      if entry.type == .int32, entry.shape == Array(shape.prefix(2)) {
        return .tokens(try tokens(name, entry.shape))
      }
      // Classes without names.
      if !entry.type.isFloatingPoint, entry.shape.count == 1 { return .numbers(try labels(name).map(Int64.init)) }
      guard entry.type.isFloatingPoint, entry.shape.count <= 2, !entry.shape.contains(0) else {
        throw malformed(
          "'\(name)' has type \(entry.type.rawValue) and shape \(entry.shape) (allowed: F32 targets, N labels, or N×T tokens of type I32)"
        )
      }
      let values = try file.floats(name)
      if let problem = file.nonFiniteValue(of: name, in: values) { throw malformed(problem) }
      return .values(values, width: entry.shape.count == 2 ? entry.shape[1] : 1)
    }
    if entry.shape.count == 2, !entry.shape.contains(0) { return try severalTargets(name, entry, shape: shape) }
    guard entry.shape.count == 1 else {
      throw malformed(
        "'\(name)' has shape \(entry.shape) for \(shape[0]) examples (allowed: N classes, N×T classes of the steps of sequences, or N×D numbers)"
      )
    }
    return .numbers(try labels(name).map(Int64.init))
  }

  /// A class for each step of a sequence where there are as many whole numbers; numbers, labels or values, elsewhere.
  private mutating func severalTargets(_ name: String, _ entry: SafetensorsEntry, shape: [Int]) throws -> StoredTargets
  {
    if !entry.type.isFloatingPoint, shape.count <= 3, entry.shape[1] == shape[1] {
      let numbers = try file.integers(name)
      if let place = numbers.firstIndex(where: { $0 < 0 || $0 > 65_535 }) {
        throw malformed(
          "'\(name)' holds label \(numbers[place]) at [\(place / shape[1]), \(place % shape[1])] (allowed: 0 to 65535)")
      }
      let classes = numbers.map(Int32.init)
      largestToken = max(largestToken, classes.max() ?? 0)
      return .tokens(classes)
    }
    let values = entry.type.isFloatingPoint ? try file.floats(name) : try file.integers(name).map { Float($0) }
    if let problem = file.nonFiniteValue(of: name, in: values) { throw malformed(problem) }
    return .values(values, width: entry.shape[1])
  }

  private func labels(_ name: String) throws -> [Int32] {
    if let type = file.entries[name]?.type, type.isFloatingPoint {
      let problem = file.nonWholeValue(of: name, in: try file.floats(name))
      throw malformed(
        (problem ?? "'\(name)' has type \(type.rawValue)")
          + " (allowed: an integer type"
          + (problem == nil
            ? "; its values are whole, so int64 holds them"
            : ", with labels from 0 to 65535; numbers to be predicted are N×D") + ")")
    }
    let numbers = try file.integers(name)
    if let place = numbers.firstIndex(where: { $0 < 0 || $0 > 65_535 }) {
      throw malformed("'\(name)' holds label \(numbers[place]) at [\(place)] (allowed: 0 to 65535)")
    }
    return numbers.map(Int32.init)
  }

  private func malformed(_ reason: String) -> DataFileError { .malformed(path: file.path, reason: reason) }

  /// What the user should know of the values.
  var remarks: [String] { interleavedRemark + rangeRemark }

  private var interleavedRemark: [String] {
    guard let first = interleaved.first else { return [] }
    let others = interleaved.count > 1 ? "; so in \(interleaved.count - 1) more" : ""
    return [
      "\(file.path): '\(first)' seems to have the channels of a pixel beside one another, and its shape says that they come first: a transposed view is saved as it lies in memory, so make it whole with numpy.ascontiguousarray before\(others)"
    ]
  }

  private var rangeRemark: [String] {
    // Images that are scaled in any usual way stay within ±10; other inputs have no such custom.
    // Adding 0 makes −0 a plain 0.
    guard let range, max(-range.lowerBound, range.upperBound) > (isImage ? 10 : 100) else { return [] }
    return [
      "\(file.path): values reach from \(range.lowerBound + 0) to \(range.upperBound + 0) and are taken as they are; a model trains best on values near 0, and images are usually scaled to [0, 1] or [-1, 1]"
    ]
  }
}

/// Whether images N×C×H×W lie in memory as N×H×W×C, as far as their values tell.
///
/// Where channels come last, every C-th difference of neighbours is one of pixels and the others are of channels; where
/// they come first all are of pixels, and no C-th one is larger in the mean. Of photos and drawings of three channels it is
/// 1.4 to 3.0 times the mean of all where they come last, and 1.00 where they come first.
private func isInterleaved<Value>(_ values: [Value], shape: [Int], _ number: (Value) -> Float) -> Bool {
  guard shape.count == 4, (2...4).contains(shape[1]), shape[2] > 1, shape[3] > 1 else { return false }
  let channels = shape[1]
  let count = shape[1] * shape[2] * shape[3]
  var (all, across): (Double, Double) = (0, 0)
  var (allCount, acrossCount) = (0, 0)
  // A few hundred images tell as much as all.
  for image in 0..<min(shape[0], 256) {
    for place in 0..<count - 1 {
      let start = image * count + place
      let difference = Double(abs(number(values[start + 1]) - number(values[start])))
      all += difference
      allCount += 1
      guard place % channels == channels - 1 else { continue }
      across += difference
      acrossCount += 1
    }
  }
  return acrossCount >= 256 && across / Double(acrossCount) > 1.25 * (all / Double(allCount))
}

/// N×C×H×W as N×H×W×C; other shapes as they are.
private func channelsLast<Value: BitwiseCopyable>(_ values: [Value], shape: [Int]) -> [Value] {
  guard shape.count == 4,
    let layout = ExampleLayout(
      extents: Array(shape.dropFirst()), isGiven: false, isPixels: true, order: .channelsFirst)
  else { return values }
  return layout.channelsLast(values)
}
