internal import Catalogs
internal import Federation
internal import Tables

extension PlanSummary {
  /// How many groups of clients, and clients of a group, are shown to a person.
  private static let (groupCount, clientCount) = (5, 3)

  /// What clients of a run do otherwise than the others: "    bo, di: epochs 1, optimizer.learning_rate 0.05".
  func overrideLines(_ run: RunConfiguration) -> [String] {
    let groups = run.overrides.groups
    let lines = groups.prefix(Self.groupCount).map { group in
      "    \(Self.clientWords(group, run)): \(group.words.joined(separator: ", "))"
    }
    let rest = groups.dropFirst(Self.groupCount).reduce(0) { $0 + $1.clients.count }
    return lines + (rest > 0 ? ["    … and \(counted(rest, "more client")) of which something is said"] : [])
  }

  /// One row an arm and group of clients that do the same otherwise.
  ///
  /// - Parameter isWhole: Whether all rows and clients are there, as for programs, and not only what a person reads.
  func overrideTable(isWhole: Bool) -> Table {
    var table = Table(columns: [
      .name("arm"), .words("clients"), Table.Column("client_count", header: "count"), .words("overrides"),
    ])
    for arm in arms {
      let run = arm.first
      for group in isWhole ? run.overrides.groups[...] : run.overrides.groups.prefix(4 * Self.groupCount) {
        table.append([
          .text(run.arm),
          isWhole ? .list(group.clients.map { run.dataset.name($0) }) : .text(Self.clientWords(group, run)),
          .integer(group.clients.count), isWhole ? .list(group.words) : .text(group.words.joined(separator: ", ")),
        ])
      }
      let more = run.overrides.groups.count - 4 * Self.groupCount
      if !isWhole, more > 0 {
        table.append([.text(run.arm), .text("and \(more) more groups"), .text(nil), .text(nil)])
      }
    }
    return table
  }

  /// "ada, bo, cy and 7 more".
  private static func clientWords(_ group: ClientOverrides.Group, _ run: RunConfiguration) -> String {
    let more = group.clients.count - clientCount
    return group.clients.prefix(clientCount).map { shownText(run.dataset.name($0)) }.joined(separator: ", ")
      + (more > 0 ? " and \(more) more" : "")
  }
}
