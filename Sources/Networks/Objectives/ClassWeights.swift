internal import Catalogs
internal import Tensors

/// How much each class, or each output, counts; 1 for those behind the last.
struct ClassWeights: Sendable, Equatable {
  /// Empty where all count the same.
  let values: [Double]

  /// Makes weights; those that are all 1 are none.
  init(_ values: [Double] = []) { self.values = values.allSatisfy { $0 == 1 } ? [] : values }

  /// Whether all count the same.
  var areEqual: Bool { values.isEmpty }

  subscript(number: Int) -> Double { number < values.count ? values[number] : 1 }

  /// The option of weights of classes.
  static let option = Option.optional(
    "class_weights", .list(.number(.atLeast(0)), count: 1...65_536),
    "how much each class counts, in order; 1 unless set")

  /// What the option says.
  ///
  /// - Throws: `OptionProblem` where no class counts.
  static func read(_ options: Options) throws -> (weights: ClassWeights, count: Int?) {
    guard let values = options.numbers("class_weights") else { return (ClassWeights(), nil) }
    guard values.contains(where: { $0 > 0 }) else {
      throw OptionProblem(
        "class_weights", "are all 0, so that nothing counts (allowed: numbers ≥ 0, one of them above)")
    }
    return (ClassWeights(values), values.count)
  }

  /// What is wrong with so many weights for targets; nil where nothing is.
  static func problem(_ option: String, given: Int?, needed: Int, of what: (one: String, many: String))
    -> OptionProblem?
  {
    guard let given, given != needed else { return nil }
    return OptionProblem(
      option,
      "has \(given) number\(given == 1 ? "" : "s") for \(needed) \(needed == 1 ? what.one : what.many) (allowed: a list of \(needed))"
    )
  }
}

extension Objective {
  /// How many classes a target has; nil for others.
  func classCount(of target: TargetKind) -> Int? {
    switch target {
    case .classes(let count), .tokens(let count): count
    case .labels, .values: nil
    }
  }
}
