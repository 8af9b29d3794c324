internal import ArgumentParser
internal import func Catalogs.nearestName
internal import Federation
internal import Questions
internal import Records
internal import RunStore
internal import Tensors

/// `covey export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a run's weights, or all that is recorded of runs, to files.",
    discussion: """
      Weights are written as safetensors with PyTorch's names and layouts: load_state_dict(safetensors.torch.load_file(f)) works on the \
      same network written in PyTorch. Without --client they are the server's, with it the client's personal model. Of normalization that \
      stays with the clients the server has initial values only; it is said which. With --slot the file has what a component remembers from \
      round to round in place of the weights, as scaffold's control variates: a vector as arrays under the names of the weights it goes \
      with, other numbers under the slot's name.

      Predictions are a line of CSV for each example that clients are evaluated on: client, split, number, label, predicted class and the \
      probability of each class, of the personal models that 'covey history' shows; the data are read again, and a measure of one's own can \
      be computed of them.

      TensorBoard shows the curves of each run: accuracy, loss, train, drift, bytes and time, one point a round. Each run gets a folder \
      experiment/arm/seed, and so do the CSV files of several runs; in their names all but letters, digits and -_.=,+@() is %XX.

      A file that is there is replaced when the new one is whole.

      Examples:
        covey export latest --weights out.safetensors
        covey export quickstart/fedbn/1 --weights client2.safetensors --client 2 --round 10
        covey export controlled/scaffold/1 --weights control.safetensors --slot control --client 2
        covey export quickstart/fedbn/1 --predictions predictions.csv
        covey export 3 --csv folder --json run.json
        covey export latest --json - | gzip > run.json.gz
        covey export quickstart --arm fedbn --csv folder
        covey export quickstart --tensorboard logs
      """)

  @Argument(help: ArgumentHelp(RunHelp.several + " One for weights.", valueName: "run"), completion: RunCompletion.kind)
  var names: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var filter: RunFilterOptions

  @Option(help: ArgumentHelp("Write the weights to a safetensors file.", valueName: "file"), completion: .file())
  var weights: String?

  @Option(help: ArgumentHelp("The weights of this client instead of the server's.", valueName: "id"))
  var client: Int?

  @Option(
    help: ArgumentHelp(
      "What a component remembers under this name instead of the weights: the server's, or with --client that client's.",
      valueName: "name"))
  var slot: String?

  @Option(
    help: ArgumentHelp(
      "The weights after this round, which needs a checkpoint; 'best' is the best of those kept (default: the newest).",
      valueName: "round"))
  var round: CheckpointChoice?

  @Option(
    help: ArgumentHelp("Write what the clients' models say of each example to a CSV file.", valueName: "file"),
    completion: .file())
  var predictions: String?

  @Option(
    help: ArgumentHelp("Write a CSV file for each kind of record into a folder.", valueName: "folder"),
    completion: .directory)
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "Write all records to a JSON file, - for standard output: an object, or a list of them for several runs.",
      valueName: "file"), completion: .file())
  var json: String?

  @Option(
    help: ArgumentHelp("Write an event file for TensorBoard for each run into a folder.", valueName: "folder"),
    completion: .directory)
  var tensorboard: String?

  @Option(help: ArgumentHelp("In TensorBoard, curves for so many clients, the first ones.", valueName: "n"))
  var clientLimit = 100

  @Option(help: "What is said of the files: table, a line each on standard error; or json, a list of them.")
  var format: DocumentFormat = .table

  func validate() throws {
    if weights == nil, predictions == nil, csv == nil, json == nil, tensorboard == nil {
      throw ValidationError("give at least one of '--weights', '--predictions', '--csv', '--json' and '--tensorboard'")
    }
    if weights == nil, client != nil || slot != nil {
      throw ValidationError("'--client' and '--slot' need '--weights'")
    }
    if weights == nil, predictions == nil, round != nil {
      throw ValidationError("'--round' needs '--weights' or '--predictions'")
    }
    for (option, path, allowed) in [
      ("--weights", weights, "a file's name"), ("--predictions", predictions, "a file's name"),
      ("--csv", csv, "a folder's name"),
      ("--tensorboard", tensorboard, "a folder's name"),
    ] where path == "-" {
      throw ValidationError("'\(option) -' is not allowed (allowed: \(allowed))")
    }
    if json == "-", format == .json {
      throw ValidationError("'--format json' can't be combined with '--json -'")
    }
    if clientLimit < 0 {
      throw ValidationError("'--client-limit \(clientLimit)' is not allowed (allowed: a whole number ≥ 0)")
    }
  }

  func run() throws {
    let store = try database.read()
    let chosen = try store.chosenRuns(names, filter.filter)
    var files: [WrittenFile] = []
    if let weights {
      let run = try chosen.single()
      if let slot {
        try exportSlot(slot, store, run, to: weights)
        files.append(WrittenFile(run: run.name, kind: "slot", path: weights))
      } else {
        let notes = try exportWeights(store, run, to: weights)
        let note = notes.isEmpty ? nil : notes.joined(separator: "; ")
        files.append(WrittenFile(run: run.name, kind: "weights", path: weights, note: note))
      }
    }
    if let predictions {
      let run = try chosen.single()
      let note = try exportPredictions(store, run, to: predictions)
      files.append(WrittenFile(run: run.name, kind: "predictions", path: predictions, note: note))
    }
    if let csv { files += try exportCSV(store, chosen.runs, to: csv) }
    if let json { files += try exportJSON(store, chosen.runs, to: json) }
    if let tensorboard { files += try exportEvents(store, chosen.runs, to: tensorboard) }
    if format == .json { StandardOutput.write(WrittenFile.table(files).json()) }
  }

  /// Writes the weights, and says what of them nobody learned.
  private func exportWeights(_ store: RunStore, _ run: StoredRun, to path: String) throws -> [String] {
    let choice = try checkpointRound(store, run)
    let exported = try ExportedState(store.checkpoint(run: run.id, round: choice.round), client: client)
    if !exported.isOfClient { try requireClient(store, run) }
    try write(exported.tensors, ofRound: exported.round, run, to: path)
    StandardError.write(
      "wrote \(path): round \(exported.round)\(choice.reason), "
        + (client.map { "client \($0)" } ?? "the server's state"))
    let layers = try store.normLayers(run: run.id)
    var notes = ServerNormNote(layers, client: client).sentences
    if let client, !exported.isOfClient, layers.contains(where: { $0.valuesKept > 0 }) {
      notes.append("client \(client) has not trained by round \(exported.round): its own values are initial ones")
    }
    for note in notes { StandardError.writeParagraph("note: \(note)") }
    return notes
  }

  /// Writes what a component remembers.
  private func exportSlot(_ slot: String, _ store: RunStore, _ run: StoredRun, to path: String) throws {
    let choice = try checkpointRound(store, run)
    let exported = try ExportedSlot(store.checkpoint(run: run.id, round: choice.round), slot: slot, client: client)
    let owner = client.map { "client \($0)" } ?? "the server"
    guard let tensors = exported.tensors else {
      try requireClient(store, run)
      var message = "error: \(owner) of run \(run.id) has no slot '\(slot)' after round \(exported.round)"
      if exported.namesElsewhere.contains(slot) {
        message += client == nil ? ": clients have it ('--client N')" : ": the server has it (without '--client')"
      } else if !exported.names.isEmpty {
        message += nearestName(to: slot, in: exported.names).map { "; did you mean '\($0)'?" } ?? ""
      }
      message += exported.names.isEmpty ? " (none was made)" : " (allowed: \(exported.names.joined(separator: ", ")))"
      throw CommandFailure(message, .missingInput)
    }
    try write(tensors, ofRound: exported.round, run, to: path)
    StandardError.write("wrote \(path): round \(exported.round)\(choice.reason), slot '\(slot)' of \(owner)")
  }

  /// Writes arrays, and of what they are.
  private func write(
    _ tensors: [(name: String, tensor: SafetensorsTensor)], ofRound round: Int, _ run: StoredRun, to path: String
  ) throws {
    var metadata = [
      "format": "pt", "run": run.name, "round": String(round), "client": client.map(String.init) ?? "server",
    ]
    metadata["slot"] = slot
    try OutputFile.write(encodeSafetensors(tensors, metadata: metadata), to: path)
  }

  /// - Throws: `QuestionError.noClient` where the run has no client of the number that is asked for, as far as its record goes.
  private func requireClient(_ store: RunStore, _ run: StoredRun) throws {
    guard let client else { return }
    // Of clients that are not recorded, as under `record: {clients: sample N}`, only those are known that trained.
    let known = try store.clients(run: run.id).map(\.client)
    guard known.contains(client) else {
      throw QuestionError.noClient(client, run: run.id, last: known.last ?? 0)
    }
  }

  /// The round whose checkpoint is asked for, nil for the newest, and why that one in words that follow its number.
  func checkpointRound(_ store: RunStore, _ run: StoredRun) throws -> (round: Int?, reason: String) {
    switch round {
    case nil: return (nil, "")
    case .round(let number): return (number, "")
    case .best:
      guard let best = try store.bestCheckpoint(run: run.id) else {
        let untested = try store.rounds(run: run.id, withDrift: false).contains { $0.untested(.client).isEveryone }
        throw CommandFailure(
          "error: run \(run.id) has no checkpoint of a round that was evaluated"
            + (untested ? " on test examples: no client has any" : ""), .missingInput)
      }
      return (best.round, " (best on \(best.chosenOn.rawValue) examples)")
    }
  }
}
