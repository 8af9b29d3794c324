import Formats
import Foundation
import Randomness
import Testing
import Zlib

/// Files of several formats, made by hand.
enum MadeFiles {
  /// A NumPy array whose header has the given literals.
  static func npy(
    _ descr: String, _ shape: String, _ content: [UInt8], fortran: String = "False", version: UInt8 = 1
  ) -> [UInt8] {
    npy(header: "{'descr': \(descr), 'fortran_order': \(fortran), 'shape': \(shape), }", content, version: version)
  }

  /// A NumPy array with a header of any text.
  static func npy(header: String, _ content: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8) + [0x0A]
    let length = version == 1 ? little(UInt16(text.count)) : little(UInt32(text.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + content
  }

  /// A number's bytes, the lowest first.
  static func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

  /// The bytes of numbers, the lowest of each first.
  static func little<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] { values.flatMap { little($0) } }

  /// A member of a zip archive.
  struct Member {
    var name: String
    var content: [UInt8]
    var isDeflated = false
    var method: UInt16?
    var flags: UInt16 = 0
    /// In place of the right ones.
    var checksum: UInt32?
    var count: UInt32?
    var compressedCount: UInt32?
    var localName: String?
  }

  /// A zip archive with its directory.
  ///
  /// - Parameter isWide: Whether sizes and places are in zip64 fields, as those of large archives.
  static func zip(_ members: [Member], comment: String = "", isWide: Bool = false) -> [UInt8] {
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for member in members {
      // Without the header and the checksum of zlib.
      let stored =
        member.isDeflated ? Array(deflated(member.content, level: 9).dropFirst(2).dropLast(4)) : member.content
      let start = UInt32(file.count)
      let checksum = member.content.withUnsafeBytes { member.checksum ?? crc32(0, $0) }
      let count = member.count ?? UInt32(member.content.count)
      let compressedCount = member.compressedCount ?? UInt32(stored.count)
      let method = member.method ?? (member.isDeflated ? 8 : 0)
      func fields(_ name: String, extraCount: Int) -> [UInt8] {
        little([20, member.flags, method, 0, 0x21] as [UInt16]) + little(checksum)
          + little(isWide ? [0xFFFF_FFFF, 0xFFFF_FFFF] : [compressedCount, count])
          + little([UInt16(name.utf8.count), UInt16(extraCount)])
      }
      // Another extra field comes first.
      let wide = little([UInt64(count), UInt64(compressedCount), UInt64(start)])
      let extra = isWide ? [0x55, 0x54, 1, 0, 7, 1, 0, 24, 0] + wide : []
      let localName = member.localName ?? member.name
      file += [0x50, 0x4B, 3, 4] + fields(localName, extraCount: 0) + Array(localName.utf8) + stored
      directory +=
        [0x50, 0x4B, 1, 2, 20, 0] + fields(member.name, extraCount: extra.count) + little([0, 0, 0] as [UInt16])
        + little([0, isWide ? 0xFFFF_FFFF : start] as [UInt32]) + Array(member.name.utf8) + extra
    }
    let places = [UInt64(members.count), UInt64(members.count), UInt64(directory.count), UInt64(file.count)]
    let wideEnd =
      [0x50, 0x4B, 6, 6] + little([44] as [UInt64]) + little([45, 45] as [UInt16]) + little([0, 0] as [UInt32])
      + little(places) + [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + little(UInt64(file.count + directory.count)) + [1, 0, 0, 0]
    let end =
      (isWide ? wideEnd : []) + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
      + little([UInt16](repeating: isWide ? 0xFFFF : UInt16(members.count), count: 2))
      + little(isWide ? [0xFFFF_FFFF, 0xFFFF_FFFF] : [UInt32(directory.count), UInt32(file.count)])
      + little(UInt16(comment.utf8.count)) + Array(comment.utf8)
    return file + directory + end
  }

  /// The bytes that hexadecimal digits say.
  static func bytes(_ digits: String) -> [UInt8] {
    let values = digits.compactMap { $0.hexDigitValue }
    return stride(from: 0, to: values.count - 1, by: 2).map { UInt8(values[$0] * 16 + values[$0 + 1]) }
  }

  /// What reading ends with.
  static func message<Value>(_ read: () throws(DataFileError) -> Value) -> String {
    do throws(DataFileError) {
      _ = try read()
      return "no error"
    } catch { return "\(error)" }
  }
}

/// Files that were damaged on purpose.
enum DamagedFiles {
  /// Gives each damaged file to `read`: cut at every length, with each bit of the first bytes flipped, bytes exchanged,
  /// grown, and with the beginning of another.
  ///
  /// - Parameter read: Returns whether the file was read; any other end is a fault of the reader.
  /// - Returns: How many files were given, and how many read.
  static func give(_ samples: [[UInt8]], seed: UInt64, random: Int = 1500, _ read: ([UInt8]) -> Bool) -> (Int, Int) {
    var (count, readCount) = (0, 0)
    func pass(_ bytes: [UInt8]) {
      count += 1
      if read(bytes) { readCount += 1 }
    }
    for sample in samples {
      for length in 0..<min(sample.count, 1200) { pass(Array(sample[..<length])) }
      for place in 0..<min(sample.count, 300) {
        for bit in 0..<8 {
          var bytes = sample
          bytes[place] ^= 1 << UInt8(bit)
          pass(bytes)
        }
      }
      for tail in [[0], [0x0A], [0xFF], sample] as [[UInt8]] { pass(sample + tail) }
      for other in samples {
        for length in [1, 4, 8, 16, 40, 128] { pass(Array(other.prefix(length)) + sample.dropFirst(length)) }
      }
    }
    var stream = RandomStream(seed: seed, .examples, 3)
    for trial in 0..<random {
      var bytes = samples[trial % samples.count]
      guard !bytes.isEmpty else { continue }
      for _ in 0...stream.index(below: 4) {
        let place = stream.index(below: bytes.count)
        let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x0A, 0x2C]
        bytes[place] = stream.index(below: 2) == 0 ? extremes[stream.index(below: 8)] : UInt8(stream.index(below: 256))
      }
      // A run of ones makes the largest lengths.
      if stream.index(below: 3) == 0 {
        let start = stream.index(below: bytes.count)
        for place in start..<min(bytes.count, start + 8) { bytes[place] = 0xFF }
      }
      pass(bytes)
    }
    return (count, readCount)
  }

  /// The most memory that the process has had address space for, in bytes; nil where the system does not say.
  static func peakMemory() -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmPeak:") })
    else { return nil }
    return Int(line.filter(\.isNumber)).map { $0 * 1024 }
  }

  /// What `body` returns, and by how many bytes the process has grown beyond what it ever was.
  static func growth<Value>(_ body: () throws -> Value) rethrows -> (Value, Int) {
    let before = peakMemory() ?? 0
    let value = try body()
    return (value, (peakMemory() ?? 0) - before)
  }
}
