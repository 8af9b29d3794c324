internal import Networks
public import Records
public import Tensors

/// What a component remembers, as `covey export --slot` writes it.
public struct ExportedSlot: Sendable {
  /// The round after which it stands.
  public let round: Int
  /// Its numbers: a vector as arrays under PyTorch's names and in its layouts, other numbers as one array under the
  /// slot's own name. Nil where the slot was never made.
  public let tensors: [(name: String, tensor: SafetensorsTensor)]?
  /// The slots that were made, of the server or of the client.
  public let names: [String]
  /// Those of the others: of any client where the server was asked for, of the server where a client was.
  public let namesElsewhere: [String]

  /// Takes a slot out of a checkpoint.
  ///
  /// - Parameter client: Whose; nil is the server's.
  /// - Throws: `CheckpointProblem` when the checkpoint is none.
  public init(_ checkpoint: CheckpointRecord, slot: String, client: Int?) throws(CheckpointProblem) {
    let (header, run) = try RunState.decoded(checkpoint.state)
    let memory: SlotMemory
    do {
      // A client that never trained has of its own model what everybody has at first.
      let first = header.personal.flatMap { personal in run.initial.map(personal.initialMemory) } ?? SlotMemory()
      memory = try client.map { try run.clients[$0]?.slots ?? first } ?? run.slots
      // All clients that trained have the same slots.
      let trained = try run.clients.clients.first.flatMap { try run.clients[$0]?.slots }
      namesElsewhere = client == nil ? trained?.names ?? [] : run.slots.names
    } catch {
      throw CheckpointProblem("what clients keep can't be read back: \(error)")
    }
    round = run.round
    names = memory.names
    switch memory.contents[slot] {
    case nil: tensors = nil
    case .scalars(let values)?: tensors = [(slot, .floats(shape: [values.count], values.map { Float($0) }))]
    case .state(let state)?:
      guard state.values.count == run.global.values.count, state.counters.count == run.global.counters.count else {
        throw CheckpointProblem("slot '\(slot)' holds another model")
      }
      tensors = header.arrays(of: state)
    case .vector(let values)?:
      let arrays = header.tensors.filter { !$0.isCounter && $0.range.upperBound <= values.count }
      guard arrays.reduce(0, { $0 + $1.range.count }) == values.count else {
        throw CheckpointProblem("slot '\(slot)' holds \(values.count) values, which are not those of whole arrays")
      }
      tensors = arrays.map { ($0.name, .floats(shape: $0.shape, Array(values[$0.range]))) }
    }
  }
}
