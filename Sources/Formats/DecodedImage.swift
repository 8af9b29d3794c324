internal import CImageCodecs
internal import Tensors

/// An image read from a PNG or JPEG file, channels last.
package struct DecodedImage: Sendable, Equatable {
  /// The values of an image, `[height, width, channels]`.
  package enum Values: Sendable, Equatable {
    /// 0…255; grey of 1, 2 and 4 bits is spread over that range.
    case bytes([UInt8])
    /// 0…65535, of PNG with 16 bits.
    case words([UInt16])
  }

  /// Columns; at least 1.
  package let width: Int
  /// Rows; at least 1.
  package let height: Int
  /// 1 for an image stored as grey, 3 (red, green, blue) otherwise; alpha is dropped, not composited.
  package let channels: Int
  /// `height · width · channels` values.
  package let values: Values

  /// Whether the file stores the image as grey.
  package var isGrey: Bool { channels == 1 }

  /// An image of these values.
  ///
  /// - Precondition: The extents are at least 1 and the values as many as they say.
  package init(width: Int, height: Int, channels: Int, values: Values) {
    let count =
      switch values {
      case .bytes(let bytes): bytes.count
      case .words(let words): words.count
      }
    precondition(
      width >= 1 && height >= 1 && channels >= 1 && count == width * height * channels,
      "\(count) values are no image of \(width)×\(height)×\(channels)")
    (self.width, self.height, self.channels, self.values) = (width, height, channels, values)
  }

  /// Reads the image at `path`: PNG of 1 to 16 bits, grey, colour, palette, with or without alpha, interlaced or not (of
  /// an animation the first picture); JPEG baseline or progressive, grey, RGB or CMYK. The kind is known by the first
  /// bytes, not by the name.
  ///
  /// - Parameter limit: The most bytes that the file, and that the decoded values, may have.
  /// - Returns: The image as stored; `ImageFile.orientation` tells how a person should see it.
  /// - Throws: `DataFileError`, `.malformed` when the file is of another kind, damaged or cut short, or larger than
  ///   `limit`.
  package static func read(path: String, limit: Int) throws(DataFileError) -> DecodedImage {
    try ImageFile(bytes: fileBytes(path, limit: limit), path: path).decoded(limit: limit)
  }
}

