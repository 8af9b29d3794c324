/// What is measured of a workload.
///
/// Rates come from the difference of two executions, one of a single round and one of more: start-up, the evaluation of
/// the first and the last round, the last checkpoint and shutting down are in both and cancel. Recording a round, which
/// `rounds.seconds` does not cover, stays in.
struct Measurement {
  /// Rounds of training, of all runs, in the difference.
  let rounds: Int
  /// Seconds of the difference.
  let seconds: Double
  let clients: Int
  let samples: Int
  let flops: Int
  /// The FMA peak of all threads: the median of the measurements before, between and after the executions.
  let peak: Double
  /// The larger execution's largest resident memory.
  let peakBytes: Int
  /// Wall time of a process that trains one run for one round, less that round's own seconds: from its start to the
  /// first round, with what comes behind it.
  let startupSeconds: Double
  /// Seconds that the record has of the timed rounds, of the run that took longest: what `seconds` is without
  /// recording.
  let recordedSeconds: Double

  var roundsPerSecond: Double { Double(rounds) / seconds }
  var clientsPerSecond: Double { Double(clients) / seconds }
  var samplesPerSecond: Double { Double(samples) / seconds }
  var operationsPerSecond: Double { Double(flops) / seconds }
  var shareOfPeak: Double { operationsPerSecond / peak }

  /// Measures a workload.
  ///
  /// - Parameters:
  ///   - rounds: How many rounds of each run are timed; nil lets `target`, in seconds, decide.
  /// - Throws: `ChildFailure` when the program does not do its part.
  init(_ workload: Workload, covey: String, threads: Int, rounds: Int?, target: Double) throws {
    var peaks: [Double] = []
    func execute(_ rounds: Int, seed: UInt64? = nil) throws -> Execution {
      peaks.append(ThreadedPeak.measured(threads: threads))
      return try Execution(covey: covey, scenario: workload.file, rounds: rounds, threads: threads, seed: seed)
    }
    let single = try execute(1, seed: 1)
    var short = try execute(1)
    let roundSeconds = short.runs.map(\.trainingSeconds).max() ?? 1
    let isGiven = rounds != nil || workload.timedRounds != nil
    var timed = rounds ?? workload.timedRounds ?? max(2, min(5000, Int((target / roundSeconds).rounded(.up))))
    var long = try execute(1 + timed)
    var difference = long.child.wallSeconds - short.child.wallSeconds
    if !isGiven, difference < target / 2, timed < 5000 {
      // The first round, which also makes the plans, took longer than the others do.
      timed = min(5000, Int(Double(timed) * min(100, target / max(difference, 1e-3))))
      long = try execute(1 + timed)
      difference = long.child.wallSeconds - short.child.wallSeconds
    }
    // A few short rounds may take less than starting the program differs from one time to the next.
    var attempts = 1
    while difference <= 0, attempts < 5 {
      attempts += 1
      short = try execute(1)
      long = try execute(1 + timed)
      difference = long.child.wallSeconds - short.child.wallSeconds
    }
    peaks.append(ThreadedPeak.measured(threads: threads))
    let work = long.timedWork
    self.rounds = timed * long.runs.count
    seconds = difference
    (clients, samples, flops) = work
    peak = peaks.sorted()[peaks.count / 2]
    peakBytes = long.child.peakBytes
    startupSeconds = single.child.wallSeconds - (single.runs.first?.trainingSeconds ?? 0)
    recordedSeconds =
      long.runs.map { run in run.rounds.filter { $0.round > 1 }.reduce(0) { $0 + $1.seconds } }.max() ?? 0
    guard seconds > 0, samples > 0 else {
      throw ChildFailure(
        description: "\(workload.name): \(timed) rounds took no measurable time; give more with --rounds or --seconds")
    }
  }
}
