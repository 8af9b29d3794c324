internal import Foundation
internal import Questions
internal import Records
internal import Reports
internal import RunStore

extension HistoryCommand {
  /// The length of a run's curve in the list of runs.
  private static let curveLength = 12

  /// Lists runs, the newest first.
  func writeRuns(_ store: RunStore) throws {
    try store.require(filter.filter)
    var scope = ListingScope()
    scope.arms = filter.arm
    scope.seeds = filter.seed?.values ?? []
    scope.statuses = status.map { [$0.word] } ?? []
    var query = try listing.query(.runs, scope)
    if let last { query.scope.runs = try newest(last, query, store) }
    if format == .table { query.limit = query.limit ?? ListingOutput.page }
    let rows = try store.rows(query)
    var runs = try rows.map { try ListedRun($0, query.columns(), store) }
    let (tags, shared) = (try store.tags(), try store.sharedExperimentNames())
    for index in runs.indices {
      runs[index].tags = tags[runs[index].id] ?? []
      runs[index].isNameShared = shared.contains(runs[index].experiment)
    }
    if format == .table { try addCurves(to: &runs, store) }
    RunListing.table(runs).write(format)
    let output = ListingOutput(store: store, query: query, noun: "run")
    if runs.isEmpty {
      let all = try store.count(ListingQuery(.runs, ListingScope()))
      return all == 0 ? StandardError.write("there are no runs") : try output.explainEmptiness(of: all)
    }
    guard format == .table else { return }
    if let rest = try output.rest(after: runs.count, limit: query.limit) {
      StandardOutput.write("")
      StandardOutput.writeParagraph(rest)
    }
    if runs.contains(where: { ($0.untestedClients ?? 0) > 0 }) {
      StandardOutput.write("")
      StandardOutput.writeParagraph(
        "untested: clients without test examples, which have no test value and are in no mean")
    }
    if runs.contains(where: \.isCutOff) { StandardOutput.write("\ncut off runs go on with: covey resume") }
  }

  /// The numbers of the newest runs that a query means, in whatever order and pages it shows them.
  private func newest(_ count: Int, _ query: ListingQuery, _ store: RunStore) throws -> [Int64] {
    var newest = query
    (newest.order, newest.limit, newest.offset) = ([], count, 0)
    newest.metric = nil
    return try store.rows(newest).compactMap { row in
      if case .integer(let id)? = row.first { id } else { nil }
    }
  }

  private func addCurves(to runs: inout [ListedRun], _ store: RunStore) throws {
    let points = try store.accuracyCurves(runs.map(\.id), pieces: Self.curveLength)
    let curves = Dictionary(grouping: points, by: \.owner)
    for index in runs.indices {
      guard let points = curves[runs[index].id] else { continue }
      var values = [Double?](repeating: nil, count: Self.curveLength)
      for point in points where values.indices.contains(point.round) { values[point.round] = point.value }
      runs[index].accuracies = values.compactMap { $0 }
    }
  }
}

extension ListedRun {
  /// Makes a line of a row of the runs' listing.
  fileprivate init(_ row: [ListedValue], _ columns: [Listing.Column], _ store: RunStore) throws {
    let values = Dictionary(uniqueKeysWithValues: zip(columns.map(\.key), row))
    func text(_ key: String) -> String? {
      if case .text(let text)? = values[key] { text } else { nil }
    }
    func integer(_ key: String) -> Int64 {
      if case .integer(let number)? = values[key] { number } else { 0 }
    }
    func number(_ key: String) -> Double? {
      switch values[key] {
      case .number(let number)?: number
      case .integer(let number)?: Double(number)
      default: nil
      }
    }
    let id = integer("run")
    let status = text("status").flatMap(RunStatus.init) ?? .failed
    // Only the system knows whether a run that says so is being computed.
    let isCutOff = status == .running ? try store.resolve(String(id)).first?.isCutOff ?? false : false
    self.init(
      id: id, experiment: text("experiment") ?? "", arm: text("arm") ?? "", strategy: text("strategy") ?? "",
      norm: text("norm") ?? "", seed: UInt64(bitPattern: integer("seed")), status: status,
      roundsDone: Int(integer("rounds_done")), roundsPlanned: Int(integer("rounds_planned")),
      accuracy: number("accuracy"), startedAt: text("started_at")?.wholeSecond, seconds: number("seconds"),
      error: text("error"))
    self.isCutOff = isCutOff
    note = text("note")
    experimentID = integer("experiment_id")
    untestedClients = values["untested_clients"].flatMap {
      if case .integer(let count) = $0 { Int(count) } else { nil }
    }
    instructionSet = text("instruction_set")
    hashes = DataHashes(data: text("data_hash"), split: text("split_hash"))
    stopReason = text("stop_reason").flatMap(StopReason.init)
    bound = text("bound").flatMap(Bound.init) ?? .none
  }
}
