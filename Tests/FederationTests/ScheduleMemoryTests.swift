import Datasets
import Networks
import Records
import TestSupport
import Testing

@testable import Federation

/// What runs take whose clients train at any time: updates of a version, and versions that clients started from.
@Suite("memory of runs on a clock")
struct ScheduleMemoryTests {
  private static let schedules: [any Schedule] = [
    FedAsync(concurrency: 1), FedAsync(concurrency: 4), FedAsync(concurrency: 9), FedBuff(concurrency: 4, buffer: 3),
    FedBuff(concurrency: 3, buffer: 7), SemiAsync(FedBuff(concurrency: 4, buffer: 2), largestLag: 1),
    SemiAsync(FedBuff(concurrency: 2, buffer: 5), largestLag: 0),
  ]

  private func configuration(
    _ schedule: any Schedule, rounds: Int = 12, seconds: [Double] = [40, 2.5, 7, 3], network: Network? = nil,
    data: FederatedDataset? = nil
  ) throws -> RunConfiguration {
    RunConfiguration(
      arm: "a", seed: 11, rounds: rounds, dataset: try data ?? ShiftedExamples.four.dataset(),
      network: try network ?? ExampleNetworks.dense(), optimizer: SGD(learningRate: 0.05),
      work: LocalWork(batchSize: 8), schedule: Named("t", schedule),
      devices: Named("listed", ListedDevices(seconds: seconds.map { [$0] })), recording: Recording(checkpointEvery: 1))
  }

  @Test("no version is made of more updates, and none started from more versions, than a schedule says")
  func sizes() throws {
    for schedule in Self.schedules + [SynchronousSchedule(), SynchronousSchedule(report: 2)] {
      let run = try configuration(schedule, rounds: 60)
      let size = run.scheduleSize
      var timeline = Timeline(run.timelineSetting)
      for _ in 1...60 {
        let step = try timeline.next()
        #expect(step.taken.count <= size.updates, "\(schedule)")
        #expect(step.neededVersions.count - 1 <= size.places, "\(schedule)")
      }
    }
    #expect(SynchronousSchedule(report: 2).size(cohort: 7, population: 9) == ScheduleSize(updates: 2))
    #expect(SynchronousSchedule().size(cohort: 7, population: 9) == ScheduleSize(updates: 7))
    #expect(FedAsync(concurrency: 20).size(cohort: 9, population: 9) == ScheduleSize(updates: 1, places: 9))
    #expect(
      FedBuff(concurrency: 3, buffer: 10).size(cohort: 9, population: 9) == ScheduleSize(updates: 10, places: 3))
    #expect(
      SemiAsync(FedBuff(concurrency: 5, buffer: 2), largestLag: 1).size(cohort: 9, population: 9)
        == ScheduleSize(updates: 5, places: 5))
  }

  @Test("a run keeps as many older versions as are planned")
  func planned() throws {
    for schedule in Self.schedules {
      let run = try configuration(schedule)
      let made = try result(of: run)
      #expect(made.outcome == .finished)
      let kept = try made.checkpoints.map { try RunState($0, of: run).versions.count - 1 }
      #expect(run.olderVersions() == kept.max(), "\(schedule): \(kept)")
    }
    // Three quick ones go on while the slow one trains on version 0, each from a version of its own.
    #expect(try configuration(FedAsync(concurrency: 4)).olderVersions() == 3)
    #expect(try configuration(FedAsync(concurrency: 1)).olderVersions() == 0)
    #expect(try configuration(FedAsync(concurrency: 4), rounds: 2).olderVersions() == 2)
    #expect(try configuration(SynchronousSchedule()).olderVersions() == 0)
    // As far as it is planned.
    #expect(try configuration(FedAsync(concurrency: 4)).olderVersions(planning: 1) == 1)
  }

  @Test("each older version is counted in the run and in its checkpoint")
  func demand() throws {
    var exact = RunDemands(isExact: true)
    var shapes = RunDemands(isExact: false)
    let rounds = exact.demand(of: try configuration(SynchronousSchedule()))
    let run = try configuration(FedAsync(concurrency: 4))
    let version = Double(4 * run.network.layout.valueCount + 8 * run.network.layout.counterCount)
    // Updates of one client are summed in as much as those of several.
    #expect(exact.demand(of: run).model == rounds.model + version + 2 * 3 * version)
    #expect(exact.demand(of: run).unplanned == 0)
    #expect(shapes.demand(of: run).model == rounds.model + version)
    #expect(shapes.demand(of: run).unplanned == 2 * 4 * version)
    #expect(shapes.demand(of: try configuration(FedAsync(concurrency: 4), rounds: 2)).unplanned == 2 * 2 * version)
    #expect(rounds.unplanned == 0)
  }

  @Test("a run with many versions is planned where they may be too many, and refused where they are")
  func many() throws {
    // A client that takes longer than all versions together, and others that go on: all four train from versions apart.
    let network = try Network(input: [5], layers: [Dense(units: 20_000), Dense(units: 100), Dense(units: 3)])
    let run = try configuration(FedAsync(concurrency: 4), network: network)
    let version = Double(4 * network.layout.valueCount)
    func bytes(_ run: RunConfiguration, _ limit: Double) -> Double {
      MemoryDemand(of: [run], threads: 1, limit: MemoryLimit(bytes: limit, source: .machine)).bytes
    }
    let far = bytes(run, 1e15)
    #expect(bytes(run, far + 6 * version) >= far + 6 * version)
    // What is surely needed is refused without a plan.
    #expect(bytes(run, far - 1) == far)
    // One at a time there are no older versions, and it fits.
    let single = try configuration(FedAsync(concurrency: 1), network: network)
    #expect(bytes(single, far + 6 * version) < far + 6 * version)
    // The bound alone would be refused, and the plan is not.
    let equal = try configuration(
      SemiAsync(FedBuff(concurrency: 4, buffer: 4), largestLag: 0), seconds: [3, 3, 3, 3], network: network)
    let limit = bytes(equal, 1e15) + 4 * version
    #expect(bytes(equal, limit) < limit)
  }

  @Test("clients in training take no room but for what they started from")
  func crowd() throws {
    var shapes = RunDemands(isExact: false)
    let few = shapes.demand(of: try configuration(FedAsync(concurrency: 1)))
    let many = shapes.demand(of: try configuration(FedAsync(concurrency: 4)))
    #expect(many.clients - few.clients == Double(3 * MemoryLayout<PlannedParticipation>.stride))
    let buffered = shapes.demand(of: try configuration(FedBuff(concurrency: 1, buffer: 100)))
    #expect(buffered.clients > 10 * few.clients)
  }

  @Test("a checkpoint with too many versions is said before")
  func checkpoints() throws {
    // 1.6 billion values: two of them fit a checkpoint, three do not.
    let network = try Network(input: [40_000], layers: [Dense(units: 40_000)])
    #expect(try configuration(SynchronousSchedule(), network: network).oversizedCheckpoint == nil)
    #expect(try configuration(FedAsync(concurrency: 1), network: network).oversizedCheckpoint == nil)
    let bytes = try #require(
      try configuration(FedAsync(concurrency: 4), network: network).oversizedCheckpoint)
    #expect(bytes >= 5 * 4 * network.layout.valueCount)
    #expect(
      try configuration(
        SemiAsync(FedBuff(concurrency: 4, buffer: 4), largestLag: 0), seconds: [3, 3, 3, 3], network: network
      ).oversizedCheckpoint == nil)
  }
}
