import Federation
import Records
import Testing

@testable import Scenarios

/// `stop`: what is said is in the run, and mistakes are told.
@Suite("the key stop")
struct StopKeyTests {
  private func rule(_ text: String) throws -> StopRule? {
    try #require(try experiment(small(text)).runs.first).configuration.stop
  }

  @Test("what is said is in the run")
  func read() throws {
    let (accuracy, loss) = (
      try #require(WatchedMeasure(named: "accuracy")), try #require(WatchedMeasure(named: "loss"))
    )
    #expect(try rule("") == nil)
    #expect(try rule("stop: {measure: accuracy, target: 0.75}") == StopRule(accuracy, .target(0.75)))
    #expect(
      try rule("stop: {measure: loss, on: test, patience: 3}") == StopRule(loss, on: .test, .patience(3, minDelta: 0)))
    #expect(
      try rule("stop: {measure: loss, patience: 3, min_delta: 0.5}") == StopRule(loss, .patience(3, minDelta: 0.5)))
    let validated = try experiment(
      small("stop: {measure: loss, on: validation, target: -1}\n").replacing(
        "test_per_client: 2", with: "test_per_client: 2, validation: 0.5"))
    #expect(validated.runs.first?.configuration.stop == StopRule(loss, on: .validation, .target(-1)))
  }

  @Test("an arm has its own rule, and one of target and patience takes the other's place")
  func arms() throws {
    let text = """
      stop: {measure: loss, patience: 3, min_delta: 0.5}
      arms:
        - {name: a}
        - {name: b, stop: {target: 0.25}}
        - {name: c, stop: {patience: 5}}
        - {name: d, stop: null}
        - {name: e, stop: {measure: accuracy}}
      """
    func rules(_ edits: ScenarioEdits = ScenarioEdits()) throws -> [StopRule?] {
      try experiment(small(text), edits: edits).runs.map(\.configuration.stop)
    }
    let (accuracy, loss) = (
      try #require(WatchedMeasure(named: "accuracy")), try #require(WatchedMeasure(named: "loss"))
    )
    #expect(
      try rules() == [
        StopRule(loss, .patience(3, minDelta: 0.5)), StopRule(loss, .target(0.25)),
        StopRule(loss, .patience(5, minDelta: 0.5)), nil, StopRule(accuracy, .patience(3, minDelta: 0.5)),
      ])
    #expect(try rules(ScenarioEdits(settings: ["stop.target=0.125"])).first == StopRule(loss, .target(0.125)))
  }

  @Test(
    "mistakes, word by word",
    arguments: [
      (
        "stop: 3",
        "f.yaml:5:7: stop: '3' is not allowed (allowed: a mapping of measure, on, target, patience, min_delta)"
      ),
      (
        "stop: {measure: acuracy, target: 0.5}",
        "f.yaml:5:17: stop.measure: 'acuracy' is not allowed; did you mean 'accuracy'? (allowed: \(WatchedMeasure.all.map(\.name).joined(separator: ", ")))"
      ),
      (
        "stop: {target: 0.5}",
        "f.yaml:5:7: stop.measure: is missing (allowed: \(WatchedMeasure.all.map(\.name).joined(separator: ", ")))"
      ),
      (
        "stop: {measure: loss}",
        "f.yaml:5:7: stop: has neither 'target' nor 'patience' (allowed: one of them, a value of the measure or a number of evaluations)"
      ),
      (
        "stop: {measure: loss, target: 1, patience: 2}",
        "f.yaml:5:34: stop.patience: can't be combined with 'stop.target'; give one of them"
      ),
      (
        "stop: {measure: loss, target: 1, min_delta: 2}",
        "f.yaml:5:34: stop.min_delta: has no 'stop.patience', whose best value it is of"
      ),
      (
        "stop: {measure: accuracy, target: 75}",
        "f.yaml:5:35: stop.target: '75' is not allowed (allowed: a number ≥ 0 and ≤ 1)"
      ),
      (
        "stop: {measure: loss, patience: 0}",
        "f.yaml:5:33: stop.patience: '0' is not allowed (allowed: a whole number from 1 to 1000000)"
      ),
      (
        "stop: {measure: loss, patience: 1, min_delta: -1}",
        "f.yaml:5:47: stop.min_delta: '-1' is not allowed (allowed: a number ≥ 0)"
      ),
      (
        "stop: {measure: loss, patience: 1, on: train}",
        "f.yaml:5:40: stop.on: 'train' is not allowed (allowed: validation, test)"
      ),
      (
        "stop: {measure: loss, patience: 1, on: validation}",
        "f.yaml:5:40: stop.on: 'validation' has nothing: no client has validation examples (allowed: test, or a 'data.validation'), in arm 'fedavg'"
      ),
      (
        "stop: {measure: rmse, patience: 1}",
        "f.yaml:5:17: stop.measure: 'rmse' is not defined for 10 classes (allowed: accuracy, loss, balanced_accuracy, brier, ece, log_loss, macro_f1, macro_precision, macro_recall, micro_f1, roc_auc, top_5_accuracy), in arm 'fedavg'"
      ),
      (
        "stop: {measure: loss, patience: 1}\nevaluation: {subject: union}",
        "f.yaml:5:7: stop: watches the clients' personal models after aggregation, which 'evaluation' leaves out (allowed: 'subject' with client, 'model' with personal and 'phase' with after-aggregation), in arm 'fedavg'"
      ),
    ])
  func mistakes(_ text: String, _ message: String) {
    #expect(complaints(small(text + "\n")) == message)
  }
}
