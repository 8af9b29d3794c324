internal import Records
internal import Reports

/// A row for each client and round: its part in the round beside its evaluations.
struct ClientRounds {
  let participations: [InRound<ParticipationRecord>]
  let evaluations: [InRound<EvaluationRecord>]
  let profiles: [ClientRecord]
  /// The evaluations that are shown; nil is all of single clients.
  let selection: EvaluationSelection?

  private struct Key: Hashable, Comparable {
    let round: Int
    let client: Int

    static func < (a: Key, b: Key) -> Bool { (a.round, a.client) < (b.round, b.client) }
  }

  private var shown: [InRound<EvaluationRecord>] {
    guard let selection else { return evaluations }
    return Dictionary(grouping: evaluations, by: \.round).values.flatMap { rows in
      rows.map(\.record).selected(selection).map { InRound(round: rows[0].round, record: $0) }
    }
  }

  var table: Table {
    let parts = Dictionary(participations.map { (Key(round: $0.round, client: $0.client), $0.record) }) { first, _ in
      first
    }
    let results = Dictionary(grouping: shown.filter { $0.client >= 0 }) {
      Key(round: $0.round, client: $0.client)
    }
    let domains = Dictionary(profiles.map { ($0.client, $0.domain) }) { first, _ in first }
    var table = Table(columns: [
      Table.Column("round"), Table.Column("client"), .words("domain"), Table.Column("samples", audience: .programs),
      Table.Column("steps"), Table.Column("skipped_batches", header: "skipped"), Table.Column("train_loss"),
      Table.Column("train_accuracy", header: "train"), Table.Column("update_norm", header: "‖Δ‖"),
      Table.Column("update_cosine", header: "cos"), Table.Column("staleness", header: "stale"),
      Table.Column("subject", alignment: .leading, audience: .programs),
      Table.Column("model", alignment: .leading, audience: .programs),
      Table.Column("norm_source", alignment: .leading, audience: .programs),
      Table.Column("phase", alignment: .leading, audience: .programs), Table.Column("loss"), Table.Column("accuracy"),
    ])
    let isOfUnseen = selection?.subject == .unseen
    for key in (isOfUnseen ? Set(results.keys) : Set(parts.keys).union(results.keys)).sorted() {
      let part = parts[key]
      let rows: [EvaluationRecord?] = results[key].map { $0.map(\.record) } ?? [nil]
      for evaluation in rows {
        table.append([
          .integer(key.round), .integer(key.client), .text(domains[key.client]), .integer(part?.samples),
          .integer(part?.steps),
          .integer(part?.skippedBatches), .number(part?.trainLoss, digits: 4), .percent(part?.trainAccuracy),
          .number(part?.updateNorm, digits: 3), .number(part?.updateCosine, digits: 3), .integer(part?.staleness),
          .text(evaluation?.subject.rawValue), .text(evaluation?.model.rawValue),
          .text(evaluation?.normSource.rawValue), .text(evaluation?.phase.rawValue),
          .number(evaluation?.loss, digits: 4), .percent(evaluation?.accuracy),
        ])
      }
    }
    return table
  }
}
