internal import Catalogs
internal import Networks
internal import Tensors

/// Each client trains a model of its own beside the shared one, which the received values hold on a leash.
///
/// The strategy's part runs as without it. Then the client's model v_k (slot `personal`, at first the initial state)
/// trains over the same batches, each gradient gaining λ(v_k − w) over all trained values, with w those that the client
/// started the round from. v_k has statistics of its own, those of its own passes.
///
/// Source: Li, Hu, Beirami & Smith, "Ditto: Fair and Robust Federated Learning Through Personalization", ICML 2021,
/// Algorithm 1.
/// Differs: the epochs of the two models come one after the other instead of step by step, which gives the same numbers
/// where there is no dropout.
public struct Ditto: PersonalMethod {
  /// λ.
  public let lambda: Float
  /// Epochs of the personal model; nil is what the client does for the shared one.
  public let epochs: Int?
  /// Its learning rate; nil is the client's.
  public let learningRate: Double?

  /// Makes the method.
  ///
  /// - Precondition: λ ≥ 0.
  public init(lambda: Float = 0.1, epochs: Int? = nil, learningRate: Double? = nil) {
    precondition(lambda >= 0, "a λ of \(lambda)")
    self.lambda = lambda
    self.epochs = epochs
    self.learningRate = learningRate
  }

  public var clientSlots: [MemorySlot] { [.state("personal")] }
  public var model: PersonalModel? { PersonalModel(slot: "personal") }

  public func train(_ round: ClientRound, shared: () throws -> Void) throws {
    try shared()
    var own = round.memory[state: "personal"] ?? round.initialState
    let pull: GradientTerm = { [lambda] step in step.gradient.add(lambda, step.current - step.received) }
    try round.run(on: &own, epochs: epochs, learningRate: learningRate, lambda == 0 ? nil : pull)
    round.memory[state: "personal"] = own
  }

  static let entry = CatalogEntry<any PersonalMethod>(
    "ditto", "a model of its own beside the shared one, on a leash", source: "Li et al., ICML 2021",
    options: [
      Option("lambda", .number(.atLeast(0)), default: .number(0.1), "strength λ of the leash"),
      .optional("epochs", .integer(1...100_000), "epochs of the personal model; the client's unless said"),
      .optional("learning_rate", .number(.above(0)), "its step size; the client's unless said"),
    ], shorthand: "lambda"
  ) {
    Ditto(
      lambda: Float($0.number("lambda")), epochs: $0.optionalInteger("epochs"),
      learningRate: $0.optionalNumber("learning_rate"))
  }
}
