/// A pattern of names, as of a model's arrays: `*` stands for any run of characters, dots among them, and `?` for one.
public struct NamePattern: Sendable, Hashable {
  /// The pattern as it was written.
  public let text: String

  /// Makes a pattern.
  public init(_ text: String) { self.text = text }

  /// Whether a whole name is as the pattern says.
  ///
  /// - Complexity: O(n·m) in the lengths of both.
  public func matches(_ name: String) -> Bool {
    let (pattern, name) = (Array(text.unicodeScalars), Array(name.unicodeScalars))
    var (place, next) = (0, 0)
    // Where the last star stands, and up to where it has taken the name.
    var star: (pattern: Int, name: Int)?
    while next < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, next)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[next] {
        place += 1
        next += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (place, next) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
