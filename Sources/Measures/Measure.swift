public import Records
internal import Synchronization

/// One thing that an evaluation says of a model beside its loss: a number, a number for each class, or counts.
///
/// To add one: a file in Kinds with a static member, and its line in `measureCatalog`. The record, its summaries over
/// clients, listings, comparisons, figures and exports walk what is recorded.
public struct Measure: Sendable {
  /// What the values of a measure look like.
  public enum Unit: Sendable, Equatable {
    /// A fraction between 0 and 1, which people see in per cent.
    case fraction
    /// Any number; people see so many digits after the point.
    case number(digits: Int)
  }

  /// Its name in the record, in JSON and on the command line, in snake_case. The value of one class is called
  /// `name[CLASS]`.
  public let name: String
  /// Its name in a sentence.
  public let title: String
  /// What its values look like.
  public let unit: Unit
  /// Whether larger values are better.
  public let higherIsBetter: Bool
  /// The name in the record where that is not `name`: a measure with a number in its name.
  public let recordedName: String?
  /// Whether it says something of single classes alone.
  public let isOfClasses: Bool
  /// Whether it says numbers, rather than counts.
  public let isNumber: Bool
  /// Adds what it says of some outputs; nothing where it is not defined for such targets at all, and a missing value
  /// where it is not defined for these.
  let measure: @Sendable (EvaluatedOutputs, inout Measured) -> Void

  /// Makes a measure.
  ///
  /// - Parameters:
  ///   - name: Its name in the record.
  ///   - title: Its name in a sentence; nil is the name with spaces.
  ///   - recordedName: The name in the record where `name` has a number in it.
  ///   - isOfClasses: Whether it says something of single classes alone.
  ///   - isNumber: Whether it says numbers, rather than counts.
  ///   - measure: Adds its values.
  public init(
    _ name: String, title: String? = nil, unit: Unit, higherIsBetter: Bool, recordedName: String? = nil,
    isOfClasses: Bool = false, isNumber: Bool = true,
    measure: @escaping @Sendable (EvaluatedOutputs, inout Measured) -> Void
  ) {
    self.name = name
    self.title = title ?? name.split(separator: "_").joined(separator: " ")
    self.unit = unit
    self.higherIsBetter = higherIsBetter
    self.recordedName = recordedName
    self.isOfClasses = isOfClasses
    self.isNumber = isNumber
    self.measure = measure
  }

  /// The measure that a value of the record is of: `recall` of `recall[cat]`; nil for a name that this version does not
  /// know.
  public static func of(_ recorded: String) -> Measure? {
    let stem = recorded.hasSuffix("]") ? recorded.prefix { $0 != "[" } : recorded[...]
    return known.withLock { $0.byName[String(stem)] }
  }

  /// A name as the record has it of one that a user wrote: `-` stands for `_`, but for the name of a class.
  public static func recordedName(_ given: String) -> String {
    guard let bracket = given.firstIndex(of: "[") else { return given.replacing("-", with: "_") }
    return given[..<bracket].replacing("-", with: "_") + String(given[bracket...])
  }

  /// Everything that all measures say of some outputs.
  public static func all(of outputs: EvaluatedOutputs) -> Measured {
    var measured = Measured()
    for measure in every { measure.measure(outputs, &measured) }
    return measured
  }

  // MARK: Measures beside the catalog

  /// Has every evaluation from now on say a measure that a program brings; its name must be none of the catalog's.
  ///
  /// What was recorded with it is read by name alone where it is not added: then nobody knows which direction is better,
  /// and nothing can be compared by it.
  public static func add(_ measure: Measure) { known.withLock { $0 = Known(beside: $0.added + [measure]) } }

  /// Takes measures back that were added.
  package static func removeAdded() { known.withLock { $0 = Known(beside: []) } }

  private struct Known {
    let added: [Measure]
    let every: [Measure]
    let byName: [String: Measure]

    init(beside added: [Measure]) {
      self.added = added
      every = measureCatalog.names.compactMap { try? measureCatalog.make($0) } + added
      byName = Dictionary(
        every.flatMap { measure in [measure.name, measure.recordedName].compactMap { $0 }.map { ($0, measure) } }
      ) { first, _ in first }
    }
  }

  private static let known = Mutex(Known(beside: []))

  /// All measures, those that were added behind the others.
  public static var every: [Measure] { known.withLock { $0.every } }
}

/// What measures say of the outputs of one evaluation.
public struct Measured: Sendable, Equatable {
  /// Numbers by name.
  public private(set) var values = MeasureValues()
  /// Counts by name.
  public private(set) var counts = MeasureCounts()

  /// Nothing yet.
  public init() {}

  /// Adds a number; one that is nil or not finite is recorded as missing.
  public mutating func add(_ name: String, _ value: Double?) { values[name] = .some(value) }

  /// Adds a number for each class that has one.
  public mutating func add(_ name: String, byClass values: [Double?], of outputs: EvaluatedOutputs) {
    for (number, value) in values.enumerated() where value != nil {
      self.values["\(name)[\(outputs.className(number))]"] = .some(value)
    }
  }

  /// Adds rows of counts.
  public mutating func add(_ name: String, counts rows: [[Double]]) { counts[name] = rows }
}
