internal import Records
internal import RunStore
internal import Tables

extension RunStore {
  /// The tags and notes of runs.
  func annotationTable(of runs: [StoredRun]) throws -> Table {
    let (tags, notes) = (try tags(), try notes())
    return Table(
      columns: [Table.Column("run"), .words("name"), .words("tags"), .words("note")],
      rows: runs.map { run in
        [.integer(Int(run.id)), .text(run.name), .list(tags[run.id] ?? []), .text(notes[run.id])]
      })
  }
}
