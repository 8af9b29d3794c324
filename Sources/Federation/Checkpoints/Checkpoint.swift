internal import Networks
internal import Records
internal import Tensors

/// Which array of a model lies where in a checkpoint, so that it can be exported without the scenario's data.
struct CheckpointTensor: Equatable {
  let name: String
  let shape: [Int]
  let isCounter: Bool
  let range: Range<Int>
}

/// What a checkpoint says of its model before the numbers come.
struct CheckpointHeader: Equatable {
  let tensors: [CheckpointTensor]
  /// The ranges of values that stay with a client, in the order in which its memory holds them.
  let localRanges: [Range<Int>]
  /// The counters that stay with a client.
  let localCounters: Range<Int>
  /// How many values an optimizer changes.
  let trainableCount: Int
  /// Where a client's personal model is.
  let personal: PersonalModel?

  init(_ configuration: RunConfiguration) {
    let layout = configuration.network.layout
    tensors = layout.tensors.map {
      CheckpointTensor(name: $0.name, shape: $0.shape, isCounter: $0.role == .batchCount, range: $0.range)
    }
    let local = LocalRanges(configuration)
    localRanges = local.all
    localCounters = local.counters
    trainableCount = layout.trainableCount
    personal = configuration.personalMethod.model
  }

  init(
    tensors: [CheckpointTensor], localRanges: [Range<Int>], localCounters: Range<Int>, trainableCount: Int,
    personal: PersonalModel?
  ) {
    self.tensors = tensors
    self.localRanges = localRanges
    self.localCounters = localCounters
    self.trainableCount = trainableCount
    self.personal = personal
  }
}

extension RunState {
  private static let magic = Array("COVEYCP4".utf8)

  /// The state as a checkpoint after its round.
  ///
  /// - Throws: `CheckpointTooLarge`; `ClientStoreProblem` when what clients keep can't be read back from the disk.
  func checkpoint(for configuration: RunConfiguration) throws -> CheckpointRecord {
    let bytes = checkpointBytes(for: configuration)
    let limit = RunConfiguration.checkpointLimit
    if bytes > limit { throw CheckpointTooLarge(bytes: bytes, limit: limit) }
    return CheckpointRecord(round: round, state: try encoded(for: configuration))
  }

  /// Bytes that `encoded` gives, at most.
  func checkpointBytes(for configuration: RunConfiguration) -> Int {
    let names = configuration.network.layout.tensors.reduce(0) { $0 + $1.name.utf8.count + 8 * $1.shape.count + 64 }
    return 1024 + (2 + versions.count) * (4 * global.values.count + 24) + slots.byteCount + 8 * global.counters.count
      + names
      + clients.checkpointBytes
  }

  /// The state as bytes, the same for equal states.
  ///
  /// - Throws: `ClientStoreProblem` when what clients keep can't be read back from the disk.
  func encoded(for configuration: RunConfiguration) throws -> [UInt8] {
    var writer = ByteWriter()
    // Growing would hold a large model twice.
    writer.bytes.reserveCapacity(checkpointBytes(for: configuration))
    writer.bytes += Self.magic
    writer.write(CheckpointHeader(configuration))
    writer.write(round)
    writer.write(global.values)
    writer.write(global.counters)
    writer.write(slots)
    // What clients that never trained have, where each has a model of its own.
    let initial = configuration.personalMethod.model.map { _ in configuration.startState }
    writer.write(initial?.values ?? [])
    writer.write(initial?.counters ?? [])
    writer.write(time.map { [Int64(bitPattern: $0.bitPattern)] } ?? [])
    writer.write(versions.count)
    for (version, state) in versions.sorted(by: { $0.key < $1.key }) {
      writer.write(version)
      writer.write(state.values)
      writer.write(state.counters)
    }
    writer.write(clients.count)
    for client in clients.clients {
      writer.write(client)
      writer.write(clients.lastRound(of: client) ?? 0)
      try clients.appendBytes(of: client, to: &writer)
    }
    // Behind everything, and nothing where there is none: the bytes of other runs are what they were.
    if let watch { writer.write(watch.numbers) }
    return writer.bytes
  }

