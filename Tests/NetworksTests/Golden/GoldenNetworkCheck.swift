import TestSupport
import Tensors
import Testing

@testable import Networks

/// Runs a residual network of a case forward, at inference too, and backward, and compares everything that the file
/// holds.
struct GoldenNetworkCheck {
  private let golden: GoldenCase
  private let network: Network
  private let batch: Int

  init(_ golden: GoldenCase) throws {
    self.golden = golden
    let shape = try golden.shape("input")
    batch = shape[0]
    let widths = try #require(golden.integers("widths"))
    network = try Network(
      input: [shape[2], shape[3], shape[1]],
      layers: ResNet18.layers(widths: widths, outputs: try golden.shape("output")[1]))
  }

  private func inside(_ tensor: String) throws -> [Float] {
    channelsLast(try golden.floats(tensor), shape: try golden.shape(tensor))
  }

  func run() throws {
    let layout = network.layout
    let state = try ModelState(file: golden.file, prefix: "param.", layout: layout)
    let inference = try LayerRun(network, batch: batch, mode: .inference, state: state)
    golden.check(try inference.forward(try inside("input")), "eval_output", try golden.floats("eval_output"))

    let training = try LayerRun(network, batch: batch, mode: .training, state: state)
    golden.check(try training.forward(try inside("input")), "output", try golden.floats("output"))
    golden.check(
      try training.backward(try golden.floats("grad_output")), "grad_input", try inside("grad_input"))
    let gradients = training.gradients
    for tensor in layout.tensors {
      if tensor.role.isTrainable {
        let name = "grad.\(tensor.name)"
        golden.check(Array(gradients[tensor.range]), name, try golden.floats(name))
      } else if tensor.role != .batchCount {
        let name = "after.\(tensor.name)"
        golden.check(training.values(tensor), name, try golden.floats(name))
      }
    }
    let expected = golden.file.entries.keys.filter { $0.hasPrefix("param.") }
    #expect(Set(expected) == Set(layout.tensors.map { "param.\($0.name)" }))
  }
}
