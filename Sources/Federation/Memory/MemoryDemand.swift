internal import Datasets
internal import Networks

/// What runs take of memory at the same time, in bytes, found out from shapes and counts before anything begins.
///
/// All arithmetic is in fp64, which is exact to 2⁵³ and does not overflow: what nobody could hold is a number like any
/// other here.
public struct MemoryDemand: Sendable, Equatable {
  /// What memory is for.
  public enum Purpose: String, Sendable, CaseIterable {
    /// Activations and scratch of training, on every thread.
    case training = "activations in training"
    /// The same of evaluation.
    case evaluation = "activations in evaluation"
    /// Copies of the model's numbers, their gradients, the optimizer's memory, sums.
    case model = "copies of the model"
    /// What a cohort's clients hand back, and what clients keep.
    case clients = "what clients hand back and keep"
    /// Examples that are made, and what is known of each client.
    case data = "examples and their clients"
    /// Stacks of threads.
    case threads = "stacks of threads"
  }

  /// Bytes for each purpose.
  public private(set) var parts: [Purpose: Double] = [:]
  /// What may come to that, which only plans say.
  private var unplanned = 0.0

  /// All of it.
  public var bytes: Double { parts.values.reduce(0, +) }

  /// What takes the most.
  public var largest: (purpose: Purpose, bytes: Double)? {
    Purpose.allCases.compactMap { purpose in parts[purpose].map { (purpose, $0) } }.max { $0.bytes < $1.bytes }
  }

  /// What `runs` take on so many threads.
  ///
  /// Shapes alone give what surely is needed. Where that is near the limit, or could be, the networks are planned as they
  /// will be, and the timelines of asynchronous runs.
  public init(of runs: [RunConfiguration], threads: Int, limit: MemoryLimit) {
    var (shapes, plans) = (RunDemands(isExact: false), RunDemands(isExact: true))
    self.init(of: runs, threads: threads, limit: limit, &shapes, &plans)
  }

  /// What each of `runs` takes by itself.
  public static func alone(_ runs: [RunConfiguration], threads: Int, limit: MemoryLimit) -> [MemoryDemand] {
    var (shapes, plans) = (RunDemands(isExact: false), RunDemands(isExact: true))
    return runs.map { MemoryDemand(of: [$0], threads: threads, limit: limit, &shapes, &plans) }
  }

  private init(
    of runs: [RunConfiguration], threads: Int, limit: MemoryLimit, _ shapes: inout RunDemands, _ plans: inout RunDemands
  ) {
    self.init(of: runs, threads: threads, limit: limit, &shapes)
    // Plans take some times what single layers put out; small ones need no second look.
    if bytes <= limit.bytes, (bytes + unplanned) * 16 > limit.bytes {
      self.init(of: runs, threads: threads, limit: limit, &plans)
    }
  }

  private init(of runs: [RunConfiguration], threads: Int, limit: MemoryLimit, _ demands: inout RunDemands) {
    var each: [RunDemand] = []
    var made: [ObjectIdentifier: Double] = [:]
    for run in runs {
      let demand = demands.demand(of: run)
      each.append(demand)
      made[ObjectIdentifier(run.dataset)] = demand.keptExamples
    }
    func most(_ value: (RunDemand) -> Double) -> Double { each.map(value).max() ?? 0 }
    let threadCount = Double(threads)
    // One arena serves a worker's training and evaluation, so the smaller of the two costs nothing.
    let (training, evaluation) = (most(\.training), most(\.evaluation))
    parts[training >= evaluation ? .training : .evaluation] = threadCount * max(training, evaluation)
    // The runs in hand at the same time, if they were the largest ones.
    let active = Simulation.activeRuns(threads: threads)
    func sumOfLargest(_ value: (RunDemand) -> Double) -> Double {
      each.map(value).sorted(by: >).prefix(active).reduce(0, +)
    }
    parts[.model] = threadCount * most(\.worker) + sumOfLargest(\.model)
    parts[.clients] = sumOfLargest(\.clients)
    unplanned = sumOfLargest(\.unplanned)
    parts[.data] =
      threadCount * most(\.examples) + min(made.values.reduce(0, +), limit.bytes / 4)
      + each.reduce(0) { $0 + $1.descriptions }
    if limit.source == .addressSpace {
      parts[.threads] = threadCount * Double(WorkerPool.stackSize) + Double(RecordQueue.stackSize)
    }
  }
}