  /// What `bytes` hold.
  ///
  /// - Throws: `CheckpointProblem` when it is no state.
  static func decoded(_ bytes: [UInt8]) throws(CheckpointProblem) -> (CheckpointHeader, RunState) {
    guard bytes.starts(with: magic) else { throw CheckpointProblem("it is not a checkpoint of this program") }
    var reader = ByteReader(bytes: bytes, at: magic.count)
    let header = try reader.header()
    let round = try reader.integer()
    let global = ModelState(values: try reader.floats(), counters: try reader.integers())
    let fits = header.tensors.allSatisfy { tensor in
      tensor.range.upperBound <= (tensor.isCounter ? global.counters.count : global.values.count)
        && tensor.range.count == tensor.shape.reduce(1, *)
    }
    guard fits, header.localRanges.allSatisfy({ $0.upperBound <= global.values.count }),
      header.localCounters.upperBound <= global.counters.count, header.trainableCount <= global.values.count
    else {
      throw CheckpointProblem("its model does not fit its \(global.values.count) values")
    }
    var state = RunState(round: round, global: global, slots: try reader.slotMemory(), clients: ClientStore())
    let initial = ModelState(values: try reader.floats(), counters: try reader.integers())
    if header.personal != nil {
      guard initial.values.count == global.values.count, initial.counters.count == global.counters.count else {
        throw CheckpointProblem("its initial model is another one")
      }
      state.initial = initial
    }
    let times = try reader.integers()
    guard times.count <= 1 else { throw CheckpointProblem("it has \(times.count) times") }
    state.time = times.first.map { Double(bitPattern: UInt64(bitPattern: $0)) }
    for _ in 0..<(try reader.count(ofBytes: 24)) {
      let version = try reader.integer()
      let older = ModelState(values: try reader.floats(), counters: try reader.integers())
      guard older.values.count == global.values.count, older.counters.count == global.counters.count,
        (0...max(0, round)).contains(version), state.versions.updateValue(older, forKey: version) == nil
      else { throw CheckpointProblem("version \(version) of its model is not one of it") }
    }
    let localCount = header.localRanges.reduce(0) { $0 + $1.count }
    var before = -1
    for _ in 0..<(try reader.count(ofBytes: 40)) {
      let client = try reader.integer()
      guard client > before else { throw CheckpointProblem("client \(client) stands behind client \(before)") }
      before = client
      let lastRound = try reader.integer()
      let memory = try ClientMemory(from: &reader, lastRound: lastRound)
      guard memory.localValues.count == localCount, memory.counters.count == header.localCounters.count else {
        throw CheckpointProblem(
          "client \(client) holds \(memory.localValues.count) values of its own, not \(localCount)")
      }
      do {
        try state.clients.set(memory, for: client)
      } catch {
        throw CheckpointProblem("what clients keep can't be stored: \(error)")
      }
    }
    if !reader.isAtEnd {
      guard let watch = StopWatch(try reader.integers(), rounds: round) else {
        throw CheckpointProblem("what it says of 'stop' can't be")
      }
      state.watch = watch
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
    guard header == CheckpointHeader(configuration), state.global.values.count == layout.valueCount,
      state.global.counters.count == layout.counterCount
    else { throw CheckpointProblem("it is of another model or norm policy") }
    self = state
    let local = LocalRanges(configuration)
    let shared = configuration.sharedTrainableCount
    let counters = local.counters.count
    let declared = configuration.clientSlots
    // Far beyond what any run counts to, and far from where counting on would overflow.
    let countable = 0...(1 << 60)
    func isCount(_ number: Int64) -> Bool { countable.contains(Int(number)) }
    func isStep(_ number: Double) -> Bool { number >= 1 && number < 0x1p53 && number == number.rounded() }
    func fits(_ memory: ClientMemory, of client: Int) -> Bool {
      (0..<configuration.trainingData.clientCount).contains(client) && (1...max(1, round)).contains(memory.lastRound)
        && memory.localValues.count == local.count
        && memory.counters.count == counters && memory.counters.allSatisfy(isCount)
        && memory.slots.isDeclared(by: declared, layout, shared: shared)
        && (memory.slots[scalars: RunConfiguration.optimizerStep] ?? []).allSatisfy(isStep)
    }
    var allFit =
      countable.contains(round) && (watch == nil) == (configuration.stop == nil)
      && versions.isEmpty == !configuration.schedule.component.isAsynchronous
      && slots.isDeclared(by: configuration.strategy.component.serverSlots, layout, shared: shared)
      && global.counters.allSatisfy(isCount)
    do {
      for client in clients.clients where allFit {
        allFit = try clients[client].map { fits($0, of: client) } ?? false
      }
    } catch {
      throw CheckpointProblem("what clients keep can't be read back: \(error)")
    }
    guard allFit else { throw CheckpointProblem("it is of a run with other settings") }
    // A run that had fewer rounds was evaluated in its last one.
    watch?.forgetLast(unless: configuration.isEvaluated)
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ header: CheckpointHeader) {
    write(header.tensors.count)
    for tensor in header.tensors {
      write(tensor.name)
      write(tensor.shape.map(Int64.init))
      write(tensor.isCounter ? 1 : 0)
      write(tensor.range)
    }
    write(header.localRanges.count)
    for range in header.localRanges { write(range) }
    write(header.localCounters)
    write(header.trainableCount)
    write(header.personal?.slot ?? "")
    write(header.personal?.share ?? "")
    write(header.personal.map { [Int64(bitPattern: $0.initialShare.bitPattern)] } ?? [])
  }
}

extension ByteReader {
  fileprivate mutating func header() throws(CheckpointProblem) -> CheckpointHeader {
    var tensors: [CheckpointTensor] = []
    // What a file of tensors keeps for itself is no tensor's name.
    var names: Set<String> = ["__metadata__"]
    for _ in 0..<(try count(ofBytes: 40)) {
      let name = try text()
      let shape = try integers().map(Int.init)
      let isCounter = try integer() == 1
      let range = try range()
      // Extents that are those of anything here; none whose product overflows, in any order.
      guard shape.count <= 8, shape.allSatisfy({ $0 >= 0 && $0 <= bytes.count }),
        shape.reduce(1.0, { $0 * Double(max(1, $1)) }) <= Double(bytes.count)
      else { throw CheckpointProblem("'\(name)' has an impossible shape") }
      guard names.insert(name).inserted else { throw CheckpointProblem("it has two tensors of the name '\(name)'") }
      tensors.append(CheckpointTensor(name: name, shape: shape, isCounter: isCounter, range: range))
    }
    var localRanges: [Range<Int>] = []
    for _ in 0..<(try count(ofBytes: 16)) { localRanges.append(try range()) }
    let localCounters = try range()
    let trainableCount = try integer()
    guard trainableCount >= 0 else { throw CheckpointProblem("it has \(trainableCount) trained values") }
    let (slot, share) = (try text(), try text())
    let part = try integers().first.map { Double(bitPattern: UInt64(bitPattern: $0)) } ?? 1
    return CheckpointHeader(
      tensors: tensors, localRanges: localRanges, localCounters: localCounters, trainableCount: trainableCount,
      personal: slot.isEmpty ? nil : PersonalModel(slot: slot, share: share.isEmpty ? nil : share, initialShare: part))
  }
}
