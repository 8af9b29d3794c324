import Catalogs
import Formats
import Foundation
import GRDBSQLite
import Tensors

@testable import Datasets

/// A folder of files made by hand, which is removed with the last reference to it.
final class MadeFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("covey-made-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func open(_ kind: String, _ options: [String: OptionValue]) throws -> HeldSource {
    guard let source = try datasetCatalog.make(kind, options).open(path, 1) as? HeldSource else {
      throw DataFileError.missing(path: kind)
    }
    return source
  }

  /// What opening says: the error, or all remarks, without the folder.
  func said(_ kind: String, _ options: [String: OptionValue]) -> String {
    do {
      let source = try datasetCatalog.make(kind, options).open(path, 1)
      return source.remarks.map { "note: \($0)" }.joined(separator: "\n").replacing(path + "/", with: "")
    } catch let problem as OptionProblem {
      return "\(problem.option ?? ""): \(problem.message)".replacing(path + "/", with: "")
    } catch { return "\(error)".replacing(path + "/", with: "").replacing(path, with: ".") }
  }
}

extension HeldSource {
  /// The inputs of a split as numbers; bytes as they are.
  func values(_ split: DataSplit = .train) -> [Float] {
    switch data.splits[split]?.inputs {
    case .bytes(let values)?: values.map(Float.init)
    case .floats(let values)?: values
    case .tokens(let values)?: values.map(Float.init)
    case nil: []
    }
  }

  /// The classes or tokens to be predicted of a split.
  func targets(_ split: DataSplit = .train) -> [Float] {
    switch data.splits[split]?.targets {
    case .classes(let values)?: values.map(Float.init)
    case .values(let values)?: values
    case .tokens(let values)?: values.map(Float.init)
    case nil: []
    }
  }

  /// The name of each example's client, "" for nobody's.
  func clients(_ split: DataSplit = .train) -> [String] {
    (data.splits[split]?.clients ?? []).map { $0 < 0 ? "" : data.clients[Int($0)] }
  }

  /// The name of each example's domain.
  func domainNames(_ split: DataSplit = .train) -> [String] {
    (data.splits[split]?.domains ?? []).map { data.domains[Int($0)] }
  }

  /// The name of each example's group.
  func groups(_ split: DataSplit = .train) -> [String] {
    (data.splits[split]?.groups ?? []).map { $0 < 0 ? "" : data.groups[Int($0)] }
  }
}

/// The bytes of files.
enum Made {
  static func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
  private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }

  /// A NumPy array.
  static func npy(_ type: String, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }\n".utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(header.count)) + header + content
  }

  static func bytes(_ shape: [Int], _ values: [UInt8]) -> [UInt8] { npy("|u1", shape, values) }
  static func floats(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    npy("<f4", shape, values.flatMap { little($0.bitPattern) })
  }
  static func integers(_ values: [Int64], shape: [Int]? = nil) -> [UInt8] {
    npy("<i8", shape ?? [values.count], values.flatMap { little($0) })
  }
  static func texts(_ values: [String]) -> [UInt8] {
    let width = max(1, values.map(\.utf8.count).max() ?? 1)
    return npy(
      "|S\(width)", [values.count],
      values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) })
  }

  /// A zip archive of stored arrays.
  static func npz(_ arrays: [(name: String, content: [UInt8])]) -> [UInt8] {
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for array in arrays {
      let name = Array((array.name + ".npy").utf8)
      let fields =
        little(UInt16(20)) + [UInt8](repeating: 0, count: 8) + little(checksum(array.content))
        + little(UInt32(array.content.count)) + little(UInt32(array.content.count)) + little(UInt16(name.count)) + [
          0, 0,
        ]
      let start = UInt32(file.count)
      file += [0x50, 0x4B, 3, 4] + fields + name + array.content
      directory +=
        [0x50, 0x4B, 1, 2, 20, 0] + fields + [UInt8](repeating: 0, count: 10) + little(start) + name
    }
    let count = little(UInt16(arrays.count))
    return file + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + little(UInt32(directory.count))
      + little(UInt32(file.count)) + [0, 0]
  }

  /// A PNG of 8 bits, uncompressed.
  static func png(width: Int, height: Int, channels: Int = 1, _ values: [UInt8]) -> [UInt8] {
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(name.utf8) + content
      return big(UInt32(content.count)) + body + big(checksum(body))
    }
    var rows: [UInt8] = []
    for row in 0..<height { rows += [0] + values[row * width * channels..<(row + 1) * width * channels] }
    var (low, high) = (UInt32(1), UInt32(0))
    for byte in rows {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    let length = UInt16(rows.count)
    let content = [0x78, 1, 1] + little(length) + little(~length) + rows + big(high << 16 | low)
    return [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]
      + chunk("IHDR", big(UInt32(width)) + big(UInt32(height)) + [8, channels == 1 ? 0 : 2, 0, 0, 0])
      + chunk("IDAT", content) + chunk("IEND", [])
  }

  // MARK: Databases

  /// A feature of a `tf.train.Example`: 1 byte strings, 2 floats, 3 whole numbers below 128.
  enum Feature {
    case strings([String])
    case floats([Float])
    case integers([UInt8])
  }

  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    return [number << 3 | 2] + (count < 128 ? [UInt8(count)] : [UInt8(count & 127 | 128), UInt8(count >> 7)]) + content
  }

  static func example(_ features: [(name: String, values: Feature)]) -> [UInt8] {
    field(
      1,
      features.flatMap { feature in
        let list: [UInt8] =
          switch feature.values {
          case .strings(let texts): field(1, texts.flatMap { field(1, Array($0.utf8)) })
          case .floats(let values): field(2, field(1, values.flatMap { little($0.bitPattern) }))
          case .integers(let values): field(3, field(1, values))
          }
        return field(1, field(1, Array(feature.name.utf8)) + field(2, list))
      })
  }

  /// A database of TensorFlow Federated at a path.
  static func database(_ path: String, _ rows: [(split: String, client: String, example: [UInt8])]) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    guard sqlite3_open(path, &handle) == SQLITE_OK else { throw DataFileError.missing(path: path) }
    func run(_ text: String) throws {
      guard sqlite3_exec(handle, text, nil, nil, nil) == SQLITE_OK else { throw DataFileError.missing(path: text) }
    }
    try run("CREATE TABLE examples (split_name TEXT, client_id TEXT, serialized_example_proto BLOB)")
    for row in rows {
      let hexadecimal = row.example.map { String(format: "%02x", $0) }.joined()
      try run("INSERT INTO examples VALUES ('\(row.split)', '\(row.client)', x'\(hexadecimal)')")
    }
  }
}
