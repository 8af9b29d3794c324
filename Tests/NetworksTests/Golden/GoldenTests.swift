import Foundation
import TestSupport
import Testing

@testable import Networks

/// Every layer, loss and optimizer against values that others computed in double precision.
@Suite struct GoldenTests {
  @Test func thereAreCases() { #expect(!GoldenCase.paths.isEmpty, "no cases in \(GoldenCase.folders.map(\.path))") }

  @Test(
    .enabled(if: SharedFolders.golden != nil, "there is no folder of reference values: COVEY_GOLDEN, ../shared/golden"),
    arguments: GoldenCase.paths)
  func agrees(path: String) throws {
    let golden = try GoldenCase(path: path)
    switch golden.operation {
    // Whole runs; the tests of federations have them.
    case "federated": return
    case "optimizer": try checkOptimizer(golden)
    case "ResNet": try GoldenNetworkCheck(golden).run()
    case let name where name.hasSuffix("Loss"): try checkLoss(golden)
    default:
      let layer = try #require(try GoldenLayer(golden), "\(path): unknown operation '\(golden.operation)'")
      try GoldenLayerCheck(golden, layer).run()
    }
  }

  private func checkLoss(_ golden: GoldenCase) throws {
    let shape = try golden.shape("input")
    var outputs = channelsLast(try golden.floats("input"), shape: shape)
    var scratch = [Float](repeating: 0, count: outputs.count)
    var gradient = scratch
    var mean: Double
    var terms = outputs.count
    switch golden.operation {
    case "CrossEntropyLoss":
      guard golden.number("label_smoothing") ?? 0 == 0 else { throw GoldenCaseUnsupported("labels are not smoothed") }
      let classes = shape.count > 1 ? shape[1] : shape[0]
      let labels = try golden.integerValues("target").map { Int32($0) }
      terms = labels.count
      mean =
        CrossEntropy().value(
          &outputs, classes: labels, width: classes, gradient: &gradient, scratch: &scratch
        ).loss
    case "BCEWithLogitsLoss", "MSELoss":
      let loss: any Objective = golden.operation == "MSELoss" ? SquaredError() : BinaryCrossEntropy()
      let targets = channelsLast(try golden.floats("target"), shape: shape)
      mean =
        loss.value(&outputs, numbers: targets, width: targets.count, gradient: &gradient, scratch: &scratch).loss
    default:
      Issue.record("\(golden.file.path): unknown operation '\(golden.operation)'")
      return
    }
    switch golden.text("reduction") ?? "mean" {
    case "mean": break
    case "sum":
      mean *= Double(terms)
      gradient = gradient.map { $0 * Float(terms) }
    case let other: throw GoldenCaseUnsupported("a reduction by '\(other)'")
    }
    golden.check([Float(mean)], "output", try golden.floats("output"))
    if golden.has("grad_input") {
      golden.check(channelsFirstAsIn(gradient, shape), "grad_input", try golden.floats("grad_input"))
    }
  }

  private func channelsFirstAsIn(_ values: [Float], _ shape: [Int]) -> [Float] { channelsFirst(values, shape: shape) }

  private func checkOptimizer(_ golden: GoldenCase) throws {
    let optimizer = try #require(
      try goldenOptimizer(golden), "\(golden.file.path): unknown optimizer '\(golden.text("optimizer") ?? "")'")
    var values = try golden.floats("before")
    let gradients = try golden.floats("grads")
    var slots = [Float](repeating: 0, count: optimizer.slotNames.count * values.count + 1)
    for step in 1...(gradients.count / values.count) {
      let gradient = Array(gradients[((step - 1) * values.count)..<(step * values.count)])
      let range = 0..<values.count
      slots.withUnsafeMutableBufferPointer { slots in
        guard let base = slots.baseAddress else { return }
        let memory = OptimizerMemory(slots: base, stride: range.count, step: step)
        optimizer.step(values: &values, gradients: gradient, range: range, memory: memory)
      }
    }
    golden.check(values, "after", try golden.floats("after"))
  }

  /// The optimizer of a case with PyTorch's defaults for what it leaves out; nil when it is unknown.
  private func goldenOptimizer(_ golden: GoldenCase) throws -> (any Optimizer)? {
    for name in ["dampening", "amsgrad", "centered", "lr_decay", "initial_accumulator_value", "maximize"]
    where golden.number(name) ?? 0 != 0 {
      throw GoldenCaseUnsupported("'\(name)' is not an option of any optimizer")
    }
    let rate = golden.number("lr", "learning_rate")
    let decay = golden.number("weight_decay")
    let momentum = golden.number("momentum") ?? 0
    let list = golden.numbers("betas")
    let betas = list.map { ($0[0], $0[1]) } ?? (golden.number("beta1") ?? 0.9, golden.number("beta2") ?? 0.999)
    let epsilon = golden.number("eps", "epsilon")
    switch golden.text("optimizer")?.lowercased().split(whereSeparator: { !$0.isLetter }).first {
    case "sgd":
      return SGD(
        learningRate: rate ?? 0.001, momentum: momentum, nesterov: golden.flag("nesterov") ?? false,
        weightDecay: decay ?? 0)
    case "adam":
      return Adam(learningRate: rate ?? 0.001, betas: betas, epsilon: epsilon ?? 1e-8, weightDecay: decay ?? 0)
    case "adamw":
      return AdamW(learningRate: rate ?? 0.001, betas: betas, epsilon: epsilon ?? 1e-8, weightDecay: decay ?? 0.01)
    case "adagrad":
      return Adagrad(learningRate: rate ?? 0.01, epsilon: epsilon ?? 1e-10, weightDecay: decay ?? 0)
    case "rmsprop":
      return RMSprop(
        learningRate: rate ?? 0.01, alpha: golden.number("alpha") ?? 0.99, epsilon: epsilon ?? 1e-8,
        momentum: momentum, weightDecay: decay ?? 0)
    default: return nil
    }
  }
}
