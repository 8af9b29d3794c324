import Tables
import Testing

@testable import Reports

@Suite struct DriftListingTests {
  private let layers = (1...3).flatMap { (round: Int) -> [ListedLayerDrift] in
    let share = 0.1 * Double(round)
    return [
      ListedLayerDrift(round: round, layer: "bn1", betweenShare: share, meanKL: 0.3 - share / 2, maxKL: share),
      ListedLayerDrift(round: round, layer: "bn2", betweenShare: 0.05, meanKL: 0.8 - share, maxKL: 0.02),
    ]
  }
  private let clients = [
    ListedClientDrift(round: 3, client: 0, domain: "mnist", layer: "bn1", kl: 0.01, staleness: 1),
    ListedClientDrift(round: 1, client: 2, domain: "mnistm", layer: "bn1", kl: 0.2, effectiveMomentum: 0.5),
    ListedClientDrift(
      round: 2, client: 2, domain: "mnistm", layer: "bn1", kl: 9, w2: 1, effectiveMomentum: 0.25, staleness: 7),
    ListedClientDrift(round: 2, client: 2, domain: "mnistm", layer: "bn2", kl: 1, w2: 3, staleness: 7),
    ListedClientDrift(round: 3, client: 2, domain: "mnistm", layer: "bn1", kl: 0.7, w2: 1),
    ListedClientDrift(round: 3, client: 2, domain: "mnistm", layer: "bn2", kl: .nan),
    ListedClientDrift(round: 3, client: 1, domain: "usps", layer: "gn1", affineDistance: 0.3),
  ]

  private func ranking(_ measure: DriftMeasure) -> DriftRanking {
    ranking(layers: layers, clients: clients, by: measure)
  }

  /// Ranks by the means of lines, as the store makes them.
  private func ranking(
    layers: [ListedLayerDrift], clients: [ListedClientDrift], by measure: DriftMeasure
  ) -> DriftRanking {
    func means<Owner: Comparable>(_ owner: (ListedClientDrift) -> Owner) -> [DriftRanking.Value<Owner>] {
      Dictionary(grouping: clients, by: owner).sorted { $0.key < $1.key }.flatMap { owner, own in
        Dictionary(grouping: own, by: \.round).sorted { $0.key < $1.key }.map { round, lines in
          DriftRanking.Value(owner, round: round, Sample.mean(lines.compactMap(measure.value)))
        }
      }
    }
    var ranking = DriftRanking(cohort: layers, layers: means(\.layer), clients: means(\.client), by: measure)
    ranking.lookUp(first: .max) { client, round in
      measure.farthest(of: clients.filter { $0.client == client && $0.round == round })
    }
    return ranking
  }

