internal import Catalogs
internal import Foundation
internal import Networks

/// Model-contrastive learning: a client's representations are drawn to those of the model that it received and away from
/// those of its own last model.
///
/// With z what the chosen layer reads, flattened, the loss of a batch gains μ times the mean over its examples of
///
///     −ln[e^{s_g/T} / (e^{s_g/T} + e^{s_p/T})]        s_g = cos(z, z_start)        s_p = cos(z, z_previous)
///
/// z is that of the training pass; those of the start state and of the client's previous state come from evaluation
/// passes and are constants. Without a previous state the term is 0. A cosine divides by max(‖·‖, 10⁻⁸) of each; a zero
/// vector has cosine and gradient 0. What is recorded as the training loss is without the term.
///
/// Source: Li, He & Song, "Model-Contrastive Federated Learning", CVPR 2021, Algorithm 1; as in its code both other models
/// are in evaluation mode, and a client's first round has no term.
/// Differs: no projection head is added; one is written into the model.
public struct MOON: Strategy {
  /// μ.
  public let mu: Double
  /// T.
  public let temperature: Double
  /// The layer whose input is the representation; nil is the last one with weights.
  public let layer: String?

  /// Makes the strategy.
  ///
  /// - Precondition: μ ≥ 0, T > 0.
  public init(mu: Double = 1, temperature: Double = 0.5, layer: String? = nil) {
    precondition(mu >= 0 && temperature > 0, "μ \(mu), T \(temperature)")
    self.mu = mu
    self.temperature = temperature
    self.layer = layer
  }

  public var clientSlots: [MemorySlot] { [.state("previous")] }

  public func problems(with run: RunConfiguration) -> [String] {
    if run.loss.procedure != nil {
      return ["its term is about a layer of one pass, and the loss makes several in each step"]
    }
    guard layer(of: run.network) == nil else { return [] }
    let names = run.network.layersWithWeights.map(\.name)
    return ["the model has no layer '\(layer ?? "")' with weights (allowed: \(names.joined(separator: ", ")))"]
  }

  private func layer(of network: Network) -> String? {
    let names = network.layersWithWeights.map(\.name)
    return layer.map { names.contains($0) ? $0 : nil } ?? names.last
  }

  public func train(_ round: ClientRound) throws {
    if mu > 0, let previous = round.memory[state: "previous"], let layer = layer(of: round.network) {
      let start = try round.state()
      try round.run(contrasting: layer, with: [start, previous]) { step in addTerm(to: step) }
    } else {
      try round.run()
    }
    if round.steps > 0 { round.memory[state: "previous"] = try round.state() }
  }

  public func next(_ update: CohortUpdate, memory: inout SlotMemory) -> [Float] { update.moved() }

  /// Adds the gradient of the term to that of the representations.
  ///
  /// - Parameter step: Its other states are the start and the previous one.
  func addTerm(to step: ContrastStep) {
    for row in 0..<step.rowCount {
      let z = step.representation(row)
      let (start, previous) = (Cosine(z, step.other(0, row)), Cosine(z, step.other(1, row)))
      // −ln of the softmax is ln(1 + e^{(s_p − s_g)/T}), whose slope is this share over T.
      let share = 1 / (1 + exp((start.value - previous.value) / temperature))
      let factor = mu * share / (temperature * Double(step.rowCount))
      step.add(row, z.indices.map { Float(factor * (previous.slope(at: $0) - start.slope(at: $0))) })
    }
  }

  /// cos(z, y), and how it changes with z.
  private struct Cosine {
    let value: Double
    private let z: [Float]
    private let y: [Float]
    private let product: Double
    private let square: Double
    private let isZero: Bool

    init(_ z: [Float], _ y: [Float]) {
      var (dot, zz, yy) = (0.0, 0.0, 0.0)
      for (a, b) in zip(z, y) {
        dot += Double(a) * Double(b)
        zz += Double(a) * Double(a)
        yy += Double(b) * Double(b)
      }
      let (zNorm, yNorm) = (max(zz.squareRoot(), 1e-8), max(yy.squareRoot(), 1e-8))
      isZero = zz == 0 || yy == 0
      product = zNorm * yNorm
      square = zNorm * zNorm
      value = isZero ? 0 : dot / product
      self.z = z
      self.y = y
    }

    func slope(at place: Int) -> Double {
      isZero ? 0 : Double(y[place]) / product - value * Double(z[place]) / square
    }
  }

  static let entry = CatalogEntry<any Strategy>(
    "moon", "representations drawn to the received model's, away from the client's last",
    source: "Li et al., CVPR 2021",
    options: [
      Option("mu", .number(.atLeast(0)), default: .number(1), "weight μ of the contrastive loss"),
      Option("temperature", .number(.above(0)), default: .number(0.5), "temperature T of the similarities"),
      .optional("layer", .text, "the layer whose input is the representation; the last one with weights"),
    ]
  ) { MOON(mu: $0.number("mu"), temperature: $0.number("temperature"), layer: $0.optionalText("layer")) }
}
