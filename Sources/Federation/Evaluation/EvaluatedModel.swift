internal import Networks
internal import Randomness

/// A model in a worker's workspace whose normalization values are about to be set.
public final class EvaluatedModel {
  private let configuration: RunConfiguration
  private let local: LocalRanges
  private let subject: Range<Int>
  private let server: ModelState?
  private let clients: ClientValues?
  private let store: ClientStore?
  private let worker: Worker

  /// Takes the model that lies in the worker's workspace.
  ///
  /// - Parameters:
  ///   - subject: The clients on whose examples it is evaluated.
  ///   - server: The global state; nil before aggregation.
  ///   - clients: What clients keep, where it was looked through.
  ///   - store: The same client by client.
  init(
    _ configuration: RunConfiguration, _ local: LocalRanges, subject: Range<Int>, server: ModelState? = nil,
    clients: ClientValues? = nil, store: ClientStore? = nil, on worker: Worker
  ) {
    self.configuration = configuration
    self.local = local
    self.subject = subject
    self.server = server
    self.clients = clients
    self.store = store
    self.worker = worker
  }

  private var layout: StateLayout { configuration.network.layout }

  /// Puts the server's values into all normalization layers.
  public func takeServersValues() {
    guard let server else { return }
    for range in layout.normalizationRanges { put(server.values[range], at: range.lowerBound) }
  }

  /// Puts the clients' weighted mean into what is local; the initial values where nobody trained yet.
  ///
  /// - Parameter pooled: Whether variances are pooled by the law of total variance.
  public func takeMeanValues(pooled: Bool) {
    guard let clients else { return }
    takeLocal(pooled ? clients.pooled : clients.mean)
  }

  /// Puts the values of the client whose statistics are nearest to `measured` into what is local; the initial values
  /// where nobody trained yet.
  ///
  /// - Throws: `ClientStoreProblem` when what a client keeps can't be read.
  public func takeValuesOfNearestClient(to measured: [Float]) throws {
    guard let store, let clients else { return }
    let start = local.affine.count + local.mixing.count
    let own = Array(measured.suffix(local.statistics.count))
    var nearest: (distance: Double, values: [Float])?
    for client in clients.clients {
      guard let memory = try store[client] else { continue }
      let values = local.normalization(of: memory)
      let distance = wassersteinDistance(Array(values[start...]), own, local.trackedLayers)
      if distance < nearest?.distance ?? .infinity { nearest = (distance, values) }
    }
    takeLocal(nearest?.values ?? [])
  }

  /// Puts statistics into the layers that have some; laid out as in the state, from the first one on.
  public func takeStatistics(_ statistics: [Float]) { put(statistics[...], at: layout.trainableCount) }

  /// Puts the initial values into what is local and into all running statistics.
  public func takeInitialValues() {
    takeLocal([])
    put(configuration.initialValues(of: layout.statisticsRange)[...], at: layout.trainableCount)
  }

  /// The statistics of the subject's examples: those of each batch of a forward pass, pooled; laid out as in the state.
  ///
  /// - Parameter samples: How many examples at most, drawn once a subject.
  /// - Returns: Nil when the subject has too few examples for a variance.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer.
  public func measureStatistics(samples: Int) throws -> [Float]? {
    let network = configuration.network
    let list = SubjectList.measured(configuration, clients: subject)
    let examples = SubjectExamples(list)
    // Of all clients together, as of a client that there is not.
    let number = subject.count == 1 ? UInt64(subject.lowerBound) : UInt64.max
    var stream = RandomStream(seed: configuration.seed, .recalibration, number)
    let places = stream.sample(min(samples, list.count), of: list.count)
    guard let batches = exactBatches(places.count, size: configuration.work.batchSize, of: network) else { return nil }
    let width = network.input.count
    return try worker.moments(batches.map { Array(places[$0]) }, of: configuration.loss, statistics: .batch) {
      try examples.gather($0, width: width, values: $1, targets: nil)
    }.statistics.map { Float($0) }
  }

  /// Puts a client's values, or the initial ones where there are none, into what is local.
  private func takeLocal(_ values: [Float]) {
    var start = 0
    for range in local.normalization {
      let own = values.isEmpty ? configuration.initialValues(of: range)[...] : values[start..<(start + range.count)]
      put(own, at: range.lowerBound)
      start += range.count
    }
  }

  private func put(_ values: ArraySlice<Float>, at start: Int) {
    for (place, value) in values.enumerated() { worker.workspace.values[start + place] = value }
  }
}
