import Formats
import Testing

@Suite("Image fit")
struct ImageFitTests {
  private func bytes(_ width: Int, _ height: Int) -> DecodedImage {
    DecodedImage(width: width, height: height, channels: 1, values: .bytes((0..<(width * height)).map { UInt8($0) }))
  }

  @Test("the same size leaves bytes as they are, words become floats", arguments: ImageFit.allCases)
  func unchanged(fit: ImageFit) {
    #expect(bytes(3, 2).fitted(height: 2, width: 3, fit).values == .bytes([0, 1, 2, 3, 4, 5]))
    let words = DecodedImage(width: 2, height: 1, channels: 1, values: .words([0, 65535]))
    #expect(words.fitted(height: 1, width: 2, fit).values == .floats([0, 1]))
  }

  @Test("stretching is PyTorch's bilinear interpolation, by 255")
  func stretch() {
    let image = bytes(2, 2)
    let fitted = image.fitted(height: 3, width: 2, .stretch)
    #expect((fitted.height, fitted.width, fitted.channels) == (3, 2, 1))
    guard case .floats(let floats) = fitted.values else {
      Issue.record("bytes are not bytes any more")
      return
    }
    for (found, expected) in zip(floats, [0, 1, 1, 2, 2, 3] as [Float]) { #expect(abs(found * 255 - expected) < 1e-4) }
  }

  @Test("cropping takes the middle, halves rounded to even as torchvision does")
  func crop() {
    // 5 columns to 2: (5 − 2) / 2 = 1.5, rounded to 2.
    #expect(bytes(5, 2).fitted(height: 2, width: 2, .crop).values == .bytes([2, 3, 7, 8]))
    // 3 to 2: 0.5, rounded to 0.
    #expect(bytes(3, 2).fitted(height: 2, width: 2, .crop).values == .bytes([0, 1, 3, 4]))
    #expect(bytes(2, 5).fitted(height: 2, width: 2, .crop).values == .bytes([4, 5, 6, 7]))
    let scaled = bytes(8, 4).fitted(height: 2, width: 2, .crop)
    #expect((scaled.height, scaled.width) == (2, 2))
    let whole = bytes(8, 4).fitted(height: 2, width: 4, .stretch)
    guard case .floats(let part) = scaled.values, case .floats(let all) = whole.values else {
      Issue.record("scaled bytes are floats")
      return
    }
    #expect(part == [all[1], all[2], all[5], all[6]])
  }

  @Test("padding surrounds with zeros")
  func pad() {
    #expect(
      bytes(3, 1).fitted(height: 4, width: 3, .pad).values == .bytes([0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0]))
    let colour = DecodedImage(width: 1, height: 2, channels: 3, values: .bytes([1, 2, 3, 4, 5, 6]))
    #expect(
      colour.fitted(height: 2, width: 3, .pad).values
        == .bytes([0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0]))
    // Too narrow to be a column when scaled: one stays.
    let thin = DecodedImage(width: 1, height: 100, channels: 1, values: .bytes([UInt8](repeating: 255, count: 100)))
    #expect(thin.fitted(height: 3, width: 3, .pad).values == .floats([0, 1, 0, 0, 1, 0, 0, 1, 0]))
  }

  @Test("an image that is long and thin is cropped without its scaled whole in memory")
  func longImage() {
    let image = DecodedImage(
      width: 1_000_000, height: 1, channels: 1, values: .bytes([UInt8](repeating: 51, count: 1_000_000)))
    let fitted = image.fitted(height: 4096, width: 2, .crop)
    guard case .floats(let floats) = fitted.values else {
      Issue.record("scaled bytes are floats")
      return
    }
    #expect(floats.count == 8192 && floats.allSatisfy { abs($0 - 0.2) < 1e-6 })
  }
}
