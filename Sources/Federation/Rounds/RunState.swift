public import Networks
public import Records
public import Tensors

/// Everything that a run goes on from: what a checkpoint holds.
struct RunState: Sendable, Equatable {
  /// The last round that is complete.
  var round: Int
  /// The server's state.
  var global: ModelState
  /// What the strategy keeps.
  var strategy: StrategyMemory
  /// What clients keep, of those that took part.
  var clients: [Int: ClientMemory]
}

/// Which array of a model lies where in a checkpoint, so that it can be exported without the scenario's data.
private struct CheckpointTensor: Equatable {
  let name: String
  let shape: [Int]
  let isCounter: Bool
  let range: Range<Int>
}

/// What a checkpoint says of its model before the numbers come.
private struct CheckpointHeader: Equatable {
  let tensors: [CheckpointTensor]
  /// The ranges of values that stay with a client, in the order in which its memory holds them.
  let localRanges: [Range<Int>]

  init(_ configuration: RunConfiguration) {
    let layout = configuration.network.layout
    let local = LocalRanges(configuration.norm.component, layout)
    tensors = layout.tensors.map {
      CheckpointTensor(name: $0.name, shape: $0.shape, isCounter: $0.role == .batchCount, range: $0.range)
    }
    localRanges = [local.affine, local.statistics]
  }

  init(tensors: [CheckpointTensor], localRanges: [Range<Int>]) {
    self.tensors = tensors
    self.localRanges = localRanges
  }
}

extension RunState {
  /// The state of a run that has not begun, or whose end has been told.
  static let none = RunState(
    round: -1, global: ModelState(values: [], counters: []), strategy: StrategyMemory(), clients: [:])

  private static let magic = Array("COVEYCP2".utf8)

  /// The state as bytes, the same for equal states.
  func encoded(for configuration: RunConfiguration) -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes += Self.magic
    writer.write(CheckpointHeader(configuration))
    writer.write(round)
    writer.write(global.values)
    writer.write(global.counters)
    writer.write(strategy.vectors.count)
    for vector in strategy.vectors { writer.write(vector) }
    writer.write(clients.count)
    for (client, memory) in clients.sorted(by: { $0.key < $1.key }) {
      writer.write(client)
      writer.write(memory.lastRound)
      writer.write(memory.localValues)
      writer.write(memory.counters)
      writer.write(memory.optimizerSteps)
      writer.write(memory.optimizerSlots)
      writer.write(memory.keptVectors.count)
      for vector in memory.keptVectors { writer.write(vector) }
    }
    return writer.bytes
  }

  /// What `bytes` hold.
  ///
  /// - Throws: `CheckpointProblem` when it is no state.
  fileprivate static func decoded(_ bytes: [UInt8]) throws(CheckpointProblem) -> (CheckpointHeader, RunState) {
    guard bytes.starts(with: magic) else { throw CheckpointProblem("it is not a checkpoint of this program") }
    var reader = ByteReader(bytes: bytes, at: magic.count)
    let header = try reader.header()
    let round = try reader.integer()
    let global = ModelState(values: try reader.floats(), counters: try reader.integers())
    let fits = header.tensors.allSatisfy { tensor in
      tensor.range.upperBound <= (tensor.isCounter ? global.counters.count : global.values.count)
        && tensor.range.count == tensor.shape.reduce(1, *)
    }
    guard fits, header.localRanges.allSatisfy({ $0.upperBound <= global.values.count }) else {
      throw CheckpointProblem("its model does not fit its \(global.values.count) values")
    }
    var state = RunState(round: round, global: global, strategy: StrategyMemory(), clients: [:])
    for _ in 0..<(try reader.count(ofBytes: 8)) { state.strategy.vectors.append(try reader.floats()) }
    let localCount = header.localRanges.reduce(0) { $0 + $1.count }
    for _ in 0..<(try reader.count(ofBytes: 56)) {
      let client = try reader.integer()
      var memory = ClientMemory()
      memory.lastRound = try reader.integer()
      memory.localValues = try reader.floats()
      memory.counters = try reader.integers()
      memory.optimizerSteps = try reader.integer()
      memory.optimizerSlots = try reader.floats()
      for _ in 0..<(try reader.count(ofBytes: 8)) { memory.keptVectors.append(try reader.floats()) }
      guard memory.localValues.count == localCount, [0, global.counters.count].contains(memory.counters.count) else {
        throw CheckpointProblem(
          "client \(client) holds \(memory.localValues.count) values of its own, not \(localCount)")
      }
      state.clients[client] = memory
    }
    guard reader.isAtEnd else { throw CheckpointProblem("it has bytes behind its end") }
    return (header, state)
  }
}

