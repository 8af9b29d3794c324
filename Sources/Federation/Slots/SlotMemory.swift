public import Networks

/// What is in the slots of a server or a client: numbers under names. A slot that was never made holds nothing.
public struct SlotMemory: Sendable, Equatable {
  /// What a slot holds.
  enum Content: Sendable, Equatable {
    case vector([Float])
    case scalars([Double])
    case state(ModelState)
  }

  private(set) var contents: [String: Content]

  /// Makes a memory without anything in it.
  public init() { contents = [:] }

  /// Makes a memory of vectors.
  public init(_ vectors: [String: [Float]]) { contents = vectors.mapValues { .vector($0) } }

  /// Whether no slot was made.
  public var isEmpty: Bool { contents.isEmpty }
  /// The names of the slots that were made, in the order of their letters.
  public var names: [String] { contents.keys.sorted() }

  /// The vector in a slot; nil where there is none.
  public subscript(vector name: String) -> [Float]? {
    get { if case .vector(let values)? = contents[name] { values } else { nil } }
    set { contents[name] = newValue.map { .vector($0) } }
  }

  /// The numbers in a slot; nil where there are none.
  public subscript(scalars name: String) -> [Double]? {
    get { if case .scalars(let values)? = contents[name] { values } else { nil } }
    set { contents[name] = newValue.map { .scalars($0) } }
  }

  /// The model in a slot; nil where there is none.
  public subscript(state name: String) -> ModelState? {
    get { if case .state(let state)? = contents[name] { state } else { nil } }
    set { contents[name] = newValue.map { .state($0) } }
  }

  /// Only some of the slots.
  func keeping(_ names: [String]) -> SlotMemory {
    var kept = SlotMemory()
    for name in names { kept.contents[name] = contents[name] }
    return kept
  }

  /// Whether all that is in it is declared, and of the declared size under a model's layout.
  func isDeclared(by slots: [MemorySlot], _ layout: StateLayout, shared: Int) -> Bool {
    contents.allSatisfy { name, content in
      guard let slot = slots.first(where: { $0.name == name }) else { return false }
      return switch (content, slot.content) {
      case (.vector(let values), .vector): values.count == shared
      case (.vector(let values), .trainable): values.count == layout.trainableCount
      case (.scalars(let values), .scalars(let count)): values.count == count
      case (.state(let state), .state):
        state.values.count == layout.valueCount && state.counters.count == layout.counterCount
      default: false
      }
    }
  }

  /// Bytes that `ByteWriter.write` gives.
  var byteCount: Int {
    contents.reduce(8) { sum, entry in
      let numbers =
        switch entry.value {
        case .vector(let values): 4 * values.count
        case .scalars(let values): 8 * values.count
        case .state(let state): 8 + 4 * state.values.count + 8 * state.counters.count
        }
      return sum + 24 + entry.key.utf8.count + numbers
    }
  }
}

extension ByteWriter {
  /// The slots in the order of their names, the same for equal memories.
  mutating func write(_ memory: SlotMemory) {
    write(memory.contents.count)
    for (name, content) in memory.contents.sorted(by: { $0.key < $1.key }) {
      write(name)
      switch content {
      case .vector(let values):
        write(0)
        write(values)
      case .scalars(let values):
        write(1)
        write(values.map { Int64(bitPattern: $0.bitPattern) })
      case .state(let state):
        write(2)
        write(state.values)
        write(state.counters)
      }
    }
  }
}

extension ByteReader {
  /// What `ByteWriter.write` gave.
  mutating func slotMemory() throws(CheckpointProblem) -> SlotMemory {
    var memory = SlotMemory()
    var last: String?
    for _ in 0..<(try count(ofBytes: 24)) {
      let name = try text()
      if let last, name <= last { throw CheckpointProblem("slot '\(name)' stands behind '\(last)'") }
      last = name
      switch try integer() {
      case 0: memory[vector: name] = try floats()
      case 1: memory[scalars: name] = try integers().map { Double(bitPattern: UInt64(bitPattern: $0)) }
      case 2: memory[state: name] = ModelState(values: try floats(), counters: try integers())
      default: throw CheckpointProblem("slot '\(name)' holds what this program does not know")
      }
    }
    return memory
  }
}
