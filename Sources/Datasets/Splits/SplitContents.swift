internal import Catalogs
internal import Formats

/// What a file says of who has which examples.
struct SplitContents: Sendable {
  /// A client and its rows.
  struct Client: Sendable {
    var name: String
    /// The rows of each split that the file has a list for.
    var rows: [DataSplit: [Int]] = [:]
    var domain: String?
  }

  /// The words of files for splits.
  static let splitNames: [(split: DataSplit, name: String)] = [
    (.train, "train"), (.validation, "val"), (.test, "test"),
  ]

  /// Where it is.
  let path: String
  /// In the order in which they are numbered.
  var clients: [Client] = []
  /// Whether `covey data split` wrote it.
  var isOwn = false
  /// The hash of the data that it was made for; "" where it says none.
  var dataHash = ""
  /// The names of those that never train.
  var unseen: [String] = []
  /// The source's split in which rows of a split are counted, where the file says it.
  var homes: [DataSplit: DataSplit] = [:]
  /// How many examples of each split the source had that it was made for; empty where it does not say.
  var sourceCounts: [DataSplit: Int] = [:]
  /// How many examples it speaks of, one by one; nil where it has lists.
  var exampleCount: Int?

  init(path: String) { self.path = path }

  func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: reason) }

  // MARK: The division

  /// A split of a client that has a row.
  private struct Owner {
    var client: Int
    var split: DataSplit
  }

  /// The partition of a source's examples.
  ///
  /// - Parameter shownName: What remarks call the file.
  /// - Throws: `DataFileError.malformed` for rows that are not there or have two owners, for other data, and where nobody is
  ///   left to train.
  func partition(of examples: ExampleTable, shownName: String) throws(DataFileError) -> Partition {
    if !dataHash.isEmpty, !examples.dataHash.isEmpty, dataHash != examples.dataHash {
      throw problem(
        "was made for other data: its data_sha256 is \(printable(dataHash)), these data have \(examples.dataHash)")
    }
    let counts = examples.otherCounts.merging([.train: examples.count]) { $1 }
    for (split, name) in Self.splitNames {
      guard let before = sourceCounts[split], before != counts[split, default: 0] else { continue }
      throw problem(
        "was made for a source with \(before) \(Self.words(split)) examples, and there are \(counts[split, default: 0]): rows of '\(name)' are others than they were (allowed: the same files, and the same words of 'data' that leave rows out)"
      )
    }
    if let exampleCount, exampleCount != examples.count {
      throw problem("speaks of \(exampleCount) examples, and there are \(examples.count) training examples")
    }
    // A client without any row is left out, unless the numbers of clients are those of another run.
    let kept = isOwn ? clients : clients.filter { $0.rows.values.contains { !$0.isEmpty } }
    var remarks: [String] = []
    if kept.count < clients.count {
      let names = clients.filter { $0.rows.values.allSatisfy(\.isEmpty) }.map(\.name)
      remarks.append(
        "\(names.count) of \(clients.count) clients of \(shownName) have no row and are left out: \(listed(names))")
    }
    guard !kept.isEmpty else { throw problem("has no client with a row") }
    let listedSplits = Self.splitNames.map(\.split).filter { split in kept.contains { $0.rows[split] != nil } }
    func home(_ split: DataSplit) -> DataSplit {
      split == .train ? .train : homes[split] ?? (isOwn && counts[split, default: 0] > 0 ? split : .train)
    }
    try checkOwners(kept, listedSplits, counts: counts, home: home)
    for split in Set(listedSplits.map(home)).sorted(by: { $0.rawValue < $1.rawValue }) {
      let count = counts[split, default: 0]
      let used = kept.reduce(0) { sum, client in
        sum + client.rows.reduce(0) { $0 + (home($1.key) == split ? $1.value.count : 0) }
      }
      if used < count {
        remarks.append(
          "\(count - used) of \(count) \(Self.words(split)) examples are in no list of \(shownName) and are left out")
      }
    }
    for split in listedSplits where home(split) != split && counts[split, default: 0] > 0 {
      remarks.append(
        "the \(counts[split, default: 0]) \(Self.words(split)) examples of the source are left out: \(shownName) lists others"
      )
    }
    // Rows of the table by rows of the files.
    var places = Array(0..<examples.count)
    for (place, row) in examples.fileRows.enumerated() where places.indices.contains(Int(row)) {
      places[Int(row)] = place
    }
    let domains = Dictionary(zip(examples.units.domains, examples.units.domains.indices)) { first, _ in first }
    var partition = Partition(
      kept.map { ($0.rows[.train] ?? []).map { places[$0] } }, names: kept.map(\.name),
      meantDomains: kept.map { $0.domain.flatMap { domains[$0] } }, remarks: remarks)
    var lists: [DataSplit: Partition.ListedRows] = [:]
    for split in listedSplits where split != .train {
      lists[split] = Partition.ListedRows(source: home(split), clients: kept.map { $0.rows[split] ?? [] })
    }
    partition.others = .listed(lists)
    partition.unseen = try unseenClients(among: kept)
    return partition
  }

  private static func words(_ split: DataSplit) -> String {
    switch split {
    case .train: "training"
    case .validation: "validation"
    case .test: "test"
    }
  }

  private static func name(_ split: DataSplit) -> String { splitNames.first { $0.split == split }?.name ?? "" }

  /// Checks that rows are there and each has one owner.
  private func checkOwners(
    _ clients: [Client], _ splits: [DataSplit], counts: [DataSplit: Int], home: (DataSplit) -> DataSplit
  ) throws(DataFileError) {
    var owners: [DataSplit: [Owner?]] = [:]
    for split in splits { owners[home(split)] = [Owner?](repeating: nil, count: counts[home(split), default: 0]) }
    for (number, client) in clients.enumerated() {
      for split in splits {
        let (place, count) = (home(split), counts[home(split), default: 0])
        for row in client.rows[split] ?? [] {
          guard (0..<count).contains(row) else {
            let allowed = count == 0 ? "none: there are no such examples" : "0 to \(count - 1)"
            throw problem(
              "client '\(printable(client.name))' has the row \(row) in '\(Self.name(split))' (allowed: \(allowed))")
          }
          if let other = owners[place]?[row] {
            let first = "'\(Self.name(other.split))' of client '\(printable(clients[other.client].name))'"
            let second = "'\(Self.name(split))' of client '\(printable(client.name))'"
            throw problem(
              first == second
                ? "row \(row) stands twice in \(first)"
                : "row \(row) stands in \(first) and in \(second) (allowed: each row once)")
          }
          owners[place]?[row] = Owner(client: number, split: split)
        }
      }
    }
  }

  private func unseenClients(among kept: [Client]) throws(DataFileError) -> [Int] {
    let known = Dictionary(zip(kept.map(\.name), kept.indices)) { first, _ in first }
    var numbers: Set<Int> = []
    for name in unseen {
      guard let number = known[name] else {
        let hint = nearestName(to: name, in: kept.map(\.name)).map { "; did you mean '\(printable($0))'?" } ?? ""
        throw problem(
          "'unseen' names the unknown client '\(printable(name))'\(hint) (allowed: \(listed(kept.map(\.name))))")
      }
      guard numbers.insert(number).inserted else { throw problem("'unseen' names client '\(printable(name))' twice") }
    }
    let able = kept.indices.filter { !(kept[$0].rows[.train] ?? []).isEmpty }
    guard able.isEmpty || !numbers.isSuperset(of: able) else {
      throw problem("'unseen' names all clients with training examples, which leaves none to train")
    }
    return numbers.sorted()
  }
}
