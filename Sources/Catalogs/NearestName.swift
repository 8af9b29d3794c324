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
  func folded(_ text: String) -> [Character] {
    text.lowercased().map { $0 == "_" ? "-" : $0 }
  }
  let wanted = folded(name)
  guard !wanted.isEmpty, wanted.count <= 200 else { return [] }
  var found: [(name: String, distance: Int)] = []
  for candidate in candidates {
    let other = folded(candidate)
    var distance = editDistance(wanted, other)
    if wanted.count >= 3, other.starts(with: wanted) || (other.count >= 3 && wanted.starts(with: other)) {
      distance = min(distance, 1)
    }
    if distance <= max(1, max(wanted.count, other.count) / 3), !found.contains(where: { $0.name == candidate }) {
      found.append((candidate, distance))
    }
  }
  guard let best = found.map(\.distance).min() else { return [] }
  // Sorting does not keep the order of equals; going through the distances does.
  let near = (best...(best + 1)).flatMap { distance in found.filter { $0.distance == distance } }
  return near.prefix(limit).map(\.name)
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
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
