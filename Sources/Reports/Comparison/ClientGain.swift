/// What one client gains or loses under an arm, in pairs of one seed.
package struct ClientGain: Sendable, Equatable {
  /// The client's number.
  package let client: Int
  /// The domain its examples come from, or "" where there are no domains or it is another one by seed.
  package let domain: String
  /// The client's name, or "" where it has none but its number or it is another one by seed.
  package let name: String
  /// Mean over the paired seeds of the difference to the baseline.
  package let gain: Double
  /// How many seeds both arms evaluated the client in.
  package let pairCount: Int
  /// The number of the shared seeds in which the client is worse off than under the baseline.
  package let worseCount: Int
  /// How many pairs of seeds there are, with those in which the client was not evaluated.
  package let seedCount: Int

  /// Whether the client is worse off than under the baseline under every seed.
  var isAlwaysWorse: Bool { worseCount == seedCount }

  /// What a reader calls the client.
  var title: String { name.isEmpty ? "client \(client)" : name }
}

extension Comparison {
  /// The gain of each client that arm and baseline evaluated under a seed that is a pair, by its number; clients with a
  /// value that is not finite are left out.
  static func clientGains(_ arm: ArmSummary, over reference: [SeedResult], metric: ComparedMetric) -> [ClientGain] {
    var differences: [Int: [Double]] = [:]
    var domains: [Int: String] = [:]
    var names: [Int: String] = [:]
    var scale = 0.0
    for own in arm.results where arm.pairedSeeds.contains(own.run.seed) {
      guard let other = reference.first(where: { $0.run.seed == own.run.seed }) else { continue }
      let base = Dictionary(other.run.clients.map { ($0.client, $0.metric) }) { first, _ in first }
      for client in own.run.clients {
        guard let value = base[client.client] else { continue }
        let pair = PairedSample([client.metric], minus: [value])
        differences[client.client, default: []].append(pair.differences[0])
        scale = max(scale, abs(client.metric), abs(value))
        let known = domains[client.client] ?? client.domain
        domains[client.client] = known == client.domain ? known : ""
        let knownName = names[client.client] ?? client.name
        names[client.client] = knownName == client.name ? knownName : ""
      }
    }
    return differences.sorted { $0.key < $1.key }.compactMap { client, differences in
      guard let mean = Sample.mean(differences), mean.isFinite else { return nil }
      // Differences that cancel out but for rounding are no loss.
      let gain = abs(mean) <= 1e-14 * scale ? 0 : mean
      return ClientGain(
        client: client, domain: domains[client] ?? "", name: names[client] ?? "", gain: gain,
        pairCount: differences.count,
        worseCount: differences.count { metric.isBetter(0, than: $0) }, seedCount: arm.pairedSeeds.count)
    }
  }
}

extension ArmSummary {
  /// The clients that are worse off than under the baseline in the mean over seeds, the largest loss first.
  package func losers(_ metric: ComparedMetric) -> [ClientGain] {
    clients.filter { metric.isBetter(0, than: $0.gain) }
      .sorted { $0.gain == $1.gain ? $0.client < $1.client : metric.isBetter($1.gain, than: $0.gain) }
  }
}
