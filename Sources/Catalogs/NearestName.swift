/// The name among `candidates` that `name` was most likely meant to be, or nil when none is near.
///
/// Near means a Damerau-Levenshtein distance (insertions, deletions, substitutions and swaps of neighbours; case, `-`
/// and `_` do not count) of at most a third of the longer name, at least one; or that one begins with the other.
public func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
  nearestNames(to: name, in: candidates, limit: 1).first
}

/// The names among `candidates` that `name` may have been meant to be, the nearest first: that which `nearestName`
/// gives, and those that are hardly farther, by one edit at most.
public func nearestNames(to name: String, in candidates: some Sequence<String>, limit: Int) -> [String] {
  // Code points, since a single character may be of any length.
  func folded(_ text: String) -> [Unicode.Scalar] {
    text.lowercased().unicodeScalars.map { $0 == "_" ? "-" : $0 }
  }
  guard !name.isEmpty, name.utf8.count <= longestWord else { return [] }
  let wanted = folded(name)
  var found: [(name: String, distance: Int)] = []
  var seen: Set<String> = []
  for candidate in candidates where candidate.utf8.count <= longestWord {
    let other = folded(candidate)
    let allowed = max(1, max(wanted.count, other.count) / 3)
    var distance = Int.max
    // Words whose lengths differ by more are as far apart at least.
    if abs(wanted.count - other.count) <= allowed { distance = editDistance(wanted, other) }
    if wanted.count >= 3, other.starts(with: wanted) || (other.count >= 3 && wanted.starts(with: other)) {
      distance = min(distance, 1)
    }
    if distance <= allowed, seen.insert(candidate).inserted { found.append((candidate, distance)) }
  }
  guard let best = found.map(\.distance).min() else { return [] }
  // Sorting does not keep the order of equals; going through the distances does.
  let near = (best...(best + 1)).flatMap { distance in found.filter { $0.distance == distance } }
  return near.prefix(limit).map(\.name)
}

/// Longer words in bytes have no near ones: the time is the product of two lengths.
private let longestWord = 200

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1]
    for j in b.indices {
      var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
      current.append(cost)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