  @Test func theFarthestComeFirstWithTheirRounds() {
    #expect(
      DriftListing.text(ranking(.kl)) == """
        Layers: share of the variance between the clients, rounds 1 to 3
        layer  over time   last   most  round
        ─────  ─────────  ─────  ─────  ─────
        bn1    ▃▆█        30.0%  30.0%      3
        bn2    ███         5.0%   5.0%      1

        Layers: KL in nats, mean over the clients, rounds 1 to 3
        layer  over time    last    most  round
        ─────  ─────────  ──────  ──────  ─────
        bn2    █▇▆        0.5000  0.7000      1
        bn1    █▇▅        0.1500  0.2500      1

        Clients: KL in nats, mean over the layers, rounds 1 to 3
        client  domain  over time    most  round  layer  stale
        ──────  ──────  ─────────  ──────  ─────  ─────  ─────
             2  mnistm  ▁█▂        5.0000      2  bn1        7
             0  mnist     █        0.0100      3  bn1        1

        Plots begin at 0 and reach up to the most of their line; a column is a round.

        """)
    #expect(DriftListing.text(ranking(layers: [], clients: [], by: .kl)) == "No drift is recorded.\n")
  }

  @Test func eachMeasureRanksByItsOwnValues() {
    #expect(ranking(.w2).clients.map(\.farthest?.layer) == ["bn2"])
    #expect(ranking(.w2).layers.map(\.name) == ["bn2", "bn1", "gn1"])
    #expect(ranking(.effectiveMomentum).clients[0].measure.values == [1: 0.5, 2: 0.25])
    #expect(ranking(.effectiveMomentum).layers[0].measure?.most.round == 1)
    #expect(ranking(.affineDistance).layers.map(\.name) == ["gn1", "bn1", "bn2"])
    #expect(ranking(.affineDistance).clients.map(\.number) == [1])
    #expect(ranking(.staleness).clients.map(\.number) == [2, 0])
    #expect(ranking(.meanShift).clients.isEmpty)
    let none = DriftListing.text(ranking(.meanShift))
    #expect(none.contains("between the clients") && none.contains("No mean_shift is recorded.\n"))
    #expect(ranking(.kl).farthestClients(1) == [2])
    // Equals keep their order.
    let equal = [4, 3].map { ListedClientDrift(round: 1, client: $0, layer: "bn1", kl: 1) }
    #expect(ranking(layers: [], clients: equal, by: .kl).farthestClients(9) == [3, 4])
  }

  @Test func stalenessIsOfClientsAlone() {
    let text = DriftListing.text(ranking(.staleness))
    #expect(
      text.contains(
        """
        Clients: rounds since a client last trained, rounds 1 to 3
        client  domain  over time  most  round
        ──────  ──────  ─────────  ────  ─────
             2  mnistm   █            7      2
             0  mnist     █           1      3
        """))
    #expect(text.components(separatedBy: "layer  over").count == 2)
  }

  @Test(arguments: DriftMeasure.allCases) func eachTableHasTheLargestOfWhatItShows(measure: DriftMeasure) {
    let shares = DriftListing.text(ranking(measure), count: 1).components(separatedBy: "\n\n")[0]
    #expect(shares.hasPrefix("The 1 farthest of 2 layers: share of the variance between the clients"))
    #expect(shares.contains("bn1    ▃▆█        30.0%  30.0%      3") && !shares.contains("bn2"), "\(shares)")
  }

  @Test func theFirstFewSayHowManyThereAre() {
    let text = DriftListing.text(ranking(.kl), count: 1)
    #expect(text.contains("The 1 farthest of 2 layers: KL in nats"))
    #expect(text.contains("The 1 farthest of 2 clients: KL"))
    #expect(DriftListing.clientTable(ranking(.kl), count: 1).rows.count == 1)
  }

  @Test func oneClientsOwnLinesAreSaidToBeItsOwn() {
    let own = ranking(layers: [], clients: clients.filter { $0.client == 2 }, by: .kl)
    let text = DriftListing.text(own, ofClient: 2)
    #expect(text.hasPrefix("Layers: KL in nats, of client 2, rounds 1 to 3\n"))
    #expect(text.contains("bn1    ▁█▁        0.7000  9.0000      2\n"))
    #expect(text.contains("The client: KL in nats, mean over the layers"))
  }

  /// A hundred rounds, long names: plots take what room there is, and no line is wider than the terminal.
  @Test(arguments: [60, 80, 100, 200]) func linesFitTheTerminal(width: Int) {
    var layers: [ListedLayerDrift] = []
    var clients: [ListedClientDrift] = []
    for round in 1...100 {
      for layer in ["layer1.0.bn1", "layer4.1.downsample.1"] {
        layers.append(
          ListedLayerDrift(round: round, layer: layer, betweenShare: 0.5, meanKL: 0.5 / Double(round), maxKL: 1))
        clients.append(
          ListedClientDrift(round: round, client: 123_456, domain: "dot-matrix", layer: layer, kl: 1.25, staleness: 10))
      }
    }
    for style in [TextStyle.plain, .ansi] {
      let text = DriftListing.text(
        ranking(layers: layers, clients: clients, by: .kl), style: style, width: width)
      let lines = text.replacing(/\u{1B}\[\dm/, with: "").split(separator: "\n")
      #expect(lines.allSatisfy { TerminalWidth.of($0) <= width }, "\(text)")
      #expect(text.contains("█▅"), "the plot of mean KL")
      #expect(text.contains("\u{1B}") == (style == .ansi))
      let longest = lines.map { $0.filter { "▁▂▃▄▅▆▇█".contains($0) }.count }.max() ?? 0
      #expect(longest >= (width == 60 ? 9 : width == 80 ? 12 : width == 100 ? 30 : 50))
    }
  }

  @Test func programsGetWhatPeopleSee() {
    #expect(
      DriftListing.clientTable(ranking(.kl), count: 1).csv() == """
        client,domain,most,most_round,layer,staleness\r
        2,mnistm,5,2,bn1,7\r

        """)
    #expect(
      DriftListing.layerTable(ranking(.kl), count: 1).csv() == """
        layer,last,last_round,most,most_round\r
        bn2,0.5,3,0.7000000000000001,1\r

        """)
  }
}
