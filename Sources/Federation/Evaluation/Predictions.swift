internal import Datasets
internal import Foundation
internal import Locks
internal import Measures
public import Records

/// What the models of a run's clients say of single examples, as the evaluation that `covey history` shows has them:
/// personal models after aggregation, under the first source of normalization values.
public struct Predictions: Sendable {
  /// What a model says of one example.
  public struct Example: Sendable {
    /// The client's number.
    public let client: Int
    /// Which examples it is one of.
    public let split: ExampleSplit
    /// Its number among those examples of the client, from 0.
    public let example: Int
    /// Its class.
    public let label: Int
    /// The class that is predicted.
    public let predicted: Int
    /// The probability of each class.
    public let probabilities: [Double]
  }

  /// The round after which the models stand.
  public let round: Int
  /// Which evaluation it is of: `client personal own after-aggregation`.
  public let words: String
  /// The names of the classes.
  public let classNames: [String]
  /// The examples, by client, split and number.
  public let examples: [Example]

  /// Evaluates the models of a checkpoint. Blocks the calling thread.
  ///
  /// - Parameter threads: Threads that compute; they are used up.
  /// - Throws: `CheckpointProblem` when the checkpoint is not one of the run; an error in words when an evaluation fails
  ///   or the run evaluates no clients.
  public init(_ checkpoint: CheckpointRecord, of configuration: RunConfiguration, on threads: ComputeThreads) throws {
    guard case .classes = configuration.target, !configuration.loss.canLackTargets else {
      throw CheckpointProblem("predictions are of one class an example, and the run has \(configuration.target.words)")
    }
    let state = try RunState(checkpoint, of: configuration)
    let plan = configuration.evaluationPlan
    let rows = plan.evaluations.filter { $0.subject == .client && $0.phase == .afterAggregation }
    let personal = rows.filter { $0.model == .personal }
    let candidates = personal.isEmpty ? rows : personal
    let first = NormSource.allCases.lazy.compactMap { word in candidates.first { $0.source.word == word } }.first
    guard let row = first else { throw CheckpointProblem("the run evaluates no clients after aggregation") }
    let evaluation = RoundEvaluation(configuration, plan, state: state)
    let clients = Array(0..<configuration.dataset.clientCount)
    let finished = DispatchSemaphore(value: 0)
    let result = Locked<Result<[(client: Int, examples: SubjectList, sums: EvaluationSums)], any Error>?>(nil)
    let pool = threads.work
    Task(executorPreference: pool) {
      do {
        let found = try await evaluation.outputs(of: row, clients: clients, on: pool)
        result.withLock { $0 = .success(found) }
      } catch {
        result.withLock { $0 = .failure(error) }
      }
      finished.signal()
    }
    finished.wait()
    round = checkpoint.round
    words = row.words
    let names = configuration.dataset.classNames
    classNames = (0..<max(2, configuration.network.output.count)).map {
      names.indices.contains($0) ? names[$0] : "\($0)"
    }
    let found = try result.withLock { try $0?.get() } ?? []
    examples = found.flatMap { client, list, sums in
      let outputs = sums.measured.outputs(configuration)
      let (probabilities, classCount) = (outputs.probabilities, outputs.classCount)
      let places = list.places(client, of: configuration.dataset.count(client, list.split))
      return (0..<outputs.count).map { row in
        Example(
          client: client, split: ExampleSplit(list.split), example: places[row],
          label: Int(sums.measured.classes[row]), predicted: outputs.predicted[row],
          probabilities: Array(probabilities[row * classCount..<(row + 1) * classCount]))
      }
    }
  }
}
