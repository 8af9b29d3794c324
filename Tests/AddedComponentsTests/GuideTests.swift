import Catalogs
import Federation
import Foundation
import Networks
import Testing

/// The components of the guides, written with what the library offers and nothing else, are what the guides show, and
/// do what is said of them.
@Suite("components that a guide adds")
struct GuideTests {
  /// A component in the place of a run where it belongs.
  struct Trial: Sendable, CustomTestStringConvertible {
    let file: String
    let guide: String
    let run: TrialRun
    /// The same run without it.
    let plain: TrialRun
    var testDescription: String { file }
  }

  static let trials = [
    Trial(file: "FedNesterov", guide: "adding-a-strategy", run: TrialRun(strategy: FedNesterov()), plain: TrialRun()),
    Trial(file: "FedPull", guide: "adding-a-strategy", run: TrialRun(strategy: FedPull(mu: 0.5)), plain: TrialRun()),
    Trial(
      file: "BFloat16", guide: "adding-an-update-component", run: TrialRun(transforms: [BFloat16()]),
      plain: TrialRun()),
    Trial(
      file: "TrimmedMean", guide: "adding-an-update-component",
      run: TrialRun(aggregator: TrimmedMean(share: 0.34)), plain: TrialRun()),
    Trial(
      file: "OwnAverage", guide: "adding-an-update-component", run: TrialRun(personal: OwnAverage()),
      plain: TrialRun()),
  ]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test(
    "the guide shows the file, word for word",
    arguments: trials.map { [$0.file, $0.guide] } + [["Turns", "adding-a-procedure"]])
  func text(shown names: [String]) throws {
    let (name, guideName) = (names[0], names[1])
    let file = try String(contentsOf: Self.folder.appendingPathComponent("\(name).swift"), encoding: .utf8)
    let guides = Self.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Docs/Guides")
    let guide = try String(contentsOf: guides.appendingPathComponent("\(guideName).md"), encoding: .utf8)
    let (begin, end) = ("// guide: begin\n", "// guide: end\n")
    let start = try #require(file.range(of: begin))
    let stop = try #require(file.range(of: end))
    let shown = String(file[start.upperBound..<stop.lowerBound])
    #expect(shown.count > 200)
    #expect(guide.contains("\n\(shown)```\n"))
    // Behind the part that is shown nothing stands, before it only what it imports.
    #expect(file[stop.upperBound...].isEmpty)
    let head = file[..<start.lowerBound].split(separator: "\n")
    #expect(head.allSatisfy { $0.hasPrefix("public import ") || $0.hasPrefix("internal import ") })
    #expect(!file.contains("@testable") && !file.contains("Unsafe"))
  }

  /// What the components of a run say against it.
  private func problems(_ run: RunConfiguration) -> [String] {
    run.norm.component.problems(with: run) + run.strategy.component.problems(with: run)
      + run.aggregator.component.problems(with: run) + run.personal.component.problems(with: run)
      + run.personalMethod.problems(with: run) + run.transforms.flatMap { $0.component.problems(with: run) }
  }

  @Test(
    "each runs under every norm policy, with finite results and the same bits", arguments: trials, normCatalog.names)
  func norms(trial: Trial, norm: String) throws {
    var run = trial.run
    run.norm = norm
    let configuration = try run.configuration()
    guard problems(configuration).isEmpty else {
      // It mixes whole models, and takes the place of a personal method.
      let mixesModels = norm == "fedap" && ["BFloat16", "TrimmedMean", "OwnAverage"].contains(trial.file)
      // A model of its own can't have statistics that the server makes.
      #expect(mixesModels || ["fbn", "hbn"].contains(norm) && trial.file == "OwnAverage")
      return
    }
    let whole = try run.result(threads: 1)
    #expect(whole.outcome == .finished)
    #expect(whole.rounds.map(\.round) == [0, 1, 2, 3])
    for round in whole.rounds {
      #expect(round.evaluations.count == 4 && round.evaluations.allSatisfy { $0.loss.isFinite })
      #expect(round.round == 0 || (round.trainLoss ?? .nan).isFinite)
    }
    let layout = configuration.network.layout
    for client in [nil, 0, 1, 2, 3] as [Int?] {
      let state = try #require(try whole.state(client: client))
      #expect(state.values.allSatisfy { $0.isFinite })
      for tensor in layout.tensors where tensor.role == .runningVariance {
        #expect(state.values[tensor.range].allSatisfy { $0 > 0 })
      }
    }
    #expect(try run.result(threads: 3) == whole)
    for checkpoint in whole.checkpoints {
      let rest = try run.result(threads: 3, from: checkpoint)
      #expect(rest.checkpoints == whole.checkpoints.filter { $0.round > checkpoint.round })
    }
  }

  @Test("each changes something", arguments: trials)
  func effect(trial: Trial) throws {
    let (with, without) = (try trial.run.result(), try trial.plain.result())
    let clients = trial.file == "OwnAverage" ? [0, 1, 2, 3] : [nil] as [Int?]
    #expect(try clients.contains { try with.state(client: $0) != without.state(client: $0) })
  }

