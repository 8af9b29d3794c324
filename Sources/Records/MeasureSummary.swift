/// One measure over the clients of a round that have a value of it, as a few numbers.
public struct MeasureSummary: Codable, Sendable, Equatable {
  /// The clients that have a value; those for which it is missing are in none of the numbers.
  public var clients: Int
  /// Mean, every client counting the same.
  public var mean: Double
  /// Mean, every example counting the same; nil without examples.
  public var sampleWeighted: Double?
  /// The worst client's; nil where it is not known which direction is better.
  public var worst: Double?
  /// Mean of the worst tenth of the clients, ⌈n/10⌉ of n; nil where it is not known which direction is better.
  public var bottomDecile: Double?
  /// Standard deviation over the clients, divisor n.
  public var standardDeviation: Double
  /// Jain's index of a measure that is a fraction; nil where all are 0, and of others.
  public var jain: Double?

  private enum CodingKeys: String, CodingKey {
    case clients, mean, worst, jain
    case sampleWeighted = "sample_weighted"
    case bottomDecile = "bottom_decile"
    case standardDeviation = "sd"
  }

  /// Makes a summary.
  public init(
    clients: Int, mean: Double, sampleWeighted: Double?, worst: Double?, bottomDecile: Double?,
    standardDeviation: Double, jain: Double?
  ) {
    self.clients = clients
    self.mean = mean
    self.sampleWeighted = sampleWeighted
    self.worst = worst
    self.bottomDecile = bottomDecile
    self.standardDeviation = standardDeviation
    self.jain = jain
  }
}
