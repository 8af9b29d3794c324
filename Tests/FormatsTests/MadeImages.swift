import Foundation
import Zlib

/// A PNG chunk with its checksum.
func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
  let body = Array(type.utf8) + content
  return big(UInt32(content.count)) + body + big(checksum(body))
}

/// A PNG file.
///
/// - Parameter rows: Each row as it is stored, without the filter byte.
func png(
  width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, isInterlaced: Bool = false, before: [UInt8] = [],
  rows: [[UInt8]]
) -> [UInt8] {
  let header = big(width) + big(height) + [depth, colour, 0, 0, isInterlaced ? 1 : 0]
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + before
    + chunk("IDAT", deflated(rows.flatMap { [0] + $0 })) + chunk("IEND", [])
}

/// A grey PNG of 8 bits.
func greyPNG(_ rows: [[UInt8]], before: [UInt8] = []) -> [UInt8] {
  png(width: UInt32(rows[0].count), height: UInt32(rows.count), depth: 8, colour: 0, before: before, rows: rows)
}

/// JPEG files made by libjpeg-turbo's encoder at quality 90.
enum MadeJPEG {
  /// 16×8: the left half 40, the right 200.
  static let grey = decoded(
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAAIABABAREA/8QA"
      + "FQABAQAAAAAAAAAAAAAAAAAACAn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AAotW//Z")
  /// 16×16: red 200 above, 20 below; green 30 to the left, 150 to the right; blue 60.
  static let colour = decoded(
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkU"
      + "DQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAA"
      + "AAAAAAAACAcJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABQBAQAAAAAAAAAAAAAAAAAAAAb/xAAhEQAABAUFAAAAAAAAAAAAAAAABjNSBQcjJEFDYWJx"
      + "cv/aAAwDAQACEQMRAD8AhRessi9DjJA0ajsdbhCbppIWTtTzwH//2Q==")
  /// As `colour`, in ten scans.
  static let progressive = decoded(
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkU"
      + "DQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wgARCAAQABADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAA"
      + "AAAAAAAABwYI/8QAFAEBAAAAAAAAAAAAAAAAAAAABf/aAAwDAQACEAMQAAABhF/LC+Mh/8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABBQIf/8QA"
      + "HBEAAAYDAAAAAAAAAAAAAAAAAAUGIzJCUWFx/9oACAEDAQE/ATdUwZzbmh//xAAZEQABBQAAAAAAAAAAAAAAAAAABAUiMlH/2gAIAQIBAT8BckNJaf/E"
      + "ABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEABj8CH//EABQQAQAAAAAAAAAAAAAAAAAAACD/2gAIAQEAAT8hH//aAAwDAQACAAMAAAAQr//EABQRAQAA"
      + "AAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8QGP8A/8QAFxEAAwEAAAAAAAAAAAAAAAAAAGFx4f/aAAgBAgEBPxDARn//xAAUEAEAAAAAAAAAAAAAAAAAAAAg"
      + "/9oACAEBAAE/EB//2Q==")
  /// 8×8, with Adobe's marker: stored 55, 255, 155, 204.
  static let adobe = decoded(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU"
      + "/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAgHCf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8AHjVN"
      + "SDLf/9k=")
  /// 8×8, without: stored 55, 255, 155, 204.
  static let plainInk = decoded(
    "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAAUCAAIAAgEQxEATREA"
      + "WREASxEA/8QAFgABAQEAAAAAAAAAAAAAAAAACAcJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwAeNU1IMt//2Q==")

  private static func decoded(_ text: String) -> [UInt8] { Array(Data(base64Encoded: text) ?? Data()) }
}

/// A number, the highest byte first.
func big(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }

/// A number, the lowest byte first.
func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }

/// CRC-32 as PNG and zip have it.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var register: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
  }
  return ~register
}