/// An encoded image in memory: PNG or JPEG.
package struct ImageFile: Sendable {
  /// How an image is encoded.
  package enum Kind: Sendable { case png, jpeg }

  /// How it is encoded.
  package let kind: Kind
  /// Columns as stored; at least 1.
  package let width: Int
  /// Rows as stored; at least 1.
  package let height: Int
  /// 1 for grey, 3 otherwise.
  package let channels: Int
  /// Whether its values have 16 bits.
  package let isWide: Bool
  /// How to turn the stored image for a person to see it; `.up` where the file does not say.
  package var orientation: ImageOrientation { ImageOrientation(of: bytes, kind) }

  private let bytes: [UInt8]
  private let header: covey_image_header
  private let path: String

  /// What a PNG file begins with.
  private static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The most values that a bit of a JPEG file can stand for: a block of 8×8 takes at least one, and a component may be
  /// stored at a fraction of the image's size.
  private static let greatestJPEGRatio = 4096

  /// Reads the header of an encoded image.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` when the bytes are no PNG or JPEG image or the header is damaged.
  package init(bytes: [UInt8], path: String) throws(DataFileError) {
    let kind: Kind
    if bytes.starts(with: Self.pngSignature) {
      kind = .png
    } else if bytes.starts(with: [0xFF, 0xD8]) {
      kind = .jpeg
    } else {
      let found = ForeignFormat.name(of: Array(bytes.prefix(ForeignFormat.byteCount)))
      throw .malformed(path: path, reason: "is no PNG or JPEG image" + (found.map { ": it is \($0)" } ?? ""))
    }
    var header = covey_image_header()
    let failure = codecFailure { message in
      bytes.withUnsafeBufferPointer { buffer in
        kind == .png
          ? covey_png_header(buffer.baseAddress, buffer.count, &header, message)
          : covey_jpeg_header(buffer.baseAddress, buffer.count, &header, message)
      }
    }
    if let failure { throw Self.damaged(kind, failure, path) }
    guard header.width >= 1, header.height >= 1 else { throw Self.damaged(kind, "it has no pixels", path) }
    (self.kind, self.bytes, self.header, self.path) = (kind, bytes, header, path)
    (width, height, channels) = (Int(header.width), Int(header.height), Int(header.channels))
    isWide = header.valueSize == 2
  }

  /// The image as it is stored.
  ///
  /// - Parameter limit: The most bytes that the values may have, and as much again while it is decoded.
  /// - Throws: `DataFileError.malformed` when the image is damaged, cut short, or larger than `limit`.
  package func decoded(limit: Int) throws(DataFileError) -> DecodedImage {
    // Two 32-bit numbers, at most 3 channels and 2 bytes: below 2⁶³ after the first check.
    let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
    let valueSize = isWide ? 2 : 1
    guard !overflows, pixels <= limit / (channels * valueSize) else {
      throw .malformed(
        path: path,
        reason:
          "is an image of \(width)×\(height) pixels, more than the \(limit) bytes of memory allowed")
    }
    let count = pixels * channels
    let isPossible =
      switch kind {
      // Compressed by deflate. Divided first: no overflow.
      case .png: (pixels / 8 / greatestExpansion) * Int(header.storedBits) <= bytes.count
      case .jpeg: count / Self.greatestJPEGRatio <= bytes.count
      }
    guard isPossible else {
      throw .malformed(
        path: path, reason: "is truncated: \(bytes.count) bytes can't hold an image of \(width)×\(height) pixels")
    }
    return DecodedImage(
      width: width, height: height, channels: channels,
      values: isWide
        ? .words(try decode(count, 0, limit: limit)) : .bytes(try decode(count, 0, limit: limit)))
  }

  private func decode<Value: FixedWidthInteger>(
    _ count: Int, _ zero: Value, limit: Int
  ) throws(DataFileError) -> [Value] {
    var header = header
    var failure: String?
    let values = [Value](unsafeUninitializedCapacity: count) { output, filled in
      // A pass of an interlaced image writes a part of each row.
      output.initialize(repeating: zero)
      failure = codecFailure { message in
        bytes.withUnsafeBufferPointer { input in
          let size = count * MemoryLayout<Value>.size
          return kind == .png
            ? covey_png_decode(input.baseAddress, input.count, &header, output.baseAddress, size, message)
            : covey_jpeg_decode(
              input.baseAddress, input.count, &header, output.baseAddress, size, max(limit, 1 << 20), message)
        }
      }
      filled = count
    }
    if let failure { throw Self.damaged(kind, failure, path) }
    return values
  }

  /// The error of an image whose decoder gives `reason`.
  private static func damaged(_ kind: Kind, _ reason: String, _ path: String) -> DataFileError {
    let name = kind == .png ? "PNG" : "JPEG"
    if reason == "truncated" || reason.hasPrefix("Premature end of") {
      return .malformed(path: path, reason: "is truncated: the \(name) image ends too soon")
    }
    return .malformed(path: path, reason: "is a damaged \(name) image: \(printable(reason))")
  }
}

/// Deflate's greatest ratio of output to input, rounded up.
private let greatestExpansion = 1100

/// Calls a function of the codecs that returns 0 with a message.
///
/// - Returns: The message, or nil after success.
private func codecFailure(_ call: (UnsafeMutablePointer<CChar>?) -> Int32) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(COVEY_IMAGE_MESSAGE_SIZE)) { message in
    message.initialize(repeating: 0)
    if call(message.baseAddress) != 0 { return nil }
    return message.baseAddress.map { String(cString: $0) } ?? ""
  }
}
