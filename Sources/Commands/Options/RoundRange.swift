internal import ArgumentParser
internal import Foundation

/// `10..20`, `10..`, `..20` or `10`.
struct RoundRange: Sendable {
  let range: ClosedRange<Int>

  /// Reads a range.
  ///
  /// - Throws: `ValidationError` with what is wrong.
  init(_ text: String) throws {
    let allowed = "allowed: 10..20, 10.., ..20 or 10"
    guard let dots = text.range(of: "..") else {
      guard let round = Int(text), round >= 0 else { throw ValidationError("not a range of rounds (\(allowed))") }
      range = round...round
      return
    }
    let lower = text[..<dots.lowerBound]
    let upper = text[dots.upperBound...]
    guard let first = lower.isEmpty ? 0 : Int(lower), let last = upper.isEmpty ? Int(Int32.max) : Int(upper),
      first >= 0, last >= 0
    else { throw ValidationError("not a range of rounds (\(allowed))") }
    guard first <= last else { throw ValidationError("it ends before it begins (\(allowed))") }
    range = first...last
  }
}
