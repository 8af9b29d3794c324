internal import Records
internal import RunStore
internal import Scenarios

/// Compares what recorded runs read with what they would read now.
struct RecordedInputs {
  private let store: RunStore
  private let recorded: [Int64: RunInputs]

  /// Reads what is recorded of runs.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  init(_ runs: [StoredRun], _ store: RunStore) throws(StoreError) {
    self.store = store
    recorded = try store.inputs(runs: runs.map(\.id))
  }

  /// Whether nothing is recorded of something that a run read, which now reads `inputs`.
  func isUnknown(_ run: StoredRun, _ inputs: [InputRecord]) -> Bool {
    guard let recorded = recorded[run.id], recorded.isRecorded else { return !inputs.isEmpty }
    return inputs.contains { recorded.isSilent(on: $0.kind) }
  }

  /// What differs between a run's recorded inputs and those of now; nothing where none are recorded.
  func differences(_ run: StoredRun, _ now: [InputRecord]) -> [InputDifference] {
    guard let inputs = recorded[run.id], inputs.isRecorded else { return [] }
    return inputs.records.differences(from: now.filter { !inputs.isSilent(on: $0.kind) })
  }

  /// What differs of a run whose experiment can't be opened, as far as its files can still be read: perhaps that is why.
  func differences(_ run: StoredRun) -> [InputDifference] {
    guard let stored = try? store.experiment(id: run.experimentID), let scenario = try? Scenario(stored: stored) else {
      return []
    }
    // What can't be read is not other data, and is told as what it is.
    return differences(run, scenario.inputs(arm: run.arm, seed: run.seed)).filter { $0.second != nil }
  }

  /// Why the recorded clients of a run can't be those of `description`; nil where they can.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  func contradiction(_ run: StoredRun, _ description: RunDescription) throws(StoreError) -> String? {
    let before = try store.clients(run: run.id)
    let now = run.classNames == nil ? description.clients.map(\.withoutNames) : description.clients
    guard before != now else { return contradiction(run, description.hashes) }
    if before.count != now.count {
      return "has \(counted(before.count, "client")) in its record, and the data now have \(now.count)"
    }
    guard let (old, new) = zip(before, now).first(where: { $0 != $1 }) else { return nil }
    func words(_ client: ClientRecord) -> String {
      "client \(client.client) of domain '\(client.domain)' with \(client.trainSamples) training and "
        + "\(client.testSamples) test examples"
    }
    let (first, second) = (words(old), words(new))
    return first == second
      ? "has other numbers of examples by label of client \(old.client) in its record than the data now have"
      : "has \(first) in its record, and the data now have \(second)"
  }

  /// Why the data of a run can't be those of `hashes`, though they have the same clients with as many examples of each label;
  /// nil where they can.
  private func contradiction(_ run: StoredRun, _ hashes: DataHashes) -> String? {
    for (what, before, now) in [
      ("other data", run.hashes.data, hashes.data), ("another split of the data", run.hashes.split, hashes.split),
    ] {
      if let before, before != now {
        return "has \(what) in its record: SHA-256 \(before.prefix(12))… then, \(now?.prefix(12) ?? "none ")… now"
      }
    }
    return nil
  }

  /// What keeps a run from going on that can't be opened: `error`, behind what differs of its data.
  func failure(_ run: StoredRun, _ error: any Error) -> CommandFailure {
    let failure = CommandFailure(error)
    let lines = Self.lines(differences(run).map { (run, $0) })
    return lines.isEmpty ? failure : CommandFailure(lines: lines + failure.lines, status: .data)
  }

  /// Returns, by the numbers of their experiments, what keeps runs from going on: data that are not those
  /// they were begun with.
  ///
  /// - Throws: `StoreError` when the database cannot be read.
  func failures(
    _ runs: [(run: StoredRun, chosen: Experiment.Run)], nothingWas done: String = "resumed"
  ) throws(StoreError) -> [Int64: CommandFailure] {
    var result: [Int64: CommandFailure] = [:]
    for (experiment, members) in Dictionary(grouping: runs, by: \.run.experimentID) {
      var different: [(run: StoredRun, difference: InputDifference)] = []
      var lines: [String] = []
      for (run, chosen) in members {
        let found = differences(run, chosen.inputs)
        different += found.map { (run, $0) }
        if found.isEmpty, let words = try contradiction(run, chosen.description) {
          lines.append("error: run \(run.id) (\(run.name)) \(words)")
        }
      }
      lines = Self.lines(different) + lines
      if lines.isEmpty { continue }
      result[experiment] = CommandFailure(
        lines: lines + ["nothing was \(done); bring the former files back, or begin anew with: covey run"],
        status: .data)
    }
    return result
  }

  /// A line for each thing that differs, with the runs of which it does.
  static func lines(_ differences: [(run: StoredRun, difference: InputDifference)]) -> [String] {
    var order: [InputDifference] = []
    var runs: [[StoredRun]] = []
    for (run, difference) in differences {
      if let place = order.firstIndex(of: difference) {
        runs[place].append(run)
      } else {
        order.append(difference)
        runs.append([run])
      }
    }
    return zip(order, runs).map { "error: \(words($0)) when \(words($1)) begun" + hashes($0) }
  }

  /// What became of an input, as the beginning of a sentence.
  private static func words(_ difference: InputDifference) -> String {
    let input = "\(difference.kind.rawValue) '\(difference.name)'"
    if difference.second == nil { return "\(input) is not read any more, but was" }
    if difference.first == nil { return "\(input) is read now, but was not" }
    return "\(input) holds something else than"
  }

  private static func words(_ runs: [StoredRun]) -> String {
    if runs.count == 1 { return "run \(runs[0].id) (\(runs[0].name)) was" }
    let numbers = runs.prefix(5).map { String($0.id) }.joined(separator: ", ")
    return "runs \(numbers)" + (runs.count > 5 ? " and \(runs.count - 5) more" : "") + " were"
  }

  private static func hashes(_ difference: InputDifference) -> String {
    guard let first = difference.first, let second = difference.second else { return "" }
    return ": SHA-256 \(first.prefix(12))… then, \(second.prefix(12))… now"
  }

  /// What is said, once, of runs of whose inputs nothing is recorded.
  static func unknownNote(_ count: Int, _ consequence: String) -> String {
    "note: the version of covey that began \(counted(count, "run")) did not record what \(count == 1 ? "it" : "they") "
      + "read, so that other data can't be told; \(consequence)"
  }
}

extension ClientRecord {
  /// What versions recorded that knew neither names nor validation examples.
  fileprivate var withoutNames: ClientRecord {
    ClientRecord(
      client: client, domain: domain, trainSamples: trainSamples, testSamples: testSamples,
      labelHistogram: labelHistogram)
  }
}
