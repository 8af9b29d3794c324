internal import Formats
internal import Randomness

/// Whose level of a shift is what.
///
/// Unit k of the K that clients who train have: ℓ_k = (k + ½)/K. Those that only clients have who never train are counted
/// apart: (u + ½)/U. Clients are in the order of their numbers, domains and groups in that of their names. Levels that are
/// drawn are uniform on [0, 1), the same for all entries of one kind of unit.
struct ShiftLevels: Sendable {
  private let source: any ExampleSource
  private let seed: UInt64
  private let clientCount: Int
  private let unseenCount: Int
  /// The levels of domains and groups by their keys.
  private var even: [ShiftUnit: [Double]] = [:]
  /// What draws the level of a domain or a group, by key.
  private var names: [ShiftUnit: [UInt64]] = [:]

  /// - Complexity: O(examples) where examples of a client are of several domains, else O(clients).
  init(
    _ entries: [ShiftEntry], _ division: any ClientDivision, source: any ExampleSource, clientCount: Int,
    unseenCount: Int, seed: UInt64
  ) {
    self.source = source
    self.seed = seed
    self.clientCount = clientCount
    self.unseenCount = unseenCount
    for unit in Set(entries.compactMap(\.unit)) where unit != .client {
      let units = source.units
      let all = unit == .domain ? units.domains : units.groups + units.domains
      names[unit] = all.map(nameHash)
      func keys(_ clients: Range<Int>) -> Set<Int> {
        var keys: Set<Int> = []
        for client in clients {
          for split in DataSplit.allCases {
            let own = division.sourceSplit(split)
            if let run = division.run(client, split) {
              if run.count > 0 { keys.insert(key(run[0], own, unit)) }
            } else {
              for reference in division.references(client, split) { keys.insert(key(reference, own, unit)) }
            }
          }
        }
        return keys
      }
      let trained = keys(0..<clientCount)
      let others = keys(clientCount..<(clientCount + unseenCount)).subtracting(trained)
      var levels = [Double](repeating: 0.5, count: all.count)
      for part in [trained, others] {
        // Two keys may have one name: a group, and a domain that stands for one.
        let byName = Dictionary(grouping: part) { all[$0] }
        let ordered = NameOrder.sortedAsClients(Array(byName.keys)).flatMap { (byName[$0] ?? []).sorted() }
        for (place, key) in ordered.enumerated() { levels[key] = Self.even(place, of: ordered.count) }
      }
      even[unit] = levels
    }
  }

  private static func even(_ place: Int, of count: Int) -> Double { (Double(place) + 0.5) / Double(count) }

  /// The number of an example's unit: its domain, or its group with the domains behind all groups.
  private func key(_ reference: ExampleReference, _ split: DataSplit, _ unit: ShiftUnit) -> Int {
    let domain = Int(reference.domain)
    guard unit == .group else { return domain }
    return source.origin(reference, split: split).group.map(Int.init) ?? source.units.groups.count + domain
  }

  /// The level of an entry for an example of a client; 0 where the entry has none.
  ///
  /// - Parameter split: The split of the source in which the example is.
  func level(_ entry: ShiftEntry, client: Int, _ reference: ExampleReference, split: DataSplit) -> Double {
    switch entry.unit {
    case nil: return 0
    case .client?:
      if entry.isDrawn { return drawn(.client, UInt64(client)) }
      return client < clientCount
        ? Self.even(client, of: clientCount) : Self.even(client - clientCount, of: unseenCount)
    case let unit?:
      let key = key(reference, split, unit)
      return entry.isDrawn ? drawn(unit, names[unit]?[key] ?? 0) : even[unit]?[key] ?? 0
    }
  }

  private func drawn(_ unit: ShiftUnit, _ index: UInt64) -> Double {
    let kind: UInt64 = unit == .client ? 0 : unit == .domain ? 1 : 2
    // No index of an example reaches so far: a level is of all entries.
    var stream = RandomStream(seed: seed, .shift, .max, kind, index)
    return stream.uniform()
  }
}