extension RunState {
  /// The state that a checkpoint of a run holds.
  ///
  /// - Throws: `CheckpointProblem` when its bytes hold none, or one of a run whose model, policy or memories have
  ///   other sizes.
  init(_ checkpoint: CheckpointRecord, of configuration: RunConfiguration) throws(CheckpointProblem) {
    let layout = configuration.network.layout
    let (header, state) = try Self.decoded(checkpoint.state)
    guard header == CheckpointHeader(configuration) else {
      throw CheckpointProblem("it is of another model or norm policy")
    }
    self = state
    let policy = configuration.norm.component
    let local = LocalRanges(policy, layout)
    let shared = configuration.sharedTrainableCount
    let counters = local.keepsCounters ? layout.counterCount : 0
    let kept = configuration.strategy.component.vectors.kept
    let slots = configuration.work.keepsOptimizer ? configuration.optimizer.slotCount * layout.trainableCount : 0
    // Far beyond what any run counts to, and far from where counting on would overflow.
    let countable = 0...(1 << 60)
    func isCount(_ number: Int64) -> Bool { countable.contains(Int(number)) }
    let fits =
      countable.contains(round) && strategy.vectors.allSatisfy { $0.count == shared }
      && global.counters.allSatisfy(isCount)
      && clients.allSatisfy { client, memory in
        (0..<configuration.dataset.clientCount).contains(client) && (1...max(1, round)).contains(memory.lastRound)
          && memory.localValues.count == local.affine.count + local.statistics.count
          && memory.counters.count == counters && memory.counters.allSatisfy(isCount)
          && memory.optimizerSlots.count == slots
          && memory.keptVectors.count == kept && memory.keptVectors.allSatisfy { $0.count == shared }
          && (configuration.work.keepsOptimizer
            ? countable.contains(memory.optimizerSteps) : memory.optimizerSteps == 0)
      }
    guard fits else { throw CheckpointProblem("it is of a run with other settings") }
  }
}

/// Why bytes are not a checkpoint of a run.
public struct CheckpointProblem: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let message: String

  init(_ message: String) { self.message = message }

  /// One line that says so.
  public var description: String { "the checkpoint can't be used: \(message)" }
}

/// The state that `covey export` writes: the server's, or a client's as it would be evaluated.
public struct ExportedState: Sendable {
  /// The round after which it stands.
  public let round: Int
  /// The arrays in the order of the layers, under PyTorch's names and in its layouts.
  public let tensors: [(name: String, tensor: SafetensorsTensor)]
  /// Whether the checkpoint knows the client, which it does once it trained.
  public let isOfClient: Bool
  /// All numbers, laid out as the model's state.
  public let state: ModelState

  /// Takes a state out of a checkpoint.
  ///
  /// - Parameter client: A client's number for its personal model, or nil for the server's. A client that never took
  ///   part has the initial local values.
  /// - Throws: `CheckpointProblem` when the checkpoint is none.
  public init(_ checkpoint: CheckpointRecord, client: Int?) throws(CheckpointProblem) {
    let (header, run) = try RunState.decoded(checkpoint.state)
    isOfClient = client.map { run.clients[$0] != nil } ?? false
    var state = run.global
    if let memory = client.flatMap({ run.clients[$0] }) {
      var start = 0
      for range in header.localRanges {
        state.values.replaceSubrange(range, with: memory.localValues[start..<(start + range.count)])
        start += range.count
      }
      if !memory.counters.isEmpty { state.counters = memory.counters }
    }
    round = run.round
    self.state = state
    tensors = header.tensors.map { tensor in
      tensor.isCounter
        ? (tensor.name, .integers(shape: tensor.shape, Array(state.counters[tensor.range])))
        : (tensor.name, .floats(shape: tensor.shape, Array(state.values[tensor.range])))
    }
  }
}

