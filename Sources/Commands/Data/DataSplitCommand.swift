internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Datasets
internal import Scenarios
internal import Tables

/// `covey data split`.
struct DataSplitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Writes who has which examples in a run of a scenario.",
    discussion: """
      Divides the data of the scenario as a run of its first arm would, and writes the rows of each client's training, \
      validation and test examples, and who never trains. 'data.partition: {kind: file, path: split.json}' reads the file: \
      the same division, whatever the seed. No model is built.

      The same input gives the same bytes. The file is written whole or not at all.

      Examples:
        covey data split mine.yaml -o split.json
        covey data split mine.yaml --seed 3 -o split-3.json --set data.partition.alpha=0.1
      """)

  @Argument(help: ArgumentHelp("A scenario file.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(help: ArgumentHelp("The seed of the division; the scenario's first unless given.", valueName: "number"))
  var seed: UInt64?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "path"))
  var output: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a key: a dotted path, as data.file=other.csv; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  func run() throws {
    let edits = ScenarioEdits(settings: settings + (seed.map { ["seeds=\($0)"] } ?? []))
    let opened = try loadData(file, edits, isWhole: false)
    let dataset = opened.dataset
    for note in opened.notes { StandardError.write("note: \(visibleText(note))") }
    let words = partitionWords(edits)
    let file = try OutputFile(output)
    try SplitFile(dataset, partition: words).write { try file.write($0) }
    try file.commit()
    StandardOutput.writeParagraph(
      "\(output): \(counted(dataset.clientCount, "client")), \(counted(dataset.unseenCount, "unseen client"))")
  }

  private func partitionWords(_ edits: ScenarioEdits) -> String {
    (try? Scenario(path: file, edits: edits))?.partitionWords ?? ""
  }
}
