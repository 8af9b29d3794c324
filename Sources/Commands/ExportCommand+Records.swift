internal import Foundation
internal import Records
internal import RunStore
internal import Tables

extension ExportCommand {
  /// Writes a CSV file for each kind of record: of one run into the folder, of several into a folder each below it.
  func exportCSV(_ store: RunStore, _ runs: [StoredRun], to folder: String) throws -> [WrittenFile] {
    var files: [WrittenFile] = []
    for (run, path) in zip(runs, FolderName.paths(of: runs)) {
      let own = runs.count == 1 ? folder : Self.path(folder, path)
      try makeFolder(own)
      for table in try RunTables(store: store, run: run).all {
        let file = Self.path(own, table.name + ".csv")
        try writeRows(of: table, .csv, to: file)
        files.append(WrittenFile(run: run.name, kind: "csv", path: file))
      }
      StandardError.write("wrote the records of \(run.name) to \(own)")
    }
    return files
  }

  private func writeRows(of table: RunTable, _ form: TableStream.Form, to path: String) throws {
    let file = try OutputFile(path)
    try write(table, form, to: file)
    try file.commit()
  }

  /// Writes all records into one file, `-` to standard output: one run as an object, several as a list of such.
  func exportJSON(_ store: RunStore, _ runs: [StoredRun], to path: String) throws -> [WrittenFile] {
    let file = try OutputFile.orStandardOutput(path)
    if runs.count > 1 { try file.write("[\n") }
    for (index, run) in runs.enumerated() {
      if index > 0 { try file.write(",\n") }
      try writeObject(store, run, to: file)
    }
    try file.write(runs.count > 1 ? "\n]\n" : "\n")
    try file.commit()
    if path != "-" { StandardError.write("wrote \(path)" + (runs.count > 1 ? ": \(runs.count) runs" : "")) }
    return runs.map { WrittenFile(run: $0.name, kind: "json", path: path) }
  }

  /// Writes an object without a newline behind it.
  private func writeObject(_ store: RunStore, _ run: StoredRun, to file: OutputFile) throws {
    let scenario = try store.experiment(id: run.experimentID).record.scenario
    let members: [(key: String, value: Cell)] = [
      ("run", .text(run.name)), ("strategy", .text(run.strategy)), ("norm", .text(run.norm)),
      ("status", .text(run.status.rawValue)), ("result_hash", .text(run.resultHash)), ("error", .text(run.error)),
      ("scenario", .text(scenario)), ("instruction_set", .text(run.instructionSet)),
      ("data_hash", .text(run.hashes.data)), ("split_hash", .text(run.hashes.split)),
      ("class_names", run.classNames.map { .list($0) } ?? .missing),
      ("bound", .text(run.bound.rawValue)),
    ]
    var document = JSONDocument()
    for member in members { document.add(member.key, member.value) }
    let tables = try RunTables(store: store, run: run).all
    for (index, table) in tables.enumerated() {
      try file.write(index == 0 ? document.beginning(before: table.name) : ",\n  \"\(table.name)\": ")
      try write(table, .json, to: file)
    }
    try file.write("\n}")
  }

  private func write(_ table: RunTable, _ form: TableStream.Form, to file: OutputFile) throws {
    var stream = TableStream(columns: table.columns, form: form, indent: form == .json ? 2 : 0)
    try file.write(stream.head)
    try table.forEachRow { try file.write(stream.row($0)) }
    try file.write(stream.tail)
  }

  /// Makes a folder and those it lies in where they are not there.
  func makeFolder(_ path: String) throws {
    do {
      // What no system call takes would be made as far as it goes.
      if path.utf8.count >= Int(PATH_MAX) { throw CocoaError(.fileWriteInvalidFileName) }
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      var part = path
      while !part.isEmpty, !FileManager.default.fileExists(atPath: part), parentFolder(of: part) != part {
        part = parentFolder(of: part)
      }
      var isFolder: ObjCBool = false
      let isFile = FileManager.default.fileExists(atPath: part, isDirectory: &isFolder) && !isFolder.boolValue
      throw CommandFailure(
        "error: cannot create the folder '\(path)'" + (isFile ? ": '\(part)' is a file" : ""), .cannotCreate)
    }
  }

  /// A path below a folder.
  static func path(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}
