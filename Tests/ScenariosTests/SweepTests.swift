import Federation
import Testing

@testable import Scenarios

@Suite("arms, merging and sweeps")
struct SweepTests {
  private func arms(_ text: String) throws -> [RunConfiguration] { try experiment(text).runs.map(\.configuration) }

  @Test("a sweep makes every arm once for each combination, the last axis fastest")
  func grid() throws {
    let runs = try arms(
      small(
        "sweep: {client.optimizer.learning_rate: [0.1, 1e-2], norm: [fedavg, fedbn]}\narms: [{name: x}, {name: y, rounds: 2}]\n"
      ))
    #expect(
      runs.map(\.arm)
        == ["x", "y"].flatMap { arm in
          ["0.1", "1e-2"].flatMap { rate in
            ["fedavg", "fedbn"].map { "\(arm),learning_rate=\(rate),norm=\($0)" }
          }
        })
    #expect(runs.map(\.optimizer.learningRate) == [0.1, 0.1, 0.01, 0.01, 0.1, 0.1, 0.01, 0.01])
    #expect(runs.map(\.norm.name) == Array(repeating: ["fedavg", "fedbn"], count: 4).flatMap { $0 })
    #expect(runs.map(\.rounds) == [1, 1, 1, 1, 2, 2, 2, 2])
  }

  @Test("sweeps over components and alternatives")
  func components() throws {
    let runs = try arms(
      small("client: {epochs: 2}\nsweep: {strategy: [{kind: fedprox, mu: 0.1}, fedavg], client.steps: [3]}\n"))
    #expect(runs.map(\.arm) == ["fedavg,strategy=kind:fedprox,mu:0.1,steps=3", "fedavg,strategy=fedavg,steps=3"])
    #expect((runs[0].strategy.component as? FedProx)?.mu == 0.1)
    #expect(runs.allSatisfy { $0.work.amount == .steps(3) })
  }

  @Test(
    "mistakes in sweeps",
    arguments: [
      ("sweep: {norm: fedbn}", "f.yaml:5:15: sweep.norm: 'fedbn' is not allowed (allowed: a list of values)"),
      ("sweep: {norm: []}", "f.yaml:5:15: sweep.norm: '[]' is not allowed (allowed: a list of values)"),
      ("sweep: [1]", "f.yaml:5:8: sweep: '[1]' is not allowed (allowed: a mapping of keys to lists of values)"),
      (
        "sweep: {cliend.x: [1]}",
        "f.yaml:5:9: sweep.cliend.x: unknown key; did you mean 'client'? (allowed: rounds, seeds, data, model, client, loss, weights, "
          + "cohort, bound, evaluation, stop, checkpoint, record, strategy, aggregator, personal, transforms, schedule, devices, availability, dropouts, norm, quirks, replace_norm, init, init_prefix, and keys below them)"
      ),
      (
        "sweep: {client.optimizer.lerning_rate: [1]}",
        "f.yaml:5:41: client.optimizer.lerning_rate: unknown key; did you mean 'learning_rate'? "
          + "(allowed: kind, learning_rate_schedule, weight_decay_on, learning_rate, momentum, nesterov, weight_decay)"
      ),
      (
        "sweep: {rounds: [1, 0]}", "f.yaml:5:21: rounds: '0' is not allowed (allowed: a whole number from 1 to 1000000)"
      ),
      ("sweep: {rounds: [1, 2, 1]}", "f.yaml:5:8: sweep: makes two arms called 'fedavg,rounds=1'"),
    ])
  func mistakes(more: String, expected: String) { #expect(complaints(small(more)) == expected) }

  @Test("a sweep does not explode")
  func limit() {
    let values = "[" + (1...100).map(String.init).joined(separator: ", ") + "]"
    #expect(
      complaints(small("sweep: {rounds: \(values), evaluation.every: \(values), checkpoint.every: \(values)}\n"))
        == "f.yaml:5:823: sweep.checkpoint.every: makes more than 10000 arms")
  }

  @Test("mappings merge key by key, another kind replaces the whole component, alternatives push one another out")
  func merging() throws {
    let text = """
      name: merging
      rounds: 1
      data: {train_per_client: 4, test_per_client: 2}
      model: {kind: mlp, hidden: [3]}
      client: {batch_size: 2, epochs: 4, optimizer: {kind: sgd, learning_rate: 0.5, momentum: 0.25}}
      cohort: {kind: uniform, count: 2}
      strategy: {kind: fedadam, tau: 0.5}
      arms:
        - {name: same}
        - {name: deep, client: {optimizer: {momentum: 0.75}}}
        - {name: same-kind, client: {optimizer: {kind: sgd, learning_rate: 0.1}}}
        - {name: other-kind, client: {optimizer: {kind: adam}}, strategy: {kind: fedyogi}}
        - {name: by-name, client: {optimizer: adam}, strategy: fedavg}
        - {name: steps, client: {steps: 7}, cohort: {fraction: 0.2}}
        - {name: data, data: {train_per_client: 5}, model: {hidden: [4]}}
      """
    let runs = try arms(text)
    func run(_ name: String) throws -> RunConfiguration { try #require(runs.first { $0.arm == name }) }
    func optimizer(_ name: String) throws -> String { "\(try run(name).optimizer)" }
    #expect(try optimizer("same") == "SGD(learningRate: 0.5, momentum: 0.25, nesterov: false, weightDecay: 0.0)")
    #expect(try optimizer("deep") == "SGD(learningRate: 0.5, momentum: 0.75, nesterov: false, weightDecay: 0.0)")
    #expect(try optimizer("same-kind") == "SGD(learningRate: 0.1, momentum: 0.25, nesterov: false, weightDecay: 0.0)")
    #expect(try optimizer("other-kind").hasPrefix("Adam(learningRate: 0.001"))
    #expect(try optimizer("by-name") == optimizer("other-kind"))
    #expect(try (run("other-kind").strategy.component as? FedOpt)?.tau == 1e-3)
    #expect(try (run("same").strategy.component as? FedOpt)?.tau == 0.5)
    #expect(try run("by-name").strategy.component is FedAvg)
    #expect(try run("same").work.amount == .epochs(4) && run("steps").work.amount == .steps(7))
    #expect(try run("steps").work.batchSize == 2)
    #expect(try (run("steps").cohort as? UniformCohort)?.amount == .fraction(0.2))
    #expect(try run("data").dataset.trainCount(0) == 5 && run("data").dataset.testCount(0) == 2)
    #expect(try run("data").network.layers.map(\.resolved.output.count) == [2352, 4, 4, 4, 10])
  }

  @Test("arms of one seed share data, initial weights and the network's shape")
  func shared() throws {
    let runs = try arms(twoArms)
    #expect(runs[0].dataset === runs[2].dataset && runs[1].dataset === runs[3].dataset)
    #expect(runs[0].dataset !== runs[1].dataset)
    let shapes = runs.map { $0.network.layout.tensors.map { "\($0.name) \($0.shape)" } }
    #expect(shapes[0] == shapes[3])
  }

  @Test("without a list of arms, there is one arm, named after its norm policy")
  func onlyArm() throws {
    for (norm, name) in [
      ("", "fedavg"), ("norm: fedbn\n", "fedbn"), ("norm: {kind: pooled}\n", "pooled"),
      ("norm: {statistics: local}\n", "matrix"),
    ] {
      #expect(try arms(small(norm)).map(\.arm) == [name])
    }
  }
}
