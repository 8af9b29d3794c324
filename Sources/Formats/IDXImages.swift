/// The images of an IDX file: `[count, height, width, channels]`, channels interleaved.
package struct IDXImages: Sendable, Equatable {
  /// The number of images; may be 0.
  package let count: Int
  /// Rows of an image; at least 1.
  package let height: Int
  /// Columns of an image; at least 1.
  package let width: Int
  /// 1 (grey) or 3 (red, green, blue).
  package let channels: Int
  /// `count · height · width · channels` numbers; bytes are of 0…255, floats as in the file.
  package let values: Values

  /// The pixels, channels interleaved.
  package enum Values: Sendable, Equatable {
    /// 0…255.
    case bytes([UInt8])
    /// As in the file, all finite; integers and 64 bits become the nearest.
    case floats([Float])
  }

  /// Reads the images at `path`.
  ///
  /// - Throws: `DataFileError` as `IDXFile.read(path:)` does, and `.malformed` for an array of another shape.
  package static func read(path: String) throws(DataFileError) -> IDXImages {
    try IDXImages(IDXFile.read(path: path), path: path)
  }

  /// Takes an array of shape N×H×W, N×H×W×1 or N×H×W×3 for images.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` for another shape, an extent of 0 or a number beyond 32 bits.
  package init(_ file: IDXFile, path: String) throws(DataFileError) {
    let extents = file.dimensions
    let isColour = extents.count == 4 && (extents[3] == 1 || extents[3] == 3)
    guard extents.count == 3 || isColour else {
      throw .malformed(
        path: path, reason: "holds no images: it has \(file.shapeText), expected N×H×W, N×H×W×1 or N×H×W×3")
    }
    guard !extents.dropFirst().contains(0) else {
      throw .malformed(
        path: path, reason: "holds no images: it has \(file.shapeText), expected images of at least one pixel")
    }
    (count, height, width, channels) = (extents[0], extents[1], extents[2], extents.count == 4 ? extents[3] : 1)
    values =
      switch file.values {
      case .bytes(let bytes): .bytes(bytes)
      default: .floats(try file.array(name: "images").floats(path: path))
      }
  }

  /// The images at another size, `[count, height, width, channels]`; the range of the values stays as it is.
  ///
  /// - Precondition: height and width are at least 1.
  package func resized(height newHeight: Int, width newWidth: Int) -> [Float] {
    let from = (height: height, width: width)
    let to = (height: newHeight, width: newWidth)
    return switch values {
    case .bytes(let bytes): bilinearResized(bytes, count: count, channels: channels, from: from, to: to)
    case .floats(let floats): bilinearResized(floats, count: count, channels: channels, from: from, to: to)
    }
  }
}
