import Foundation
import Tensors
import TestSupport
import Zlib

extension FuzzCase {
  private static let network = """
    model:
      input: [8, 8, 1]
      layers:
        - flatten
        - {dense: {name: fc1, units: 4}}
        - {batch_norm: {name: bn1}}
        - {dense: {name: fc2, units: 3}}
    client: {batch_size: 2}
    """

  /// Images in IDX files that lie, unless they are `sound`.
  static func idx(_ seed: UInt64, isSound: Bool = false) throws -> FuzzCase {
    var (numbers, fuzz) = (FuzzNumbers(seed: seed), try FuzzCase(seed: seed))
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 8, 0, 0, 0, 8] + (0..<384).map { UInt8($0 % 251) }
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 6] + [0, 1, 2, 0, 1, 2]
    var files = [
      "d-train-images-idx3-ubyte": images, "d-train-labels-idx1-ubyte": labels,
      "d-test-images-idx3-ubyte": images, "d-test-labels-idx1-ubyte": labels,
    ]
    let name = numbers.pick(files.keys.sorted())
    var bytes = files[name] ?? []
    let header = name.contains("images") ? 16 : 8
    switch isSound ? -1 : numbers.below(9) {
    case -1: break
    case 0, 1:
      for _ in 0...numbers.below(3) {
        bytes[numbers.below(header)] = numbers.pick([0, 1, 2, 9, 0x0D, 0x7F, 0x80, 0xFF])
      }
    case 2:
      for index in 4..<header { bytes[index] = numbers.pick([0, 0x7F, 0xFF]) }
    case 3: bytes = Array(bytes.prefix(numbers.below(bytes.count)))
    case 4: bytes += [UInt8](repeating: 7, count: 1 + numbers.below(2000))
    case 5: bytes[header + numbers.below(bytes.count - header)] = 255
    default: numbers.corrupt(&bytes)
    }
    files[name] = bytes
    if !isSound, numbers.oneIn(3) {
      // Gzip, sound, cut, of the wrong length, and far larger than it looks.
      files[name] = nil
      var packed = gzip(bytes, times: numbers.pick([1, 1, 1, 200_000]))
      if numbers.oneIn(2) { numbers.corrupt(&packed) }
      files[name + ".gz"] = packed
    }
    for (name, bytes) in files { try fuzz.folder.write(bytes: bytes, to: name) }
    let source = "{source: idx, root: ., domains: [d], image: {width: 8, height: 8, channels: 1}}"
    try fuzz.folder.write("name: x\nrounds: 1\ndata: \(source)\n\(network)\n", to: "x.yaml")
    fuzz.commands = [["validate", "x.yaml"], ["run", "x.yaml", "--db", "new.sqlite", "--quiet"]]
    fuzz.databases = ["new.sqlite"]
    return fuzz
  }

  /// A gzip member of so many copies, with a checksum that does not fit.
  private static func gzip(_ bytes: [UInt8], times: Int) -> [UInt8] {
    let all = times == 1 ? bytes : bytes + [UInt8](repeating: 0, count: 392 * times)
    // A zlib stream is a deflate stream between two bytes and a checksum.
    let stream = deflated(all).dropFirst(2).dropLast(4)
    let length = withUnsafeBytes(of: UInt32(truncatingIfNeeded: all.count).littleEndian) { Array($0) }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + stream + crc32(all) + length
  }

  private static func crc32(_ bytes: [UInt8]) -> [UInt8] {
    var table = [UInt32](repeating: 0, count: 256)
    for index in table.indices {
      table[index] = (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
    let checksum = ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    return withUnsafeBytes(of: checksum.littleEndian) { Array($0) }
  }

  /// Arrays or weights in a safetensors file that lies, unless it is `sound`.
  static func safetensors(_ seed: UInt64, isSound: Bool = false) throws -> FuzzCase {
    var (numbers, fuzz) = (FuzzNumbers(seed: seed), try FuzzCase(seed: seed))
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for client in 0..<2 {
      tensors.append(("client\(client).x", .floats(shape: [6, 1, 8, 8], (0..<384).map { Float($0 % 17) / 17 })))
      tensors.append(("client\(client).y", .integers(shape: [6], (0..<6).map { Int64($0 % 3) })))
    }
    let weights: [(name: String, shape: [Int])] = [
      ("fc1.weight", [4, 64]), ("fc1.bias", [4]), ("bn1.weight", [4]), ("bn1.bias", [4]), ("bn1.running_mean", [4]),
      ("bn1.running_var", [4]), ("fc2.weight", [3, 4]), ("fc2.bias", [3]),
    ]
    for (name, shape) in weights {
      tensors.append((name, .floats(shape: shape, [Float](repeating: 0.1, count: shape.reduce(1, *)))))
    }
    let sound = encodeSafetensors(tensors, metadata: ["format": "pt"])
    var bytes = sound
    let length = sound.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = String(decoding: sound[8..<(8 + length)], as: UTF8.self)
    switch isSound ? -1 : numbers.below(8) {
    case -1: break
    case 0: for index in 0..<8 where numbers.oneIn(2) { bytes[index] = numbers.pick([0, 1, 0x7F, 0x80, 0xFF]) }
    case 1: numbers.corrupt(&bytes)
    case 2: bytes.removeLast(1 + numbers.below(bytes.count))
    default:
      for _ in 0...numbers.below(2) { rewrite(&header, &numbers) }
      let size = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      bytes = size + Array(header.utf8) + sound[(8 + length)...]
    }
    try fuzz.folder.write(bytes: bytes, to: "f.safetensors")
    let isWeights = numbers.oneIn(3)
    if isWeights { try fuzz.folder.write(bytes: sound, to: "sound.safetensors") }
    try fuzz.folder.write(
      "name: x\nrounds: 1\ndata: {source: safetensors, file: \(isWeights ? "sound" : "f").safetensors}\n\(network)\n"
        + (isWeights ? "init: f.safetensors\n" : ""), to: "x.yaml")
    fuzz.commands = [["validate", "x.yaml"], ["run", "x.yaml", "--db", "new.sqlite", "--quiet"]]
    fuzz.databases = ["new.sqlite"]
    return fuzz
  }

  private static func rewrite(_ header: inout String, _ numbers: inout FuzzNumbers) {
    switch numbers.below(7) {
    case 0, 1:
      let places = header.ranges(of: #/\d+/#)
      if !places.isEmpty { header.replaceSubrange(numbers.pick(places), with: numbers.hostileInteger()) }
    case 2:
      let kinds = ["F32", "I64", "F64", "F16", "BF16", "U8", "BOOL", "I8", "X9", ""]
      let places = header.ranges(of: #/"(F32|I64)"/#)
      if !places.isEmpty { header.replaceSubrange(numbers.pick(places), with: "\"\(numbers.pick(kinds))\"") }
    case 3: header = header.replacing("client1.x", with: "client0.x")
    case 4:
      let places = header.ranges(of: #/\[[\d, ]+\]/#)
      let lists = ["[]", "[0]", "[1,2,3,4,5,6,7,8,9]", "[4294967296,4294967296]", "{}", "[[1]]", "null", "[-1,1]"]
      if !places.isEmpty { header.replaceSubrange(numbers.pick(places), with: numbers.pick(lists)) }
    case 5:
      header = String(repeating: numbers.pick(["[", "{\"a\":", "{"]), count: numbers.pick([5, 200_000])) + header
    default:
      var bytes = Array(header.utf8)
      numbers.corrupt(&bytes)
      header = String(decoding: bytes, as: UTF8.self)
    }
  }
}
