import Foundation
import Records
import Testing

@testable import Reports

@Suite struct RunListingTests {
  private let runs = [
    ListedRun(
      id: "12", experiment: "digits-five", arm: "fedavg", strategy: "fedavg", norm: "fedavg", seed: 1,
      status: .finished,
      roundsDone: 100, roundsPlanned: 100, accuracy: 0.8012, startedAt: Date(timeIntervalSince1970: 1_778_312_125),
      seconds: 123.4),
    ListedRun(
      id: "13", experiment: "digits-five", arm: "fedbn", strategy: "fedavg", norm: "fedbn", seed: 1, status: .failed,
      roundsDone: 7, roundsPlanned: 100, error: "the loss is not a number"),
  ]

  @Test func text() {
    #expect(
      RunListing.table(runs).text() == """
        run  experiment  arm     seed  status    rounds    acc     started (UTC)    time
        ───  ──────────  ──────  ────  ────────  ──────  ─────  ────────────────  ──────
         12  digit…five  fedavg     1  finished     100  80.1%  2026-05-09 07:35  2m 03s
         13  digit…five  fedbn      1  failed     7/100      –                 –       –

        """)
    #expect(RunListing.table(runs).text(style: .ansi).contains("\u{1B}[1mfailed\u{1B}[0m"))
  }

  @Test func csv() {
    #expect(
      RunListing.table(runs).csv() == """
        run,experiment,arm,strategy,norm,seed,status,rounds_done,rounds_planned,accuracy,started_at,seconds,error\r
        12,digits-five,fedavg,fedavg,fedavg,1,finished,100,100,0.8012,2026-05-09T07:35:25Z,123.4,\r
        13,digits-five,fedbn,fedavg,fedbn,1,failed,7,100,,,,the loss is not a number\r

        """)
  }

  @Test func json() {
    #expect(
      RunListing.table([runs[1]]).json() == """
        [
          {"run": "13", "experiment": "digits-five", "arm": "fedbn", "strategy": "fedavg", "norm": "fedbn", "seed": 1, \
        "status": "failed", "rounds_done": 7, "rounds_planned": 100, "accuracy": null, "started_at": null, \
        "seconds": null, "error": "the loss is not a number"}
        ]

        """)
  }
}

@Suite struct RoundListingTests {
  private let rounds = [
    ListedRound(
      round: 0, loss: 2.31, accuracy: 0.1, sampleWeighted: 0.1, worst: 0.05, bottomDecile: 0.05, normSource: "own"),
    ListedRound(
      round: 1, reported: 5, trainLoss: 1.98768, trainAccuracy: 0.333, bytesUp: 284_096, bytesDown: 284_096,
      seconds: 0.4213),
    ListedRound(
      round: 2, reported: 5, trainLoss: 0.5, trainAccuracy: 0.81, loss: 0.61, accuracy: 0.8, sampleWeighted: 0.79,
      worst: 0.62, bottomDecile: 0.62, bytesUp: 284_096, bytesDown: 284_096, seconds: 0.4),
  ]

  @Test func text() {
    #expect(
      RoundListing.text(rounds) == """
        round  train loss  train acc    loss    acc  worst  worst 10%  MB up    time
        ─────  ──────────  ─────────  ──────  ─────  ─────  ─────────  ─────  ──────
            0           –          –  2.3100  10.0%   5.0%       5.0%      –       –
            1      1.9877      33.3%       –      –      –          –  0.284  0.42 s
            2      0.5000      81.0%  0.6100  80.0%  62.0%      62.0%  0.284  0.40 s

        accuracy  ▁ █  10.0% → 80.0%

        """)
    #expect(!RoundListing.text([rounds[0]]).contains("accuracy"))
    #expect(RoundListing.text([]).split(separator: "\n").count == 2)
  }

  @Test func csv() {
    #expect(
      RoundListing.table(rounds).csv() == """
        round,reported,train_loss,train_accuracy,loss,accuracy,sample_weighted,worst_client,bottom_decile,bytes_up,\
        bytes_down,seconds,norm_source\r
        0,,,,2.31,0.1,0.1,0.05,0.05,,,,own\r
        1,5,1.98768,0.333,,,,,,284096,284096,0.4213,\r
        2,5,0.5,0.81,0.61,0.8,0.79,0.62,0.62,284096,284096,0.4,\r

        """)
  }
}

@Suite struct DriftListingTests {
  private let layers = (1...3).flatMap { (round: Int) -> [ListedLayerDrift] in
    let share = 0.1 * Double(round)
    return [
      ListedLayerDrift(round: round, layer: "bn1", betweenShare: share, meanKL: share / 2, maxKL: share),
      ListedLayerDrift(round: round, layer: "bn2", betweenShare: 0.05, meanKL: 0.01, maxKL: 0.02),
    ]
  }
  private let clients = [
    ListedClientDrift(round: 3, client: 0, domain: "mnist", layer: "bn1", kl: 0.01),
    ListedClientDrift(round: 2, client: 2, domain: "mnistm", layer: "bn1", kl: 9),
    ListedClientDrift(
      round: 3, client: 2, domain: "mnistm", layer: "bn1", meanShift: 0.51, varianceLogRatio: 0.42, kl: 0.7, w2: 1),
    ListedClientDrift(round: 3, client: 2, domain: "mnistm", layer: "bn2", kl: 0.1),
    ListedClientDrift(round: 3, client: 1, domain: "usps", layer: "gn1", affineDistance: 0.3),
  ]

  @Test func text() {
    #expect(
      DriftListing.text(layers: layers, clients: clients) == """
        Layers: the share of the variance that lies between clients, and KL in nats
        layer  round  between share  mean KL  max KL  between share over rounds
        ─────  ─────  ─────────────  ───────  ──────  ─────────────────────────
        bn1        3          30.0%   0.1500  0.3000  ▃▆█
        bn2        3           5.0%   0.0100  0.0200  ▂▂▂

        Clients that drift most
        client  domain  round  mean KL  farthest in  its KL  mean shift  ln var ratio
        ──────  ──────  ─────  ───────  ───────────  ──────  ──────────  ────────────
             2  mnistm      3   0.4000  bn1          0.7000       0.510         0.420
             0  mnist       3   0.0100  bn1          0.0100           –             –

        """)
    #expect(DriftListing.text(layers: [], clients: []) == "No drift is recorded.\n")
    #expect(DriftListing.clientTable(clients, count: 1).rows.count == 1)
  }

  @Test func csv() {
    #expect(
      DriftListing.roundTable(Array(layers.prefix(2))).csv() == """
        round,layer,between_share,mean_kl,max_kl\r
        1,bn1,0.1,0.05,0.1\r
        1,bn2,0.05,0.01,0.02\r

        """)
    #expect(
      DriftListing.layerTable(layers).json() == """
        [
          {"layer": "bn1", "round": 3, "between_share": 0.30000000000000004, "mean_kl": 0.15000000000000002, \
        "max_kl": 0.30000000000000004, "first_between_share": 0.1},
          {"layer": "bn2", "round": 3, "between_share": 0.05, "mean_kl": 0.01, "max_kl": 0.02, \
        "first_between_share": 0.05}
        ]

        """)
  }
}
