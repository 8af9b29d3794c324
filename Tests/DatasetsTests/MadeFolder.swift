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
    var sum = ~UInt32(0)
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }

  /// A NumPy array.
  static func npy(_ type: String, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }\n".utf8)
    var bytes: [UInt8] = [0x93]
    bytes += Array("NUMPY".utf8)
    bytes += [1, 0]
    bytes += little(UInt16(header.count))
    bytes += header
    return bytes + content
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
    var content: [UInt8] = []
    for value in values {
      content += Array(value.utf8)
      content += [UInt8](repeating: 0, count: width - value.utf8.count)
    }
    return npy("|S\(width)", [values.count], content)
  }

  /// A zip archive of stored arrays.
  static func npz(_ arrays: [(name: String, content: [UInt8])]) -> [UInt8] {
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for array in arrays {
      let name = Array((array.name + ".npy").utf8)
      let size = little(UInt32(array.content.count))
      var fields: [UInt8] = little(UInt16(20))
      fields += [UInt8](repeating: 0, count: 8)
      fields += little(checksum(array.content))
      fields += size
      fields += size
      fields += little(UInt16(name.count))
      fields += [0, 0]
      let start = UInt32(file.count)
      file += [0x50, 0x4B, 3, 4]
      file += fields
      file += name
      file += array.content
      directory += [0x50, 0x4B, 1, 2, 20, 0]
      directory += fields
      directory += [UInt8](repeating: 0, count: 10)
      directory += little(start)
      directory += name
    }
    let count = little(UInt16(arrays.count))
    let (start, size) = (little(UInt32(file.count)), little(UInt32(directory.count)))
    file += directory
    file += [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for part in [count, count, size, start, [0, 0]] { file += part }
    return file
  }

  /// A PNG of 8 bits, uncompressed.
  static func png(width: Int, height: Int, channels: Int = 1, _ values: [UInt8]) -> [UInt8] {
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(name.utf8) + content
      var bytes = big(UInt32(content.count))
      bytes += body
      return bytes + big(checksum(body))
    }
    var rows: [UInt8] = []
    for row in 0..<height {
      rows.append(0)
      rows += values[row * width * channels..<(row + 1) * width * channels]
    }
    var (low, high) = (UInt32(1), UInt32(0))
    for byte in rows {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    let length = UInt16(rows.count)
    var content: [UInt8] = [0x78, 1, 1]
    content += little(length)
    content += little(~length)
    content += rows
    content += big((high << 16) | low)
    var header = big(UInt32(width))
    header += big(UInt32(height))
    header += [8, channels == 1 ? 0 : 2, 0, 0, 0]
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]
    bytes += chunk("IHDR", header)
    bytes += chunk("IDAT", content)
    return bytes + chunk("IEND", [])
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
    let length: [UInt8] = count < 128 ? [UInt8(count)] : [UInt8(count & 127 | 128), UInt8(count >> 7)]
    return [number << 3 | 2] + length + content
  }

  static func example(_ features: [(name: String, values: Feature)]) -> [UInt8] {
    var map: [UInt8] = []
    for feature in features {
      let list: [UInt8]
      switch feature.values {
      case .strings(let texts): list = field(1, texts.flatMap { field(1, Array($0.utf8)) })
      case .floats(let values): list = field(2, field(1, values.flatMap { little($0.bitPattern) }))
      case .integers(let values): list = field(3, field(1, values))
      }
      var entry = field(1, Array(feature.name.utf8))
      entry += field(2, list)
      map += field(1, entry)
    }
    return field(1, map)
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
