internal import ArgumentParser

/// Numbers and ranges of them, separated by commas: `1,3,5`, `1..5`, `1..3,7`.
struct NumberList: Sendable {
  /// As many numbers are taken.
  private static let longest = 10_000

  let values: [UInt64]

  /// Reads a list.
  ///
  /// - Throws: `ValidationError` with what is wrong.
  init(_ text: String) throws {
    let allowed = "allowed: 1,3,5, 1..5 or 1..3,7"
    var values: [UInt64] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.firstRange(of: "..").map { [part[..<$0.lowerBound], part[$0.upperBound...]] } ?? [part]
      let numbers = ends.compactMap { UInt64($0) }.filter { $0 <= UInt64(Int.max) }
      guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last else {
        throw ValidationError("not a list of numbers (\(allowed))")
      }
      guard first <= last else { throw ValidationError("'\(part)' ends before it begins (\(allowed))") }
      guard last - first < UInt64(Self.longest), values.count + Int(last - first) < Self.longest else {
        throw ValidationError("more than \(Self.longest) numbers")
      }
      values += first...last
    }
    self.values = values
  }
}
