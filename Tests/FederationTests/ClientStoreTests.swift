import Testing

@testable import Federation

@Suite("what clients keep between rounds")
struct ClientStoreTests {
  private static func memory(_ client: Int, round: Int, count: Int) -> ClientMemory {
    var memory = ClientMemory()
    memory.lastRound = round
    memory.localValues = (0..<count).map { Float(client * 1000 + round * 10 + $0) }
    memory.counters = count == 0 ? [] : [Int64(client)]
    memory.slots = count > 5 ? SlotMemory(["a": [Float(client)], "b": [1, 2]]) : SlotMemory()
    return memory
  }

  @Test(
    "it comes back as it was, from memory, from the file, and after changes of any size", arguments: [0, 200, 1 << 20])
  func comesBack(limit: Int) throws {
    var store = ClientStore(memoryLimit: limit)
    var expected: [Int: ClientMemory] = [:]
    for round in 1...4 {
      for client in stride(from: round, to: 60, by: round) {
        // Clients that keep nothing, always the same, or another amount each time.
        let memory = Self.memory(client, round: round, count: client % 3 == 0 ? 0 : client % 3 == 1 ? 8 : 8 + round)
        try store.set(memory, for: client)
        expected[client] = memory
      }
      #expect(store.count == expected.count && store.clients == expected.keys.sorted())
      for client in 0..<60 {
        #expect(try store[client] == expected[client])
        #expect(store.lastRound(of: client) == expected[client]?.lastRound)
      }
    }
    #expect((store.spilledBytes > 0) == (limit < 1 << 20))
    var one = ByteWriter()
    var other = ByteWriter()
    for client in store.clients {
      try store.appendBytes(of: client, to: &one)
      other.bytes += expected[client]?.bytes ?? []
    }
    #expect(one.bytes == other.bytes)
  }

  @Test("records of the same size stay where they are", arguments: [0, 1 << 20])
  func reuse(limit: Int) throws {
    var store = ClientStore(memoryLimit: limit)
    for client in 0..<10 { try store.set(Self.memory(client, round: 1, count: 4), for: client) }
    let bytes = store.spilledBytes
    for round in 2...50 {
      for client in 0..<10 { try store.set(Self.memory(client, round: round, count: 4), for: client) }
    }
    #expect(store.spilledBytes == bytes && store.fileCopies == 0)
    #expect(
      (store.memoryBytes == 0) == (limit == 0)
        && store.memoryBytes + bytes == 10 * Self.memory(0, round: 1, count: 4).bytes.count)
    #expect(try store[3] == Self.memory(3, round: 50, count: 4))
  }

  @Test("copies do not write over one another")
  func copies() throws {
    var store = ClientStore(memoryLimit: 0)
    try store.set(Self.memory(1, round: 1, count: 4), for: 1)
    var copy = store
    try copy.set(Self.memory(1, round: 2, count: 4), for: 1)
    #expect(try store[1]?.lastRound == 1 && store[1] == Self.memory(1, round: 1, count: 4))
    #expect(try copy[1] == Self.memory(1, round: 2, count: 4))
    #expect(store.fileCopies == 0 && copy.fileCopies == 1)
    try store.set(Self.memory(1, round: 3, count: 4), for: 1)
    #expect(try copy[1] == Self.memory(1, round: 2, count: 4))
  }

  @Test("a million clients that keep nothing take little")
  func many() throws {
    var store = ClientStore()
    for client in 0..<1_000_000 {
      var memory = ClientMemory()
      memory.lastRound = 1
      try store.set(memory, for: client)
    }
    #expect(store.count == 1_000_000 && store.spilledBytes == 0)
    #expect(try store[999_999]?.localValues.isEmpty == true)
  }
}
