import Foundation
import Networks
import Tensors
import Testing

@testable import Scenarios

/// `loss`: its options, and what it makes of the data's targets.
@Suite("losses")
struct LossKeyTests {
  private static let names = "cross-entropy, focal, bce, mse, mae, huber"

  @Test("what is said is in the run")
  func read() throws {
    func loss(_ text: String) throws -> any Objective {
      try #require(try experiment(small("loss: \(text)\n")).runs.first).configuration.loss
    }
    let smoothed = try #require(
      try loss("{kind: cross-entropy, label_smoothing: 0.1, ignore: 3}") as? CrossEntropy)
    #expect(smoothed.smoothing == 0.1 && smoothed.ignored == 3)
    #expect((try loss("{kind: focal, gamma: 1.5}") as? Focal)?.gamma == 1.5)
    #expect((try loss("focal") as? Focal)?.gamma == 2)
    #expect((try loss("{kind: huber, delta: 0.5}") as? Huber)?.delta == 0.5)
    #expect(try loss("bce") is BinaryCrossEntropy && loss("mse") is SquaredError && loss("mae") is AbsoluteError)
    let plain = try #require(try experiment(small()).runs.first).configuration
    #expect((plain.loss as? CrossEntropy)?.smoothing == 0 && plain.target == .classes(10))
  }

  @Test(
    "mistakes, word by word",
    arguments: [
      ("crossentropy", "5:7: loss: unknown loss 'crossentropy'; did you mean 'cross-entropy'? (allowed: \(names))"),
      (
        "{kind: cross-entropy, label_smoothing: 1}",
        "5:46: loss.label_smoothing: '1' is not allowed (allowed: a number ≥ 0 and < 1)"
      ),
      (
        "{kind: focal, class_weights: [1, -1]}",
        "5:40: loss.class_weights[1]: '-1' is not allowed (allowed: a number ≥ 0)"
      ),
      (
        "{kind: focal, class_weights: [1, .inf]}",
        "5:40: loss.class_weights[1]: '.inf' is not allowed (allowed: a number ≥ 0)"
      ),
      (
        "{kind: cross-entropy, class_weights: [0, 0]}",
        "5:44: loss.class_weights: are all 0, so that nothing counts (allowed: numbers ≥ 0, one of them above)"
      ),
      (
        "{kind: cross-entropy, class_weights: [1, 2, 3]}",
        "5:44: loss.class_weights: has 3 numbers for 10 classes (allowed: a list of 10)"
      ),
      (
        "{kind: cross-entropy, ignore: 10}",
        "5:37: loss.ignore: '10' is no class of the data (allowed: a whole number from 0 to 9)"
      ),
      (
        "{kind: bce, positive_weights: [2]}",
        "5:37: loss.positive_weights: has 1 number for 10 outputs (allowed: a list of 10)"
      ),
      (
        "{kind: huber, delta: 0}", "5:28: loss.delta: '0' is not allowed (allowed: a number > 0)"
      ),
      (
        "{kind: mse, delta: 1}", "5:19: loss.delta: unknown key; did you mean 'loss.delta' of huber? (allowed: kind)"
      ),
    ])
  func mistakes(text: String, message: String) {
    let said = complaints(small("loss: \(text)\n"))
    #expect(said.contains("f.yaml:\(message)"), "\(said)")
  }

  // MARK: Targets

  private func said(
    _ loss: String, y: SafetensorsTensor, x: [Int] = [4, 3], outputs: String = "[{dense: {name: fc, units: 2}}]"
  ) throws -> String {
    var said = ""
    try withFolder { folder in
      let values = (0..<x.reduce(1, *)).map { Float($0 % 5) / 4 }
      try Data(
        encodeSafetensors([("client0.x", .floats(shape: x, values)), ("client0.y", y)], metadata: [:])
      ).write(to: folder.appendingPathComponent("d.safetensors"))
      let text = """
        name: a
        rounds: 1
        data: {source: safetensors, file: d.safetensors}
        model: {input: \(Array(x.dropFirst())), layers: \(outputs)}
        loss: \(loss)

        """
      said = complaints(text, folder: folder.path)
    }
    return said
  }

  private let numbers = SafetensorsTensor.floats(shape: [4, 2], [0, 1, 1, 1, 0, 0.5, 1, 1])
  private let labels = SafetensorsTensor.floats(shape: [4, 2], [0, 1, 1, 1, 0, 0, 1, 1])
  private let classes = SafetensorsTensor.integers(shape: [4], [0, 1, 1, 0])

  @Test("a loss goes with targets that it can compare with")
  func fitting() throws {
    for loss in ["mse", "mae", "huber"] { #expect(try said(loss, y: numbers) == "") }
    #expect(try said("bce", y: labels) == "" && said("{kind: bce, positive_weights: [1, 2]}", y: labels) == "")
    for loss in ["cross-entropy", "focal", "bce", "mse", "mae", "huber"] { #expect(try said(loss, y: classes) == "") }
    let one = "[{dense: {name: fc, units: 1}}]"
    #expect(try said("bce", y: classes, outputs: one) == "")
    #expect(try said("{kind: bce, positive_weights: [3]}", y: classes, outputs: one) == "")
    let steps = SafetensorsTensor.integers(shape: [4, 3], [Int64](repeating: 1, count: 12))
    let sequences = "[{lstm: {name: rnn, units: 4}}, {dense: {name: fc, units: 2}}]"
    #expect(try said("cross-entropy", y: steps, x: [4, 3, 5], outputs: sequences) == "")
    #expect(try said("{kind: focal, class_weights: [1, 2]}", y: steps, x: [4, 3, 5], outputs: sequences) == "")
  }

  @Test("combinations that mean nothing are refused, and those that do are named")
  func refused() throws {
    #expect(
      try said("cross-entropy", y: numbers)
        == "f.yaml:5:7: loss: 'cross-entropy' has nothing to compare with these targets: the data have 2 numbers an example (allowed: bce, mse, mae, huber)"
    )
    #expect(
      try said("bce", y: numbers)
        == "f.yaml:5:7: loss: 'bce' takes labels, 0 or 1, and train example 2 has 0.5 at [1] (allowed for numbers: mse, mae, huber)"
    )
    let steps = SafetensorsTensor.integers(shape: [4, 3], [Int64](repeating: 1, count: 12))
    #expect(
      try said("mse", y: steps, x: [4, 3, 5])
        == "f.yaml:5:7: loss: 'mse' has nothing to compare with these targets: the data have one of 2 classes for each step (allowed: cross-entropy, focal)"
    )
    let one = "[{dense: {name: fc, units: 1}}]"
    #expect(
      try said("mse", y: numbers, outputs: one)
        == "f.yaml:4:30: model.layers[0]: puts out [1], the data have 2 numbers an example (allowed: [2])")
    #expect(
      try said("bce", y: labels, outputs: one)
        == "f.yaml:4:30: model.layers[0]: puts out [1], the data have 2 labels, each 0 or 1, an example (allowed: [2])"
    )
    #expect(
      try said("cross-entropy", y: classes, outputs: one)
        == "f.yaml:4:30: model.layers[0]: puts out [1], the data have 2 labels (allowed: [2] or more)")
    #expect(
      try said("bce", y: .integers(shape: [4], [0, 1, 2, 0]), outputs: one)
        == "f.yaml:4:30: model.layers[0]: puts out [1], the data have 3 labels (allowed: [3] or more)")
    #expect(
      try said("cross-entropy", y: steps, x: [4, 3, 5], outputs: "[flatten, {dense: {name: fc, units: 2}}]").contains(
        "puts out [2], the data have one of 2 classes for each step (allowed: [T, 2] for sequences of T steps, or more than 2)"
      ))
  }
}
