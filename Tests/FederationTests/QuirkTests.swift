import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// What conventions of public code make of a norm policy.
@Suite("quirks")
struct QuirkTests {
  private func policy(_ norm: String, _ quirk: String) throws -> any NormPolicy {
    try quirkCatalog.make(quirk).applied(to: normCatalog.make(norm))
  }

  /// A convolution and a dense layer with normalization behind each.
  private func network(_ names: [String]) throws -> Network {
    try Network(
      input: [4, 4, 2],
      layers: [
        Conv2D(name: "conv1", filters: 4, kernel: [3, 3], padding: .same), BatchNorm(name: names[0]), ReLU(),
        MaxPool2D(kernel: [2, 2]), Flatten(), Dense(name: "fc1", units: 6), BatchNorm(name: names[1]), ReLU(),
        Dense(name: "fc2", units: 3),
      ])
  }

  private func configuration(
    _ norm: any NormPolicy, _ names: [String] = ["bn1", "bn2"], rounds: Int = 2, strategy: any Strategy = FedAvg()
  ) throws -> RunConfiguration {
    var examples = ShiftedExamples.four
    examples.sampleShape = [4, 4, 2]
    return RunConfiguration(
      arm: "a", seed: 3, rounds: rounds, dataset: try examples.dataset(), network: try network(names),
      strategy: Named("s", strategy), norm: Named("n", norm), optimizer: SGD(learningRate: 0.05),
      work: LocalWork(batchSize: 8), cohort: UniformCohort(.count(3)), recording: Recording(checkpointEvery: 1))
  }

  private static let norms = ["fedavg", "fedbn", "silobn", "local-affine"]

