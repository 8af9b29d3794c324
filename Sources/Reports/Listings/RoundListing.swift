package import Tables

/// One round of a run as a line of `RoundListing`. Numbers that the round does not have are nil.
package struct ListedRound: Sendable, Equatable {
  /// The round's number; 0 is the state before any training.
  package var round: Int
  /// Clients whose update went into the next global state.
  package var reported: Int?
  /// Mean of the training losses.
  package var trainLoss: Double?
  /// Mean of the training accuracies, a fraction.
  package var trainAccuracy: Double?
  /// How many clients without test examples are in none of the following means; nil where nothing was evaluated.
  package var untestedClients: Int?
  /// Mean loss of the evaluation over clients.
  package var loss: Double?
  /// Mean accuracy over clients, each counted once, a fraction.
  package var accuracy: Double?
  /// Mean accuracy over clients, each counted by its samples, a fraction.
  package var sampleWeighted: Double?
  /// The worst client's accuracy, a fraction.
  package var worst: Double?
  /// Mean accuracy of the worst tenth of the clients, a fraction.
  package var bottomDecile: Double?
  /// Bytes that left the clients in this round.
  package var bytesUp: Int?
  /// Bytes that the clients received in this round.
  package var bytesDown: Int?
  /// Wall-clock seconds.
  package var seconds: Double?
  /// Which normalization values the evaluation used.
  package var normSource: String?

  /// Makes a line.
  package init(
    round: Int, reported: Int? = nil, trainLoss: Double? = nil, trainAccuracy: Double? = nil, loss: Double? = nil,
    accuracy: Double? = nil, sampleWeighted: Double? = nil, worst: Double? = nil, bottomDecile: Double? = nil,
    bytesUp: Int? = nil, bytesDown: Int? = nil, seconds: Double? = nil, normSource: String? = nil
  ) {
    self.round = round
    self.reported = reported
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.loss = loss
    self.accuracy = accuracy
    self.sampleWeighted = sampleWeighted
    self.worst = worst
    self.bottomDecile = bottomDecile
    self.bytesUp = bytesUp
    self.bytesDown = bytesDown
    self.seconds = seconds
    self.normSource = normSource
  }
}

/// The rounds of a run, a row each.
package enum RoundListing {
  /// Returns the rounds in their order.
  package static func table(_ rounds: [ListedRound]) -> Table {
    let hasUntested = rounds.contains { ($0.untestedClients ?? 0) > 0 }
    let columns: [Table.Column] = [
      Table.Column("round"),
      Table.Column("reported", audience: .programs),
      Table.Column("train_loss"),
      Table.Column("train_accuracy", header: "train acc"),
      Table.Column("loss"),
      Table.Column("accuracy", header: "acc"),
      Table.Column("sample_weighted", audience: .programs),
      Table.Column("worst_client", header: "worst"),
      Table.Column("bottom_decile", header: "worst 10%"),
      Table.Column("bytes_up", header: "MB up"),
      Table.Column("bytes_down", audience: .programs),
      Table.Column("seconds", header: "time"),
      Table.Column("norm_source", alignment: .leading, audience: .programs),
      Table.Column("untested_clients", header: "untested", audience: hasUntested ? .all : .programs),
    ]
    let rows = rounds.map { round -> [Cell] in
      [
        .integer(round.round),
        .integer(round.reported),
        .number(round.trainLoss, digits: 4),
        .percent(round.trainAccuracy),
        .number(round.loss, digits: 4),
        .percent(round.accuracy),
        .percent(round.sampleWeighted),
        .percent(round.worst),
        .percent(round.bottomDecile),
        .bytes(round.bytesUp),
        .bytes(round.bytesDown),
        .duration(round.seconds),
        .text(round.normSource),
        .integer(round.untestedClients),
      ]
    }
    return Table(columns: columns, rows: rows)
  }

  /// Returns the table for people, and under it the accuracy over all rounds in one line where there are two or more.
  ///
  /// - Parameters:
  ///   - rounds: The rounds, ascending.
  ///   - page: Which of them the table shows; nil is all.
  ///   - style: Whether escape sequences may be used.
  ///   - width: The terminal's width in columns; nil means there is no limit.
  package static func text(
    _ rounds: [ListedRound], page: Range<Int>? = nil, style: TextStyle = .plain, width: Int? = 80
  ) -> String {
    let table = table(Array(rounds[page ?? 0..<rounds.count])).text(style: style, width: width)
    let known = rounds.compactMap(\.accuracy).filter(\.isFinite)
    guard rounds.count > 1, let first = known.first, let last = known.last else { return table }
    let line = Sparkline.text(rounds.map(\.accuracy), maxWidth: max(8, min(60, (width ?? 80) - 26)))
    return table + "\naccuracy  \(line)  \(NumberText.percent(first)) → \(NumberText.percent(last))\n"
  }
}
