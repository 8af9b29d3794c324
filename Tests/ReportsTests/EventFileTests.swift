import TestSupport
import Testing

@testable import Reports

struct EventFileTests {
  @Test(
    "the checksums of RFC 3720, appendix B.4, and of the usual nine digits",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
      (
        [
          0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0,
          0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
        ], 0xD996_3A56
      ),
    ] as [([UInt8], UInt32)])
  func checksums(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(bytes) == expected)
    #expect(DecodedEvents.checksum(bytes) == expected)
  }

  @Test("a file begins with its version in a record of its own")
  func start() throws {
    let bytes = EventFile.start(wallTime: 1.5)
    #expect(Array(bytes.prefix(8)) == [26, 0, 0, 0, 0, 0, 0, 0])
    #expect(bytes.count == 8 + 4 + 26 + 4)
    let data: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 16, 0, 26, 13] + Array("brain.Event:2".utf8)
    #expect(Array(bytes[12..<38]) == data)
    let events = try DecodedEvents(bytes).events
    #expect(events.count == 1)
    #expect(events[0].wallTime == 1.5 && events[0].step == 0 && events[0].scalars.isEmpty)
    #expect(events[0].fileVersion == "brain.Event:2")
  }

  @Test("what is written is read again, long tags, large steps and odd numbers too")
  func roundTrip() throws {
    let long = String(repeating: "drift/ö/", count: 40)
    let values: [(tag: String, value: Double)] = [
      ("accuracy/mean", 0.1), (long, -1e-3), ("inf", .infinity), ("large", 1e300), ("zero", 0), ("", 1),
    ]
    var bytes = EventFile.start(wallTime: 1_700_000_000.125)
    bytes += EventFile.record(
      values.map { EventFile.Scalar($0.tag, $0.value) }, step: 300, wallTime: 1_700_000_000.25)
    bytes += EventFile.record([], step: Int.max, wallTime: 1_700_000_001)
    let events = try DecodedEvents(bytes).events
    #expect(events.map(\.step) == [0, 300, UInt64(Int.max)])
    #expect(events.map(\.wallTime) == [1_700_000_000.125, 1_700_000_000.25, 1_700_000_001])
    #expect(events[1].scalars.map(\.tag) == values.map(\.tag))
    #expect(events[1].scalars.map(\.value) == values.map { Float($0.value) })
    #expect(events[2].scalars.isEmpty)
  }

  @Test("a changed or missing byte is found")
  func damage() {
    let bytes = EventFile.record([EventFile.Scalar("a", 1)], step: 1, wallTime: 1)
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 0x10
      #expect(throws: DecodedEvents.Damage.self, "byte \(place)") { try DecodedEvents(changed) }
      if place > 0 {
        #expect(throws: DecodedEvents.Damage.self, "\(place) bytes") { try DecodedEvents(Array(bytes.prefix(place))) }
      }
    }
  }
}
