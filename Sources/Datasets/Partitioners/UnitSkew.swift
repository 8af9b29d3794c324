public import Catalogs
internal import Randomness

/// How the clients of one domain or group share its examples.
public struct UnitSkew: Sendable, Equatable {
  /// α of label skew; nil is none.
  public let concentration: Double?
  /// The fewest examples a client has.
  public let minimumSize: Int

  /// Makes a skew; without arguments examples are shared evenly.
  public init(concentration: Double? = nil, minimumSize: Int = 0) {
    self.concentration = concentration
    self.minimumSize = minimumSize
  }

  init(_ options: Options) {
    self.init(concentration: options.optionalNumber("alpha"), minimumSize: options.integer("min_size"))
  }

  static let options = [
    Option.optional(
      "alpha", .number(.init(1e-4, 1e6)),
      "label skew within each: the concentration of a Dirichlet distribution; evenly unless set"),
    Option("min_size", .integer(0...1_000_000), default: .integer(0), "the fewest examples a client has"),
  ]
}

/// Each unit's examples to clients of its own, unit by unit in their order.
///
/// Clients bear their unit's name; where a unit has several, with `/0`, `/1` and so on behind it.
///
/// - Parameter units: The unit of each example, below `names.count`.
/// - Throws: `PartitionProblem.tooFewOfUnit`.
func dividedByUnit(
  _ examples: ExampleTable, units: [Int32], names: [String], clientsPerUnit: Int, skew: UnitSkew,
  stream: inout RandomStream
) throws -> Partition {
  var parts: [[Int]] = []
  for (unit, rows) in examples.rows(by: units, count: names.count).enumerated() {
    guard rows.count >= clientsPerUnit * skew.minimumSize else {
      throw PartitionProblem.tooFewOfUnit(
        names[unit], examples: rows.count, clients: clientsPerUnit, minimumSize: skew.minimumSize)
    }
    let shares: [[Int]]
    if let concentration = skew.concentration, clientsPerUnit > 1 {
      try examples.requireClasses("alpha")
      shares = try dirichletPartition(
        labels: rows.map { Int(examples.labels[$0]) }, classCount: max(1, examples.classCount),
        clients: clientsPerUnit, concentration: concentration, minimumSize: skew.minimumSize, stream: &stream)
    } else {
      shares = iidPartition(count: rows.count, clients: clientsPerUnit, stream: &stream)
    }
    parts += shares.map { part in part.map { rows[$0] } }
  }
  let loose = units.count { $0 < 0 }
  return Partition(
    parts,
    names: names.flatMap { name in
      clientsPerUnit == 1 ? [name] : (0..<clientsPerUnit).map { "\(name)/\($0)" }
    }, others: .proportional(byLabel: skew.concentration != nil && clientsPerUnit > 1),
    remarks: loose == 0
      ? [] : ["\(loose) of \(units.count) training examples have no group and are left out"])
}
