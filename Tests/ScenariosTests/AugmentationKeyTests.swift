import Datasets
import Federation
import Testing

@testable import Scenarios

/// `client.augment`.
@Suite("augmentation of training images")
struct AugmentationKeyTests {
  private func text(_ client: String, data: String = "", _ more: String = "") -> String {
    "name: a\nrounds: 1\nmodel: mlp\ndata: {train_per_client: 4, test_per_client: 2\(data)}\nclient: {\(client)}\n"
      + more
  }

  private func names(_ client: String, _ more: String = "") throws -> [[String]] {
    try experiment(text(client, more)).runs.map { $0.configuration.augment.map(\.name) }
  }

  @Test("a kind, a call, a mapping, or a list in its order")
  func reading() throws {
    #expect(try names("augment: flip") == [["flip"]])
    #expect(
      try names("augment: [cutout(8), flip, {kind: crop, padding: 4}, rotate(15)]") == [
        ["cutout", "flip", "crop", "rotate"]
      ])
    #expect(try names("augment: []") == [[]])
    #expect(try names("epochs: 1") == [[]])
  }

  @Test("an arm's list stands for the scenario's")
  func arms() throws {
    let more =
      "arms:\n  - {name: a}\n  - {name: b, client: {augment: [cutout(2)]}}\n  - {name: c, client: {augment: []}}\n"
    #expect(try names("augment: [flip, crop(4)]", more) == [["flip", "crop"], ["cutout"], []])
    let made = try experiment(text("augment: [flip, crop(4)]", more))
    #expect(made.scenario.differences.map(\.key) == ["client.augment"])
  }

  @Test("what is wrong is told at the entry")
  func wrong() {
    #expect(
      complaints(text("augment: [flip, flip(0.2)]")) == "f.yaml:5:26: client.augment[1]: names 'flip' twice")
    #expect(
      complaints(text("augment: crop"))
        == "f.yaml:5:19: client.augment.padding: is missing (allowed: a whole number from 0 to 255)")
    #expect(
      complaints(text("augment: [flip, rotate(190)]"))
        == "f.yaml:5:26: client.augment[1].degrees: '190' is not allowed (allowed: a number ≥ 0 and ≤ 180)")
    #expect(
      complaints(text("augment: flop"))
        == "f.yaml:5:19: client.augment: unknown augmentation 'flop'; did you mean 'flip'? (allowed: flip, crop, rotate, cutout)"
    )
    #expect(
      complaints(text("augment: [flip, cutout(40)]"))
        == "f.yaml:5:26: client.augment[1]: 'cutout' cuts out 40 × 40 of images of 28 × 28 (allowed: 0 to 28)")
    #expect(
      complaints(text("augment: crop(28)"))
        == "f.yaml:5:19: client.augment: 'crop' pads by 28, and nothing may be left of images of 28 × 28 (allowed: 0 to 27)"
    )
    #expect(
      complaints(text("augmentation: [flip]"))
        == "f.yaml:5:10: client.augmentation: unknown key; did you mean 'augment'? (allowed: batch_size, epochs, steps, shuffle, last_batch, optimizer, keep_optimizer, gradient_clip, overrides, frozen, augment)"
    )
  }

  @Test("what is no image has nothing to be mirrored")
  func shapes() {
    let patterns = ", source: synthetic-patterns, shape: [16]"
    #expect(
      complaints(text("augment: [flip]", data: patterns))
        == "f.yaml:5:20: client.augment[0]: 'flip' is for images, and the data have examples of 16 (allowed: height × width × channels)"
    )
  }
}
