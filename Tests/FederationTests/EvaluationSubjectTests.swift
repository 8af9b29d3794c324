import Catalogs
import Datasets
import Networks
import Records
import Testing

@testable import Federation

/// Whose examples, which model and when.
@Suite("subjects, models and phases of evaluations")
struct EvaluationSubjectTests {
  static func configuration(
    _ norm: String, _ evaluation: EvaluationChoice = EvaluationChoice(), unseen: UnseenClients? = nil,
    examples: ShiftedExamples = .four, rounds: Int = 2
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 4, rounds: rounds,
      dataset: try FederatedDataset(
        source: examples, partitioner: ByDomain(), trainPerClient: nil, testPerClient: nil, unseen: unseen, seed: 4),
      network: try ExampleNetworks.dense(), norm: Named(norm, try normCatalog.make(norm)),
      optimizer: SGD(learningRate: 0.05), work: LocalWork(batchSize: 8), recording: Recording(checkpointEvery: 1),
      evaluation: evaluation)
  }

  @Test("nothing that is asked for by default changes what there was", arguments: normCatalog.names)
  func defaults(norm: String) throws {
    let plain = try Self.configuration(norm)
    let words = plain.evaluationPlan.evaluations.map(\.words)
    let source = plain.norm.component.defaultNormSource
    #expect(words == ["client personal \(source.rawValue) after-aggregation"])
    let spelled = try Self.configuration(
      norm,
      EvaluationChoice(
        subjects: [.client], models: [.personal], phases: [.afterAggregation],
        normSources: [try normSourceCatalog.make(source.rawValue)]))
    #expect(try result(of: plain).rounds == result(of: spelled).rounds)
  }

  // MARK: Unseen clients

  @Test("unseen clients are evaluated and have no other part", arguments: normCatalog.names)
  func unseen(norm: String) throws {
    var examples = ShiftedExamples(keys: [1, 2, 3, 5], trainCounts: [24, 17, 30, 9], testCounts: [12, 7, 6, 10])
    let configuration = try Self.configuration(norm, unseen: .domains(["key5"]), examples: examples)
    #expect(configuration.dataset.clientCount == 3 && configuration.dataset.unseenCount == 1)
    examples = ShiftedExamples(keys: [1, 2, 3], trainCounts: [24, 17, 30], testCounts: [12, 7, 6])
    let without = try Self.configuration(norm, examples: examples)
    let (run, other) = (try result(of: configuration), try result(of: without))
    for (round, expected) in zip(run.rounds, other.rounds) {
      var seen = round
      seen.evaluations.removeAll { $0.subject == .unseen }
      #expect(seen == expected)
      let unseen = round.evaluations.filter { $0.subject == .unseen }
      #expect(unseen.map(\.client) == [3] && unseen.map(\.model) == [.global])
      let source = configuration.norm.component.defaultNormSource
      #expect(unseen.map(\.normSource) == [source == .own ? .average : source])
      #expect(unseen.map(\.samples) == [10])
    }
    #expect(run.checkpoints == other.checkpoints)
    #expect(configuration.description.clients.map(\.client) == [0, 1, 2, 3])
    #expect(configuration.description.clients.map(\.domain) == ["key1", "key2", "key3", "key5"])
  }

  @Test("a shared model does with unseen clients what it does")
  func unseenLoss() throws {
    let configuration = try Self.configuration("fedavg", unseen: .count(1))
    let run = try result(of: configuration)
    let row = try #require(run.row(.global, client: 3, subject: .unseen))
    let expected = try referenceLoss(configuration, client: 3, try run.state(configuration).state)
    #expect(abs(row.loss - expected) <= 1e-5 * expected)
  }

  @Test("of recorded clients there are so many seen and so many unseen ones")
  func recordedUnseen() throws {
    var configuration = try Self.configuration("fedavg", unseen: .count(2))
    configuration.recording.clientSample = 1
    let last = try #require(try result(of: configuration).rounds.last).evaluations
    #expect(last.filter { $0.subject == .client }.count == 1)
    let unseen = last.filter { $0.subject == .unseen }.map(\.client)
    #expect(unseen.count == 1 && [2, 3].contains(unseen[0]))
  }

  // MARK: Union

  @Test("the union's row is the sum over the clients' examples", arguments: ["fedavg", "fedbn"])
  func union(norm: String) throws {
    var configuration = try Self.configuration(
      norm, EvaluationChoice(subjects: [.client, .union], models: [.global], normSources: nil))
    for subset in [nil, 7] as [Int?] {
      configuration.recording.evaluationSubset = subset
      for round in try result(of: configuration).rounds {
        let clients = round.evaluations.filter { $0.subject == .client }
        let union = try #require(round.evaluations.filter { $0.subject == .union }.first)
        #expect(round.evaluations.count == 5 && union.client == -1 && union.model == .global)
        #expect(union.samples == clients.reduce(0) { $0 + $1.samples })
        let total = Double(union.samples)
        let loss = clients.reduce(0) { $0 + $1.loss * Double($1.samples) } / total
        let accuracy = clients.reduce(0) { $0 + ($1.accuracy ?? .nan) * Double($1.samples) } / total
        #expect(abs(union.loss - loss) <= 1e-5 * loss && abs((union.accuracy ?? .nan) - accuracy) < 1e-12)
        #expect(!clients.map(\.subsetHash).contains(union.subsetHash))
      }
    }
  }

  @Test("batches of the union cross the borders of clients")
  func unionBatches() throws {
    // One batch of all 35: the same as one client with all of them.
    var configuration = try Self.configuration(
      "fedavg", EvaluationChoice(subjects: [.union], normSources: [BatchValues(), RecalibratedValues(samples: 1000)]))
    configuration.work.batchSize = 100
    let run = try result(of: configuration)
    var one = configuration
    one.dataset = try FederatedDataset(
      source: ShiftedExamples.four, partitioner: IID(clients: 1), trainPerClient: nil, testPerClient: nil, seed: 4)
    let state = try run.state(configuration).state
    let loss = try referenceLoss(one, client: 0, state, usesBatch: true)
    let batch = try #require(run.row(.batch, client: -1, subject: .union))
    #expect(batch.samples == 35 && abs(batch.loss - loss) <= 1e-5 * loss)
    let recalibrated = try #require(run.row(.recalibrated, client: -1, subject: .union))
    let worker = Worker()
    worker.workspace.load(state, of: one.network)
    let local = LocalRanges(one)
    let model = EvaluatedModel(one, local, subject: 0..<1, server: state, on: worker)
    let statistics = try #require(try model.measureStatistics(samples: 1000))
    let expected = try referenceLoss(
      one, client: 0, state.replacing(from: one.network.layout.trainableCount, statistics))
    #expect(abs(recalibrated.loss - expected) <= 1e-5 * expected)
  }

  @Test("many batches of a union are summed as few are")
  func unionParts() throws {
    var examples = ShiftedExamples.four
    examples.testCounts = [400, 350, 123, 300]
    var configuration = try Self.configuration(
      "fedavg", EvaluationChoice(subjects: [.client, .union], models: [.global]), examples: examples, rounds: 1)
    let rows = try #require(try result(of: configuration).rounds.last).evaluations
    let loss = rows[..<4].reduce(0) { $0 + $1.loss * Double($1.samples) } / 1173
    #expect(rows[4].samples == 1173 && abs(rows[4].loss - loss) <= 1e-5 * loss)
    // So many batches that they are of several jobs.
    configuration.work.batchSize = 4
    configuration.evaluation = EvaluationChoice(subjects: [.union], normSources: [BatchValues()])
    let runs = try [1, 2, 5].map { try result(of: configuration, threads: $0).rounds }
    #expect(runs[0] == runs[1] && runs[0] == runs[2])
    #expect(runs[0].last?.evaluations.map(\.samples) == [1173])
  }

  // MARK: After training

  @Test(
    "one client's model after training is the next global one",
    arguments: ["fedavg", "pooled", "fedbn", "silobn", "local-affine", "fedap"])
  func afterTraining(norm: String) throws {
    let examples = ShiftedExamples(keys: [3], trainCounts: [24], testCounts: [12])
    let configuration = try Self.configuration(
      norm, EvaluationChoice(phases: [.afterAggregation, .afterTraining]), examples: examples, rounds: 3)
    for round in try result(of: configuration).rounds {
      let before = round.evaluations.selected(EvaluationSelection(phase: .afterTraining))
      let after = round.evaluations.selected(EvaluationSelection())
      #expect(before.map(\.client) == (round.round == 0 ? [] : [0]) && after.map(\.client) == [0])
      #expect(before.allSatisfy { $0.normSource == .own && $0.model == .personal })
      for (a, b) in zip(before, after) {
        #expect(abs(a.loss - b.loss) <= 1e-5 * b.loss && a.subsetHash == b.subsetHash && a.samples == b.samples)
      }
    }
  }

  @Test("only the cohort's clients have such rows, each as its training left it")
  func cohort() throws {
    var configuration = try Self.configuration(
      "fedavg",
      EvaluationChoice(
        phases: [.afterTraining],
        normSources: [OwnValues(), RecalibratedValues(samples: 9), BatchValues(), InitialValues()]))
    configuration.cohort = UniformCohort(.count(2))
    let rounds = try result(of: configuration).rounds
    for round in rounds {
      let clients = round.participations.map(\.client)
      #expect(round.evaluations.map(\.client) == clients.flatMap { [$0, $0, $0, $0] })
      #expect(Set(round.evaluations.map(\.loss)).count == round.evaluations.count)
    }
    // Looking at them changes nothing else.
    configuration.evaluation = EvaluationChoice()
    for (round, plain) in zip(rounds, try result(of: configuration).rounds) {
      #expect(round.participations == plain.participations && round.trainLoss == plain.trainLoss)
    }
  }

  @Test("clients whose steps are put off have the same rows")
  func deferredSteps() throws {
    let examples = ShiftedExamples(
      keys: [1, 2, 3, 5], trainCounts: [8, 6, 7, 5], testCounts: [9, 9, 9, 9], sampleShape: [256])
    func run(_ strategy: any Strategy) throws -> [EvaluationRecord] {
      var configuration = try Self.configuration(
        "fedbn", EvaluationChoice(phases: [.afterTraining]), examples: examples, rounds: 1)
      configuration.model = try Network(
        input: [256],
        layers: [Dense(name: "fc1", units: 128), BatchNorm(name: "bn1"), ReLU(), Dense(name: "fc2", units: 3)])
      configuration.strategy = Named("a", strategy)
      #expect(Deferral(configuration, cohort: [0, 1, 2, 3]) != nil)
      return try #require(try result(of: configuration).rounds.last).evaluations
    }
    let (deferred, plain) = (try run(FedAvg()), try run(FedProx(mu: 1e-9)))
    #expect(deferred.map(\.client) == [0, 1, 2, 3] && plain.count == 4)
    for (a, b) in zip(deferred, plain) { #expect(abs(a.loss - b.loss) <= 1e-4 * b.loss, "\(a.loss), \(b.loss)") }
  }

  // MARK: Contracts

  /// A policy and a source by their names.
  struct Pair: Sendable, CustomTestStringConvertible {
    let norm: String
    let source: String
    var testDescription: String { "\(source) under \(norm)" }
  }

  static let pairs = normCatalog.names.flatMap { norm in normSourceCatalog.names.map { Pair(norm: norm, source: $0) } }

  @Test("every source runs under every policy in each setting, or says why not", arguments: pairs)
  func contract(pair: Pair) throws {
    let source = try normSourceCatalog.make(pair.source)
    #expect(source.word.rawValue == pair.source)
    for phase in EvaluationPhase.allCases {
      for subject in EvaluationSubject.allCases {
        for model in EvaluationModel.allCases {
          let configuration = try Self.configuration(
            pair.norm, EvaluationChoice(subjects: [subject], models: [model], phases: [phase], normSources: [source]),
            unseen: .count(1), rounds: 1)
          let plan = configuration.evaluationPlan
          #expect(plan.evaluations.isEmpty == !plan.problems.isEmpty)
          #expect(plan.problems.count <= 1)
          for problem in plan.problems {
            #expect(problem.message.contains("'\(problem.value)'") && problem.message.contains("(allowed: "))
            #expect(!problem.message.contains("(allowed: )"))
          }
          let run = try result(of: configuration)
          #expect(run.outcome == .finished)
          let rows = run.rounds.last?.evaluations ?? []
          #expect(rows.isEmpty == plan.evaluations.isEmpty)
          let selection = EvaluationSelection(subject: subject, model: model, phase: phase, normSource: source.word)
          #expect(rows.selected(selection) == rows)
          #expect(rows.allSatisfy { $0.loss.isFinite && (0...1).contains($0.accuracy ?? -1) })
        }
      }
    }
  }

  /// All sources that a policy allows for a personal or a global model, of seen and unseen clients and their union.
  private func everything(_ norm: String) throws -> RunConfiguration {
    let plan = try Self.configuration(norm, unseen: .count(1))
    let sources = try normSourceCatalog.names.map { try normSourceCatalog.make($0) }.filter { source in
      EvaluationModel.allCases.contains {
        source.problem(EvaluationSetting(.client, $0, .afterAggregation, norm: plan.norm, network: plan.network)) == nil
      }
    }
    var configuration = try Self.configuration(
      norm,
      EvaluationChoice(
        subjects: EvaluationSubject.allCases, models: EvaluationModel.allCases, phases: EvaluationPhase.allCases,
        normSources: sources), unseen: .count(1), rounds: 3)
    configuration.cohort = UniformCohort(.count(2))
    #expect(configuration.evaluationPlan.problems.isEmpty)
    return configuration
  }

  @Test("rows don't depend on the number of threads, nor on a stop in between", arguments: normCatalog.names)
  func determinism(norm: String) throws {
    let configuration = try everything(norm)
    let whole = try result(of: configuration, threads: 1)
    #expect(whole.outcome == .finished)
    #expect(Set(whole.rounds[3].evaluations.map(\.subject)).count == 3)
    #expect(Set(whole.rounds[3].evaluations.map(\.phase)).count == 2)
    for threads in [2, 5] { #expect(try result(of: configuration, threads: threads).rounds == whole.rounds) }
    for checkpoint in whole.checkpoints {
      let rest = try result(of: configuration, from: checkpoint, threads: 3)
      #expect(rest.rounds == whole.rounds.filter { $0.round > checkpoint.round })
    }
  }

  @Test("rows are told apart by their key", arguments: normCatalog.names)
  func keys(norm: String) throws {
    for round in try result(of: everything(norm)).rounds {
      let keys = round.evaluations.map { "\($0.subject) \($0.client) \($0.model) \($0.normSource) \($0.phase)" }
      #expect(Set(keys).count == keys.count)
    }
  }
}
