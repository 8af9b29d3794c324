internal import ArgumentParser
internal import RunStore
internal import Tables

/// `covey db vacuum`.
struct DatabaseVacuumCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vacuum", abstract: "Packs a database and gives what is free in it back to the disk.",
    discussion: """
      Worth it after 'covey runs rm'. It reads and writes the whole database, needs as much room on the disk as the records take, and \
      empties the log. A run that is being computed waits meanwhile.

      Examples:
        covey db vacuum
        covey db vacuum --db results.sqlite --format json
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The form of the result: table or json.")
  var format: DocumentFormat = .table

  func run() throws {
    let store = try database.change(freesRoom: true)
    let result = try store.vacuum(withoutRoom: noteNoRoom)
    // A database that was packed already may gain the page that the packing notes.
    let gained = max(0, result.bytesBefore - result.bytesAfter)
    switch format {
    case .table:
      StandardOutput.write(
        "\(store.path): \(byteText(gained)) given back; \(byteText(result.bytesBefore)) before, "
          + "\(byteText(result.bytesAfter)) now")
      if !result.isLogEmpty {
        StandardOutput.write("another program reads the database; its file shrinks when that is done")
      }
    case .json:
      var document = JSONDocument()
      document.add("path", .text(store.path))
      document.add("bytes_before", .integer(result.bytesBefore))
      document.add("bytes_after", .integer(result.bytesAfter))
      document.add("bytes_given_back", .integer(gained))
      document.add("log_emptied", .boolean(result.isLogEmpty))
      StandardOutput.write(document.json())
    }
  }
}
