/// What a model has to say of an example.
public enum TargetKind: Sendable, Equatable {
  /// One of so many classes.
  case classes(Int)
  /// So many labels, any of which may hold: a number each, 0 or 1.
  case labels(Int)
  /// So many numbers.
  case values(Int)
  /// A token of a vocabulary of so many, or one of so many classes, for each token or step of the example.
  case tokens(vocabulary: Int)

  /// What a scenario's user calls it.
  public var words: String {
    switch self {
    case .classes(let count): "\(count) classes"
    case .labels(let count): count == 1 ? "a label" : "\(count) labels"
    case .values(let count): count == 1 ? "a number" : "\(count) numbers"
    case .tokens(let vocabulary): "tokens of \(vocabulary)"
    }
  }

  /// Whether targets are whole numbers of classes or tokens, and no numbers.
  public var isWhole: Bool {
    switch self {
    case .classes, .tokens: true
    case .labels, .values: false
    }
  }

  /// How many whole numbers or numbers the target of one example is.
  ///
  /// - Parameter example: The example's shape, whose first extent is the number of steps of a sequence.
  public func count(of example: Shape) -> Int {
    switch self {
    case .classes: 1
    case .labels(let count), .values(let count): count
    case .tokens: example.dimensions.first ?? 1
    }
  }
}
