internal import Federation
internal import Records
internal import RunStore
internal import Scenarios
internal import Tables

extension ExportCommand {
  /// Writes a line for each example that the run's clients are evaluated on.
  ///
  /// - Returns: Of which evaluation they are.
  func exportPredictions(_ store: RunStore, _ run: StoredRun, to path: String) throws -> String {
    let choice = try checkpointRound(store, run)
    let checkpoint = try store.checkpoint(run: run.id, round: choice.round)
    let experiment = try Experiment(stored: store.experiment(id: run.experimentID))
    let configuration = try experiment.run(arm: run.arm, seed: run.seed, id: run.id).configuration
    let predictions = try Predictions(checkpoint, of: configuration, on: ComputeThreads(count: 1))
    let names = predictions.classNames
    let columns =
      [Table.Column("client"), .words("split"), Table.Column("example"), .words("label"), .words("predicted")]
      + names.map { Table.Column("p[\($0)]") }
    let file = try OutputFile(path)
    var stream = TableStream(columns: columns, form: .csv)
    try file.write(stream.head)
    for example in predictions.examples {
      let cells: [Cell] = [
        .integer(example.client), .text(example.split.rawValue), .integer(example.example),
        .text(names[example.label]), .text(names[example.predicted]),
      ]
      try file.write(stream.row(cells + example.probabilities.map { .number($0, digits: 6) }))
    }
    try file.write(stream.tail)
    try file.commit()
    StandardError.write(
      "wrote \(path): round \(predictions.round)\(choice.reason), \(predictions.examples.count) examples, "
        + predictions.words)
    return predictions.words
  }
}
