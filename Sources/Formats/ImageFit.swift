/// How images of other sizes become images of one size.
package enum ImageFit: String, Sendable, CaseIterable {
  /// Both sides become what is asked for, whatever becomes of the picture's proportions.
  ///
  /// Source: torchvision's `Resize((height, width))`, with `antialias=False`.
  case stretch
  /// The picture covers the size, in its proportions, and what stands over is cut off on both sides alike.
  ///
  /// Source: torchvision's `Resize` of the shorter side, then `CenterCrop`, with `antialias=False`.
  case crop
  /// The picture lies within the size, in its proportions, and zeros surround it on both sides alike.
  case pad
}

/// An image of the size that was asked for, channels last.
package struct FittedImage: Sendable, Equatable {
  /// The values of an image, `[height, width, channels]`.
  package enum Values: Sendable, Equatable {
    /// The file's bytes, 0…255, moved or cut off at most; not one of them is changed.
    case bytes([UInt8])
    /// 0…1: bytes by 255 and words by 65535.
    case floats([Float])
  }

  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// As in the file.
  package let channels: Int
  /// `height · width · channels` values.
  package let values: Values
}

extension DecodedImage {
  /// The image at another size.
  ///
  /// With h×w asked for and H×W there, `crop` scales to h × max(w, ⌊W·h/H⌋) where W·h ≥ H·w, else to
  /// max(h, ⌊H·w/W⌋) × w, and starts at ((H′−h)/2, (W′−w)/2), halves rounded to even; `pad` scales to
  /// max(1, ⌊H·w/W⌋) × w where W·h ≥ H·w, else to h × max(1, ⌊W·h/H⌋), and starts at (⌊(h−H′)/2⌋, ⌊(w−W′)/2⌋).
  ///
  /// - Returns: Bytes where the image has bytes and need not be scaled, floats of 0…1 otherwise.
  /// - Precondition: height and width are from 1 to 65536.
  package func fitted(height newHeight: Int, width newWidth: Int, _ fit: ImageFit) -> FittedImage {
    precondition(
      (1...65536).contains(newHeight) && (1...65536).contains(newWidth), "can't fit to \(newHeight)×\(newWidth)")
    let scaled = scaledSize(height: newHeight, width: newWidth, fit)
    // What is seen of the scaled picture, and where that lies in the result.
    let (top, left) = (halfToEven(scaled.height - newHeight), halfToEven(scaled.width - newWidth))
    let seen = (rows: top..<(top + min(scaled.height, newHeight)), columns: left..<(left + min(scaled.width, newWidth)))
    func placed<Value>(_ values: [Value], zero: Value) -> [Value] {
      let rowCount = seen.columns.count * channels
      if values.count == newHeight * newWidth * channels { return values }
      var result = [Value](repeating: zero, count: newHeight * newWidth * channels)
      let (above, before) = ((newHeight - seen.rows.count) / 2, (newWidth - seen.columns.count) / 2)
      for row in 0..<seen.rows.count {
        let to = ((row + above) * newWidth + before) * channels
        result.replaceSubrange(to..<(to + rowCount), with: values[(row * rowCount)..<((row + 1) * rowCount)])
      }
      return result
    }
    func floats<Value>(_ values: [Value], _ float: (Value) -> Float) -> FittedImage.Values {
      .floats(
        placed(
          bilinearWindow(
            values, count: 1, channels: channels, from: (height: height, width: width), to: scaled, rows: seen.rows,
            columns: seen.columns, float), zero: 0))
    }
    let fitted: FittedImage.Values =
      switch values {
      case .bytes(let bytes) where scaled == (height: height, width: width):
        .bytes(placed(cut(bytes, rows: seen.rows, columns: seen.columns), zero: 0))
      case .bytes(let bytes): floats(bytes) { Float($0) / 255 }
      case .words(let words): floats(words) { Float($0) / 65535 }
      }
    return FittedImage(height: newHeight, width: newWidth, channels: channels, values: fitted)
  }

  /// A part of the image's bytes.
  private func cut(_ bytes: [UInt8], rows: Range<Int>, columns: Range<Int>) -> [UInt8] {
    if rows.count == height, columns.count == width { return bytes }
    return rows.flatMap { row in
      bytes[((row * width + columns.lowerBound) * channels)..<((row * width + columns.upperBound) * channels)]
    }
  }

  /// The picture's size before it is cut or surrounded.
  private func scaledSize(height newHeight: Int, width newWidth: Int, _ fit: ImageFit) -> (height: Int, width: Int) {
    // Products of two numbers of 32 bits at most.
    let isWider = width * newHeight >= height * newWidth
    switch fit {
    case .stretch: return (newHeight, newWidth)
    case .crop:
      return isWider
        ? (newHeight, max(newWidth, width * newHeight / height)) : (max(newHeight, height * newWidth / width), newWidth)
    case .pad:
      return isWider
        ? (max(1, height * newWidth / width), newWidth) : (newHeight, max(1, width * newHeight / height))
    }
  }

  /// Half of a difference, halves rounded to even as Python does; 0 for negative ones.
  private func halfToEven(_ difference: Int) -> Int {
    difference <= 0 ? 0 : difference / 2 + (difference % 4 == 3 ? 1 : 0)
  }
}
