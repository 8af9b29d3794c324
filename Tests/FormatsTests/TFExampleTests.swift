import Formats
import Testing

/// A number of one to ten bytes.
func varint(_ value: UInt64) -> [UInt8] {
  var bytes: [UInt8] = []
  var rest = value
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7F) | 0x80)
    rest >>= 7
  }
  return bytes + [UInt8(rest)]
}

/// A field with a length.
func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
  varint(number << 3 | 2) + varint(UInt64(content.count)) + content
}

/// An example of features.
func example(_ features: [(String, [UInt8])]) -> [UInt8] {
  field(1, features.flatMap { field(1, field(1, Array($0.0.utf8)) + field(2, $0.1)) })
}

/// A feature of floats, packed.
func floats(_ values: [Float]) -> [UInt8] { field(2, field(1, values.flatMap { little($0.bitPattern) })) }

/// A feature of integers, packed.
func integers(_ values: [Int64]) -> [UInt8] { field(3, field(1, values.flatMap { varint(UInt64(bitPattern: $0)) })) }

/// A feature of byte strings.
func strings(_ values: [String]) -> [UInt8] { field(1, values.flatMap { field(1, Array($0.utf8)) }) }

@Suite("tf.train.Example")
struct TFExampleTests {
  private func message(_ bytes: [UInt8]) -> String {
    do throws(TFExampleError) {
      _ = try TFExample(bytes)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("floats, integers and byte strings, packed")
  func packed() throws {
    let parsed = try TFExample(
      example([
        ("x", floats([1.5, -2])), ("label", integers([3, -1, .min, .max])), ("text", strings(["a", "", "bc"])),
        ("none", []), ("empty", field(2, [])),
      ]))
    #expect(parsed["x"] == .floats([1.5, -2]))
    #expect(parsed["label"] == .integers([3, -1, .min, .max]))
    #expect(parsed["text"] == .bytes([[97], [], [98, 99]]))
    #expect(parsed["none"] == TFExample.Values.none)
    #expect(parsed["empty"] == .floats([]))
    #expect(parsed["y"] == nil)
    #expect(parsed.names == ["empty", "label", "none", "text", "x"])
    #expect(parsed["x"]?.kind == "float_list")
  }

  @Test("unpacked numbers, lists in parts, entries in any order, the last of two, unknown fields")
  func odd() throws {
    let unpacked = field(2, [0x0D] + little(Float(2).bitPattern) + field(1, little(Float(3).bitPattern)))
    #expect(try TFExample(example([("x", unpacked)]))["x"] == .floats([2, 3]))
    let numbers = field(3, [0x08, 7, 0x08, 0xAC, 0x02])
    #expect(try TFExample(example([("x", numbers)]))["x"] == .integers([7, 300]))
    #expect(try TFExample(example([("x", integers([1]) + integers([2, 3]))]))["x"] == .integers([1, 2, 3]))
    #expect(try TFExample(example([("x", floats([1]) + integers([2]))]))["x"] == .integers([2]))
    let turned = field(1, field(1, field(2, integers([4])) + field(1, Array("y".utf8))))
    #expect(try TFExample(turned)["y"] == .integers([4]))
    let twice = try TFExample(example([("x", integers([1])), ("x", integers([2]))]))
    #expect(twice["x"] == .integers([2]) && twice.features.count == 1)
    let group: [UInt8] = [0x7B, 0x08, 1, 0x83, 0x01, 0x84, 0x01, 0x7C]
    let unknown = [0x10, 5] + field(9, [1, 2]) + [0x1D, 1, 2, 3, 4] + [0x19, 1, 2, 3, 4, 5, 6, 7, 8] + group
    let entry = field(1, Array("x".utf8)) + unknown + field(2, unknown + integers([6]) + unknown)
    #expect(try TFExample(unknown + field(1, unknown + field(1, entry)) + unknown)["x"] == .integers([6]))
    #expect(try TFExample([]).features.isEmpty)
  }

  @Test("many features take linear time, and only those wanted are read")
  func many() throws {
    let bytes = example((0..<20_000).map { ("f\($0 % 10_000)", integers([Int64($0)])) })
    let parsed = try TFExample(bytes)
    #expect(parsed.features.count == 10_000)
    #expect(parsed["f7"] == .integers([10_007]))
    let parts = field(1, field(1, field(1, [120]) + field(2, (0..<50_000).flatMap { _ in floats([1]) })))
    #expect(try TFExample(parts)["x"]?.count == 50_000)
    let wanted = try bytes.withUnsafeBytes { try TFExample($0, only: ["f1"]) }
    #expect(wanted["f1"] == .integers([10_001]) && wanted["f2"] == TFExample.Values.none)
  }

  @Test("each wrong message is refused in words")
  func refusals() {
    #expect(message([0x0A]) == "ends within a field (of its message, at byte 1)")
    #expect(message([0x0A, 5, 1]) == "ends within a field (of its message, at byte 1)")
    #expect(
      message([0x0A] + varint(.max)) == "ends within a field (of its message, at byte 1)")
    #expect(
      message([UInt8](repeating: 0xFF, count: 11)) == "has a number of more than ten bytes (of its message, at byte 0)")
    #expect(message([0x02, 0]) == "has a field that is none (of its message, at byte 0)")
    #expect(message([0x0F, 0]) == "has a field that is none (of its message, at byte 0)")
    #expect(message([0x14]) == "has a field that is none (of its message, at byte 1)")
    #expect(
      message([UInt8](repeating: 0x13, count: 65)) == "has a field that is none (of its message, at byte 65)")
    #expect(message([0x13]) == "ends within a field (of its message, at byte 1)")
    #expect(
      message(example([("x", field(2, field(1, [1, 2, 3])))]))
        == "has a list of floats that ends within one (of its message, at byte 5)")
    #expect(
      message(example([("x", field(3, field(1, [0x80])))])) == "ends within a field (of its message, at byte 0)")
    #expect(message(field(1, field(1, field(1, [0xFF])))) == "has a feature whose name is not UTF-8")
  }

  @Test("damaged messages give values or an error")
  func fuzz() {
    let whole = example([("x", floats([1, 2, 3])), ("y", integers([1, -1])), ("z", strings(["ab", "c"]))])
    for copy in damagedCopies(of: whole, count: 2000, seed: 1) {
      guard let parsed = try? TFExample(copy) else { continue }
      #expect(parsed.features.reduce(0) { $0 + $1.values.count } <= copy.count)
    }
  }
}
