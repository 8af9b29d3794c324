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

  /// Makes a table.
  ///
  /// - Precondition: The columns are equally long; `clients` may be empty.
  public init(
    units: SourceUnits, classCount: Int, labels: [Int32], domains: [Int32], clients: [Int32] = [],
    groups: [Int32]? = nil
  ) {
    precondition(
      labels.count == domains.count && (clients.isEmpty || clients.count == labels.count)
        && (groups ?? labels).count == labels.count, "columns of different lengths")
    self.units = units
    self.classCount = classCount
    self.labels = labels
    self.domains = domains
    self.clients = clients
    self.groups = groups ?? domains
  }

  /// The table of examples of a source.
  init(_ references: [ExampleReference], split: DataSplit, source: any ExampleSource) {
    let units = source.units
    let hasClasses = source.classCount > 0
    let labels = references.map { hasClasses ? source.label($0, split: split) : 0 }
    guard !units.clients.isEmpty || !units.groups.isEmpty else {
      self.init(
        units: units, classCount: source.classCount, labels: labels, domains: references.map(\.domain))
      return
    }
    let origins = references.map { source.origin($0, split: split) }
    self.init(
      units: units, classCount: source.classCount, labels: labels, domains: references.map(\.domain),
      clients: units.clients.isEmpty ? [] : origins.map { $0.client ?? -1 },
      groups: units.groups.isEmpty ? nil : origins.map { $0.group ?? -1 })
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
    /// To the clients that have these rows of the source's test examples, domain by domain, and of its validation
    /// examples.
    case listed(test: [[Int]], validation: [[Int]])
  }

  /// The training examples of each client, as rows of the table in ascending order.
  public var clients: [[Int]]
  /// The clients' names; empty where they have none of their own.
  public var names: [String]
  /// The domain that each client was meant for, whatever it got; nil for none.
  public var meantDomains: [Int?]
  /// How test and validation examples find their clients.
  public var others: Others
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
