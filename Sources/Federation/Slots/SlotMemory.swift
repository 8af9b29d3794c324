/// What is in the slots of a server or a client: numbers under names. A slot that was never made holds nothing.
public struct SlotMemory: Sendable, Equatable {
  /// What a slot holds.
  enum Content: Sendable, Equatable {
    case vector([Float])
    case scalars([Double])
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

  /// Only some of the slots.
  func keeping(_ names: [String]) -> SlotMemory {
    var kept = SlotMemory()
    for name in names { kept.contents[name] = contents[name] }
    return kept
  }

  /// Everything of another memory, too.
  mutating func add(_ other: SlotMemory) { contents.merge(other.contents) { $1 } }

  /// Whether all that is in it is declared, and of the declared size.
  func isDeclared(by slots: [MemorySlot], shared: Int, trainable: Int) -> Bool {
    contents.allSatisfy { name, content in
      guard let slot = slots.first(where: { $0.name == name }) else { return false }
      let count = slot.count(shared: shared, trainable: trainable)
      return switch (content, slot.content) {
      case (.vector(let values), .vector), (.vector(let values), .trainable): values.count == count
      case (.scalars(let values), .scalars): values.count == count
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
      default: throw CheckpointProblem("slot '\(name)' holds what this program does not know")
      }
    }
    return memory
  }
}
