import Foundation
import Records
import TestSupport
import Testing
import Zlib

@testable import RunStore

/// How states of checkpoints are packed, and kept in pieces.
@Suite("checkpoints in pieces")
struct CheckpointPieceTests {
  /// Bytes that look like what models hold.
  enum Content: CaseIterable {
    case weights, zeros, noise, text, mixed

    func bytes(_ count: Int) -> [UInt8] {
      var state: UInt64 = 7
      func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
      }
      func floats(_ count: Int) -> [UInt8] {
        let values = (0..<(count / 4 + 1)).map { _ in Float(Int(next() % 20_001) - 10_000) / 98_765 }
        return Array(values.withUnsafeBytes { Array($0) }.prefix(count))
      }
      return switch self {
      case .weights: floats(count)
      case .zeros: [UInt8](repeating: 0, count: count)
      case .noise: (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
      case .text: Array((0..<count).map { Array("layer.weight ".utf8)[$0 % 13] })
      case .mixed:
        Array((Array("head".utf8) + [1] + floats(count / 2) + [UInt8](repeating: 0, count: count)).prefix(count))
      }
    }
  }

  @Test("bytes come back", arguments: Content.allCases, [0, 1, 2, 3, 4, 5, 63, 4_096, 100_003])
  func roundTrip(content: Content, count: Int) throws {
    let bytes = content.bytes(count)
    let packed = bytes.withUnsafeBytes { BytePlanes.packed($0) }
    #expect(BytePlanes.unpacked(packed, limit: count) == bytes)
    #expect(BytePlanes.unpacked(packed + [0], limit: count) == nil)
    if count > 0 { #expect(BytePlanes.unpacked(packed, limit: count - 1) == nil) }
    #expect(packed.count <= count + 64)
  }

  @Test("numbers that repeat get small, and mantissas are left alone")
  func sizes() {
    func part(_ content: Content) -> Double {
      let bytes = content.bytes(400_000)
      return Double(bytes.withUnsafeBytes { BytePlanes.packed($0) }.count) / 400_000
    }
    #expect(part(.zeros) < 0.01)
    #expect(part(.weights) < 0.9)
    #expect(part(.noise) <= 1.001)
  }

  @Test("what is no packed piece is none, and takes no memory")
  func damage() {
    let bytes = Content.weights.bytes(4_000)
    let packed = bytes.withUnsafeBytes { BytePlanes.packed($0) }
    for length in 0..<packed.count where length % 97 == 0 {
      #expect(BytePlanes.unpacked(packed.prefix(length), limit: 4_000) == nil)
    }
    // A count that nothing could hold, a method that there is not, a length behind the end.
    #expect(BytePlanes.unpacked([255, 255, 255, 127] + packed.dropFirst(4), limit: 1 << 40) == nil)
    #expect(BytePlanes.unpacked(packed.prefix(4) + [2] + packed.dropFirst(5), limit: 4_000) == nil)
    #expect(BytePlanes.unpacked(packed.prefix(5) + [255, 255, 255, 255] + packed.dropFirst(9), limit: 4_000) == nil)
    var state: UInt64 = 3
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var broken = packed
      broken[Int(state >> 33) % broken.count] ^= UInt8(1 + state >> 60)
      // Whatever it is, it is no more than was asked for.
      #expect((BytePlanes.unpacked(broken, limit: 4_000)?.count ?? 0) <= 4_000)
    }
  }

  /// A run with one checkpoint of 40 MB.
  private static func store() throws -> (test: TestStore, id: Int64, state: [UInt8]) {
    let test = try TestStore()
    let id = try test.run(rounds: 0...0, checkpointEvery: 100)
    let state = Content.mixed.bytes(40_000_001)
    try test.store.append(
      Samples.round(1), checkpoint: CheckpointRecord(round: 1, state: state), keeping: .all, toRun: id)
    return (test, id, state)
  }

  @Test("a large state comes back from its pieces, or not at all")
  func pieces() throws {
    let (test, id, state) = try Self.store()
    #expect(try test.store.checkpoint(run: id, round: 1).state == state)
    let pieces = try test.store.select("SELECT piece, length(data) FROM checkpoint_pieces ORDER BY piece")
    #expect(pieces.map { $0[0] } == ["1", "2"])
    for damage in [
      "UPDATE checkpoint_pieces SET data = zeroblob(length(data)) WHERE piece = 1",
      "UPDATE checkpoint_pieces SET piece = 3 WHERE piece = 2", "DELETE FROM checkpoint_pieces WHERE piece = 2",
      "INSERT INTO checkpoint_pieces SELECT run_id, round, 3, data FROM checkpoint_pieces WHERE piece = 2",
      "UPDATE checkpoint_pieces SET data = 'words' WHERE piece = 2",
    ] {
      try test.store.execute("CREATE TABLE kept AS SELECT * FROM checkpoint_pieces")
      try test.store.execute(damage)
      #expect(throws: StoreError.damagedCheckpoint(run: id, round: 1)) {
        try test.store.checkpoint(run: id, round: 1)
      }
      try test.store.execute(
        "DELETE FROM checkpoint_pieces; INSERT INTO checkpoint_pieces SELECT * FROM kept; DROP TABLE kept")
    }
    #expect(try test.store.checkpoint(run: id, round: 1).state == state)
  }

  @Test("pieces go with their checkpoint")
  func pruning() throws {
    let (test, id, _) = try Self.store()
    try test.store.append(
      Samples.round(2), checkpoint: CheckpointRecord(round: 2, state: [1, 2, 3]), keeping: .last(1), toRun: id)
    #expect(try test.number("SELECT COUNT(*) FROM checkpoint_pieces") == 0)
    #expect(try test.store.checkpoint(run: id, round: 2).state == [1, 2, 3])
  }

  @Test("pieces come along with a merge")
  func merging() throws {
    let (test, id, state) = try Self.store()
    try test.store.finish(run: id, status: .finished, error: nil)
    let other = try TestStore()
    let own = try other.run(rounds: 0...0)
    _ = try other.store.merge(test.store.path)
    let merged = try #require(try other.store.allRuns().map(\.id).first { $0 != own })
    #expect(try other.store.checkpoint(run: merged, round: 1).state == state)
  }

  @Test("a checkpoint of an older version is read")
  func older() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...2, checkpointEvery: 2)
    let state = Samples.checkpoint(2).state
    let stream = deflated(state).map { String(format: "%02x", $0) }.joined()
    let length = (0..<8).map { String(format: "%02x", state.count >> (8 * $0) & 255) }.joined()
    try test.store.execute("UPDATE checkpoints SET state = x'\(length)\(stream)' WHERE round = 2")
    #expect(try test.store.checkpoint(run: id, round: 2) == Samples.checkpoint(2))
  }
}
