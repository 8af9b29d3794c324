internal import Dispatch
internal import Formats
internal import Foundation
internal import Locks
internal import Tensors

/// All images of a folder at one size, decoded once on all cores.
struct DecodedFolder {
  /// What is known of a file before it is decoded.
  private struct Header: Sendable {
    let height: Int
    let width: Int
    let channels: Int
    let isWide: Bool
    let size: Int
    let sha256: String
  }

  /// One image's shape, channels last.
  let shape: Shape
  /// All images in the listing's order.
  let inputs: HeldInputs
  /// The size and hash of each file.
  let files: [(size: Int, sha256: String)]
  /// What the user should know.
  let remarks: [String]

  /// Decodes the images of `listing`.
  ///
  /// - Parameters:
  ///   - size: The size of all; nil where the files' own is taken, which must be the same.
  ///   - channels: 1 or 3; nil is 1 where all files are grey, else 3.
  ///   - isUpright: Whether EXIF's orientation is applied.
  ///   - limit: Bytes that the decoded images may take.
  /// - Throws: `DataFileError` for a file that can't be decoded, sizes that differ where none is given, and more bytes
  ///   than allowed.
  init(
    _ listing: LabelledFolder, size: (height: Int, width: Int)?, channels: Int?, fit: ImageFit, isUpright: Bool,
    isInverted: Bool, limit: Int
  ) throws {
    let paths = listing.files.map { listing.path(of: $0) }
    let headers = try onAllCores(paths) { path in
      let bytes = try fileBytes(path, limit: limit)
      let image = try ImageFile(bytes: bytes, path: path)
      let isTurned = isUpright && image.orientation.exchangesSides
      return Header(
        height: isTurned ? image.width : image.height, width: isTurned ? image.height : image.width,
        channels: image.channels, isWide: image.isWide, size: bytes.count,
        sha256: hashOfBytes(bytes))
    }
    guard let first = headers.first else {
      throw DataFileError.malformed(path: listing.root, reason: "has no images")
    }
    if size == nil, let other = headers.firstIndex(where: { ($0.height, $0.width) != (first.height, first.width) }) {
      throw DataFileError.malformed(
        path: paths[other],
        reason:
          "is \(headers[other].width)×\(headers[other].height), and \(listing.files[0].path) is \(first.width)×\(first.height): images of several sizes need 'data.image.width' and 'data.image.height'"
      )
    }
    let (height, width) = size ?? (first.height, first.width)
    let wanted = channels ?? (headers.allSatisfy { $0.channels == 1 } ? 1 : 3)
    let (each, isHuge) = height.multipliedReportingOverflow(by: width * wanted)
    let isChanged = headers.contains {
      $0.isWide || (fit == .stretch && ($0.height, $0.width) != (height, width)) || (wanted == 1 && $0.channels == 3)
    }
    let needed = each.multipliedReportingOverflow(
      by: paths.count * (isChanged || isInverted || fit != .stretch ? 4 : 1))
    guard !isHuge, !needed.overflow, needed.partialValue <= limit else {
      throw DataFileError.malformed(
        path: listing.root,
        reason:
          "\(paths.count) images of \(width)×\(height)×\(wanted) take \(isHuge || needed.overflow ? "more bytes than can be counted" : "\(needed.partialValue) bytes") (allowed: \(limit); a smaller 'data.image' takes less, and 'data.memory' allows more)"
      )
    }
    let images = try onAllCores(paths) { path in
      let file = try ImageFile(bytes: fileBytes(path, limit: limit), path: path)
      let decoded = try file.decoded(limit: limit)
      let upright = isUpright ? decoded.upright(file.orientation) : decoded
      return Self.coloured(upright.fitted(height: height, width: width, fit), channels: wanted)
    }
    shape = [height, width, wanted]
    files = headers.map { ($0.size, $0.sha256) }
    let areBytes = !isInverted && images.allSatisfy { if case .bytes = $0 { true } else { false } }
    if areBytes {
      var all: [UInt8] = []
      all.reserveCapacity(each * images.count)
      for case .bytes(let bytes) in images { all += bytes }
      inputs = .bytes(all)
    } else {
      var all: [Float] = []
      all.reserveCapacity(each * images.count)
      for image in images {
        switch image {
        case .bytes(let bytes): all += bytes.lazy.map { Float($0) / 255 }
        case .floats(let floats): all += floats
        }
      }
      if isInverted { for place in all.indices { all[place] = 1 - all[place] } }
      inputs = .floats(all)
    }
    var remarks: [String] = []
    if size != nil {
      let others = headers.count { ($0.height, $0.width) != (height, width) }
      if others > 0 {
        remarks.append(
          "\(listing.root): \(others) of \(headers.count) images are of another size than \(width)×\(height), and are \(fit == .stretch ? "stretched" : fit == .crop ? "scaled and cut" : "scaled and padded")"
        )
      }
    }
    self.remarks = remarks
  }

  /// An image of other channels: grey repeated, or colour as luminance (ITU-R BT.601).
  private static func coloured(_ image: FittedImage, channels: Int) -> FittedImage.Values {
    switch (image.values, image.channels, channels) {
    case (.bytes(let bytes), 1, 3): return .bytes(bytes.flatMap { [$0, $0, $0] })
    case (.floats(let floats), 1, 3): return .floats(floats.flatMap { [$0, $0, $0] })
    case (.bytes(let bytes), 3, 1): return .floats(luminances(bytes.map { Float($0) / 255 }))
    case (.floats(let floats), 3, 1): return .floats(luminances(floats))
    default: return image.values
    }
  }
}

/// The luminance (ITU-R BT.601) of interleaved colours.
func luminances(_ colours: [Float]) -> [Float] {
  (0..<colours.count / 3).map { 0.299 * colours[3 * $0] + 0.587 * colours[3 * $0 + 1] + 0.114 * colours[3 * $0 + 2] }
}

/// Something of each item, in their order, made on all cores.
///
/// - Throws: What the first item that fails, by its place, throws.
func onAllCores<Item: Sendable, Result: Sendable>(
  _ items: [Item], _ make: @Sendable (Item) throws -> Result
) throws -> [Result] {
  let chunk = max(1, min(64, items.count / (4 * ProcessInfo.processInfo.activeProcessorCount) + 1))
  let chunks = (items.count + chunk - 1) / chunk
  let made = Locked<[Int: Swift.Result<[Result], any Error>]>([:])
  withoutActuallyEscaping(make) { make in
    DispatchQueue.concurrentPerform(iterations: chunks) { number in
      let range = number * chunk..<min(items.count, (number + 1) * chunk)
      let result = Swift.Result { try range.map { try make(items[$0]) } }
      made.withLock { $0[number] = result }
    }
  }
  let results = made.withLock { $0 }
  return try (0..<chunks).flatMap { number in try results[number]?.get() ?? [] }
}
