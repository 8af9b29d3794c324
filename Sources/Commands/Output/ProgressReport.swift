internal import Federation
internal import Foundation
internal import Locks
internal import Records

/// Tells on standard error how far a simulation is: one live line on a terminal, plain lines otherwise.
///
/// Why unchecked: `simulation` is set before the simulation starts and read after; the rest is behind a lock.
final class ProgressReport: @unchecked Sendable {
  private let names: [String]
  private let rounds: [Int]
  /// The rounds that were computed before, of runs that go on.
  private let roundsBefore: [Int]
  private let isQuiet: Bool
  private let isLive: Bool
  private let start = ContinuousClock.now
  private let printing = Locked((lastLine: ContinuousClock.now, width: 0))
  private var simulation: Simulation?
  /// Whether the live line is being written again and again.
  private let isTicking = Locked(false)

  /// Prepares reports on runs of these names and planned rounds, some of which may have been computed before.
  init(names: [String], rounds: [Int], roundsBefore: [Int], isQuiet: Bool) {
    self.names = names
    self.rounds = rounds
    self.roundsBefore = roundsBefore
    self.isQuiet = isQuiet
    isLive = !isQuiet && StandardError.isTerminal
  }

  /// Begins to report.
  func begin(_ simulation: Simulation) {
    self.simulation = simulation
    guard isLive else { return }
    isTicking.withLock { $0 = true }
    // Without a thread to spare there is no live line; what ends is said all the same.
    try? StartedThread.start("covey-progress", stackSize: 1 << 20) { [self] in
      repeat { Thread.sleep(forTimeInterval: 0.25) } while refresh()
    }
  }

  /// Stops reporting and clears the live line.
  func end() {
    // A refresh that has begun ends first.
    isTicking.withLock { $0 = false }
    printing.withLock { _ in if isLive { StandardError.rewrite("") } }
    simulation = nil
  }

  /// Writes the live line; false when there is none any more.
  private func refresh() -> Bool {
    isTicking.withLock { isTicking in
      guard isTicking, let simulation else { return false }
      let line = summary(simulation.progress)
      printing.withLock { _ in
        // The terminal may have another width than before, and its last column stays free: some wrap when it is written.
        StandardError.rewrite(Self.fitted(line, to: StandardError.width - 1))
      }
      return true
    }
  }

  /// Returns as many of a line's parts as fit, from the first on; of a first part that does not, as much as does.
  static func fitted(_ line: String, to width: Int) -> String {
    var result = ""
    for part in line.split(separator: " · ") {
      let longer = result.isEmpty ? String(part) : result + " · " + part
      guard longer.count <= width else { break }
      result = longer
    }
    return result.isEmpty ? String(line.prefix(max(1, width))) : result
  }

  /// "round 12/20 · 12 s left · 143 clients/s · accuracy 80.2%", the most important first; of several runs, which go on
  /// in turns, how much of all and how many of all their rounds, as "84%, 25/30 rounds of 6 runs".
  func summary(_ progress: Simulation.Progress) -> String {
    let elapsed = seconds(since: start)
    let done = progress.clientUpdates
    var parts: [String] = []
    if names.count == 1, let round = progress.rounds.first, let planned = rounds.first {
      parts.append("round \(round)/\(planned)")
    } else {
      let share = progress.plannedUpdates > 0 ? 100 * done / progress.plannedUpdates : 100
      let rounds = zip(progress.rounds, roundsBefore).reduce(0) { $0 + max(0, $1.0 - $1.1) }
      let planned = zip(self.rounds, roundsBefore).reduce(0) { $0 + max(0, $1.0 - $1.1) }
      parts.append("\(share)%, \(rounds)/\(planned) rounds of \(names.count) runs")
    }
    if done > 0, elapsed > 0 {
      let rate = Double(done) / elapsed
      let left = Double(progress.plannedUpdates - done) / rate
      parts.append(timeText(left) + " left")
      parts.append("\(rate < 10 ? String(format: "%.1f", rate) : String(Int(rate))) clients/s")
    }
    let accuracies = progress.accuracies.compactMap { $0 }
    if !accuracies.isEmpty {
      let untested = UntestedClients.words(of: progress.untested.compactMap { $0 }).map { " (\($0))" } ?? ""
      parts.append(
        String(format: "accuracy %.1f%%", 100 * accuracies.reduce(0, +) / Double(accuracies.count)) + untested)
    }
    return parts.joined(separator: " · ")
  }

  /// Hears of a round; without a terminal, says at most every five seconds how far all is.
  func roundDidFinish(_ round: RoundRecord, ofRun run: Int) {
    guard !isQuiet, !isLive, let simulation else { return }
    let progress = simulation.progress
    printing.withLock { state in
      guard seconds(since: state.lastLine) >= 5 else { return }
      state.lastLine = .now
      StandardError.write(summary(progress))
    }
  }

  /// Hears of the end of a run.
  func runDidEnd(_ outcome: RunOutcome, run: Int) {
    guard !isQuiet else { return }
    let progress = simulation?.progress
    let untested = progress?.untested[run]?.words
    let accuracy =
      progress?.accuracies[run].map { value in
        String(format: ", accuracy %.1f%%", 100 * value) + (untested.map { " (\($0))" } ?? "")
      } ?? untested.map { ", \($0)" } ?? ""
    let line =
      switch outcome {
      case .finished: "\(names[run]): finished\(accuracy)"
      case .stopped(let reason):
        "\(names[run]): stopped at round \(max(progress?.rounds[run] ?? 0, roundsBefore[run])) of \(rounds[run]): \(reason.rawValue)\(accuracy)"
      case .interrupted: "\(names[run]): interrupted"
      case .failed(let reason): "\(names[run]): failed: \(reason)"
      }
    printing.withLock { _ in isLive ? StandardError.rewrite(line, end: "\n") : StandardError.write(line) }
  }

  private func seconds(since instant: ContinuousClock.Instant) -> Double {
    let elapsed = instant.duration(to: .now).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}
