/// The clients that an evaluation looked at and that have no test examples: they have no test value and are in no mean,
/// whatever their training examples say.
public struct UntestedClients: Sendable, Equatable {
  /// How many they are.
  public var count: Int
  /// Of how many clients; nil where the evaluation is of all clients' examples together.
  public var total: Int?

  /// Makes a value.
  public init(count: Int, of total: Int?) {
    self.count = count
    self.total = total
  }

  /// "2 of 4 clients without test examples"; nil where there is none.
  public var words: String? {
    guard count > 0 else { return nil }
    guard let total else { return "\(count) \(count == 1 ? "client" : "clients") without test examples" }
    return "\(count) of \(total) \(total == 1 ? "client" : "clients") without test examples"
  }

  /// The same of several runs or rounds: of the one that has most of them where they differ.
  public static func words(of all: [UntestedClients]) -> String? {
    guard let most = all.max(by: { $0.count < $1.count }), let words = most.words else { return nil }
    return all.allSatisfy { $0 == most } ? words : "up to " + words
  }

  /// Whether no client that was looked at has test examples, so that there is no test value at all.
  public var isEveryone: Bool { count > 0 && count == total }
}

extension RoundRow {
  /// The clients of the round's evaluation that have no test examples.
  ///
  /// - Parameter subject: Whose examples the row's evaluation is of.
  public func untested(_ subject: EvaluationSubject) -> UntestedClients {
    // Of all clients' examples together there is one row, which is of training examples where there are no others.
    let total = evaluatedClients + untestedClients
    return UntestedClients(count: untestedClients, of: subject == .union && evaluatedClients > 0 ? nil : total)
  }

  /// Whether the round was evaluated, be it on training examples alone.
  public var isEvaluated: Bool { evaluatedClients + untestedClients > 0 }
}

extension [EvaluationRecord] {
  /// Those on examples that nobody trained on; the others say nothing of how good a model is.
  public var tested: [EvaluationRecord] { filter { $0.split != .train } }

  /// How many of the clients that these evaluations are of have no test examples.
  public var untested: UntestedClients { UntestedClients(count: count { $0.split == .train }, of: count) }
}
