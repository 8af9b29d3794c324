import TestSupport
import Testing

/// A scenario that is over in a second: two arms, two seeds, five clients with digits of 12×12.
enum TinyScenario {
  static func text(rounds: Int = 4, extra: String = "") -> String {
    """
    name: tiny
    seeds: [1, 2]
    rounds: \(rounds)
    data:
      image: {width: 12, height: 12, channels: 1}
      train_per_client: 40
      test_per_client: 20
    model:
      input: [12, 12, 1]
      layers:
        - {conv2d: {name: conv1, filters: 8, kernel: 3, padding: same}}
        - {batch_norm: {name: bn1}}
        - relu
        - {max_pool2d: 2}
        - flatten
        - {dropout: 0.2}
        - {dense: {name: fc1, units: 10}}
    client: {batch_size: 16, optimizer: {kind: sgd, learning_rate: 0.05, momentum: 0.5}}
    checkpoint: {every: 2}
    \(extra)
    arms:
      - {name: fedavg, norm: fedavg}
      - {name: fedbn, norm: fedbn, strategy: fedavgm}
    """
  }

  /// A folder with the scenario in `tiny.yaml` and its four runs in `covey.sqlite`.
  static func recorded(rounds: Int = 4, extra: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(text(rounds: rounds, extra: extra), to: "tiny.yaml")
    let result = try CoveyProcess.run(["run", "tiny.yaml", "--quiet"], in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return folder
  }
}
