/// One option of a component: its name, what it may hold, its default and what it does.
public struct Option: Sendable {
  /// The snake_case key.
  public let name: String
  /// What it may hold.
  public let kind: OptionKind
  /// Its value when the scenario does not set it; nil makes the option required, unless it is `optional`.
  public let defaultValue: OptionValue?
  /// Whether it may be absent without a default.
  public let isOptional: Bool
  /// Options of the same component any of which makes this one, which is required else, not needed.
  public let alternatives: [String]
  /// One line for `covey list`.
  public let summary: String

  /// An option that has a default.
  public init(_ name: String, _ kind: OptionKind, default value: OptionValue, _ summary: String) {
    self.init(name: name, kind: kind, defaultValue: value, isOptional: true, summary: summary)
  }

  /// An option that must be set, unless one of others is.
  public static func required(
    _ name: String, _ kind: OptionKind, unless alternatives: [String] = [], _ summary: String
  ) -> Option {
    Option(
      name: name, kind: kind, defaultValue: nil, isOptional: false, alternatives: alternatives, summary: summary)
  }

  /// An option that may be absent.
  public static func optional(_ name: String, _ kind: OptionKind, _ summary: String) -> Option {
    Option(name: name, kind: kind, defaultValue: nil, isOptional: true, summary: summary)
  }

  private init(
    name: String, kind: OptionKind, defaultValue: OptionValue?, isOptional: Bool, alternatives: [String] = [],
    summary: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.isOptional = isOptional
    self.alternatives = alternatives
    self.summary = summary
  }

  /// Whether the option is missing where it is not given itself.
  ///
  /// - Parameter isGiven: Whether another option of the component is.
  package func isMissing(besides isGiven: (String) -> Bool) -> Bool {
    defaultValue == nil && !isOptional && !alternatives.contains(where: isGiven)
  }
}

/// What an option may hold.
public indirect enum OptionKind: Sendable {
  /// A whole number within a range.
  case integer(ClosedRange<Int>)
  /// A finite number within bounds.
  case number(NumberRange)
  /// `true` or `false`.
  case boolean
  /// One of some words.
  case choice([String])
  /// Any text that is not empty.
  case text
  /// A list of values of one kind, with a permitted number of them.
  case list(OptionKind, count: ClosedRange<Int>)
  /// The first of some kinds that accepts the value.
  case either([OptionKind])
  /// A mapping with options of its own.
  case group([Option])
  /// A list, not empty, of components of the family that is called so: `layer`.
  case components(String)
  /// A component of the family that is called so, by name or as a mapping: `partition`.
  case component(String)
}

extension OptionKind {
  /// The options of a mapping, also where other kinds are allowed beside it; nil where there is none.
  package var groupOptions: [Option]? {
    switch self {
    case .group(let options): options
    case .either(let kinds): kinds.lazy.compactMap(\.groupOptions).first
    default: nil
    }
  }
}

/// Bounds of a number, open or closed on either side.
public struct NumberRange: Sendable, Equatable {
  /// The smallest value, or the limit that is not reached.
  public let lower: Double
  /// The largest value, or the limit that is not reached.
  public let upper: Double
  /// Whether `lower` itself is excluded.
  public let lowerIsOpen: Bool
  /// Whether `upper` itself is excluded.
  public let upperIsOpen: Bool

  /// Numbers ≥ `lower`.
  public static func atLeast(_ lower: Double) -> NumberRange { .init(lower, .infinity) }
  /// Numbers > `lower`.
  public static func above(_ lower: Double) -> NumberRange { .init(lower, .infinity, lowerIsOpen: true) }
  /// Any finite number.
  public static let any = NumberRange(-.infinity, .infinity)
  /// Numbers from 0 to 1, both included.
  public static let unit = NumberRange(0, 1)

  /// Makes bounds; closed unless said.
  public init(_ lower: Double, _ upper: Double, lowerIsOpen: Bool = false, upperIsOpen: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.lowerIsOpen = lowerIsOpen
    self.upperIsOpen = upperIsOpen
  }

  /// Whether the number is within the bounds, and still is what it is in single precision, with which runs compute.
  func contains(_ value: Double) -> Bool { bounds(value) && singlePrecisionProblem(value) == nil }

  private func bounds(_ value: Double) -> Bool {
    value.isFinite && (lowerIsOpen ? value > lower : value >= lower) && (upperIsOpen ? value < upper : value <= upper)
  }

  /// What single precision makes of a number within the bounds that is none of theirs then; nil where it stays itself.
  func singlePrecisionProblem(_ value: Double) -> String? {
    guard bounds(value), value != 0 else { return nil }
    let single = Float(value)
    if single == 0 { return "is 0 in single precision" }
    if !single.isFinite { return "is infinite in single precision" }
    // Below 1.2e-38 digits go one by one, and 1 / x is infinite.
    if single.isSubnormal { return "loses its digits in single precision" }
    if lowerIsOpen, single <= Float(lower) { return "is \(shortText(lower)) in single precision" }
    if upperIsOpen, single >= Float(upper) { return "is \(shortText(upper)) in single precision" }
    return nil
  }

