internal import Tensors

/// A layer whose plain steps can be put off, W being the matrix of its weights.
protocol StepDeferring: Layer {
  /// The rows and columns of W, one sample making one product of two vectors; nil where it makes several.
  func deferredWeights(input: Shape) -> (units: Int, inputs: Int)?
}

/// The weights whose steps a network can put off: those of the first layer that has any.
package struct DeferrableWeights: Sendable, Equatable {
  /// Where they lie among the state's values.
  package let range: Range<Int>
  /// Rows.
  package let units: Int
  /// Columns.
  package let inputs: Int

  /// Samples of one client beyond which putting off costs more than it saves.
  package var sampleLimit: Int { min(units, inputs) / 4 }
}

/// The steps of a weight matrix W as products that are not carried out: W_k = W − η Σ_s G_sᵀX_s for a client that starts
/// at W and sees inputs X_s and output gradients G_s.
///
/// As long as a client sees few samples, its own matrix need not exist: x·W_kᵀ = x·Wᵀ − η Σ_s (x·X_sᵀ)·G_s, and the
/// sum of many clients' updates is one product of all their rows. W itself is read only, by all clients.
package final class DeferredSteps {
  /// The weights.
  package let weights: DeferrableWeights
  /// W.
  private(set) var base: UnsafePointer<Float>?
  /// Rows of all clients so far.
  private var rows = 0
  /// The first row of each client, the one at hand last.
  private var starts: [Int] = []
  private let capacity: Int
  /// X, one row a sample.
  private let x: AlignedBuffer<Float>
  /// −η·G, one row a sample.
  private let g: AlignedBuffer<Float>
  /// Products of a batch's inputs with earlier ones.
  private let products = AlignedBuffer<Float>()
  /// A sum of updates, as W lies.
  private let update: AlignedBuffer<Float>

  /// Makes room for so many samples.
  ///
  /// - Throws: `OutOfMemory`.
  package init(_ weights: DeferrableWeights, capacity: Int) throws {
    self.weights = weights
    self.capacity = capacity
    x = try AlignedBuffer(asking: capacity * weights.inputs)
    g = try AlignedBuffer(asking: capacity * weights.units)
    update = try AlignedBuffer(asking: weights.range.count)
    starts.reserveCapacity(64)
  }

  /// Whether it has room for so many samples of such weights.
  package func fits(_ weights: DeferrableWeights, capacity: Int) -> Bool {
    self.weights == weights && self.capacity >= capacity
  }

  /// Forgets all clients; the next ones start at `base`, which must stay where it is.
  package func begin(at base: UnsafePointer<Float>) {
    self.base = base
    rows = 0
    starts.removeAll(keepingCapacity: true)
  }

  /// How many clients there were since `begin`.
  package var clientCount: Int { starts.count }

  private var start: Int { starts.last ?? 0 }

  /// The rows from here on are those of another client.
  package func beginClient() { starts.append(rows) }

  /// Forgets what the client at hand did; it stays one of the clients.
  package func forgetClient() { rows = start }

  /// Multiplies what the client at hand did.
  package func scaleClient(by factor: Float) {
    for place in (start * weights.units)..<(rows * weights.units) { g.base[place] *= factor }
  }

  /// The sum of all clients' updates W_k − W, as W lies; valid until the next call.
  package func sum() throws -> UnsafePointer<Float> { try sum(0..<rows) }

  /// The update of one client, by its number since `begin`; valid until the next call.
  package func update(ofClient number: Int) throws -> UnsafePointer<Float> {
    try sum(starts[number]..<(number + 1 < starts.count ? starts[number + 1] : rows))
  }

  /// target = W_k of the client at hand.
  package func writeClient(into target: UnsafeMutablePointer<Float>) throws {
    guard let base else { preconditionFailure("no weights to start at") }
    let own = try sum(start..<rows)
    for place in 0..<weights.range.count { target[place] = base[place] + own[place] }
  }

  private func sum(_ part: Range<Int>) throws -> UnsafePointer<Float> {
    if part.isEmpty {
      update.base.update(repeating: 0, count: weights.range.count)
    } else {
      try matrixProduct(
        g.base + part.lowerBound * weights.units, x.base + part.lowerBound * weights.inputs, transposesA: true,
        rows: weights.units, columns: weights.inputs, inner: part.count, into: update.base)
    }
    return UnsafePointer(update.base)
  }

  /// y += x·W_kᵀ for a batch, whose inputs are kept.
  func forward(_ input: UnsafePointer<Float>, batch: Int, into y: UnsafeMutablePointer<Float>) throws {
    guard let base else { preconditionFailure("no weights to start at") }
    precondition(rows + batch <= capacity, "\(rows + batch) samples where there is room for \(capacity)")
    let (units, inputs) = (weights.units, weights.inputs)
    try matrixProduct(input, base, transposesB: true, rows: batch, columns: units, inner: inputs, beta: 1, into: y)
    let seen = rows - start
    if seen > 0 {
      try products.grow(to: batch * seen)
      try matrixProduct(
        input, x.base + start * inputs, transposesB: true, rows: batch, columns: seen, inner: inputs,
        into: products.base)
      try matrixProduct(
        products.base, g.base + start * units, rows: batch, columns: units, inner: seen, beta: 1, into: y)
    }
    (x.base + rows * inputs).update(from: input, count: batch * inputs)
  }

  /// Keeps the step of the batch that `forward` saw last.
  func step(_ gradient: UnsafePointer<Float>, batch: Int, rate: Float) {
    let target = g.base + rows * weights.units
    for place in 0..<(batch * weights.units) { target[place] = -rate * gradient[place] }
    rows += batch
  }
}
