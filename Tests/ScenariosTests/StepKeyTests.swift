import Networks
import Testing

@testable import Scenarios

/// Keys that say more of a client's steps: `client.gradient_clip`, `learning_rate_schedule`, `weight_decay_on`.
@Suite("keys of steps")
struct StepKeyTests {
  private static let optimizerKeys =
    "kind, learning_rate_schedule, weight_decay_on, learning_rate, momentum, nesterov, weight_decay"
  private static let kinds = "constant, step, exponential, cosine, linear"

  @Test("what is said is in the run")
  func read() throws {
    let text = """
      client:
        gradient_clip: {norm: 2.5}
        optimizer:
          kind: adamw
          weight_decay_on: no-norm
          learning_rate_schedule: {kind: cosine, over: steps, minimum: 0.01, warmup: 3, length: 40}

      """
    let run = try #require(try experiment(small(text)).runs.first).configuration
    #expect(run.gradientClip == .norm(2.5) && run.decayedValues == .noNorm && run.optimizer is AdamW)
    let schedule = try #require(run.learningRateSchedule)
    #expect(schedule.over == .steps && schedule.warmup == 3 && schedule.length == 40)
    #expect((schedule.curve as? CosineCurve)?.minimum == 0.01)
    let plain = try #require(try experiment(small()).runs.first).configuration
    #expect(plain.gradientClip == nil && plain.decayedValues == .all && plain.learningRateSchedule == nil)
  }

  @Test(
    "mistakes, word by word",
    arguments: [
      (
        "gradient_clip: 1",
        "f.yaml:5:25: client.gradient_clip: '1' is not allowed (allowed: a mapping of norm, value)"
      ),
      (
        "gradient_clip: {}",
        "f.yaml:5:25: client.gradient_clip: has neither 'norm' nor 'value' (allowed: one of them, a number > 0)"
      ),
      (
        "gradient_clip: {norm: 0}", "f.yaml:5:32: client.gradient_clip.norm: '0' is not allowed (allowed: a number > 0)"
      ),
      (
        "gradient_clip: {value: -1}",
        "f.yaml:5:33: client.gradient_clip.value: '-1' is not allowed (allowed: a number > 0)"
      ),
      (
        "gradient_clip: {norm: 1, value: 2}",
        "f.yaml:5:35: client.gradient_clip.value: can't be combined with 'client.gradient_clip.norm'; give one of them"
      ),
      (
        "gradient_clip: {max_norm: 1}",
        "f.yaml:5:26: client.gradient_clip.max_norm: unknown key; did you mean 'norm'? (allowed: norm, value)"
      ),
      (
        "optimizer: {weight_decay_on: no_norm}",
        "f.yaml:5:39: client.optimizer.weight_decay_on: 'no_norm' is not allowed; did you mean 'no-norm'? (allowed: all, no-norm, weights)"
      ),
      (
        "optimizer: {learning_rate_schedule: cosin}",
        "f.yaml:5:46: client.optimizer.learning_rate_schedule: unknown learning-rate schedule 'cosin'; did you mean 'cosine'? (allowed: \(kinds))"
      ),
      (
        "optimizer: {learning_rate_schedule: {over: steps}}",
        "f.yaml:5:46: client.optimizer.learning_rate_schedule: needs a 'kind' (allowed: \(kinds))"
      ),
      (
        "optimizer: {learning_rate_schedule: {kind: step, every: 3}}",
        "f.yaml:5:46: client.optimizer.learning_rate_schedule.factor: is missing (allowed: a number > 0)"
      ),
      (
        "optimizer: {learning_rate_schedule: {kind: linear, over: epochs}}",
        "f.yaml:5:67: client.optimizer.learning_rate_schedule.over: 'epochs' is not allowed (allowed: rounds, steps)"
      ),
      (
        "optimizer: {learning_rate_schedule: {kind: linear, warmup: 5, length: 5}}",
        "f.yaml:5:69: client.optimizer.learning_rate_schedule.warmup: '5' leaves nothing of 'length', 5 (allowed: less)"
      ),
      (
        "optimizer: {learning_rate_schedule: {kind: cosine, t_max: 5}}",
        "f.yaml:5:61: client.optimizer.learning_rate_schedule.t_max: unknown key; did you mean 'length'? (allowed: kind, minimum, over, warmup, length)"
      ),
      (
        "optimizer: {learning_rate_schedule: {kind: step, every: 2, gamma: 0.5, factor: 1}}",
        "f.yaml:5:69: client.optimizer.learning_rate_schedule.gamma: unknown key; did you mean 'factor'? (allowed: kind, every, factor, over, warmup, length)"
      ),
      (
        "optimizer: {lr_scheduler: cosine}",
        "f.yaml:5:22: client.optimizer.lr_scheduler: unknown key; did you mean 'learning_rate_schedule'? (allowed: \(optimizerKeys))"
      ),
      (
        "clip_grad_norm: 1",
        "f.yaml:5:10: client.clip_grad_norm: unknown key; did you mean 'gradient_clip'? (allowed: batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
      ),
      (
        "lr_schedule: cosine",
        "f.yaml:5:10: client.lr_schedule: unknown key; did you mean 'client.optimizer.learning_rate_schedule'? (allowed: batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
      ),
    ])
  func mistakes(client: String, expected: String) {
    #expect(complaints(small("client: {\(client)}\n")) == expected)
  }