  var allowed: String {
    var bounds: [String] = []
    if lower.isFinite { bounds.append((lowerIsOpen ? "> " : "≥ ") + shortText(lower)) }
    if upper.isFinite { bounds.append((upperIsOpen ? "< " : "≤ ") + shortText(upper)) }
    return bounds.isEmpty ? "a number" : "a number " + bounds.joined(separator: " and ")
  }
}

extension OptionKind {
  /// What is allowed, in words that follow "allowed:".
  public var allowed: String {
    switch self {
    case .integer(let range):
      range.upperBound == Int.max
        ? "a whole number ≥ \(range.lowerBound)" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): range.allowed
    case .boolean: "true or false"
    case .choice(let words): words.joined(separator: ", ")
    case .text: "text"
    case .list(let element, let count):
      count.lowerBound == count.upperBound
        ? "a list of \(count.lowerBound), each \(element.allowed)" : "a list, each \(element.allowed)"
    case .either(let kinds): kinds.map(\.allowed).joined(separator: ", or ")
    case .group(let options): "a mapping of " + options.map(\.name).joined(separator: ", ")
    case .components(let family): "a list of \(family)s"
    case .component(let family): "a \(family) by name, or a mapping with 'kind'"
    }
  }

  /// The value that `raw` stands for, or nil when it is not allowed. Components are for who has their catalog.
  public func accept(_ raw: RawValue) -> OptionValue? {
    switch (self, raw) {
    case (.integer(let range), .scalar(let text, isQuoted: false)):
      guard let value = wholeNumber(text), range.contains(value) else { return nil }
      return .integer(value)
    case (.number(let range), .scalar(let text, isQuoted: false)):
      guard let value = plainNumber(text), range.contains(value) else { return nil }
      return .number(value)
    case (.boolean, .scalar("true", isQuoted: false)): return .boolean(true)
    case (.boolean, .scalar("false", isQuoted: false)): return .boolean(false)
    case (.choice(let words), .scalar(let text, _)): return words.contains(text) ? .text(text) : nil
    case (.text, .scalar(let text, let isQuoted)):
      return text.isEmpty || (!isQuoted && (text == "null" || text == "~")) ? nil : .text(text)
    case (.list(let element, let count), .list(let values)):
      let accepted = values.compactMap(element.accept)
      return accepted.count == values.count && count.contains(values.count) ? .list(accepted) : nil
    case (.group(let options), .mapping(let values)):
      var accepted: [String: OptionValue] = [:]
      for (key, value) in values {
        guard let option = options.first(where: { $0.name == key }), let value = option.kind.accept(value) else {
          return nil
        }
        accepted[key] = value
      }
      return .group(accepted)
    case (.either(let kinds), _): return kinds.lazy.compactMap { $0.accept(raw) }.first
    default: return nil
    }
  }
}

extension OptionKind {
  /// Why a number that is within the bounds is not allowed all the same; nil where that is not so.
  public func singlePrecisionProblem(_ raw: RawValue) -> String? {
    switch (self, raw) {
    case (.number(let range), .scalar(let text, isQuoted: false)):
      plainNumber(text).flatMap { range.singlePrecisionProblem($0) }
    case (.list(let element, _), .list(let values)): values.lazy.compactMap(element.singlePrecisionProblem).first
    case (.either(let kinds), _): kinds.lazy.compactMap { $0.singlePrecisionProblem(raw) }.first
    default: nil
    }
  }

  /// A value that is allowed, as an example in a message; nil where none can be made up.
  public var example: OptionValue? {
    switch self {
    case .integer(let range): .integer(min(max(8, range.lowerBound), range.upperBound))
    case .number(let range): range.contains(0.5) ? .number(0.5) : range.contains(1) ? .number(1) : nil
    case .boolean: .boolean(true)
    case .choice(let words): words.first.map { .text($0) }
    case .list(let element, let count):
      element.example.map { .list(Array(repeating: $0, count: max(1, min(count.lowerBound, 3)))) }
    case .either(let kinds): kinds.lazy.compactMap(\.example).first
    case .text: .text("…")
    case .group, .components, .component: nil
    }
  }
}

/// A value as a file wrote it, before anyone decided what it means.
public indirect enum RawValue: Sendable, Equatable {
  /// A word, number or quoted text.
  case scalar(String, isQuoted: Bool)
  /// A list.
  case list([RawValue])
  /// A mapping, by key.
  case mapping([String: RawValue])
}

/// The whole number that `text` writes, also as `1e3` or `1_000`.
private func wholeNumber(_ text: String) -> Int? {
  if let value = Int(text) { return value }
  guard let value = plainNumber(text), value.isFinite, value == value.rounded(), abs(value) < 9e15 else { return nil }
  return Int(value)
}

/// The number that `text` writes; an underscore between two digits only helps the eye.
private func plainNumber(_ text: String) -> Double? {
  guard text.contains("_") else { return Double(text) }
  let bytes = Array(text.utf8)
  func isDigit(_ place: Int) -> Bool { bytes.indices.contains(place) && (0x30...0x39).contains(bytes[place]) }
  for (place, byte) in bytes.enumerated() where byte == 0x5F {
    guard isDigit(place - 1), isDigit(place + 1) else { return nil }
  }
  return Double(text.filter { $0 != "_" })
}

/// `0.5` as "0.5" and `3.0` as "3".
package func shortText(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
}