/// Little-endian numbers, and arrays behind their count.
private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write(_ value: Int) { withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) } }

  mutating func write(_ values: [Float]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ values: [Int64]) {
    write(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ range: Range<Int>) {
    write(range.lowerBound)
    write(range.upperBound)
  }

  mutating func write(_ header: CheckpointHeader) {
    write(header.tensors.count)
    for tensor in header.tensors {
      write(tensor.name)
      write(tensor.shape.map(Int64.init))
      write(tensor.isCounter ? 1 : 0)
      write(tensor.range)
    }
    write(header.localRanges.count)
    for range in header.localRanges { write(range) }
  }
}

/// Reads what `ByteWriter` wrote; checks every count against the bytes that are there before it makes room.
private struct ByteReader {
  let bytes: [UInt8]
  var at: Int

  var isAtEnd: Bool { at == bytes.count }

  mutating func integer() throws(CheckpointProblem) -> Int {
    guard bytes.count - at >= 8 else { throw CheckpointProblem("it is cut off") }
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: Int64.self) }
    at += 8
    return Int(Int64(littleEndian: value))
  }

  /// A count of things that take at least `size` bytes each.
  mutating func count(ofBytes size: Int) throws(CheckpointProblem) -> Int {
    let count = try integer()
    guard count >= 0, count <= (bytes.count - at) / size else { throw CheckpointProblem("it is cut off") }
    return count
  }

  mutating func floats() throws(CheckpointProblem) -> [Float] {
    let count = try count(ofBytes: 4)
    defer { at += count * 4 }
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[at..<(at + count * 4)]))
      }
      initialized = count
    }
  }

  mutating func integers() throws(CheckpointProblem) -> [Int64] {
    let count = try count(ofBytes: 8)
    var values: [Int64] = []
    for _ in 0..<count { values.append(Int64(try integer())) }
    return values
  }

  mutating func text() throws(CheckpointProblem) -> String {
    let count = try count(ofBytes: 1)
    defer { at += count }
    guard let text = String(validating: bytes[at..<(at + count)], as: UTF8.self) else {
      throw CheckpointProblem("a name in it is not text")
    }
    return text
  }

  mutating func range() throws(CheckpointProblem) -> Range<Int> {
    let lower = try integer()
    let upper = try integer()
    guard lower >= 0, lower <= upper else { throw CheckpointProblem("a range in it runs from \(lower) to \(upper)") }
    return lower..<upper
  }

  mutating func header() throws(CheckpointProblem) -> CheckpointHeader {
    var tensors: [CheckpointTensor] = []
    for _ in 0..<(try count(ofBytes: 40)) {
      let name = try text()
      let shape = try integers().map(Int.init)
      let isCounter = try integer() == 1
      let range = try range()
      // Extents whose product overflows can't be those of anything that is here.
      guard shape.allSatisfy({ $0 >= 0 && $0 <= bytes.count }), shape.count <= 8,
        shape.reduce(1.0, { $0 * Double($1) }) <= Double(bytes.count)
      else { throw CheckpointProblem("'\(name)' has an impossible shape") }
      tensors.append(CheckpointTensor(name: name, shape: shape, isCounter: isCounter, range: range))
    }
    var localRanges: [Range<Int>] = []
    for _ in 0..<(try count(ofBytes: 16)) { localRanges.append(try range()) }
    return CheckpointHeader(tensors: tensors, localRanges: localRanges)
  }
}
