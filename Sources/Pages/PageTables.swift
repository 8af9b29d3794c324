internal import Foundation
internal import Records
internal import Reports
internal import RunStore
internal import Tables

/// The tables of a page that belong to no figure.
struct PageTables: Sendable {
  /// What a norm policy does to each layer, with the arms for which it does just that.
  struct MatchReport: Sendable {
    var arms: [String]
    let layers: [NormLayerRecord]

    /// A row a layer.
    var table: Table {
      Table(
        columns: [
          .words("layer"), .words("kind"), .words("affine", header: "γ, β"), .words("statistics", header: "μ, σ²"),
          Table.Column("values_sent", header: "sent"), Table.Column("values_kept", header: "kept"),
        ],
        rows: layers.map {
          [
            .text($0.layer), .text($0.kind), .text($0.affine), .text($0.statistics), .integer($0.valuesSent),
            .integer($0.valuesKept),
          ]
        })
    }
  }

  /// What the arms' norm policies do.
  let matches: [MatchReport]
  /// The runs, a row each.
  let runs: Table
  /// What must be said of runs, and what people have noted of them.
  let runNotes: [String]

  /// What computed the runs, where that was not the same for all rounds of all of them: their bits then differ for that.
  private static func instructionSetNotes(_ runs: [StoredRun]) -> [String] {
    let groups = Dictionary(grouping: runs.filter { $0.instructionSet != nil }) { $0.instructionSet ?? "" }
    guard groups.count > 1 || groups.keys.contains(where: { $0.contains("from round") }) else { return [] }
    return groups.sorted { ($0.value[0].id, $0.key) < ($1.value[0].id, $1.key) }.map { words, runs in
      let numbers = runs.map { String($0.id) }.joined(separator: ", ")
      return "Run\(runs.count == 1 ? "" : "s") \(numbers): computed with \(words)."
    }
  }

  /// Reads them.
  init(_ source: FigureSource) throws {
    var matches: [MatchReport] = []
    for arm in source.arms {
      guard let run = arm.runs.first else { continue }
      let layers = try source.store.normLayers(run: run.id)
      if let place = matches.firstIndex(where: { $0.layers == layers }) {
        matches[place].arms.append(arm.name)
      } else {
        matches.append(MatchReport(arms: [arm.name], layers: layers))
      }
    }
    self.matches = matches
    let (tags, notes) = (try source.store.tags(), try source.store.notes())
    runs = RunListing.table(
      source.runs.map { run in
        let rounds = source.rounds[run.id] ?? []
        let last = rounds.last { $0.isEvaluated }
        return ListedRun(
          run, accuracy: last?.meanAccuracy, untested: last?.untestedClients, seconds: rounds.seconds,
          tags: tags[run.id] ?? [], note: notes[run.id])
      })
    runNotes =
      Self.instructionSetNotes(source.runs)
      + source.runs.flatMap { run in
        let reason = run.isCutOff ? "cut off after round \(run.roundsDone); covey resume goes on." : run.error
        return [reason, notes[run.id].map { "“\($0)”" }].compactMap { words in
          words.map { "Run \(run.id), \(run.arm) seed \(run.seed): \($0)" }
        }
      }
  }
}
