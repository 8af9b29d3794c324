import Networks
import Testing

@testable import Federation

/// What components remember, as bytes and against what they declare.
@Suite struct SlotMemoryTests {
  private static let memory: SlotMemory = {
    var memory = SlotMemory(["control": [1, -2.5], "buffer": [0, .infinity, 3]])
    memory[scalars: "alpha"] = [0.1]
    return memory
  }()

  private func read(_ bytes: [UInt8]) throws -> SlotMemory {
    var reader = ByteReader(bytes: bytes, at: 0)
    return try reader.slotMemory()
  }

  @Test func bytesGiveTheSameMemory() throws {
    for memory in [Self.memory, SlotMemory()] {
      var writer = ByteWriter()
      writer.write(memory)
      #expect(try read(writer.bytes) == memory)
      #expect(writer.bytes.count <= memory.byteCount)
      for length in 0..<writer.bytes.count {
        #expect(throws: CheckpointProblem.self) { try read(Array(writer.bytes[..<length])) }
      }
    }
    #expect(Self.memory.names == ["alpha", "buffer", "control"])
    #expect(Self.memory[vector: "alpha"] == nil && Self.memory[scalars: "control"] == nil)
  }

  @Test func slotsOutOfOrderOrOfUnknownKindsAreRefused() throws {
    func bytes(_ slots: [(name: String, kind: Int)]) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(slots.count)
      for slot in slots {
        writer.write(slot.name)
        writer.write(slot.kind)
        writer.write([Float]())
      }
      return writer.bytes
    }
    #expect(try read(bytes([("a", 0), ("b", 0)])).names == ["a", "b"])
    #expect(throws: CheckpointProblem("slot 'a' stands behind 'a'")) { try read(bytes([("a", 0), ("a", 0)])) }
    #expect(throws: CheckpointProblem("slot 'a' stands behind 'b'")) { try read(bytes([("b", 0), ("a", 0)])) }
    #expect(throws: CheckpointProblem("slot 'a' holds what this program does not know")) { try read(bytes([("a", 7)])) }
    // As many as a hostile file can hold take no time that grows with their square.
    #expect(try read(bytes((0..<100_000).map { (String(1_000_000 + $0), 0) })).names.count == 100_000)
  }

  @Test func onlyWhatIsDeclaredFits() throws {
    let slots: [MemorySlot] = [
      .vector("control"), .trainable("buffer"), .scalars("alpha"), .vector("more"), .state("model"),
    ]
    // Three trained values, and two.
    let layout = try Network(input: [2], layers: [Dense(name: "fc1", units: 1)]).layout
    let smaller = try Network(input: [1], layers: [Dense(name: "fc1", units: 1)]).layout
    var memory = Self.memory
    #expect(memory.isDeclared(by: slots, layout, shared: 2))
    #expect(!memory.isDeclared(by: slots, layout, shared: 3))
    #expect(!memory.isDeclared(by: slots, smaller, shared: 2))
    #expect(!memory.isDeclared(by: Array(slots.dropFirst()), layout, shared: 2))
    let others = Array(slots.prefix(2))
    #expect(!memory.isDeclared(by: others + [.scalars("alpha", count: 2)], layout, shared: 2))
    #expect(!memory.isDeclared(by: others + [.vector("alpha")], layout, shared: 2))
    #expect(SlotMemory().isDeclared(by: [], layout, shared: 0))
    memory[state: "model"] = ModelState(values: [1, 2, 3], counters: [])
    #expect(memory.isDeclared(by: slots, layout, shared: 2))
    for state in [ModelState(values: [1, 2], counters: []), ModelState(values: [1, 2, 3], counters: [4])] {
      memory[state: "model"] = state
      #expect(!memory.isDeclared(by: slots, layout, shared: 2))
    }
  }

  @Test func modelsComeBack() throws {
    var memory = Self.memory
    memory[state: "model"] = ModelState(values: [1, -2, .pi], counters: [4, 5])
    var writer = ByteWriter()
    writer.write(memory)
    #expect(writer.bytes.count == memory.byteCount)
    var reader = ByteReader(bytes: writer.bytes, at: 0)
    #expect(try reader.slotMemory() == memory)
  }
}
