import Testing
import Zlib

struct DeflateTests {
  private func bytes(_ count: Int, _ value: (UInt64) -> UInt8) -> [UInt8] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return value(state >> 33)
    }
  }

  @Test(arguments: [0, 1, 2, 255, 65_536, 1_000_003])
  func bytesComeBack(count: Int) throws {
    for content in [
      bytes(count) { UInt8($0 & 255) }, bytes(count) { UInt8($0 & 3) }, [UInt8](repeating: 0, count: count),
    ] {
      for level: Int32 in [0, 1, 6, 9] {
        let stream = deflated(content, level: level)
        #expect(try inflated(stream, expecting: count) == content)
      }
    }
    #expect(deflated([UInt8](repeating: 0, count: 1_000_003)).count < 10_000)
  }

  @Test func aPythonStreamIsRead() throws {
    // zlib.compress(b"covey covey covey")
    let stream: [UInt8] = [120, 156, 75, 206, 47, 75, 173, 84, 72, 70, 144, 0, 59, 237, 6, 179]
    #expect(throws: Never.self) { try inflated(deflated(Array("covey covey covey".utf8)), expecting: 17) }
    #expect(String(decoding: try inflated(stream, expecting: 17), as: UTF8.self) == "covey covey covey")
  }

  @Test func damageIsNoticed() {
    let content = bytes(5000) { UInt8($0 & 7) }
    let stream = deflated(content)
    for length in 8..<stream.count {
      #expect(throws: ZlibError.truncated) { try inflated(Array(stream[..<length]), expecting: 5000) }
    }
    for index in stride(from: 0, to: stream.count, by: 7) {
      var damaged = stream
      damaged[index] ^= 0x55
      #expect(throws: ZlibError.self) { try inflated(damaged, expecting: 5000) }
    }
    #expect(throws: ZlibError.malformed) { try inflated(stream + [0], expecting: 5000) }
    #expect(throws: ZlibError.malformed) { try inflated([1, 2, 3, 4], expecting: 4) }
    #expect(throws: ZlibError.wrongLength(expected: 4999)) { try inflated(stream, expecting: 4999) }
    #expect(throws: ZlibError.wrongLength(expected: 5001)) { try inflated(stream, expecting: 5001) }
    #expect(throws: ZlibError.wrongLength(expected: 0)) { try inflated(stream, expecting: 0) }
  }

  @Test func absurdLengthsAreRefusedBeforeAnythingIsAllocated() {
    for count in [Int.max, 1 << 50, -1] {
      #expect(throws: ZlibError.wrongLength(expected: count)) {
        try inflated(deflated([1, 2, 3]), expecting: count)
      }
    }
    #expect(throws: ZlibError.truncated) { try inflated([], expecting: 0) }
  }
}
