import Formats
import Foundation
import Testing

private typealias Member = MadeFiles.Member

private let x = MadeFiles.npy("'|u1'", "(2, 3)", [0, 1, 2, 3, 4, 5])
private let y = MadeFiles.npy("'<i8'", "(2,)", MadeFiles.little([1, 0] as [Int64]))

/// numpy.savez(x=np.arange(6, dtype=np.uint8).reshape(2, 3), y=np.array([1, 0])), NumPy 2.4.
private let savez = MadeFiles.bytes(
  """
  504b03042d0000000000000021007e9ed7cfffffffffffffffff05001400782e6e70790100100086000000000000008600000000000000934e55
  4d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028
  322c2033292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020
  20202020202020200a000102030405504b03042d00000000000000210071fb39abffffffffffffffff05001400792e6e70790100100090000000
  000000009000000000000000934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a204661
  6c73652c20277368617065273a2028322c292c207d20202020202020202020202020202020202020202020202020202020202020202020202020
  20202020202020202020202020202020202020202020200a01000000000000000000000000000000504b01022d032d0000000000000021007e9e
  d7cf8600000086000000050000000000000000000000800100000000782e6e7079504b01022d032d00000000000000210071fb39ab9000000090
  0000000500000000000000000000008001bd000000792e6e7079504b0506000000000200020066000000840100000000
  """)

/// numpy.savez_compressed(x=np.arange(6, dtype="<f4").reshape(2, 3), client=np.array(["a", "zoë"])), NumPy 2.4.
private let savezCompressed = MadeFiles.bytes(
  """
  504b03042d0000000800000021004fe9002affffffffffffffff05001400782e6e707901001000980000000000000055000000000000009bec17
  ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0ac6
  9a3a0ab50a64032e063068b007120e4004c40d40bcc00100504b03042d0000000800000021007e5ef43affffffffffffffff0a001400636c6965
  6e742e6e70790100100098000000000000004f000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e136aacaea3a09e965f54
  529498179f5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a1400ae440604a802e27c207e0dc400504b01022d032d00000008
  00000021004fe9002a5500000098000000050000000000000000000000800100000000782e6e7079504b01022d032d0000000800000021007e5e
  f43a4f000000980000000a000000000000000000000080018c000000636c69656e742e6e7079504b050600000000020002006b00000017010000
  0000
  """)

private func open(_ bytes: [UInt8]) throws(DataFileError) -> NPZFile { try NPZFile(bytes: bytes, path: "a.npz") }

private func message(_ bytes: [UInt8], _ name: String = "x", limit: Int = 1 << 24) -> String {
  MadeFiles.message { () throws(DataFileError) in try open(bytes).array(name, limit: limit) }
}

