/// Why a state can't be kept.
struct CheckpointTooLarge: Error, CustomStringConvertible {
  let bytes: Int
  let limit: Int

  var description: String { "its checkpoint would take \(bytes >> 20) MiB, and the record holds \(limit >> 20)" }
}

/// Why bytes are not a checkpoint of a run.
public struct CheckpointProblem: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  public let message: String

  init(_ message: String) { self.message = message }

  /// One line that says so.
  public var description: String { "the checkpoint can't be used: \(message)" }
}
