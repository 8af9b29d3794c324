internal import Formats
internal import Tensors

/// A client's examples of one split, channels last.
struct ClientPart: Sendable {
  let values: [Float]
  let labels: [Int32]
}

/// Reads and checks the tensors of clients; what all of them have in common is found by the way.
struct ClientReader {
  private let file: SafetensorsFile
  private let clients: ClientTensors
  /// One example's shape, channels last; nil before a client with examples was read.
  private(set) var sampleShape: Shape?
  /// Over all that was read so far.
  private(set) var hash = ContentHash()
  private var range: ClosedRange<Float>?
  private var isImage = false

  init(file: SafetensorsFile, clients: ClientTensors) {
    self.file = file
    self.clients = clients
  }

  /// A client's examples and labels.
  ///
  /// - Throws: `DataFileError.malformed` or `SafetensorsError` with the tensor, and the place where a value is wrong.
  mutating func part(_ client: Int, _ xPart: ClientTensors.Part, _ yPart: ClientTensors.Part) throws -> ClientPart {
    let (x, y) = (clients.name(client, xPart), clients.name(client, yPart))
    guard let images = file.entries[x] else { throw clients.lack(of: x) }
    guard let labels = file.entries[y] else { throw clients.lack(of: y) }
    let shape = images.shape
    // An empty array of any rank is a client without examples.
    let isEmpty = shape.first == 0
    guard isEmpty || (2...4).contains(shape.count) && shape.allSatisfy({ $0 > 0 }) else {
      throw malformed("'\(x)' has shape \(shape) (allowed: N×C×H×W, N×T×C or N×C)")
    }
    guard labels.shape == [shape[0]] else {
      throw malformed("'\(y)' has shape \(labels.shape) for \(shape[0]) examples")
    }
    if isEmpty {
      hash.add(x, shape: shape, [Float]())
      hash.add(y, labels: [])
      return ClientPart(values: [], labels: [])
    }
    let sample: Shape = shape.count == 4 ? [shape[2], shape[3], shape[1]] : Shape(Array(shape.dropFirst()))
    if let sampleShape, sampleShape != sample {
      throw malformed("'\(x)' has examples of \(sample), those before have \(sampleShape)")
    }
    sampleShape = sample
    let numbers = try self.labels(y)
    let part = ClientPart(values: try values(x, shape: shape), labels: numbers)
    hash.add(x, shape: shape, part.values)
    hash.add(y, labels: part.labels)
    return part
  }

  private mutating func values(_ name: String, shape: [Int]) throws -> [Float] {
    let values = try file.floats(name)
    if let problem = file.nonFiniteValue(of: name, in: values) { throw malformed(problem) }
    let own = valueRange(values)
    range = range.map { min($0.lowerBound, own.lowerBound)...max($0.upperBound, own.upperBound) } ?? own
    isImage = shape.count == 4
    return channelsLast(values, shape: shape)
  }

  private func labels(_ name: String) throws -> [Int32] {
    if let type = file.entries[name]?.type, type.isFloatingPoint {
      let problem = file.nonWholeValue(of: name, in: try file.floats(name))
      throw malformed(
        (problem ?? "'\(name)' has type \(type.rawValue)")
          + " (allowed: an integer type"
          + (problem == nil ? "; its values are whole, so int64 holds them" : ", with labels from 0 to 65535") + ")")
    }
    let numbers = try file.integers(name)
    if let place = numbers.firstIndex(where: { $0 < 0 || $0 > 65_535 }) {
      throw malformed("'\(name)' holds label \(numbers[place]) at [\(place)] (allowed: 0 to 65535)")
    }
    return numbers.map(Int32.init)
  }

  private func malformed(_ reason: String) -> DataFileError { .malformed(path: file.path, reason: reason) }

  /// What the user should know of the values.
  var remarks: [String] {
    // Images that are scaled in any usual way stay within ±10; other inputs have no such custom.
    // Adding 0 makes −0 a plain 0.
    guard let range, max(-range.lowerBound, range.upperBound) > (isImage ? 10 : 100) else { return [] }
    return [
      "\(file.path): values reach from \(range.lowerBound + 0) to \(range.upperBound + 0) and are taken as they are; a model trains best on values near 0, and images are usually scaled to [0, 1] or [-1, 1]"
    ]
  }
}

/// N×C×H×W as N×H×W×C; other shapes as they are.
private func channelsLast(_ values: [Float], shape: [Int]) -> [Float] {
  guard shape.count == 4, shape[1] > 1, shape[2] * shape[3] > 1 else { return values }
  return [Float](unsafeUninitializedCapacity: values.count) { buffer, initialized in
    if let base = buffer.baseAddress {
      base.initialize(repeating: 0, count: values.count)
      Kernels.transpose(values, batch: shape[0], rows: shape[1], columns: shape[2] * shape[3], into: base)
    }
    initialized = values.count
  }
}
