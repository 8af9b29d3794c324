import Foundation
import Records
import RunStore
import Testing

struct SizeTests {
  /// A round as of a run with 100 clients and 5 layers, with numbers that do not compress.
  private func round(_ number: Int) -> RoundRecord {
    var round = Samples.round(number, clients: 100)
    for index in round.evaluations.indices { round.evaluations[index].subsetHash = String(repeating: "a", count: 64) }
    round.normDrift = (0..<100).flatMap { client in
      (1...5).map { layer in
        let value = 1 / Double(client + layer * number + 1)
        return NormDriftRecord(
          client: client, layer: "norm\(layer)", meanShift: value, varianceLogRatio: value / 3, kl: value / 5,
          w2: value / 7,
          affineDistance: value / 9, effectiveMomentum: value / 11)
      }
    }
    round.layerDrift = (1...5).map { LayerDriftRecord(layer: "norm\($0)", betweenShare: 0.1, meanKL: 0.3, maxKL: 0.7) }
    return round
  }

  @Test func aThousandRoundsOfAHundredClientsStayBelow100Megabytes() throws {
    let test = try TestStore()
    let id = try test.beginRun(Samples.run(clients: 100))
    let records = (1...50).map { round($0) }
    let before = try #require(try test.number("PRAGMA page_count"))
    let time = try ContinuousClock().measure {
      for record in records { try test.store.append(record, checkpoint: nil, keeping: .all, toRun: id) }
    }
    let pages = try #require(try test.number("PRAGMA page_count")) - before
    let pageSize = try #require(try test.number("PRAGMA page_size"))
    #expect(Double(pages * pageSize * 20) < 100e6, "\(pages) pages for 50 rounds")
    #expect(time / 50 < .milliseconds(100), "\(time / 50) a round")
  }
}