  @Test(
    "every quirk runs with the policies it goes with, and goes on from a checkpoint to the same bits",
    arguments: quirkCatalog.names, norms)
  func contract(quirk: String, norm: String) throws {
    for strategy in [FedAvg(), Scaffold()] as [any Strategy] {
      let configuration = try configuration(policy(norm, quirk), ["bn1", "other"], rounds: 3, strategy: strategy)
      let run = try result(of: configuration)
      #expect(run.outcome == .finished)
      #expect(run.rounds.allSatisfy { $0.evaluations.allSatisfy { $0.loss.isFinite } })
      let resumed = try result(of: configuration, from: run.checkpoints[0], threads: 3)
      #expect(
        resumed.rounds == Array(run.rounds.dropFirst(2)) && resumed.checkpoints == Array(run.checkpoints.dropFirst()))
      // What is reported to stay and to leave is what the record counts.
      let report = configuration.norm.component.match(configuration.network)
      let layout = configuration.network.layout
      let counters = report.filter { $0.statistics == "averaged" }.count
      let sent = layout.weightCount + report.reduce(0) { $0 + $1.valuesSent }
      #expect(configuration.bytesUpPerClient() - 4 * configuration.valuesBesideState == 4 * sent + 4 * counters)
      let local = LocalRanges(configuration)
      let kept = report.reduce(0) { $0 + $1.valuesKept }
      #expect(kept == local.count + report.filter { $0.statistics == "local" }.count)
    }
  }

  @Test("med-air and flower are the policy itself where every name has bn", arguments: ["med-air", "flower"], norms)
  func usualNames(quirk: String, norm: String) throws {
    let (with, without) = (try configuration(policy(norm, quirk)), try configuration(normCatalog.make(norm)))
    let (a, b) = (try result(of: with), try result(of: without))
    #expect(a.rounds == b.rounds)
    for client in 0..<4 {
      #expect(try a.state(with, client: client).state.values == b.state(without, client: client).state.values)
    }
  }

  @Test("med-air averages a layer that is called otherwise")
  func otherNames() throws {
    let configuration = try configuration(policy("fedbn", "med-air"), ["downsample", "bn2"])
    let report = configuration.norm.component.match(configuration.network)
    #expect(report.map(\.affine) == ["averaged", "local"] && report.map(\.statistics) == ["averaged", "local"])
    #expect(report.map(\.valuesSent) == [17, 0] && report.map(\.valuesKept) == [0, 25])
    let run = try result(of: configuration)
    let (layout, initial) = (
      configuration.network.layout, ModelState(initial: configuration.network.layout, seed: configuration.seed)
    )
    let global = try run.state(configuration).state
    let client = try #require(run.rounds.last?.participations.first?.client)
    let own = try run.state(configuration, client: client).state
    for tensor in layout.tensors where tensor.role.isNormalization && tensor.role != .batchCount {
      let isAveraged = tensor.layer == "downsample"
      #expect((global.values[tensor.range] != initial.values[tensor.range]) == isAveraged, "\(tensor.name)")
      #expect((own.values[tensor.range] == global.values[tensor.range]) == isAveraged, "\(tensor.name)")
    }
    // In a residual network these are the shortcuts' layers.
    let residual = try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)
    let averaged = try policy("fedbn", "med-air").match(residual).filter { $0.affine == "averaged" }.map(\.layer)
    #expect(averaged == ["layer2.0.downsample.1", "layer3.0.downsample.1", "layer4.0.downsample.1"])
  }

  @Test(
    "averages, pooled values and the nearest are of what stays with the clients, wherever averaged layers stand",
    arguments: ["fedbn", "silobn"], [["downsample", "bn2"], ["bn1", "other"]])
  func evaluatedValues(norm: String, names: [String]) throws {
    var configuration = try configuration(policy(norm, "med-air"), names)
    configuration.cohort = Everyone()
    configuration.evaluation = EvaluationChoice(
      models: [.personal, .global], normSources: [OwnValues(), AverageValues(), PooledValues(), NearestValues()])
    let run = try result(of: configuration)
    let states = try (0..<4).map { try run.state(configuration, client: $0).state }
    let counts = (0..<4).map { Double(configuration.dataset.trainCount($0)) }
    func mean(_ value: (ModelState) -> Double) -> Double {
      zip(states, counts).reduce(0) { $0 + value($1.0) * $1.1 / counts.reduce(0, +) }
    }
    let tensors = configuration.network.layout.tensors.filter {
      $0.layer.contains("bn") && $0.role.isNormalization && $0.role != .batchCount
        && (norm == "fedbn" || !$0.role.isTrainable)
    }
    var average = try run.state(configuration).state
    for place in tensors.flatMap(\.range) { average.values[place] = Float(mean { Double($0.values[place]) }) }
    var pooled = average
    let means = try #require(tensors.first { $0.role == .runningMean }).range
    let variances = try #require(tensors.first { $0.role == .runningVariance }).range
    for (place, variance) in zip(means, variances) {
      let middle = mean { Double($0.values[place]) }
      let between = mean { (Double($0.values[place]) - middle) * (Double($0.values[place]) - middle) }
      #expect(between > 1e-6)
      pooled.values[variance] += Float(between)
    }
    for client in 0..<4 {
      let own = try referenceLoss(configuration, client: client, states[client])
      let row = try #require(run.row(.own, client: client))
      #expect(abs(row.loss - own) <= 1e-5 * own)
      let others = try states.map { try referenceLoss(configuration, client: client, $0) }
      for model in [EvaluationModel.personal, .global] {
        for (source, state) in [(NormSource.average, average), (.pooled, pooled)] {
          let row = try #require(run.row(source, client: client, model: model))
          let expected = try referenceLoss(configuration, client: client, state)
          #expect(abs(row.loss - expected) <= 1e-5 * expected, "\(source) \(model) \(client)")
        }
        let nearest = try #require(run.row(.nearest, client: client, model: model))
        #expect(others.contains { abs(nearest.loss - $0) <= 1e-5 * $0 }, "\(model) \(client)")
      }
    }
  }

  @Test(
    "a client's exported counters are its own of local layers and the server's of the others",
    arguments: [["downsample", "bn2"], ["bn1", "other"]])
  func exportedCounters(names: [String]) throws {
    var configuration = try configuration(policy("fedbn", "med-air"), names)
    configuration.cohort = Everyone()
    configuration.weighting = .uniform
    let run = try result(of: configuration)
    let steps = try #require(run.rounds.last).participations.map(\.steps)
    #expect(steps == [3, 2, 4, 1])
    let layout = configuration.network.layout
    for client in 0..<4 {
      let counters = try run.state(configuration, client: client).state.counters
      for tensor in layout.tensors where tensor.role == .batchCount {
        // The mean of 3, 2, 4 and 1 is cut to 2; from there 5, 4, 6 and 3 come to 4.
        let expected = tensor.layer.contains("bn") ? Int64(2 * steps[client]) : 4
        #expect(counters[tensor.range.lowerBound] == expected, "\(client) \(tensor.name)")
      }
    }
  }

  @Test("pflib's fedavg is silobn, to the bit")
  func bufferless() throws {
    let (with, without) = (
      try configuration(policy("fedavg", "pflib")), try configuration(normCatalog.make("silobn"))
    )
    let (a, b) = (try result(of: with), try result(of: without))
    #expect(a.rounds == b.rounds && a.checkpoints == b.checkpoints)
  }

  @Test("fl-bench's fedbn keeps γ and β of images alone")
  func imagesAlone() throws {
    let report = try policy("fedbn", "fl-bench").match(network(["a", "b"]))
    #expect(report.map(\.affine) == ["local", "averaged"] && report.map(\.statistics) == ["local", "local"])
  }

  @Test("counters: the largest, the first client's, or the mean cut to a whole number")
  func counters() throws {
    // 24, 17, 30 and 9 examples in batches of 8: 3, 3, 4 and 2 batches, of which one is of one example and has no
    // variance behind a dense layer.
    for (quirk, expected) in [(nil, 4), ("med-air", 3), ("flower", 2)] as [(String?, Int64)] {
      var configuration = try configuration(
        quirk.map { try policy("fedavg", $0) } ?? normCatalog.make("fedavg"), rounds: 1)
      configuration.cohort = Everyone()
      configuration.weighting = .uniform
      let run = try result(of: configuration)
      #expect(run.rounds[1].participations.map(\.steps) == [3, 2, 4, 1])
      #expect(try run.state(configuration).state.counters == [expected, expected])
    }
  }

  @Test("a quirk of code without such a policy says so, and one that matches nothing does, too")
  func mismatches() throws {
    for norm in normCatalog.names {
      let problem = try quirkCatalog.make("med-air").mismatch(normCatalog.make(norm))
      #expect((problem == nil) == (Self.norms + ["matrix"]).contains(norm), "\(norm)")
    }
    // Frozen late or never, fixbn is none of that code either.
    for freeze in [FixBN.Freeze.share(0), .share(0.8), .round(2), .round(50)] {
      #expect(try quirkCatalog.make("med-air").mismatch(FixBN(freeze)) != nil, "\(freeze)")
    }
    #expect(
      try quirkCatalog.make("pflib").mismatch(normCatalog.make("fedtan"))
        == "is of code without such a policy (allowed: with fedavg, fedbn, silobn or local-affine)")
    #expect(
      try policy("fedbn", "flower").mismatch(network(["a", "b"]))
        == "its quirk matches names with \"bn\", and the model's normalization layers are a, b")
    #expect(try policy("fedavg", "flower").mismatch(network(["a", "b"])) == nil)
    #expect(try policy("fedbn", "pflib").mismatch(network(["a", "b"])) == nil)
  }
}
