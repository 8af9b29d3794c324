internal import ArgumentParser
internal import Federation
internal import Foundation
internal import Networks
internal import Records
internal import Reports
internal import RunStore
internal import Scenarios
internal import Tensors

/// `covey export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a run's weights, or all that is recorded of it, to files.",
    discussion: """
      Weights are written as safetensors with PyTorch's names and layouts: load_state_dict(safetensors.torch.load_file(f)) works on the \
      same network written in PyTorch. Without --client they are the server's, with it the client's personal model.

      Examples:
        covey export latest --weights out.safetensors
        covey export quickstart/fedbn/1 --weights client2.safetensors --client 2 --round 10
        covey export 3 --csv folder --json run.json
      """)

  @Argument(help: ArgumentHelp("A run: an id, 'latest', or experiment/arm/seed.", valueName: "run"))
  var name: String

  @OptionGroup var database: DatabaseOptions

  @Option(help: ArgumentHelp("Write the weights to a safetensors file.", valueName: "file"))
  var weights: String?

  @Option(help: ArgumentHelp("The weights of this client instead of the server's.", valueName: "id"))
  var client: Int?

  @Option(
    help: ArgumentHelp(
      "The weights after this round, which needs a checkpoint; 'best' is the best of those kept (default: the newest).",
      valueName: "round"))
  var round: CheckpointChoice?

  @Option(help: ArgumentHelp("Write a CSV file for each kind of record into a folder.", valueName: "folder"))
  var csv: String?

  @Option(help: ArgumentHelp("Write all records to a JSON file.", valueName: "file"))
  var json: String?

  func validate() throws {
    if weights == nil, csv == nil, json == nil {
      throw ValidationError("give at least one of '--weights', '--csv' and '--json'")
    }
    if weights == nil, client != nil || round != nil {
      throw ValidationError("'--client' and '--round' need '--weights'")
    }
  }

  func run() throws {
    let store = try database.read()
    let run = try store.singleRun(name)
    if let weights { try exportWeights(store, run, to: weights) }
    if let csv { try exportCSV(store, run, to: csv) }
    if let json {
      try write(Array(document(store, run).json().utf8), to: json)
      StandardError.write("wrote \(json)")
    }
  }

  private func exportWeights(_ store: RunStore, _ run: StoredRun, to path: String) throws {
    let exported = try ExportedState(
      store.checkpoint(run: run.id, round: checkpointRound(store, run)), client: client)
    if let client {
      // Of clients that are not recorded, as under `record: {clients: sample N}`, only those are known that trained.
      let known = try store.clients(run: run.id).map(\.client)
      guard known.contains(client) || exported.isOfClient else {
        throw CommandFailure(
          "error: run \(run.id) has no client \(client) (allowed: 0 to \(known.last ?? 0))", .missingInput)
      }
    }
    let bytes = encodeSafetensors(
      exported.tensors,
      metadata: [
        "format": "pt", "run": run.name, "round": String(exported.round), "client": client.map(String.init) ?? "server",
      ])
    try write(bytes, to: path)
    StandardError.write(
      "wrote \(path): round \(exported.round), " + (client.map { "client \($0)" } ?? "the server's state"))
  }

  /// The round whose checkpoint is asked for; nil is the newest.
  private func checkpointRound(_ store: RunStore, _ run: StoredRun) throws -> Int? {
    switch round {
    case nil: return nil
    case .round(let number): return number
    case .best:
      guard let best = try store.bestCheckpointRound(run: run.id) else {
        throw CommandFailure("error: run \(run.id) has no checkpoint of a round that was evaluated", .missingInput)
      }
      return best
    }
  }

  private func exportCSV(_ store: RunStore, _ run: StoredRun, to folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure("error: cannot create the folder '\(folder)'", .cannotCreate)
    }
    for (name, table) in try tables(store, run) {
      let path = URL(fileURLWithPath: folder).appendingPathComponent("\(name).csv").relativePath
      try write(Array(table.csv().utf8), to: path)
    }
    StandardError.write("wrote the records of \(run.name) to \(folder)")
  }

  private func document(_ store: RunStore, _ run: StoredRun) throws -> JSONDocument {
    var document = JSONDocument()
    document.add("run", .text(run.name))
    document.add("strategy", .text(run.strategy))
    document.add("norm", .text(run.norm))
    document.add("status", .text(run.status.rawValue))
    document.add("result_hash", .text(run.resultHash))
    document.add("error", .text(run.error))
    document.add("scenario", .text(try store.experiment(id: run.experimentID).record.scenario))
    for (name, table) in try tables(store, run) { document.add(name, table) }
    return document
  }

  private func tables(_ store: RunStore, _ run: StoredRun) throws -> [(name: String, table: Table)] {
    let records = RunTables(store: store, run: run.id)
    return [
      ("clients", try records.clients()), ("norm_layers", try records.normLayers()), ("rounds", try records.rounds()),
      ("participations", try records.participations()), ("evaluations", try records.evaluations()),
      ("norm_drift", try records.normDrift()), ("layer_drift", try records.layerDrift()),
    ]
  }

  /// Writes a file whole or not at all.
  private func write(_ bytes: [UInt8], to path: String) throws {
    try OutputFile.write(Data(bytes), to: path)
  }
}
