internal import Catalogs
internal import Foundation
public import Randomness

/// Clients of different sizes whose labels are alike: quantity skew.
///
/// For n examples in random order and clients k = 1 … K:
///
///     power(a)       w_k = k^−a
///     log-normal(σ)  w_k = e^{σ·z_k},  z_k ~ N(0, 1)
///     dirichlet(α)   w ~ Dirichlet(α, …, α)
///     n_k = n·w_k/Σw, rounded so that they sum to n: down, and one more for the largest fractions
///
/// Then every client below the minimum, in the order of their numbers, receives examples one at a time from the client that
/// is the largest at that moment, until it has the minimum.
///
/// Source: Li et al. 2022, "Federated learning on non-IID data silos: an experimental study" (NIID-Bench), quantity skew, for
/// `dirichlet`; FedLab (Zeng et al. 2023) for `log-normal`.
/// Differs: NIID-Bench draws everything again until each client has 10 examples, and FedLab divides by the sum rounded down;
/// here one draw is taken as it is and repaired, and no example is left over.
public struct Quantity: Partitioner {
  /// How sizes are distributed.
  public enum Law: Sendable, Equatable {
    /// In proportion to k^−a for client k from 1.
    case power(Double)
    /// In proportion to e^{σ·z} for normal z.
    case logNormal(Double)
    /// In shares of a symmetric Dirichlet distribution.
    case dirichlet(Double)
  }

  /// How many clients.
  public let clients: Int
  /// How sizes are distributed.
  public let law: Law
  /// The fewest examples a client has.
  public let minimumSize: Int

  /// Makes the partitioner.
  public init(clients: Int, law: Law, minimumSize: Int = 1) {
    self.clients = clients
    self.law = law
    self.minimumSize = minimumSize
  }

  public func clientCount(_ units: SourceUnits) -> Int { clients }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    let (needed, overflows) = clients.multipliedReportingOverflow(by: minimumSize)
    if overflows || needed > examples.count {
      throw PartitionProblem.tooFewExamples(examples: examples.count, clients: clients, minimumSize: minimumSize)
    }
    let sizes = raised(apportioned(examples.count, weights: weights(&stream)), to: minimumSize)
    var order = Array(0..<examples.count)
    stream.shuffle(&order)
    var owners = [Int](repeating: 0, count: examples.count)
    var start = 0
    for (client, size) in sizes.enumerated() {
      for place in start..<start + size { owners[order[place]] = client }
      start += size
    }
    return Partition(Datasets.examples(ofOwners: owners, clients: clients))
  }

  /// Each client's weight, the largest of which is 1 unless they are shares.
  private func weights(_ stream: inout RandomStream) -> [Double] {
    switch law {
    case .power(let exponent): return (1...clients).map { pow(Double($0), -exponent) }
    case .logNormal(let deviation):
      let logs = (0..<clients).map { _ in deviation * stream.normal() }
      let largest = logs.max() ?? 0
      return logs.map { exp($0 - largest) }
    case .dirichlet(let concentration): return stream.dirichlet(concentration: concentration, count: clients)
    }
  }

  static let entry = CatalogEntry<any Partitioner>(
    "quantity", "clients of different sizes whose labels are alike", source: "Li et al. 2022 (NIID-Bench)",
    options: [
      .clients, .required("law", .text, "how sizes are distributed: power(a), log-normal(σ) or dirichlet(α)"),
      Option("min_size", .integer(0...1_000_000), default: .integer(1), "the fewest examples a client has"),
    ]
  ) {
    Quantity(
      clients: $0.integer("clients"), law: try Law($0.text("law")), minimumSize: $0.integer("min_size"))
  }
}

extension Quantity.Law {
  private static let names = ["power", "log-normal", "dirichlet"]

  /// The law that a scenario writes so.
  ///
  /// - Throws: `OptionProblem` that points at `law`.
  init(_ text: String) throws(OptionProblem) {
    let allowed = "(allowed: power(a), log-normal(σ), dirichlet(α))"
    let parts = text.hasSuffix(")") ? text.dropLast().split(separator: "(", omittingEmptySubsequences: false) : []
    let name = String(parts.first ?? text.prefix { $0 != "(" }).trimmingCharacters(in: .whitespaces)
    guard Self.names.contains(name) else {
      let hint = nearestName(to: name, in: Self.names).map { "; did you mean '\($0)'?" } ?? ""
      throw OptionProblem("law", "'\(shownText(text))' is no law\(hint) \(allowed)")
    }
    guard parts.count == 2 else {
      throw OptionProblem("law", "'\(shownText(text))' needs one number in parentheses \(allowed)")
    }
    let number = Double(parts[1].trimmingCharacters(in: .whitespaces)) ?? .nan
    let range = name == "dirichlet" ? 1e-4...1e6 : 0...100
    guard range.contains(number) else {
      throw OptionProblem(
        "law",
        "'\(shownText(text))': '\(shownText(String(parts[1])))' is not allowed (allowed: a number from \(shortText(range.lowerBound)) to \(shortText(range.upperBound)))"
      )
    }
    switch name {
    case "power": self = .power(number)
    case "log-normal": self = .logNormal(number)
    default: self = .dirichlet(number)
    }
  }
}

/// Sizes of the same sum of which none is below the minimum: those below it take one at a time from the largest.
///
/// - Precondition: The sum is at least the minimum times the count.
func raised(_ sizes: [Int], to minimum: Int) -> [Int] {
  guard sizes.contains(where: { $0 < minimum }) else { return sizes }
  var sizes = sizes
  var donors = LargestFirst(sizes.enumerated().filter { $0.element > minimum }.map { ($0.element, $0.offset) })
  for receiver in sizes.indices {
    while sizes[receiver] < minimum {
      sizes[donors.takeOne().number] -= 1
      sizes[receiver] += 1
    }
  }
  return sizes
}
