internal import Tensors

/// Reads the little-endian fields of a zip archive's headers.
struct ZipFields {
  /// The size of a member's header, without name and extra fields.
  static let localCount = 30

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether all bytes were taken.
  var isAtEnd: Bool { position == bytes.count }

  /// Whether the bytes begin as a member's header.
  var isLocalHeader: Bool { bytes.starts(with: [0x50, 0x4B, 3, 4]) }
  /// The length of the name after a member's header.
  var localNameCount: Int { word(26) }
  /// The length of the extra fields after that name.
  var localExtraCount: Int { word(28) }

  /// Two bytes at a place that is there.
  func word(_ place: Int) -> Int { Int(bytes[place]) | Int(bytes[place + 1]) << 8 }

  /// Four bytes at a place that is there.
  func double(_ place: Int) -> Int { word(place) | word(place + 2) << 16 }

  /// Eight bytes at a place that is there; nil above what is counted.
  func quad(_ place: Int) -> Int? {
    Int(exactly: UInt64(double(place)) | UInt64(double(place + 4)) << 32)
  }

  /// Takes the next entry of a central directory; nil where it is damaged.
  ///
  /// - Parameter memberEnd: Where the directory begins in the file.
  mutating func entry(memberEnd: Int) -> ZipArchive.Entry? {
    let start = position
    guard bytes.count - start >= 46, double(start) == 0x0201_4B50 else { return nil }
    let (nameCount, extraCount, commentCount) = (word(start + 28), word(start + 30), word(start + 32))
    let end = start + 46 + nameCount + extraCount + commentCount
    guard end <= bytes.count else { return nil }
    // NumPy's names are ASCII or UTF-8, whatever the flag says.
    guard let name = String(validating: bytes[start + 46..<start + 46 + nameCount], as: UTF8.self), !name.isEmpty,
      hasShortMarkRuns(name)
    else { return nil }
    var wide = Zip64Values(self, start + 46 + nameCount..<start + 46 + nameCount + extraCount)
    guard let count = wide.take(instead: double(start + 24), of: 0xFFFF_FFFF),
      let compressedCount = wide.take(instead: double(start + 20), of: 0xFFFF_FFFF),
      let headerStart = wide.take(instead: double(start + 42), of: 0xFFFF_FFFF),
      let disk = wide.take(instead: word(start + 34), of: 0xFFFF, count: 4), disk == 0
    else { return nil }
    guard headerStart <= memberEnd, compressedCount <= memberEnd - headerStart else { return nil }
    position = end
    return ZipArchive.Entry(
      name: name, compressedCount: compressedCount, count: count, method: word(start + 10),
      isEncrypted: word(start + 8) & 0x41 != 0, checksum: UInt32(truncatingIfNeeded: double(start + 16)),
      headerStart: headerStart)
  }
}

/// The values of a zip64 extra field, one for each field of the entry that is full of ones.
private struct Zip64Values {
  private let fields: ZipFields
  private var rest: Range<Int>

  /// Looks for the extra field 0001 among those in `range`.
  init(_ fields: ZipFields, _ range: Range<Int>) {
    (self.fields, rest) = (fields, range.upperBound..<range.upperBound)
    var place = range.lowerBound
    while range.upperBound - place >= 4 {
      let end = place + 4 + fields.word(place + 2)
      if end > range.upperBound { return }
      if fields.word(place) == 1 {
        rest = place + 4..<end
        return
      }
      place = end
    }
  }

  /// The field's value, or the next wide one where it is `full`; nil where that is not there.
  mutating func take(instead value: Int, of full: Int, count: Int = 8) -> Int? {
    if value != full { return value }
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return count == 8 ? fields.quad(rest.lowerBound) : fields.double(rest.lowerBound)
  }
}

/// The records at the end of a zip archive that say where its directory is.
struct ZipEnd {
  /// The bytes of the directory.
  let directory: Range<Int>
  /// The entries it has.
  let count: Int

  /// Finds the records in the last bytes of a file.
  ///
  /// - Throws: `DataFileError.malformed` when they are not there or say what can't be.
  init(_ source: ByteSource) throws(DataFileError) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: source.path, reason: reason) }
    // A comment of at most 65,535 bytes follows the 22 of the record.
    let tailStart = max(0, source.count - 22 - 0xFFFF)
    let tailBytes = try source.bytes(tailStart..<source.count)
    let tail = ZipFields(tailBytes)
    var place = tailBytes.count - 22
    while place >= 0 {
      if tail.double(place) == 0x0605_4B50, tail.word(place + 20) == tailBytes.count - place - 22 { break }
      place -= 1
    }
    guard place >= 0 else {
      throw problem("is truncated or not a zip archive: it has no zip directory at its end")
    }
    var end = tailStart + place
    var (count, size, start): (Int?, Int?, Int?) = (
      tail.word(place + 10), tail.double(place + 12), tail.double(place + 16)
    )
    var parts = (tail.word(place + 4), tail.word(place + 6), tail.word(place + 8) == tail.word(place + 10))
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF, end >= 20 {
      let locator = ZipFields(try source.bytes(end - 20..<end))
      if locator.double(0) == 0x0706_4B50 {
        guard let wideStart = locator.quad(8), wideStart <= end - 20 - 56 else {
          throw problem("has a damaged zip directory: its zip64 record is not there")
        }
        let wide = ZipFields(try source.bytes(wideStart..<wideStart + 56))
        guard wide.double(0) == 0x0606_4B50 else {
          throw problem("has a damaged zip directory: its zip64 record is not there")
        }
        (count, size, start) = (wide.quad(32), wide.quad(40), wide.quad(48))
        parts = (wide.double(16), wide.double(20), wide.quad(24) == wide.quad(32))
        end = wideStart
      }
    }
    guard parts == (0, 0, true) else { throw problem("is one part of a zip archive (allowed: whole archives)") }
    guard let count, let size, let start, start <= end, size == end - start, count <= size / 46 else {
      throw problem("has a damaged zip directory: it is not where the file's end says")
    }
    (directory, self.count) = (start..<start + size, count)
  }
}
