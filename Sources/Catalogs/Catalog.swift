/// The components of one family by name: `covey list`, scenario validation and the contract tests all walk it.
public struct Catalog<Product>: Sendable {
  /// What the family is called in messages and in `covey list`, singular: `strategy`.
  public let kind: String
  /// The components in the order in which they are listed.
  public let entries: [CatalogEntry<Product>]

  /// Makes a catalog.
  ///
  /// - Precondition: No two entries share a name.
  public init(kind: String, _ entries: [CatalogEntry<Product>]) {
    self.kind = kind
    self.entries = entries
    precondition(Set(entries.map(\.name)).count == entries.count, "two entries of the \(kind) catalog share a name")
  }

  /// The names in listing order.
  public var names: [String] { entries.map(\.name) }

  /// The entry called `name`, or nil.
  public subscript(name: String) -> CatalogEntry<Product>? { entries.first { $0.name == name } }

  /// Makes the component called `name` from option values that a Swift program wrote down.
  ///
  /// - Throws: `CatalogError` when the name is unknown or an option is.
  public func make(_ name: String, _ values: [String: OptionValue] = [:]) throws -> Product {
    guard let entry = self[name] else {
      throw CatalogError.unknownName(kind: kind, name: name, nearest: nearestName(to: name, in: names), allowed: names)
    }
    for key in values.keys.sorted() where !entry.options.contains(where: { $0.name == key }) {
      throw CatalogError.unknownOption(
        component: name, option: key, nearest: nearestName(to: key, in: entry.options.map(\.name)))
    }
    return try entry.make(Options(declared: entry.options, given: values))
  }
}

/// One component of a catalog: its name, what it does, where it comes from, its options and how to make it.
public struct CatalogEntry<Product>: Sendable {
  /// The kebab-case (layers: snake_case) name that a scenario writes.
  public let name: String
  /// One line for `covey list`.
  public let summary: String
  /// The paper or convention that defines it.
  public let source: String?
  /// What a scenario may set.
  public let options: [Option]
  /// The option that a bare value stands for: `max_pool2d: 2` means `max_pool2d: {kernel: 2}`.
  public let shorthand: String?
  /// Makes the component from checked options.
  ///
  /// - Throws: `OptionProblem` when values that are each allowed do not go together.
  public let make: @Sendable (Options) throws -> Product

  /// Makes an entry.
  public init(
    _ name: String, _ summary: String, source: String? = nil, options: [Option] = [], shorthand: String? = nil,
    make: @escaping @Sendable (Options) throws -> Product
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.options = options
    self.shorthand = shorthand
    self.make = make
  }
}

/// A name or an option that a catalog does not know.
public enum CatalogError: Error, Equatable, CustomStringConvertible {
  /// The family `kind` has no component called `name`.
  case unknownName(kind: String, name: String, nearest: String?, allowed: [String])
  /// The component has no such option.
  case unknownOption(component: String, option: String, nearest: String?)

  public var description: String {
    switch self {
    case .unknownName(let kind, let name, let nearest, let allowed):
      "unknown \(kind) '\(shownText(name))'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        + " (allowed: \(allowed.joined(separator: ", ")))"
    case .unknownOption(let component, let option, let nearest):
      "'\(component)' has no option '\(shownText(option))'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    }
  }
}

/// Option values that are each allowed but do not go together.
public struct OptionProblem: Error, Equatable {
  /// The option to point at, or nil for the component as a whole.
  public let option: String?
  /// What is wrong and what is allowed, without the option's name.
  public let message: String

  /// Makes a problem.
  public init(_ option: String?, _ message: String) {
    self.option = option
    self.message = message
  }
}
