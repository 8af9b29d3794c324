internal import Networks

/// What a client sends when its training is done, on its way to the aggregator: Δ_k = w_k − w over the shared trainable
/// values, and what its strategy sends beside it. Valid until the call returns that lent it.
///
/// Running statistics and counters travel beside it, as absolute values that nothing on the way touches.
public struct ClientUpdate {
  /// How Δ_k is held until somebody asks for its numbers.
  enum Held {
    /// As the values after training and those before it, which lie in blocks.
    case difference(UnsafePointer<Float>, [(range: Range<Int>, values: UnsafePointer<Float>)])
    /// The same, but for weights whose steps were put off, which are summed with those of other clients.
    case deferred(DeferredSteps, UnsafePointer<Float>, [(range: Range<Int>, values: UnsafePointer<Float>)])
    /// As numbers.
    case values([Float])
  }

  /// The client.
  public let client: Int
  /// p_k among the clients that were asked.
  public let weight: Double
  /// τ_k, the steps that it took, at least 1.
  public let steps: Int
  /// The client's learning rate over that of all clients: 1 unless `client.overrides` says otherwise.
  public let stepScale: Double
  /// The least of these that any client of the run has, or 1 if that is less.
  public internal(set) var leastStepScale = 1.0
  /// d, how many values are shared.
  public let sharedCount: Int
  /// s_k, what multiplies p_k in the mean of updates: above 0 and at most 1. The strategy's `arrived` may set it.
  public var influence = 1.0
  /// Vectors over the shared values by their names: what the client's half of the strategy sends, and what the server
  /// makes of the update as it arrives.
  public var vectors: [String: [Float]] = [:]
  /// How Δ_k is written.
  public internal(set) var encoding: UpdateEncoding
  private(set) var held: Held

  init(client: Int, weight: Double, steps: Int, stepScale: Double = 1, sharedCount: Int, held: Held) {
    self.client = client
    self.weight = weight
    self.steps = steps
    self.stepScale = stepScale
    self.sharedCount = sharedCount
    self.held = held
    encoding = UpdateEncoding(count: sharedCount)
  }

  /// Makes an update of numbers, as a test has them.
  package init(client: Int = 0, weight: Double = 1, steps: Int = 1, stepScale: Double = 1, delta: [Float]) {
    self.init(
      client: client, weight: weight, steps: steps, stepScale: stepScale, sharedCount: delta.count,
      held: .values(delta))
  }

  /// Δ_k.
  public var delta: [Float] {
    switch held {
    case .values(let values): return values
    case .difference(let trained, let blocks): return Self.difference(trained, blocks, count: sharedCount)
    case .deferred: preconditionFailure("the update of client \(client) is summed with others'")
    }
  }

  /// Changes Δ_k.
  ///
  /// - Precondition: As many numbers as before are left.
  public mutating func change(_ body: (inout [Float]) -> Void) {
    var values = delta
    held = .values([])
    body(&values)
    precondition(values.count == sharedCount, "an update of \(values.count) values for \(sharedCount)")
    held = .values(values)
  }

  /// Bytes of Δ_k and of the vectors that are sent beside it.
  var bytes: Int { encoding.bytes + vectors.values.reduce(0) { $0 + 4 * $1.count } }

  private static func difference(
    _ trained: UnsafePointer<Float>, _ blocks: [(range: Range<Int>, values: UnsafePointer<Float>)], count: Int
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for block in blocks {
        for place in block.range.clamped(to: 0..<count) {
          buffer[place] = trained[place] - block.values[place - block.range.lowerBound]
        }
      }
      initialized = count
    }
  }
}
