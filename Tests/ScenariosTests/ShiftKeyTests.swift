import Datasets
import Federation
import Records
import Testing

@testable import Scenarios

/// `data.shift` and `data.normalize`.
@Suite("shift and normalization of data")
struct ShiftKeyTests {
  private func text(_ data: String, _ more: String = "") -> String {
    let data = ["train_per_client: 4", "test_per_client: 2", data].filter { !$0.isEmpty }.joined(separator: ", ")
    return "name: a\nrounds: 1\nmodel: mlp\ndata: {\(data)}\n" + more
  }

  private func dataset(_ data: String) throws -> FederatedDataset {
    try #require(try experiment(text(data)).runs.first).configuration.dataset
  }

  @Test(
    "an entry, or a list in its order",
    arguments: [
      ("shift: {kind: rotate, degrees: [0, 90]}", ["rotate"]),
      ("shift: [{kind: noise, sd: 0.1}, {kind: blur, sd: 1, by: domain}]", ["noise", "blur"]),
      (
        "shift: [{kind: brightness, range: [0, 1]}, {kind: brightness, range: [0, 1], by: domain}]",
        ["brightness", "brightness"]
      ),
      ("shift: [noise(0.1), invert(0.5)]", ["noise", "invert"]), ("shift: blur(2)", ["blur"]), ("shift: []", []),
      ("", []),
    ])
  func reading(written: String, names: [String]) throws {
    #expect(try dataset(written).shift.map(\.name) == names)
  }

  @Test("normalization is a word or a mapping")
  func normalization() throws {
    #expect(try dataset("normalize: federated").normalization == .federated)
    #expect(try dataset("normalize: {kind: local}").normalization == .local)
    #expect(try dataset("").normalization == .none)
    #expect(
      try dataset("normalize: {kind: fixed, mean: [0.1, 0.2, 0.3], std: 2}").normalization
        == .fixed(mean: [0.1, 0.2, 0.3], deviation: [2]))
  }

  @Test("what is wrong is told at the entry")
  func wrong() {
    #expect(
      complaints(text("shift: [{kind: noise, sd: 0.1}, {kind: noise, sd: 0.2}]"))
        == "f.yaml:4:81: data.shift[1]: names 'noise' by client twice")
    #expect(
      complaints(text("shift: {kind: noise, sd: -1}"))
        == "f.yaml:4:74: data.shift.sd: '-1' is not allowed (allowed: a number ≥ 0)")
    #expect(
      complaints(text("shift: {kind: rotat, degrees: [0, 1]}"))
        == "f.yaml:4:63: data.shift: unknown shift 'rotat'; did you mean 'rotate'? (allowed: rotate, noise, contrast, brightness, colour, channels, blur, resolution, invert, scale)"
    )
    #expect(
      complaints(text("image: {channels: 1}, shift: [{kind: noise, sd: 1}, {kind: colour, degrees: [0, 9]}]"))
        == "f.yaml:4:101: data.shift[1]: 'colour' needs three channels, and the data have 1 (allowed: 'data.image.channels' 3)"
    )
    #expect(
      complaints(text("normalize: {kind: fixed, mean: [1, 2], std: 1}"))
        == "f.yaml:4:80: data.normalize.mean: has 2 values for 3 channels (allowed: a number, or a list of 3)")
    #expect(
      complaints(text("normalize: federatd"))
        == "f.yaml:4:60: data.normalize: unknown normalization 'federatd'; did you mean 'federated'? (allowed: none, fixed, local, federated)"
    )
    #expect(
      complaints(text("image: {mean: 0.1}, normalize: local"))
        == "f.yaml:4:57: data.image.mean: can't be combined with 'data.normalize: local'; give one of them")
  }

  @Test("arms that differ in them are told apart; another shift is other data, another normalization is not")
  func arms() throws {
    let more = """
      arms:
        - {name: plain}
        - {name: turned, data: {shift: {kind: rotate, degrees: [0, 90]}}}
        - {name: noisy, data: {shift: {kind: noise, sd: 0.1}}}
        - {name: noisy-by-default, data: {shift: {kind: noise, sd: 0.1, by: client, draw: even}}}
        - {name: local, data: {normalize: local}}

      """
    let made = try experiment(text("", more))
    #expect(made.scenario.differences.map(\.key).sorted() == ["data.normalize.kind", "data.shift"])
    #expect(made.notes.contains("arms 'noisy', 'noisy-by-default' differ in nothing but their names"))
    let inputs = made.runs.map(\.inputs)
    #expect(inputs[4] == inputs[0] && inputs[3] == inputs[2] && Set(inputs.map { $0.map(\.sha256) }).count == 3)
    #expect(made.runs[2].configuration.dataset === made.runs[3].configuration.dataset)
    #expect(made.runs[4].configuration.dataset !== made.runs[0].configuration.dataset)
  }

  @Test("a dotted path names an entry by its kind")
  func dotted() throws {
    let swept = try experiment(
      text("shift: [{kind: noise, sd: 0.1}, {kind: blur, sd: 1}]", "sweep: {data.shift.noise.sd: [0.2, 0.3]}\n"))
    #expect(
      swept.runs.map { $0.configuration.dataset.shift[0].text } == [
        "{by: client, draw: even, kind: noise, sd: 0.2}", "{by: client, draw: even, kind: noise, sd: 0.3}",
      ])
  }
}
