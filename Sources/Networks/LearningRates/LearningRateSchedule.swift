public import Catalogs

/// The form of a learning-rate schedule: hyperparameters only.
public protocol LearningRateCurve: Sendable {
  /// The learning rate at a place.
  ///
  /// - Parameters:
  ///   - rate: η, that of the optimizer.
  ///   - place: t, from 0 to `places` − 1.
  ///   - places: T ≥ 1.
  func rate(_ rate: Double, at place: Int, of places: Int) -> Double
  /// Whether the rate at a place depends on how many places there are; true unless said.
  var dependsOnPlaces: Bool { get }
}

extension LearningRateCurve {
  public var dependsOnPlaces: Bool { true }
}

/// How the learning rate of the clients' optimizer goes on, over the rounds of a run or over the steps of a round.
///
/// With t from 0, T places and a warm-up of W
///
///     t < W: η(t + 1)/W      else the curve at t − W of T − W
///
/// Behind the T places the value of the last one stays.
public struct LearningRateSchedule: Sendable {
  /// What t counts.
  public enum Axis: String, Sendable, CaseIterable {
    /// Rounds of the run.
    case rounds
    /// A client's steps in a round.
    case steps
  }

  /// The form behind the warm-up.
  public let curve: any LearningRateCurve
  /// What t counts.
  public let over: Axis
  /// W.
  public let warmup: Int
  /// T; nil is as many rounds as the run has, or steps as the client takes in the round.
  public let length: Int?

  /// Makes a schedule.
  ///
  /// - Precondition: W ≥ 0, T ≥ 1.
  public init(_ curve: any LearningRateCurve, over: Axis = .rounds, warmup: Int = 0, length: Int? = nil) {
    precondition(warmup >= 0 && length ?? 1 >= 1, "a warm-up of \(warmup), a length of \(length ?? 1)")
    self.curve = curve
    self.over = over
    self.warmup = warmup
    self.length = length
  }

  /// Whether the rate at a place that there is depends on how many there are, in rounds of the run or in steps.
  public var dependsOnPlaces: Bool { length == nil && curve.dependsOnPlaces }

  /// The learning rate at a place.
  ///
  /// - Parameters:
  ///   - rate: η, that of the optimizer.
  ///   - place: t ≥ 0.
  ///   - places: T where the schedule has no length of its own, at least 1.
  public func rate(_ rate: Double, at place: Int, of places: Int) -> Double {
    let places = length ?? places
    let place = min(place, places - 1)
    if place < warmup { return rate * Double(place + 1) / Double(warmup) }
    return curve.rate(rate, at: place - warmup, of: places - warmup)
  }

  /// The entry of a curve, whose schedule has the options that all have.
  static func entry(
    _ name: String, _ summary: String, source: String?, options: [Option] = [],
    curve: @escaping @Sendable (Options) -> any LearningRateCurve
  ) -> CatalogEntry<LearningRateSchedule> {
    CatalogEntry(name, summary, source: source, options: options + common) { options in
      let (warmup, length) = (options.integer("warmup"), options.optionalInteger("length"))
      if let length, warmup >= length {
        throw OptionProblem("warmup", "'\(warmup)' leaves nothing of 'length', \(length) (allowed: less)")
      }
      return LearningRateSchedule(
        curve(options), over: Axis(rawValue: options.text("over")) ?? .rounds, warmup: warmup, length: length)
    }
  }

  private static let common = [
    Option(
      "over", .choice(Axis.allCases.map(\.rawValue)), default: .text(Axis.rounds.rawValue),
      "what is counted: the rounds of a run, or a client's steps in a round"),
    Option("warmup", .integer(0...1_000_000_000), default: .integer(0), "so many places rise evenly to η first"),
    .optional("length", .integer(1...1_000_000_000), "how many places there are; all rounds, or steps, unless said"),
  ]
}

extension Option {
  /// Where a falling rate ends.
  static let minimumRate = Option("minimum", .number(.atLeast(0)), default: .number(0), "rate m that it falls to")
}
