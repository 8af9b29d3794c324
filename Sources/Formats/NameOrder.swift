/// How names from files are ordered: by code points, never by locale.
package enum NameOrder {
  /// Whether `first` comes before `second` by code points; unlike `<` on strings, which compares what they look like.
  package static func precedes(_ first: String, _ second: String) -> Bool {
    // UTF-8 keeps the order of code points.
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }

  /// Clients' and domains' names in order: by number where all are whole numbers (`3` and `3.0`), else by code points.
  ///
  /// Numbers of any length are compared; the same number written twice is ordered by code points.
  package static func sortedAsClients(_ names: [String]) -> [String] {
    let keyed = names.map { (name: $0, digits: wholeDigits($0)) }
    guard keyed.allSatisfy({ $0.digits != nil }) else { return names.sorted(by: precedes) }
    return keyed.sorted { first, second in
      let (a, b) = (first.digits ?? [], second.digits ?? [])
      if a.count != b.count { return a.count < b.count }
      return a == b ? precedes(first.name, second.name) : a.lexicographicallyPrecedes(b)
    }.map(\.name)
  }

  /// The digits of a whole number without leading zeros and without `.0`; nil for another text.
  private static func wholeDigits(_ name: String) -> [UInt8]? {
    let parts = Array(name.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    func areDigits(_ part: ArraySlice<UInt8>) -> Bool {
      !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    guard parts.count <= 2, let first = parts.first, areDigits(first) else { return nil }
    if parts.count == 2, !areDigits(parts[1]) || parts[1].contains(where: { $0 != UInt8(ascii: "0") }) { return nil }
    return Array(first.drop { $0 == UInt8(ascii: "0") })
  }
}