  @Test("a schedule's step_size is how often it falls, an optimizer's its learning rate")
  func stepSize() {
    #expect(
      complaints(small("client: {optimizer: {learning_rate_schedule: {kind: step, step_size: 3}}}\n")).contains(
        "learning_rate_schedule.step_size: unknown key; did you mean 'every'?"))
    #expect(
      complaints(small("client: {optimizer: {step_size: 3}}\n")).contains(
        "client.optimizer.step_size: unknown key; did you mean 'learning_rate'?"))
  }

  @Test("an arm's bound takes the place of the other kind of bound, and null takes it away")
  func merging() throws {
    let text = small(
      """
      client: {gradient_clip: {norm: 1}, optimizer: {learning_rate_schedule: cosine}}
      arms:
        - {name: same}
        - {name: value, client: {gradient_clip: {value: 0.5}}}
        - {name: none, client: {gradient_clip: null, optimizer: {learning_rate_schedule: null}}}
        - {name: other, client: {optimizer: adam}}

      """)
    let runs = try experiment(text).runs.map(\.configuration)
    #expect(runs.map(\.gradientClip) == [.norm(1), .value(0.5), nil, .norm(1)])
    #expect(runs.map { $0.learningRateSchedule != nil } == [true, true, false, false])
  }

  @Test("the plan says where arms differ")
  func differences() throws {
    let text = small(
      """
      arms:
        - {name: a}
        - {name: b, client: {gradient_clip: {norm: 2}, optimizer: {weight_decay_on: weights}}}
        - {name: c, client: {optimizer: {learning_rate_schedule: {kind: step, every: 2, factor: 0.5}}}}

      """)
    let made = try experiment(text).scenario.differences
    let words = made.map { difference in
      "\(difference.key): " + difference.values.map { "\($0.text ?? "-") \($0.arms)" }.joined(separator: ", ")
    }
    #expect(
      words == [
        #"client.optimizer.weight_decay_on: all ["a", "c"], weights ["b"]"#,
        #"client.gradient_clip.norm: 2 ["b"], - ["a", "c"]"#,
        #"client.optimizer.learning_rate_schedule.kind: step ["c"], - ["a", "b"]"#,
        #"client.optimizer.learning_rate_schedule.every: 2 ["c"], - ["a", "b"]"#,
        #"client.optimizer.learning_rate_schedule.factor: 0.5 ["c"], - ["a", "b"]"#,
        #"client.optimizer.learning_rate_schedule.over: rounds ["c"], - ["a", "b"]"#,
        #"client.optimizer.learning_rate_schedule.warmup: 0 ["c"], - ["a", "b"]"#,
      ])
  }
}
