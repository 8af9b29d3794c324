internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Datasets
internal import Scenarios
internal import Tables

/// `covey import`.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Writes a scenario's data as one checked safetensors file.",
    discussion: """
      Reads what 'data' of the scenario says, with its first seed, and writes it as the source 'safetensors' reads it: a \
      client after another, with the names of clients, domains and classes. What a run does on top of it is left out: \
      'image.mean' and 'image.std', limits on examples, and which clients never train. No model is built.

      The same input gives the same bytes. The file is written whole or not at all.

      Examples:
        covey import mine.yaml -o mine.safetensors
        covey import mine.yaml -o even.safetensors --set data.partition.kind=iid --set data.partition.clients=10
      """)

  @Argument(help: ArgumentHelp("A scenario file.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "path"))
  var output: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a key: a dotted path, as data.file=other.csv; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "The form of what is told: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let opened = try loadData(file, ScenarioEdits(settings: settings), isWhole: true, isRaw: true)
    let dataset = opened.dataset
    if format == .table { for note in opened.notes { StandardError.write("note: \(visibleText(note))") } }
    let files = (dataset.source as? HeldSource)?.data.files
    let hash = files.map(dataHash) ?? ""
    let contents = FederationFile(dataset, metadata: ["data_sha256": hash])
    let file = try OutputFile(output)
    try contents.write { try file.write($0) }
    try file.commit()
    let clients = dataset.clientCount + dataset.unseenCount
    let examples = (0..<clients).reduce(0) { $0 + dataset.trainCount($1) }
    switch format {
    case .json:
      var document = JSONDocument()
      document.add("path", .text(output))
      document.add("clients", .integer(clients))
      document.add("train_examples", .integer(examples))
      document.add("data_sha256", hash.isEmpty ? .missing : .text(hash))
      document.add("notes", list: opened.notes.map { .text($0) })
      StandardOutput.write(document.json())
    case .table:
      StandardOutput.writeParagraph(
        "\(output): \(counted(clients, "client")), \(counted(examples, "training example"))")
    }
  }
}

/// Opens the data of a scenario; all that is wrong is told at once.
///
/// - Parameters:
///   - isWhole: Whether limits on examples, and the clients that never train, are left aside.
///   - isRaw: Whether images that are made or resized are taken before 'image.mean' and 'image.std'.
func loadData(
  _ file: String, _ edits: ScenarioEdits, isWhole: Bool, isRaw: Bool = false
) throws -> OpenedData {
  try toldAtOnce { () throws(ScenarioError) in
    var scenario = try Scenario(path: file, edits: edits)
    if isRaw, scenario.scalesImages {
      var raw = edits
      // A mean does not go together with what normalizes, which is left out as well.
      raw.settings += ["data.normalize=none", "data.image.mean=0", "data.image.std=1"]
      scenario = try Scenario(path: file, edits: raw)
    }
    return try scenario.data(isWhole: isWhole)
  }
}

/// Opens the data that a draft is about.
func loadData(_ draft: ScenarioDraft, isWhole: Bool) throws -> OpenedData {
  try toldAtOnce { () throws(ScenarioError) in try draft.scenario().data(isWhole: isWhole) }
}

/// Tells all that is wrong with data.
private func toldAtOnce(_ open: () throws(ScenarioError) -> OpenedData) throws -> OpenedData {
  do throws(ScenarioError) { return try open() } catch {
    throw CommandFailure(
      lines: error.lines + ["\(counted(error.diagnostics.count, "error")); nothing was written"],
      status: error.isMissingInput ? .missingInput : .data)
  }
}