@Suite("NumPy archives")
struct NPZTests {
  @Test("what NumPy wrote, stored and deflated")
  func written() throws {
    let stored = try open(savez)
    #expect(stored.names == ["x", "y"] && stored.others.isEmpty && stored.path == "a.npz")
    #expect(
      try stored.array("x")
        == StoredArray(name: "x", shape: [2, 3], typeText: "|u1", values: .bytes([0, 1, 2, 3, 4, 5])))
    #expect(try stored.array("y").values == .integers([1, 0]))
    let header = try stored.header("x")
    #expect(header.shape == [2, 3] && header.typeText == "|u1" && !header.isFortranOrder)
    let deflated = try open(savezCompressed)
    #expect(deflated.names == ["x", "client"])
    #expect(try deflated.array("x").values == .floats([0, 1, 2, 3, 4, 5]))
    #expect(try deflated.array("client").values == .texts(["a", "zoë"]))
    #expect(try deflated.header("client").shape == [2])
  }

  @Test("archives made by hand: comments, large members, other members, none")
  func made() throws {
    let big = MadeFiles.npy("'<u2'", "(400000,)", MadeFiles.little((0..<400000).map { UInt16($0 % 1000) }))
    let file = try open(
      MadeFiles.zip(
        [Member(name: "a/b.npy", content: big, isDeflated: true), Member(name: "readme.txt", content: [1])],
        comment: "PK\u{5}\u{6} is no end"))
    #expect(file.names == ["a/b"] && file.others == ["readme.txt"])
    #expect(try file.array("a/b").values == .words((0..<400000).map { UInt16($0 % 1000) }))
    #expect(try open(MadeFiles.zip([])).names.isEmpty)
    let wide = try open(
      MadeFiles.zip(
        [Member(name: "x.npy", content: x), Member(name: "y.npy", content: y, isDeflated: true)], isWide: true))
    #expect(try wide.array("x").values == .bytes([0, 1, 2, 3, 4, 5]) && wide.array("y").values == .integers([1, 0]))
    let archive = try ZipArchive(
      bytes: MadeFiles.zip([Member(name: "t", content: [1, 2], isDeflated: true)]), path: "a")
    #expect(try archive.bytes(archive.entries[0]) == [1, 2])
  }

  @Test("each wrong archive has its message")
  func wrong() {
    let zip = MadeFiles.zip([Member(name: "x.npy", content: x), Member(name: "y.npy", content: y)])
    #expect(
      message(Array(zip.dropLast(30))) == "a.npz: is truncated or not a zip archive: it has no zip directory at its end"
    )
    #expect(
      message([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
        == "a.npz: is not a NumPy archive (.npz): it is an HDF5 file (also Keras .h5) (allowed: arrays as numpy.savez writes them; the converter covey-data hdf5 turns it into arrays)"
    )
    #expect(
      message(x)
        == "a.npz: is not a NumPy archive (.npz): it is a NumPy array (.npy) (allowed: arrays as numpy.savez writes them)"
    )
    #expect(
      message(MadeFiles.zip([Member(name: "7.png", content: [1])]))
        == "a.npz: is not a NumPy archive (.npz): none of its members is a .npy file (there: '7.png')")
    #expect(message(zip, "X_train") == "a.npz: has no array 'X_train' (arrays there: 'x', 'y')")
    #expect(
      message(MadeFiles.zip([Member(name: "x_train.npy", content: x)]), "x-train")
        == "a.npz: has no array 'x-train'; did you mean 'x_train'? (arrays there: 'x_train')")
    #expect(
      message(MadeFiles.zip([Member(name: "x.npy", content: x), Member(name: "x.npy", content: x)]))
        == "a.npz: has two members called 'x.npy'")
    #expect(
      message(MadeFiles.zip([Member(name: "data.npy", content: MadeFiles.npy("'|O'", "()", [0x80, 4]))]), "data")
        == "a.npz: array 'data' holds Python objects, a pickle, which is never opened (allowed: numbers and texts; the converter covey-data pickle turns it into arrays)"
    )
    func member(_ change: (inout Member) -> Void) -> String {
      var member = Member(name: "x.npy", content: x, isDeflated: true)
      change(&member)
      return message(MadeFiles.zip([member]))
    }
    #expect(member { $0.flags = 1 } == "a.npz: member 'x.npy' is encrypted (allowed: members without a password)")
    #expect(
      member { $0.method = 12 } == "a.npz: member 'x.npy' is compressed by method 12 (allowed: 0 stored, 8 deflated)")
    #expect(
      member { $0.checksum = 7 }
        == "a.npz: member 'x.npy' is damaged: its CRC is \(checksum(x)), the zip directory says 00000007")
    #expect(
      member { $0.localName = "z.npy" } == "a.npz: member 'x.npy' is called 'z.npy' before its bytes")
    #expect(
      member { $0.count = UInt32(x.count) - 1 }
        == "a.npz: array 'x' is truncated: its header says 2×3 |u1, 6 bytes, and 5 follow")
    #expect(
      member { $0.count = 4_000_000_000 }.hasPrefix(
        "a.npz: member 'x.npy' is said to have 4000000000 bytes, which"))
    #expect(
      member { $0.compressedCount = 1 << 20 }
        == "a.npz: has a damaged zip directory: entry 1 of 1 is wrong")
    #expect(
      member {
        $0.isDeflated = false
        $0.count = 5
      } == "a.npz: member 'x.npy' is stored in \(x.count) bytes but said to have 5")
    #expect(
      member {
        $0.content = [UInt8](repeating: 0xFF, count: 10)
        $0.isDeflated = false
        $0.method = 8
      } == "a.npz: member 'x.npy' is damaged: invalid block type")
  }

  @Test("content that is not as long as the directory says")
  func lengths() throws {
    let content = [UInt8](repeating: 3, count: 1000)
    func message(_ count: UInt32, _ compressed: Int = 0) -> String {
      MadeFiles.message { () throws(DataFileError) in
        var member = Member(name: "m", content: content, isDeflated: true)
        member.count = count
        let archive = try ZipArchive(bytes: MadeFiles.zip([member]), path: "a.zip")
        return try archive.bytes(archive.entries[0], limit: 5000)
      }
    }
    #expect(message(1000) == "no error")
    #expect(message(999) == "a.zip: member 'm' has more than the 999 bytes that it is said to have")
    #expect(message(1001) == "a.zip: member 'm' ends before the 1001 bytes that it is said to have")
    #expect(message(6000) == "a.zip: member 'm' takes 6000 bytes of memory (allowed: 5000)")
  }

  @Test("members that share bytes are refused")
  func overlaps() {
    // Two entries of the directory for one member.
    let one = MadeFiles.zip([Member(name: "x.npy", content: x)])
    let size = 46 + 5
    let directory = Array(one[(one.count - 22 - size)..<(one.count - 22)])
    var second = directory
    second[46] = UInt8(ascii: "z")
    let end =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0] + MadeFiles.little([UInt32(2 * size), UInt32(one.count - 22 - size)])
      + [0, 0]
    let zip = Array(one[..<(one.count - 22 - size)]) + directory + second + end
    #expect(message(zip) == "a.npz: members 'x.npy' and 'z.npy' share bytes of the archive")
  }

  @Test("a file is read member by member, and may be damaged elsewhere")
  func files() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    var bad = Member(name: "y.npy", content: y)
    bad.checksum = 1
    try Data(MadeFiles.zip([Member(name: "x.npy", content: x), bad])).write(to: url)
    let file = try NPZFile(path: url.path)
    #expect(try file.array("x").values == .bytes([0, 1, 2, 3, 4, 5]))
    #expect(throws: DataFileError.self) { try file.array("y") }
    try Data().write(to: url)
    #expect(MadeFiles.message { () throws(DataFileError) in try file.array("x") }.contains("became shorter"))
  }

  @Test("damaged archives give arrays or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = [
      savez, savezCompressed, MadeFiles.zip([Member(name: "x.npy", content: x, isDeflated: true)], comment: "end"),
      MadeFiles.zip([Member(name: "x.npy", content: x)], isWide: true),
    ]
    let (counts, growth) = DamagedFiles.growth {
      DamagedFiles.give(samples, seed: 2, random: 4000) { bytes in
        guard let file = try? open(bytes) else { return false }
        return file.names.allSatisfy { (try? file.array($0, limit: 1 << 24)) != nil }
      }
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
    #expect(growth < 1 << 30)
    // The end is where an archive is read from.
    for sample in samples {
      for (place, value) in sample.indices.flatMap({ place in [0, 1, 0x7F, 0xFF].map { (place, UInt8($0)) } }) {
        var bytes = sample
        bytes[place] = value
        if let file = try? open(bytes) { for name in file.names { _ = try? file.array(name, limit: 1 << 24) } }
      }
    }
  }

  private func checksum(_ bytes: [UInt8]) -> String {
    var checksum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
    }
    let digits = String(~checksum, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
