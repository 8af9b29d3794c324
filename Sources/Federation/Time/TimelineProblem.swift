/// Why a timeline can't go on.
public enum TimelineProblem: Error, Equatable, CustomStringConvertible {
  /// The sampler has no cohort.
  case cohort(CohortProblem)
  /// Nobody that could take part is there any more after a moment, in seconds.
  case nobodyIsThere(after: Double)
  /// So many participations one after the other brought no update that the server could use.
  case noUpdates(count: Int)

  public var description: String {
    switch self {
    case .cohort(let problem): "\(problem)"
    case .nobodyIsThere(let moment): "no client that could take part is there after \(moment) seconds"
    case .noUpdates(let count):
      "\(count) participations one after the other brought no update: clients can't train, are lost or leave before they arrive"
    }
  }
}
