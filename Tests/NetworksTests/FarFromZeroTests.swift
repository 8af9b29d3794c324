import Tensors
import TestSupport
import Testing

@testable import Networks

/// What normalization layers make of values whose mean is far from zero: the deviation that they divide by is exact to
/// fp32. It is told from the slope of a sample's output, which what the mean is rounded by does not change.
@Suite struct FarFromZeroTests {
  static let means: [Float] = [0, 100, 1000, 10_000, 100_000]

  /// 1/√(σ² + ε) of some values in fp64.
  private static func inverse(_ values: [Float], epsilon: Double) -> Double {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return 1 / (squares / Double(values.count) + epsilon).squareRoot()
  }

  /// The slope between the largest and the smallest of some values.
  private static func slope(_ x: [Float], _ y: [Float]) -> Double {
    guard let low = x.indices.min(by: { x[$0] < x[$1] }), let high = x.indices.max(by: { x[$0] < x[$1] }) else {
      return .nan
    }
    return (Double(y[high]) - Double(y[low])) / (Double(x[high]) - Double(x[low]))
  }

  /// The places of each group of a batch of images that is normalized together.
  private static func groups(_ kind: String, batch: Int, positions: Int, channels: Int) -> [[Int]] {
    func place(_ sample: Int, _ position: Int, _ channel: Int) -> Int {
      (sample * positions + position) * channels + channel
    }
    func all(_ samples: Range<Int>, _ own: Range<Int>) -> [Int] {
      samples.flatMap { sample in (0..<positions).flatMap { p in own.map { place(sample, p, $0) } } }
    }
    let size = ["batch": 1, "instance": 1, "group": 2][kind] ?? channels
    let parts = stride(from: 0, to: channels, by: size).map { $0..<($0 + size) }
    if kind == "batch" { return parts.map { all(0..<batch, $0) } }
    return (0..<batch).flatMap { sample in parts.map { all(sample..<(sample + 1), $0) } }
  }

  @Test("what is divided by is exact", arguments: ["batch", "group", "layer", "instance"], means)
  func deviations(kind: String, mean: Float) throws {
    let layer: any Layer =
      switch kind {
      case "batch": BatchNorm(name: "n", center: false, scale: false)
      case "group": GroupNorm(name: "n", groups: 3)
      case "layer": LayerNorm(name: "n")
      default: InstanceNorm(name: "n")
      }
    let (batch, shape) = (4, [5, 5, 6] as Shape)
    let network = try Network(input: shape, layers: [layer])
    let x = randomValues(batch * shape.count, seed: 8).map { mean + $0 }
    let y = try LayerRun(network, batch: batch, mode: .training).forward(x)
    for group in Self.groups(kind, batch: batch, positions: 25, channels: 6) {
      let (input, output) = (group.map { x[$0] }, group.map { y[$0] })
      let expected = Self.inverse(input, epsilon: 1e-5)
      #expect(abs(Self.slope(input, output) / expected - 1) <= 5e-7, "\(kind) at \(mean)")
    }
  }

  @Test("running variances and collected moments are exact", arguments: means)
  func kept(mean: Float) throws {
    let network = try Network(input: [3], layers: [BatchNorm(name: "n", convention: .keras, momentum: .fixed(0))])
    let values = randomValues(3 * 200, seed: 2).map { mean + $0 }
    let channels = (0..<3).map { c in stride(from: c, to: values.count, by: 3).map { values[$0] } }
    let exact = channels.map { 1 / (Self.inverse($0, epsilon: 0) * Self.inverse($0, epsilon: 0)) }

    let run = try LayerRun(network, batch: 200, mode: .training)
    _ = try run.forward(values)
    let running = run.values(try #require(network.layout.tensor("n.running_var")))
    for (own, expected) in zip(running, exact) { #expect(abs(Double(own) / expected - 1) <= 2e-7, "at \(mean)") }

    // In several batches, merged.
    let workspace = NetworkWorkspace()
    workspace.load(ModelState(initial: network.layout, seed: 1), of: network)
    workspace.beginMoments()
    let mode = PassMode(isTraining: false, statistics: .batch, collectsMoments: true)
    for batch in [0..<7, 7..<100, 100..<200] {
      let plan = try workspace.plan(batch: batch.count, mode: mode)
      for (place, value) in values[(3 * batch.lowerBound)..<(3 * batch.upperBound)].enumerated() {
        workspace.input(of: plan)[place] = value
      }
      try plan.forward(workspace.memory(of: plan))
    }
    let collected = workspace.collectedMoments.statistics[3...]
    for (own, expected) in zip(collected, exact) { #expect(abs(own / expected - 1) <= 1e-7, "collected at \(mean)") }
  }
}
