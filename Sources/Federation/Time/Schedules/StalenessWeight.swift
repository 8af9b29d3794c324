internal import Catalogs
internal import Foundation

/// s(τ): what an update counts that starts from an older version than the one it meets.
public protocol StalenessWeight: Sendable {
  /// s(τ), in (0, 1].
  ///
  /// - Parameter lag: τ ≥ 0, the versions in between.
  func weight(_ lag: Int) -> Double
}

/// s(τ) = 1.
public struct ConstantStaleness: StalenessWeight {
  /// Makes the function.
  public init() {}

  public func weight(_ lag: Int) -> Double { 1 }

  static let entry = CatalogEntry<any StalenessWeight>("constant", "every update counts the same") { _ in
    ConstantStaleness()
  }
}

/// s(τ) = (1 + τ)^−a.
///
/// Source: Xie et al. 2020, Section 5.2.
public struct PolynomialStaleness: StalenessWeight {
  /// a.
  public let exponent: Double

  /// Makes the function.
  public init(exponent: Double) { self.exponent = exponent }

  public func weight(_ lag: Int) -> Double { pow(1 + Double(lag), -exponent) }

  static let entry = CatalogEntry<any StalenessWeight>(
    "polynomial", "(1 + lag)^-exponent", source: "Xie et al. 2020",
    options: [Option("exponent", .number(.atLeast(0)), default: .number(0.5), "how fast the weight falls")]
  ) { PolynomialStaleness(exponent: $0.number("exponent")) }
}

/// s(τ) = 1 where τ ≤ b, else 1/(a(τ − b) + 1).
///
/// Source: Xie et al. 2020, Section 5.2.
/// Differs: the 1 in the denominator stands outside of the product, as in FLGo and plato, so that s does not jump up.
public struct HingeStaleness: StalenessWeight {
  /// a.
  public let slope: Double
  /// b.
  public let limit: Int

  /// Makes the function.
  public init(slope: Double, limit: Int) {
    self.slope = slope
    self.limit = limit
  }

  public func weight(_ lag: Int) -> Double { lag <= limit ? 1 : 1 / (slope * Double(lag - limit) + 1) }

  static let entry = CatalogEntry<any StalenessWeight>(
    "hinge", "1 up to a lag of b, then 1/(a(lag - b) + 1)", source: "Xie et al. 2020",
    options: [
      Option("a", .number(.atLeast(0)), default: .number(10), "how fast the weight falls"),
      Option("b", .integer(0...1_000_000_000), default: .integer(4), "the largest lag that costs nothing"),
    ]
  ) { HingeStaleness(slope: $0.number("a"), limit: $0.integer("b")) }
}

/// The option that names such a function and, in a mapping, sets its options.
func stalenessOption(default name: String) -> Option {
  let kind = OptionKind.choice(stalenessCatalog.names)
  let options = stalenessCatalog.entries.flatMap(\.options).map { Option.optional($0.name, $0.kind, $0.summary) }
  return Option(
    "staleness", .either([kind, .group([.required("kind", kind, "which function")] + options)]), default: .text(name),
    "what an update counts by its lag")
}

/// The function that the option `staleness` holds.
func stalenessWeight(_ options: Options) throws -> any StalenessWeight {
  do {
    switch options.value("staleness") {
    case .text(let name)?: return try stalenessCatalog.make(name)
    case .group(var values)?:
      guard case .text(let name)? = values.removeValue(forKey: "kind") else {
        throw OptionProblem("staleness", "has no 'kind' (allowed: \(stalenessCatalog.names.joined(separator: ", ")))")
      }
      return try stalenessCatalog.make(name, values)
    default: return ConstantStaleness()
    }
  } catch let error as CatalogError {
    throw OptionProblem("staleness", "\(error)")
  }
}
