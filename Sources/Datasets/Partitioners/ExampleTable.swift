/// What partitioners see: a table with a row for each training example.
public struct ExampleTable: Sendable {
  /// The units that columns are numbers of.
  public let units: SourceUnits
  /// How many labels there are; 0 where targets are no classes.
  public let classCount: Int
  /// The label of each example; 0 where targets are no classes.
  public let labels: [Int32]
  /// The domain of each example. Rows stand domain by domain.
  public let domains: [Int32]
  /// The natural client of each example; empty where the source has none, −1 for an example of nobody.
  public let clients: [Int32]
  /// The group of each example, or its domain where the source has no groups.
  public let groups: [Int32]
  /// The number of each example among all training examples in the order of the source's files; empty where that is the
  /// order of the rows.
  public let fileRows: [Int32]
  /// How many validation and test examples the source has.
  public let otherCounts: [DataSplit: Int]
  /// The hash of what the source has read, as split files keep it; "" where there is none.
  package let dataHash: String

  /// Makes a table.
  ///
  /// - Precondition: The columns are equally long; `clients` and `fileRows` may be empty.
  public init(
    units: SourceUnits, classCount: Int, labels: [Int32], domains: [Int32], clients: [Int32] = [],
    groups: [Int32]? = nil, fileRows: [Int32] = [], otherCounts: [DataSplit: Int] = [:]
  ) {
    self.init(
      units: units, classCount: classCount, labels: labels, domains: domains, clients: clients, groups: groups,
      fileRows: fileRows, otherCounts: otherCounts, dataHash: "")
  }

  /// Makes a table of examples whose source has read what has a hash.
  package init(
    units: SourceUnits, classCount: Int, labels: [Int32], domains: [Int32], clients: [Int32], groups: [Int32]?,
    fileRows: [Int32], otherCounts: [DataSplit: Int], dataHash: String
  ) {
    precondition(
      labels.count == domains.count && (clients.isEmpty || clients.count == labels.count)
        && (groups ?? labels).count == labels.count && (fileRows.isEmpty || fileRows.count == labels.count),
      "columns of different lengths")
    self.units = units
    self.classCount = classCount
    self.labels = labels
    self.domains = domains
    self.clients = clients
    self.groups = groups ?? domains
    self.fileRows = fileRows
    self.otherCounts = otherCounts
    self.dataHash = dataHash
  }

  /// The table of examples of a source.
  init(
    _ references: [ExampleReference], split: DataSplit, source: any ExampleSource, otherCounts: [DataSplit: Int] = [:]
  ) {
    let units = source.units
    let hasClasses = source.classCount > 0
    let labels = references.map { hasClasses ? source.label($0, split: split) : 0 }
    let hasUnits = !units.clients.isEmpty || !units.groups.isEmpty
    let origins = hasUnits ? references.map { source.origin($0, split: split) } : []
    let fileRows = references.compactMap { source.fileRow($0, split: split).map(Int32.init) }
    self.init(
      units: units, classCount: source.classCount, labels: labels, domains: references.map(\.domain),
      clients: units.clients.isEmpty ? [] : origins.map { $0.client ?? -1 },
      groups: units.groups.isEmpty ? nil : origins.map { $0.group ?? -1 },
      fileRows: fileRows.count == references.count ? fileRows : [], otherCounts: otherCounts,
      dataHash: source.dataHash ?? "")
  }

  /// The table of some of the rows, in their order.
  func selecting(_ rows: [Int]) -> ExampleTable {
    func pick(_ column: [Int32]) -> [Int32] { column.isEmpty ? [] : rows.map { column[$0] } }
    return ExampleTable(
      units: units, classCount: classCount, labels: pick(labels), domains: pick(domains), clients: pick(clients),
      groups: pick(groups), fileRows: fileRows.isEmpty ? rows.map { Int32($0) } : pick(fileRows),
      otherCounts: otherCounts, dataHash: dataHash)
  }

  /// Checks that there are labels to go by.
  ///
  /// - Throws: `PartitionProblem.lacking`.
  func requireClasses(_ partition: String) throws(PartitionProblem) {
    guard classCount > 0 else {
      throw .lacking(
        "'\(partition)' goes by classes, and these data have none (allowed: by-domain, by-group, natural, iid, quantity, file)"
      )
    }
  }

  /// How many examples there are.
  public var count: Int { labels.count }
  /// The names of the groups, or of the domains where the source has no groups.
  public var groupNames: [String] { units.groups.isEmpty ? units.domains : units.groups }

  /// The rows of each value of a column, in ascending order.
  func rows(by column: [Int32], count: Int) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: count)
    for (row, value) in column.enumerated() where value >= 0 { rows[Int(value)].append(row) }
    return rows
  }
}

/// Who gets which examples.
public struct Partition: Sendable {
  /// How test and validation examples that a source has find their clients.
  public enum Others: Sendable, Equatable {
    /// In proportion to what the clients train on: domain by domain, and label by label where labels may be divided.
    case proportional(byLabel: Bool)
    /// With the natural client: its examples go to so many clients from this number on; nil where it is left out.
    case natural([Int?], shards: Int)
    /// To the clients that have them in lists. Where a split has no list, test examples belong to nobody and are tested on
    /// together, and validation examples go in proportion, label by label.
    case listed([DataSplit: ListedRows])
  }

  /// Who has which examples of a split that nobody trains on.
  public struct ListedRows: Sendable, Equatable {
    /// The split of the source that rows are numbers of.
    public var source: DataSplit
    /// The rows of each client, in the order of the source's files.
    public var clients: [[Int]]

    /// Makes a list.
    public init(source: DataSplit, clients: [[Int]]) {
      self.source = source
      self.clients = clients
    }
  }

  /// The training examples of each client in its order, as rows of the table.
  public var clients: [[Int]]
  /// The clients' names; empty where they have none of their own.
  public var names: [String]
  /// The domain that each client was meant for, whatever it got; nil for none.
  public var meantDomains: [Int?]
  /// How test and validation examples find their clients.
  public var others: Others
  /// The clients that never train, though they may have training examples, in ascending order.
  public var unseen: [Int] = []
  /// What the user should know of it: sentences without a full stop.
  public var remarks: [String]

  /// Makes a partition.
  public init(
    _ clients: [[Int]], names: [String] = [], meantDomains: [Int?] = [], others: Others = .proportional(byLabel: true),
    remarks: [String] = []
  ) {
    self.clients = clients
    self.names = names
    self.meantDomains = meantDomains
    self.others = others
    self.remarks = remarks
  }
}