  @Test("each has an entry that a catalog takes, with defaults")
  func entries() throws {
    let strategies = Catalog<any Strategy>(kind: "strategy", [FedNesterov.entry, FedPull.entry])
    #expect((try strategies.make("fednesterov") as? FedNesterov)?.serverRate == 0.7)
    #expect((try strategies.make("fedpull", ["mu": .number(2)]) as? FedPull)?.mu == 2)
    #expect(try Catalog<any UpdateTransform>(kind: "transform", [BFloat16.entry]).make("bfloat16") is BFloat16)
    let aggregators = Catalog<any Aggregator>(kind: "aggregator", [TrimmedMean.entry])
    #expect((try aggregators.make("trimmed") as? TrimmedMean)?.share == 0.1)
    let methods = Catalog<any PersonalMethod>(kind: "personal method", [OwnAverage.entry])
    #expect((try methods.make("own-average") as? OwnAverage)?.decay == 0.5)
    for names in [strategyCatalog.names, transformCatalog.names, aggregatorCatalog.names, personalCatalog.names] {
      #expect(Set(names).isDisjoint(with: strategies.names + ["bfloat16", "trimmed", "own-average"]))
    }
  }

  // MARK: Equations

  @Test("fednesterov is its equations over two rounds")
  func nesterov() {
    let strategy = FedNesterov(momentum: 0.5, serverRate: 2)
    var memory = SlotMemory()
    #expect(strategy.next(CohortUpdate(received: [1, -1], delta: [0.5, 0.25]), memory: &memory) == [2.5, -0.25])
    #expect(memory[vector: "momentum"] == [0.5, 0.25])
    // v = 0.5 · 0.5 − 1 = −0.75, w = 2.5 + 2(−1 + 0.5 · −0.75); v = 0.125, w = −0.25 + 2 · 0.0625.
    #expect(strategy.next(CohortUpdate(received: [2.5, -0.25], delta: [-1, 0]), memory: &memory) == [-0.25, -0.125])
    #expect(memory[vector: "momentum"] == [-0.75, 0.125])
  }

  @Test("a term has an effect, and none is fedavg to the bit")
  func term() throws {
    let plain = try TrialRun(norm: "fedbn").result()
    #expect(try TrialRun(strategy: FedPull(mu: 0), norm: "fedbn").result() == plain)
    func move(_ mu: Float) throws -> Double {
      // From the initial state by one round, over the shared values.
      let run = TrialRun(strategy: FedPull(mu: mu), norm: "fedbn", rounds: 1)
      let state = try #require(try run.result().state())
      let network = try run.configuration().network
      let initial = ModelState(initial: network.layout, seed: 3)
      return (0..<network.layout.sharedTrainableCount).reduce(0) {
        $0 + Double((state.values[$1] - initial.values[$1]) * (state.values[$1] - initial.values[$1]))
      }.squareRoot()
    }
    let (none, some, strong) = (try move(0), try move(1), try move(10))
    #expect(strong < some && some < none)
    // Where nothing is shared, there is nothing to pull: only layers don't step by themselves.
    func farthest(_ strategy: any Strategy) throws -> Float {
      let alone = try TrialRun(personal: LocalOnly()).result()
      let other = try TrialRun(strategy: strategy, personal: LocalOnly()).result()
      return try (0..<4).map { client in
        let (a, b) = (try #require(try alone.state(client: client)), try #require(try other.state(client: client)))
        return zip(a.values, b.values).map { abs($0 - $1) }.max() ?? 0
      }.max() ?? 0
    }
    #expect(try farthest(FedPull(mu: 10)) < 1e-3)
    #expect(try farthest(FedProx(mu: 10)) > 1e-2)
  }

  @Test("bfloat16 rounds to the nearest, ties to even, and counts 2 bytes a value")
  func rounding() throws {
    for (value, rounded) in [
      (1, 1), (1.00390625, 1), (1.01171875, 1.015625), (-1.005, -1.0078125), (0, 0), (0x1p-20, 0x1p-20),
    ] as [(Float, Float)] {
      #expect(BFloat16.rounded(value) == rounded)
    }
    #expect(BFloat16.rounded(.nan).isNaN && BFloat16.rounded(-.nan).isNaN)
    let (with, without) = (try TrialRun(transforms: [BFloat16()]).result(), try TrialRun().result())
    let shared = try TrialRun().configuration().network.layout.sharedTrainableCount
    #expect(without.rounds[1].bytesUp - with.rounds[1].bytesUp == 3 * 2 * shared)
    // The values themselves stay near.
    let (a, b) = (try #require(try with.state()), try #require(try without.state()))
    #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 0.05 })
  }

  @Test("the trimmed mean leaves the extremes out")
  func trimming() throws {
    guard case .coordinates(let mean) = try TrimmedMean(share: 0.25).rule(for: [[], [], [], []], weights: []) else {
      Issue.record("it is no rule of coordinates")
      return
    }
    var column: [Double] = [100, 1, 3, -100]
    #expect(mean(&column) == 2)
    // Of three values without the extremes one is left.
    let (trimmed, median) = (
      try TrialRun(aggregator: TrimmedMean(share: 0.4)).result(), try TrialRun(aggregator: Median()).result()
    )
    #expect(trimmed.checkpoints == median.checkpoints)
  }

  @Test("a client's average lies between its models, and what is shared is as without it")
  func average() throws {
    let (with, without) = (try TrialRun(personal: OwnAverage()).result(), try TrialRun().result())
    #expect(try with.state() == without.state())
    #expect(with.rounds.map(\.trainLoss) == without.rounds.map(\.trainLoss))
    // With β = 0 it is the last model that the client sent.
    let last = try TrialRun(personal: OwnAverage(decay: 0), rounds: 1).result()
    let alone = try TrialRun(personal: LocalOnly(), rounds: 1).result()
    let clients = last.rounds[1].participations.map(\.client)
    #expect(clients.count == 3)
    for client in clients { #expect(try last.state(client: client) == alone.state(client: client)) }
  }
}
