/// A checked value of an option.
public enum OptionValue: Sendable, Equatable {
  /// A whole number.
  case integer(Int)
  /// A number.
  case number(Double)
  /// True or false.
  case boolean(Bool)
  /// A word or a text.
  case text(String)
  /// A list of values.
  case list([OptionValue])
  /// The values of a mapping, by option.
  case group([String: OptionValue])
  /// A component by its name in the catalog, with the values of its options.
  case component(String, [String: OptionValue])

  /// The value as a scenario would write it.
  public var text: String {
    switch self {
    case .integer(let value): String(value)
    case .number(let value): shortText(value)
    case .boolean(let value): String(value)
    case .text(let value): value
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .group(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
    case .component(let name, let values): values.isEmpty ? name : "{\(name): \(OptionValue.group(values).text)}"
    }
  }
}

/// The values of a component's options: what was given, else the defaults.
///
/// Asking for an option that the component did not declare, or as another type than it declared, is a programmer's
/// mistake and stops the program.
public struct Options: Sendable {
  private let declared: [Option]
  /// What was given and, where nothing was, the defaults.
  package let values: [String: OptionValue]

  /// Joins the given values with the declared defaults.
  ///
  /// - Throws: `OptionProblem` when a required option is missing.
  public init(declared: [Option], given: [String: OptionValue]) throws {
    var values = given
    for option in declared where values[option.name] == nil {
      if let value = option.defaultValue {
        values[option.name] = value
      } else if option.isMissing(besides: { given[$0] != nil }) {
        throw OptionProblem(option.name, "is missing; allowed: \(option.kind.allowed)")
      }
    }
    self.declared = declared
    self.values = values
  }

  /// The value of `name`, or nil when it is optional and absent.
  public func value(_ name: String) -> OptionValue? {
    precondition(declared.contains { $0.name == name }, "option '\(name)' was not declared")
    return values[name]
  }

  /// A whole number.
  public func integer(_ name: String) -> Int {
    guard let value = optionalInteger(name) else { preconditionFailure("option '\(name)' is not a whole number") }
    return value
  }

  /// A whole number, or nil when absent.
  public func optionalInteger(_ name: String) -> Int? {
    if case .integer(let value)? = value(name) { value } else { nil }
  }

  /// A number; a whole number counts as one.
  public func number(_ name: String) -> Double {
    guard let value = optionalNumber(name) else { preconditionFailure("option '\(name)' is not a number") }
    return value
  }

  /// A number, or nil when absent or another kind of value.
  public func optionalNumber(_ name: String) -> Double? {
    switch value(name) {
    case .number(let value)?: value
    case .integer(let value)?: Double(value)
    default: nil
    }
  }

  /// True or false.
  public func boolean(_ name: String) -> Bool {
    guard case .boolean(let value)? = value(name) else { preconditionFailure("option '\(name)' is not true or false") }
    return value
  }

  /// A text.
  public func text(_ name: String) -> String {
    guard let value = optionalText(name) else { preconditionFailure("option '\(name)' is not a text") }
    return value
  }

  /// A text, or nil when absent or another kind of value.
  public func optionalText(_ name: String) -> String? {
    if case .text(let value)? = value(name) { value } else { nil }
  }

  /// A list of whole numbers; a single number is a list of one; nil when absent or another kind of value.
  public func integers(_ name: String) -> [Int]? {
    switch value(name) {
    case .integer(let value)?: return [value]
    case .list(let values)?:
      let integers = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
      return integers.count == values.count ? integers : nil
    default: return nil
    }
  }

  /// A list of numbers; a single number is a list of one; nil when absent or another kind of value.
  public func numbers(_ name: String) -> [Double]? {
    func number(_ value: OptionValue) -> Double? {
      switch value {
      case .number(let value): value
      case .integer(let value): Double(value)
      default: nil
      }
    }
    switch value(name) {
    case .list(let values)?:
      let numbers = values.compactMap(number)
      return numbers.count == values.count ? numbers : nil
    case let value?: return number(value).map { [$0] }
    case nil: return nil
    }
  }

  /// The options of a mapping, with their own defaults; the defaults alone when absent.
  public func group(_ name: String) throws -> Options {
    guard let options = declared.first(where: { $0.name == name })?.kind.groupOptions else {
      preconditionFailure("option '\(name)' is not a mapping")
    }
    guard case .group(let given)? = values[name] else { return try Options(declared: options, given: [:]) }
    return try Options(declared: options, given: given)
  }

  /// The components of a list that the catalog of their family makes; nil when absent.
  ///
  /// - Throws: What the catalog throws.
  public func components<Product>(_ name: String, of catalog: Catalog<Product>) throws -> [Product]? {
    guard case .list(let values)? = value(name) else { return nil }
    return try values.map { value in
      guard case .component(let name, let options) = value else {
        preconditionFailure("'\(value.text)' is no component")
      }
      return try catalog.make(name, options)
    }
  }

  /// The component that the catalog of its family makes.
  ///
  /// - Throws: What the catalog throws; an `OptionProblem` of its options points at `name.option`.
  public func component<Product>(_ name: String, of catalog: Catalog<Product>) throws -> Product {
    guard case .component(let kind, let options)? = value(name) else {
      preconditionFailure("option '\(name)' is no component")
    }
    do {
      return try catalog.make(kind, options)
    } catch let problem as OptionProblem {
      throw OptionProblem(problem.option.map { "\(name).\($0)" } ?? name, problem.message)
    }
  }

  /// A list of texts; a single text is a list of one; nil when absent or another kind of value.
  public func texts(_ name: String) -> [String]? {
    switch value(name) {
    case .text(let value)?: return [value]
    case .list(let values)?:
      let texts = values.compactMap { if case .text(let value) = $0 { value } else { nil } }
      return texts.count == values.count ? texts : nil
    default: return nil
    }
  }
}
