public import Networks
public import Records
public import Tensors

/// The state that `covey export` writes: the server's, or a client's as it would be evaluated.
public struct ExportedState: Sendable {
  /// The round after which it stands.
  public let round: Int
  /// The arrays in the order of the layers, under PyTorch's names and in its layouts.
  public let tensors: [(name: String, tensor: SafetensorsTensor)]
  /// Whether the checkpoint knows the client, which it does once it trained.
  public let isOfClient: Bool
  /// All numbers, laid out as the model's state.
  public let state: ModelState

  /// Takes a state out of a checkpoint.
  ///
  /// - Parameter client: A client's number for its personal model, or nil for the server's. A client that never took
  ///   part has the initial local values.
  /// - Throws: `CheckpointProblem` when the checkpoint is none.
  public init(_ checkpoint: CheckpointRecord, client: Int?) throws(CheckpointProblem) {
    let (header, run) = try RunState.decoded(checkpoint.state)
    var own: ClientMemory?
    do {
      if let client { own = try run.clients[client] }
    } catch {
      throw CheckpointProblem("what clients keep can't be read back: \(error)")
    }
    isOfClient = own != nil
    var state = run.global
    if let memory = own {
      var start = 0
      for range in header.localRanges {
        state.values.replaceSubrange(range, with: memory.localValues[start..<(start + range.count)])
        start += range.count
      }
      state.counters.replaceSubrange(header.localCounters, with: memory.counters)
    }
    if let client, let personal = header.personal, let initial = run.initial {
      let memory = own?.slots ?? personal.initialMemory(initial)
      guard let model = personal.state(state, memory, trainableCount: header.trainableCount) else {
        throw CheckpointProblem("slot '\(personal.slot)' of client \(client) holds another model")
      }
      state = model
    }
    round = run.round
    self.state = state
    tensors = header.arrays(of: state)
  }
}

extension CheckpointHeader {
  /// The arrays of a state in the order of the layers.
  func arrays(of state: ModelState) -> [(name: String, tensor: SafetensorsTensor)] {
    tensors.map { tensor in
      tensor.isCounter
        ? (tensor.name, .integers(shape: tensor.shape, Array(state.counters[tensor.range])))
        : (tensor.name, .floats(shape: tensor.shape, Array(state.values[tensor.range])))
    }
  }
}
