internal import Catalogs
public import Randomness

/// Label skew by shares of a Dirichlet distribution: of each label over the clients, or of each client over the labels. A
/// small concentration is a strong skew.
///
/// Source: Yurochkin et al. 2019 and Hsu et al. 2019.
/// Differs: see `dirichletPartition` and `dirichletMixPartition`.
public struct Dirichlet: Partitioner {
  /// What has a draw of its own.
  public enum Unit: String, Sendable, CaseIterable {
    /// Each class is divided by shares of the clients.
    case byClass = "class"
    /// Each client has a mix of classes, and all have one size.
    case byClient = "client"
  }

  /// How many clients.
  public let clients: Int
  /// α.
  public let concentration: Double
  /// The fewest examples a client has.
  public let minimumSize: Int
  /// What has a draw of its own.
  public let unit: Unit
  /// Whether a client that has its even part of the examples gets nothing of further classes.
  public let isBalanced: Bool

  /// Makes the partitioner.
  ///
  /// - Precondition: Not balanced where each client has a draw: sizes are equal then.
  public init(
    clients: Int, concentration: Double, minimumSize: Int = 10, unit: Unit = .byClass, isBalanced: Bool = false
  ) {
    precondition(unit == .byClass || !isBalanced, "clients with a mix each are balanced already")
    self.clients = clients
    self.concentration = concentration
    self.minimumSize = minimumSize
    self.unit = unit
    self.isBalanced = isBalanced
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    try examples.requireClasses("dirichlet")
    let (labels, classCount) = (examples.labels.map(Int.init), max(1, examples.classCount))
    switch unit {
    case .byClass:
      return Partition(
        try dirichletPartition(
          labels: labels, classCount: classCount, clients: clients, concentration: concentration,
          minimumSize: minimumSize, isBalanced: isBalanced, stream: &stream))
    case .byClient:
      return Partition(
        try dirichletMixPartition(
          labels: labels, classCount: classCount, clients: clients, concentration: concentration,
          minimumSize: minimumSize, stream: &stream))
    }
  }

  static let entry = CatalogEntry<any Partitioner>(
    "dirichlet", "label skew: each label, or each client's labels, in Dirichlet shares", source: "Hsu et al. 2019",
    options: [
      .clients,
      Option("alpha", .number(.init(1e-4, 1e6)), default: .number(0.5), "concentration; small is a strong skew"),
      Option("min_size", .integer(0...1_000_000), default: .integer(10), "the fewest examples a client has"),
      Option(
        "by", .choice(Unit.allCases.map(\.rawValue)), default: .text("class"),
        "what has a draw of its own: each class, or each client, all of one size"),
      Option(
        "balanced", .boolean, default: .boolean(false),
        "by class: whether who has an even part gets nothing of further classes"),
    ]
  ) {
    let unit = Unit(rawValue: $0.text("by")) ?? .byClass
    if unit == .byClient, $0.boolean("balanced") {
      throw OptionProblem("balanced", "can't be combined with 'by: client', whose sizes are equal already")
    }
    return Dirichlet(
      clients: $0.integer("clients"), concentration: $0.number("alpha"), minimumSize: $0.integer("min_size"),
      unit: unit, isBalanced: $0.boolean("balanced"))
  }
}
