/// What the clients of a round made together, as the server's halves of transforms and strategies are given it.
public struct CohortUpdate: Sendable, Equatable {
  /// A client that reported.
  public struct Member: Sendable, Equatable {
    /// p_k over the clients that reported; they sum to 1.
    public let weight: Double
    /// τ_k, its local steps, at least 1.
    public let steps: Int
    /// Its learning rate over that of all clients.
    public let stepScale: Double

    /// Makes a member.
    public init(weight: Double, steps: Int, stepScale: Double = 1) {
      self.weight = weight
      self.steps = steps
      self.stepScale = stepScale
    }
  }

  /// w, the shared trainable values that the clients received.
  public let received: [Float]
  /// Δ, what the aggregator made of the clients' updates: Σp_k s_k Δ_k / Σp_k s_k under `mean`, with s_k the update's
  /// `influence`.
  public var delta: [Float] { didSet { exact = nil } }
  /// The means of the vectors of the updates, by their names, every client that reported counting the same.
  public let vectors: [String: [Float]]
  /// The clients that reported, in ascending order.
  public let members: [Member]
  /// How many clients were asked.
  public let askedCount: Int
  /// N, all clients of the federation.
  public let population: Int
  /// w_k where only one client reported and nothing changed its update: w + Δ would only round it.
  private var exact: [Float]?

  /// Makes an update.
  ///
  /// - Parameter exact: w + Δ where it is known without rounding.
  public init(
    received: [Float], delta: [Float], vectors: [String: [Float]] = [:], members: [Member] = [], askedCount: Int? = nil,
    population: Int = 0, exact: [Float]? = nil
  ) {
    precondition(received.count == delta.count, "\(delta.count) values of an update of \(received.count)")
    self.received = received
    self.delta = delta
    self.vectors = vectors
    self.members = members
    self.askedCount = askedCount ?? members.count
    self.population = population
    self.exact = exact
  }

  /// w + rate·Δ.
  public func moved(by rate: Float = 1) -> [Float] {
    if rate == 1, let exact { return exact }
    return received.indices.map { received[$0] + rate * delta[$0] }
  }
}
