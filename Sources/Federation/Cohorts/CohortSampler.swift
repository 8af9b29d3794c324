/// Who takes part: in a round of a synchronous schedule, and in each freed place of an asynchronous one.
///
/// A sampler keeps nothing: what it goes by is the context, so that the same context gives the same clients.
public protocol CohortSampler: Sendable {
  /// The clients of a round, in ascending order, of those that are there; nil where none of those that may be named is
  /// there, so that the round begins later. A cohort that chance leaves empty is one.
  ///
  /// - Throws: `CohortProblem` where the sampler names a client that the population lacks.
  /// - Precondition: population ≥ 1.
  func cohort(_ context: inout SamplingContext) throws(CohortProblem) -> [Int]?

  /// The client that a freed place is given to, of those that are there and not training; nil where none is, or none
  /// shall be yet.
  ///
  /// - Throws: `CohortProblem` where the sampler has nobody to name any more.
  func next(_ context: inout SamplingContext) throws(CohortProblem) -> Int?

  /// How many clients a round has at most.
  func size(population: Int) -> Int

  /// The only clients that the sampler would name now; nil where it may be anyone.
  func candidates(_ context: SamplingContext) -> [Int]?

  /// What of the sampler does not go with a population or a kind of schedule, in words that follow the key; nil where
  /// all does.
  func problem(population: Int, isAsynchronous: Bool) -> String?
}

extension CohortSampler {
  /// Each of those that are there and not training is equally likely.
  public func next(_ context: inout SamplingContext) throws(CohortProblem) -> Int? { context.drawIdle() }

  public func candidates(_ context: SamplingContext) -> [Int]? { nil }
  public func problem(population: Int, isAsynchronous: Bool) -> String? { nil }
}

/// A cohort that can't be made.
public struct CohortProblem: Error, Equatable, CustomStringConvertible {
  /// What is wrong, in words that stand alone.
  public let description: String

  /// Makes a problem.
  public init(_ description: String) { self.description = description }
}
