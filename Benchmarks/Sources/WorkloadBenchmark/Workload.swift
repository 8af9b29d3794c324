/// A scenario that is timed.
struct Workload {
  /// What it is called on the command line.
  let name: String
  /// The scenario's file.
  let file: String
  /// How many rounds are timed; nil lets the time they take decide.
  let timedRounds: Int?

  /// The workloads in the order of the report; `benchmarks` and `scenarios` are the folders of their files.
  static func all(benchmarks: String, scenarios: String) -> [Workload] {
    [
      Workload(name: "w1", file: benchmarks + "/w1-digits.yaml", timedRounds: nil),
      Workload(name: "w2", file: benchmarks + "/w2-cnn.yaml", timedRounds: nil),
      Workload(name: "w3", file: benchmarks + "/w3-mlp.yaml", timedRounds: nil),
      Workload(name: "w4", file: benchmarks + "/w4-resnet18.yaml", timedRounds: nil),
      Workload(name: "million-clients", file: scenarios + "/million-clients.yaml", timedRounds: 4),
    ]
  }
}
