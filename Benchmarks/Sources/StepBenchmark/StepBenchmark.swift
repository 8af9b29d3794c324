import CoveyLibrary
import Foundation

/// Times the training step and the forward pass of named models on one thread, against the core's FMA peak measured
/// in between.
@main
struct StepBenchmark {
  struct Workload {
    let name: String
    let model: String
    let input: Shape
    let batch: Int
  }

  static func main() throws {
    prepareThreadForCompute()
    let asJSON = CommandLine.arguments.contains("--json")
    let workloads = [
      Workload(name: "digits-paper, batch 32", model: "digits-paper", input: [28, 28, 3], batch: 32),
      Workload(name: "digits-small, batch 32", model: "digits-small", input: [28, 28, 3], batch: 32),
      Workload(name: "cnn, batch 10", model: "cnn", input: [32, 32, 3], batch: 10),
      Workload(name: "resnet18, batch 32", model: "resnet18", input: [32, 32, 3], batch: 32),
      Workload(name: "mlp 784-128-64-10, batch 10", model: "mlp", input: [784], batch: 10),
    ]
    var lines: [String] = []
    if !asJSON {
      print(
        pad("workload", 28), pad("step ms", 9, right: true), pad("samples/s", 11, right: true),
        pad("GFLOP/s", 9, right: true),
        pad("of peak", 8, right: true), pad("forward/s", 11, right: true))
    }
    for workload in workloads {
      let network = try modelCatalog.make(workload.model).network(input: workload.input, outputs: 10)
      let (step, peak) = try measure(network, workload.batch, trains: true)
      let (forward, _) = try measure(network, workload.batch, trains: false)
      let flops = Double(network.trainingFLOPs * workload.batch) / step
      if asJSON {
        lines.append(
          """
          {"workload":"\(workload.name)","step_seconds":\(step),"samples_per_second":\(Double(workload.batch) / step),\
          "gflops":\(flops / 1e9),"share_of_peak":\(flops / peak),"peak_gflops":\(peak / 1e9),\
          "forward_samples_per_second":\(Double(workload.batch) / forward)}
          """)
      } else {
        print(
          pad(workload.name, 28), pad(String(format: "%.3f", step * 1e3), 9, right: true),
          pad(String(format: "%.0f", Double(workload.batch) / step), 11, right: true),
          pad(String(format: "%.1f", flops / 1e9), 9, right: true),
          pad(String(format: "%.0f %%", 100 * flops / peak), 8, right: true),
          pad(String(format: "%.0f", Double(workload.batch) / forward), 11, right: true))
      }
    }
    if asJSON { print("[" + lines.joined(separator: ",\n ") + "]") }
  }

  /// The median seconds of a pass, and the median FMA peak measured between the passes.
  static func measure(_ network: Network, _ batch: Int, trains: Bool) throws -> (seconds: Double, peak: Double) {
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 1), of: network)
    let optimizer = SGD(learningRate: 1e-4)
    workspace.prepareTraining(optimizer)
    let plan = try workspace.plan(batch: batch, mode: trains ? .training : .inference)
    let input = workspace.input(of: plan)
    for i in 0..<(batch * network.input.count) { input[i] = Float((i &* 2_654_435_761) % 1000) / 1000 - 0.5 }
    let labels = (0..<batch).map { Int32($0 % 10) }
    func pass() throws {
      if trains {
        _ = try workspace.trainStep(plan, labels: labels, loss: .crossEntropy, stepKey: 0, adjust: nil)
      } else {
        _ = try workspace.evaluateStep(plan, labels: labels, loss: .crossEntropy)
      }
    }
    for _ in 0..<5 { try pass() }
    var passes: [Double] = []
    var peaks: [Double] = []
    let clock = ContinuousClock()
    let repeats = max(1, min(2000, 300_000_000_0 / max(1, network.trainingFLOPs * batch)))
    for _ in 0..<9 {
      let elapsed = try clock.measure { for _ in 0..<repeats { try pass() } }
      passes.append(
        Double(elapsed.components.attoseconds) * 1e-18 / Double(repeats) + Double(elapsed.components.seconds)
          / Double(repeats))
      peaks.append(ProcessorPeak.measured(attempts: 1))
    }
    return (passes.sorted()[4], peaks.sorted()[4])
  }

  static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}
