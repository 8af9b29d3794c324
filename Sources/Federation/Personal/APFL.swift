internal import Catalogs
internal import Networks

/// Each client uses a mixture αv + (1 − α)w of a model of its own and the shared one.
///
/// In each step of the strategy's part, all gradients before any change, ḡ is taken at v̄ = αv + (1 − α)w_l on the same
/// batch, in a training pass that moves the statistics of the mixture; then
///
///     w_l ← w_l − ηg        v ← v − ηαḡ
///
/// with η the learning rate of the step, and ḡ clipped by itself, as g is, under `client.gradient_clip`. With `adaptive`,
/// after the first step of a round α ← clip(α − η⟨ḡ, v − w_l⟩, 0, 1) of that step's values. The slot `personal` holds v, at
/// first the initial state, with the mixture's statistics; `alpha` holds α.
///
/// Source: Deng, Kamani & Mahdavi, "Adaptive Personalized Federated Learning", 2020, Algorithm 1 and its rule for α.
/// Differs: fedjax leaves out α in v's step; the authors' code mixes outputs and adds 0.02α to the slope.
public struct APFL: PersonalMethod {
  /// α at first.
  public let alpha: Double
  /// Whether α is learned.
  public let isAdaptive: Bool

  /// Makes the method.
  ///
  /// - Precondition: α is from 0 to 1.
  public init(alpha: Double = 0.5, isAdaptive: Bool = false) {
    precondition((0...1).contains(alpha), "an α of \(alpha)")
    self.alpha = alpha
    self.isAdaptive = isAdaptive
  }

  public var clientSlots: [MemorySlot] { [.state("personal"), .scalars("alpha")] }
  public var model: PersonalModel? { PersonalModel(slot: "personal", share: "alpha", initialShare: alpha) }

  public func problems(with run: RunConfiguration) -> [String] {
    if run.hasPlainSteps { return [] }
    let others = run.overriddenOptimizerWords
    return ["its steps are those of plain SGD (allowed: client.optimizer sgd with momentum 0\(others))"]
  }

  public func train(_ round: ClientRound, shared: () throws -> Void) throws {
    var own = round.memory[state: "personal"] ?? round.initialState
    var part = round.memory[scalars: "alpha"]?.first ?? alpha
    var isFirst = true
    try round.beforeEachStep { batch in
      let (current, rate) = (batch.current, batch.learningRate)
      var mixture = own
      for place in current.indices {
        mixture.values[place] = PersonalModel.mixed(own.values[place], current[place], part)
      }
      let gradient = try batch.gradient(under: &mixture)
      var slope = 0.0
      if isFirst, isAdaptive {
        for place in current.indices {
          slope += Double(gradient[place]) * (Double(own.values[place]) - Double(current[place]))
        }
      }
      let step = Float(rate * part)
      for place in current.indices {
        mixture.values[place] = own.values[place] - step * gradient[place]
      }
      // The statistics and counters are those that the pass left in the mixture.
      own = mixture
      if isFirst, isAdaptive { part = min(1, max(0, part - rate * slope)) }
      isFirst = false
    } during: {
      try shared()
    }
    round.memory[state: "personal"] = own
    round.memory[scalars: "alpha"] = [part]
  }

  static let entry = CatalogEntry<any PersonalMethod>(
    "apfl", "a mixture of a model of its own and the shared one", source: "Deng et al. 2020",
    options: [
      Option("alpha", .number(.unit), default: .number(0.5), "part α of the own model, at first"),
      Option("adaptive", .boolean, default: .boolean(false), "whether α is learned"),
    ], shorthand: "alpha"
  ) { APFL(alpha: $0.number("alpha"), isAdaptive: $0.boolean("adaptive")) }
}
