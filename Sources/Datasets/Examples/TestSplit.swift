internal import Randomness

/// Divides test or validation examples so that each client's are like those that it trains on; every example has an owner.
///
/// The examples of one domain, and of one label where `byLabel` says so, go to the clients in proportion to
/// what they have of them in `parts`. Examples of a kind that nobody trains on are dealt at random, in proportion to
/// what the clients have of the domain; where nobody trains on the domain, evenly to the clients that are the
/// domain's alone, or, where the partition mixes domains, in proportion to all that they train on. A model gets such
/// examples wrong, and leaving them out would hide that.
func proportionalSplit(
  _ pool: [ExampleReference], split: DataSplit = .test, like parts: [[ExampleReference]], meantDomains: [Int?],
  byLabel: Bool, source: any ExampleSource, seed: UInt64
) -> [[ExampleReference]] {
  if pool.isEmpty { return [[ExampleReference]](repeating: [], count: parts.count) }
  let salt: UInt64 = split == .test ? 0 : 16
  let classes = byLabel ? source.classCount : 1
  func kind(_ reference: ExampleReference, _ split: DataSplit) -> Int {
    Int(reference.domain) * classes + (byLabel ? Int(source.label(reference, split: split)) : 0)
  }
  // Only kinds that there are: many domains of many classes would be more than there are examples.
  var owners: [Int: [TestOwner]] = [:]
  for (client, part) in parts.enumerated() {
    for reference in part { owners[kind(reference, .train), default: []].count(one: client) }
  }
  var byKind: [Int: [ExampleReference]] = [:]
  for reference in pool { byKind[kind(reference, split), default: []].append(reference) }
  let kinds = byKind.keys.sorted()
  var result = [[ExampleReference]](repeating: [], count: parts.count)
  var leftOver: [Int: [ExampleReference]] = [:]
  for number in kinds {
    guard let owners = owners[number] else {
      leftOver[number / classes, default: []] += byKind[number] ?? []
      continue
    }
    var stream = RandomStream(seed: seed, .partition, salt + 1, UInt64(number))
    deal(byKind[number] ?? [], to: owners, &stream, &result)
  }
  for (domain, left) in leftOver.sorted(by: { $0.key < $1.key }) {
    var stream = RandomStream(seed: seed, .partition, salt + 3, UInt64(domain))
    deal(left, to: heirs(of: domain, among: parts, meantDomains), &stream, &result)
  }
  return result.map { $0.sorted { ($0.domain, $0.index) < ($1.domain, $1.index) } }
}

/// A client, and its part of something that is divided.
private struct TestOwner {
  let client: Int
  var count: Int
}

extension [TestOwner] {
  /// Counts one more of a client, which is the last one or none of them.
  fileprivate mutating func count(one client: Int) {
    if last?.client == client { self[count - 1].count += 1 } else { append(TestOwner(client: client, count: 1)) }
  }
}

/// Gives `examples`, in random order, to `owners` in proportion to their counts, each of which is above 0.
private func deal(
  _ examples: [ExampleReference], to owners: [TestOwner], _ stream: inout RandomStream,
  _ result: inout [[ExampleReference]]
) {
  var examples = examples
  stream.shuffle(&examples)
  let total = owners.reduce(0) { $0 + $1.count }
  var seen = 0
  var start = 0
  for owner in owners {
    seen += owner.count
    let end = examples.count * seen / total
    result[owner.client] += examples[start..<end]
    start = end
  }
}

/// Who gets the test examples of a domain that are like no training example of it; never nobody.
private func heirs(of domain: Int, among parts: [[ExampleReference]], _ meantDomains: [Int?]) -> [TestOwner] {
  func owners(_ count: (Int) -> Int) -> [TestOwner] {
    parts.indices.map { TestOwner(client: $0, count: count($0)) }.filter { $0.count > 0 }
  }
  let training = owners { client in parts[client].count { $0.domain == domain } }
  if !training.isEmpty { return training }
  let meant = owners { meantDomains.indices.contains($0) && meantDomains[$0] == domain ? 1 : 0 }
  if !meant.isEmpty { return meant }
  let all = owners { parts[$0].count }
  return all.isEmpty ? owners { _ in 1 } : all
}
