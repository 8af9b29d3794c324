import Federation
import Testing

@testable import Scenarios

private let keys =
  "rounds, seeds, data, model, client, loss, weights, cohort, bound, evaluation, stop, checkpoint, record, strategy, aggregator, personal, transforms, schedule, devices, availability, dropouts, norm, quirks, replace_norm, init, init_prefix"

@Suite("edits from the command line")
struct EditTests {
  private static func runs(_ edits: ScenarioEdits, _ text: String = twoArms) throws -> [RunConfiguration] {
    try experiment(text, edits: edits).runs.map(\.configuration)
  }

  @Test("a sweep is narrowed, widened and taken away")
  func sweeps() throws {
    let text = small("sweep: {client.epochs: [1, 2], norm: [fedavg, fedbn]}\n")
    func arms(_ settings: String...) throws -> [String] {
      try experiment(text, edits: ScenarioEdits(settings: settings)).runs.map(\.configuration.arm)
    }
    #expect(try arms().count == 4)
    #expect(try arms("sweep.client.epochs=[3]") == ["fedavg,epochs=3,norm=fedavg", "fedavg,epochs=3,norm=fedbn"])
    #expect(try arms("sweep.norm=null") == ["fedavg,epochs=1", "fedavg,epochs=2"])
    #expect(try arms("sweep.norm=null", "sweep.client.epochs=null") == ["fedavg"])
    #expect(try arms("sweep=null") == ["fedavg"])
    #expect(try arms("sweep={rounds: [1, 2]}") == ["fedavg,rounds=1", "fedavg,rounds=2"])
    #expect(
      complaints(text, edits: ScenarioEdits(settings: ["sweep.epochs=null"])).contains(
        "sweep.epochs: unsets nothing: the scenario has no 'sweep.epochs' (axes: client.epochs, norm)"))
  }

  @Test("rounds, seeds and arms")
  func simple() throws {
    let plain = try Self.runs(ScenarioEdits())
    #expect(plain.map(\.arm) == ["fedavg", "fedavg", "fedbn", "fedbn"])
    #expect(plain.map(\.seed) == [1, 2, 1, 2])
    #expect(plain.map(\.rounds) == [3, 3, 5, 5])
    #expect(try Self.runs(ScenarioEdits(rounds: 7)).map(\.rounds) == [7, 7, 7, 7])
    #expect(try Self.runs(ScenarioEdits(seeds: [9])).map(\.seed) == [9, 9])
    #expect(try Self.runs(ScenarioEdits(arms: ["fedbn"])).map(\.arm) == ["fedbn", "fedbn"])
    #expect(try Self.runs(ScenarioEdits(arms: ["fedbn", "fedavg"])).map(\.arm) == plain.map(\.arm))
    #expect(try Self.runs(ScenarioEdits(arms: ["silobn"]), small("norm: silobn\n")).map(\.arm) == ["silobn"])
    #expect(
      try Self.runs(ScenarioEdits(arms: ["matrix"]), small("norm: {statistics: local}\n")).map(\.norm.name) == [
        "matrix"
      ])
  }

  @Test("settings for all arms and for one")
  func settings() throws {
    let set = try Self.runs(
      ScenarioEdits(settings: [
        "client.optimizer.learning_rate=0.5", "arms.fedbn.norm=pooled", "arms.fedavg.strategy.kind=fedprox",
        "client.steps=3",
        "weights=uniform", "evaluation={every: 2}", "name=other", "arms.fedavg.seeds=[4]",
      ]))
    #expect(set.map(\.seed) == [4, 1, 2])
    #expect(set.map(\.norm.name) == ["fedavg", "pooled", "pooled"])
    #expect(set.map(\.strategy.name) == ["fedprox", "fedavg", "fedavg"])
    for run in set {
      #expect(run.optimizer.learningRate == 0.5 && run.work.amount == .steps(3) && run.work.batchSize == 2)
      #expect(run.weighting == .uniform && run.recording.evaluateEvery == 2)
    }
  }

  @Test("a component given by name takes options")
  func byName() throws {
    let text = "name: a\nrounds: 1\nmodel: mlp\ndata: synthetic-digits\nclient: {optimizer: adam}\n"
    let set = try Self.runs(
      ScenarioEdits(settings: ["data.train_per_client=4", "client.optimizer.beta1=0.5", "model.hidden=[8]"]), text)
    #expect(set[0].dataset.trainCount(0) == 4)
    #expect(set[0].network.layers.map(\.name) == ["flatten1", "fc1", "bn1", "relu1", "fc2"])
  }

  @Test(
    "mistakes",
    arguments: [
      (
        ScenarioEdits(arms: ["fedbm"]),
        "--arms: there is no arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn)"
      ),
      (ScenarioEdits(arms: []), "--arms: names no arm (allowed: fedavg, fedbn)"),
      (ScenarioEdits(rounds: 0), "--rounds: rounds: '0' is not allowed (allowed: a whole number from 1 to 1000000)"),
      (ScenarioEdits(seeds: [1, 1]), "--seeds: seeds: '[1, 1]' names a seed twice"),
      (
        ScenarioEdits(seeds: []),
        "--seeds: seeds: '[]' is not allowed (allowed: a whole number ≥ 0, or a list, each a whole number ≥ 0)"
      ),
      (ScenarioEdits(settings: ["x"]), "--set x: is not allowed (allowed: key=value, as client.epochs=2)"),
      (ScenarioEdits(settings: ["=3"]), "--set =3: is not allowed (allowed: key=value, as client.epochs=2)"),
      (ScenarioEdits(settings: ["norm="]), "--set norm=: norm: has no value (allowed: key=value)"),
      (
        ScenarioEdits(settings: ["norm=["]),
        "--set norm=[: norm: not YAML: did not find expected node content while parsing a flow node"
      ),
      (
        ScenarioEdits(settings: ["clent.x=1"]),
        "--set clent.x=1: clent.x: unknown key; did you mean 'client'? (allowed: name, description, \(keys), sweep)"
      ),
      (
        ScenarioEdits(settings: ["sweep.rounds=null"]),
        "--set sweep.rounds=null: sweep.rounds: unsets nothing: the scenario has no 'sweep.rounds'"
      ),
      (
        ScenarioEdits(settings: ["client.optimizer.lerning_rate=3"]),
        "--set client.optimizer.lerning_rate=3: client.optimizer.lerning_rate: unknown key; did you mean 'learning_rate'? "
          + "(allowed: kind, learning_rate_schedule, weight_decay_on, learning_rate, momentum, nesterov, weight_decay)"
      ),
      (
        ScenarioEdits(settings: ["arms.fedbm.norm=pooled"]),
        "--set arms.fedbm.norm=pooled: arms.fedbm.norm: there is no arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn)"
      ),
      (
        ScenarioEdits(settings: ["arms.fedbn=3"]),
        "--set arms.fedbn=3: arms.fedbn: names no key of the arm (allowed: \(keys))"
      ),
      (
        ScenarioEdits(settings: ["arms.fedbn.norm=poled"]),
        "--set arms.fedbn.norm=poled: norm: unknown norm 'poled'; did you mean 'pooled'? (allowed: fedavg, pooled, fedbn, silobn, local-affine, fixbn, fedtan, hbn, fbn, recalibrated, drop, frozen, fedap, matrix)"
      ),
      (
        ScenarioEdits(settings: ["rounds=0"], arms: ["fedavg"]),
        "--set rounds=0: rounds: '0' is not allowed (allowed: a whole number from 1 to 1000000)"
      ),
    ])
  func mistakes(edits: ScenarioEdits, expected: String) { #expect(complaints(twoArms, edits: edits) == expected) }

  @Test("without a list of arms, the only arm has a name and takes no settings of arms")
  func onlyArm() {
    #expect(complaints(small(), edits: ScenarioEdits(arms: ["x"])) == "--arms: there is no arm 'x' (allowed: fedavg)")
    #expect(
      complaints(small(), edits: ScenarioEdits(settings: ["arms.x.norm=fedbn"]))
        == "--set arms.x.norm=fedbn: arms.x.norm: the scenario has no list of arms")
  }

  @Test("the text that is kept is the file's own without edits, and reads to the same experiment with them")
  func text() throws {
    #expect(try experiment(twoArms).scenario.text == twoArms)
    let awkward = """
      # a comment
      name: awkward
      description: Commas, [brackets], {braces} and a # that is none
      rounds: 1e1
      data:
        source: synthetic-digits
        domains:
          - ink
          - dot-matrix
        train_per_client: 6
        test_per_client: 2
      model:
        input: [28, 28, 3]
        layers:
          - flatten
          - dense:
              name: "odd \\" name: \\u2028, \\ttab"
              units: 8
          - batch_norm: {momentum: cumulative, epsilon: 1e-3}
          - relu
          - dense: 10
      record: {drift: every 5, clients: sample 1}
      sweep: {client.optimizer.learning_rate: [0.1, 2e-1], norm: [fedavg, {statistics: local}]}
      arms:
        - name: first
          description: An arm, with a comma
          client:
            epochs: 2
        - name: second
          strategy:
            kind: fedprox
            mu: .5
      """
    for text in [twoArms, awkward, small()] {
      for edits in [
        ScenarioEdits(rounds: 2), ScenarioEdits(seeds: [5, 6]), ScenarioEdits(settings: ["client.batch_size=3"]),
        ScenarioEdits(settings: ["description='a, b: c # d'", "client={steps: 2, shuffle: false}"], seeds: [3]),
      ] {
        let edited = try experiment(text, edits: edits)
        let again = try experiment(edited.scenario.text)
        #expect(again.runs.map { dumped($0) } == edited.runs.map { dumped($0) })
        #expect(again.scenario.name == edited.scenario.name && again.scenario.summary == edited.scenario.summary)
        #expect(try experiment(text, edits: edits).scenario.text == edited.scenario.text)
        let twice = try Scenario(text: edited.scenario.text, file: "f", baseDirectory: "/", edits: edits)
        #expect(twice.text == edited.scenario.text)
      }
    }
  }
}
