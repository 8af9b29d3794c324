internal import Foundation
internal import Records
internal import Reports
internal import RunStore

extension ExportCommand {
  /// The name of an event file; TensorBoard looks for `tfevents`, and reads all such files of a folder as one run, for
  /// which reason the name is always the same.
  private static let eventFileName = "events.out.tfevents.covey"

  /// Writes an event file for each run into a folder of its own, `experiment/arm/seed`.
  func exportEvents(_ store: RunStore, _ runs: [StoredRun], to folder: String) throws -> [WrittenFile] {
    var files: [WrittenFile] = []
    for (run, path) in zip(runs, FolderName.paths(of: runs)) {
      let own = Self.path(folder, path)
      try makeFolder(own)
      let file = Self.path(own, Self.eventFileName)
      let clientCount = try store.domains(run: run.id).count
      try writeEvents(store, run, to: file)
      files.append(WrittenFile(run: run.name, kind: "tensorboard", path: file))
      StandardError.write(
        "wrote \(file)"
          + (clientCount > clientLimit ? ": curves of \(clientLimit) of \(clientCount) clients ('--client-limit')" : "")
      )
    }
    return files
  }

  private func writeEvents(_ store: RunStore, _ run: StoredRun, to path: String) throws {
    let file = try OutputFile(path)
    var time = try run.startTime(store.path)
    try file.write(EventFile.start(wallTime: time))
    try RunTables(store: store, run: run).forEachRound { row in
      // A round's values are known when it is over.
      if row.seconds.isFinite { time += max(0, row.seconds) }
      let layers = try store.layerDrift(run: run.id, rounds: row.round...row.round)
      var scalars = row.scalars + layers.flatMap(\.record.scalars)
      if clientLimit > 0, row.evaluatedClients > 0 {
        let evaluations = try store.evaluations(
          run: run.id, round: row.round, of: EvaluationSelection(), detail: .measures)
        scalars += evaluations.tested.filter { $0.client < clientLimit }.flatMap(\.scalars)
      }
      if !scalars.isEmpty { try file.write(EventFile.record(scalars, step: row.round, wallTime: time)) }
    }
    try file.commit()
  }
}

extension StoredRun {
  /// Returns the time at which the run began, in seconds since 1970.
  ///
  /// - Throws: `StoreError.damaged`.
  fileprivate func startTime(_ path: String) throws -> Double {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = (try? Date(startedAt, strategy: style)) ?? startedAt.wholeSecond else {
      throw StoreError.damaged(path: path, reason: "started_at holds \"\(startedAt)\"")
    }
    return date.timeIntervalSince1970
  }
}

extension RoundRow {
  /// What the round says as values of curves; without what is not known.
  fileprivate var scalars: [EventFile.Scalar] {
    var scalars = [
      EventFile.Scalar("bytes/up", Double(bytesUp)), EventFile.Scalar("bytes/down", Double(bytesDown)),
      EventFile.Scalar("time/seconds", seconds),
    ]
    let optional: [(tag: String, value: Double?)] = [
      ("train/loss", trainLoss), ("train/accuracy", trainAccuracy), ("accuracy/mean", meanAccuracy),
      ("accuracy/sample_weighted", sampleWeightedAccuracy), ("accuracy/worst", worstAccuracy),
      ("accuracy/bottom_decile", bottomDecileAccuracy), ("accuracy/sd", accuracySD), ("loss/mean", meanLoss),
      ("loss/sample_weighted", sampleWeightedLoss), ("loss/worst", worstLoss),
      ("loss/bottom_decile", bottomDecileLoss),
    ]
    if untestedClients > 0 { scalars.append(EventFile.Scalar("clients/untested", Double(untestedClients))) }
    for (tag, value) in optional {
      if let value { scalars.append(EventFile.Scalar(tag, value)) }
    }
    for (name, value) in roundMeasures.sorted {
      if let value { scalars.append(EventFile.Scalar("train/\(name)", value)) }
    }
    for (name, summary) in measures.sorted(by: { $0.key < $1.key }) {
      scalars.append(EventFile.Scalar("\(name)/mean", summary.mean))
      if let worst = summary.worst, !name.hasSuffix("]") { scalars.append(EventFile.Scalar("\(name)/worst", worst)) }
    }
    return scalars
  }
}

extension LayerDriftRecord {
  fileprivate var scalars: [EventFile.Scalar] {
    [("between_share", betweenShare), ("mean_kl", meanKL), ("max_kl", maxKL)].compactMap { name, value in
      value.isNaN ? nil : EventFile.Scalar("drift/\(layer)/\(name)", value)
    }
  }
}

extension EvaluationRecord {
  fileprivate var scalars: [EventFile.Scalar] {
    var scalars: [EventFile.Scalar] = []
    if let accuracy { scalars.append(EventFile.Scalar("accuracy/client/\(client)", accuracy)) }
    if !loss.isNaN { scalars.append(EventFile.Scalar("loss/client/\(client)", loss)) }
    // Those of single classes would be a curve for each client and class.
    for (name, value) in measures.sorted where !name.hasSuffix("]") {
      if let value { scalars.append(EventFile.Scalar("\(name)/client/\(client)", value)) }
    }
    return scalars
  }
}
