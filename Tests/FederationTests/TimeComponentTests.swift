import Catalogs
import Datasets
import Formats
import Foundation
import Randomness
import Tensors
import TestSupport
import Testing

@testable import Federation

/// Samplers, devices, availability and dropouts each by itself.
@Suite("components of time")
struct TimeComponentTests {
  private func context(
    round: Int = 1, population: Int = 40, availability: (any Availability)? = nil, time: Double? = nil
  ) -> SamplingContext {
    SamplingContext(round: round, population: population, seed: 5, availability: availability, time: time)
  }

  private func windows(_ clients: [Int], _ from: Double, _ to: Double) -> ListedAvailability {
    ListedAvailability(clients.map { ($0, AvailabilityWindow(from: from, to: to)) })
  }

  private func message<Product>(_ catalog: Catalog<Product>, _ name: String, _ values: [String: OptionValue]) -> String
  {
    do {
      return "made \(try catalog.make(name, values))"
    } catch let problem as OptionProblem {
      return (problem.option.map { "\($0): " } ?? "") + problem.message
    } catch {
      return "\(error)"
    }
  }

  // MARK: Samplers

  @Test("the context draws what three whole numbers drew")
  func sameDraws() throws {
    for round in [1, 2, 77] {
      for population in [1, 7, 40, 1_000_000] {
        var context = context(round: round, population: population)
        var stream = RandomStream(seed: 5, .cohort, UInt64(round))
        let sampler = UniformCohort(.count(9))
        let drawn = stream.sample(min(9, population), of: population)
        #expect(sampler.cohort(&context) == drawn)
      }
    }
  }

  @Test("of those that are there each is equally likely, and all are taken where they are fewer than asked for")
  func amongThoseThere() throws {
    let away = windows(Array(0..<20), 100, 200)
    var counts = [Int](repeating: 0, count: 40)
    for round in 1...400 {
      var context = context(round: round, availability: away)
      let cohort = try #require(UniformCohort(.count(5)).cohort(&context))
      #expect(cohort.count == 5 && cohort == cohort.sorted() && cohort.allSatisfy { $0 >= 20 })
      for client in cohort { counts[client] += 1 }
    }
    // 400 · 5/20 times each, within five standard deviations.
    #expect(counts[20...].allSatisfy { abs(Double($0) - 100) < 5 * (400 * 0.25 * 0.75).squareRoot() })
    var few = context(availability: windows(Array(0..<37), 100, 200))
    #expect(UniformCohort(.count(5)).cohort(&few) == [37, 38, 39])
    #expect(Everyone().cohort(&few) == [37, 38, 39])
    var later = context(availability: windows(Array(0..<37), 100, 200), time: 100)
    #expect(Everyone().cohort(&later)?.count == 40)
    var over = context(availability: windows(Array(0..<40), 100, 200), time: 200)
    #expect(Everyone().cohort(&over) == nil && UniformCohort(.count(5)).cohort(&over) == nil)
  }

  @Test("a free place is given to each of those that are idle with the same probability")
  func freePlaces() throws {
    var counts = [Int](repeating: 0, count: 10)
    var context = context(population: 10, availability: windows([9], 100, 200))
    for _ in 0..<3000 {
      let client = try #require(try UniformCohort(.count(2)).next(&context))
      counts[client] += 1
      _ = context.begin(client, isUnderway: counts[client] == 1 && client < 2)
    }
    #expect(counts[0] == 1 && counts[1] == 1 && counts[9] == 0)
    let expected = Double(3000 - 2) / 7
    #expect(counts[2..<9].allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() })
    #expect(context.turns(of: 0) == 1 && context.lastRound(of: 0) == 1 && context.lastRound(of: 9) == nil)
  }

  @Test("a listed client that the population lacks is an error of the run")
  func unknownClients() {
    var context = context(round: 2, population: 3)
    #expect(
      throws: CohortProblem("the listed cohort: round 2 of 'rounds' has client 3, and the clients are 0 to 2")
    ) { try ListedCohort(.rounds([[0], [1, 3]])).cohort(&context) }
  }

  @Test("round-robin goes over the population, whatever its size")
  func roundRobin() {
    func clients(_ round: Int, _ count: Int, of population: Int) -> [Int]? {
      var context = context(round: round, population: population)
      return RoundRobin(count: count).cohort(&context)
    }
    #expect((1...4).map { clients($0, 3, of: 7) } == [[0, 1, 2], [3, 4, 5], [0, 1, 6], [2, 3, 4]])
    #expect(clients(5, 9, of: 4) == [0, 1, 2, 3])
    #expect(clients(1 << 40, 10_000_000, of: 3) == [0, 1, 2])
  }

  @Test(
    "a poisson cohort has the reference's mean and variance, and any two clients are independent",
    .enabled(if: golden("random_cohort_poisson") != nil, "skipped: no reference values; set COVEY_GOLDEN2"))
  func poisson() throws {
    let golden = try SafetensorsFile(path: #require(Self.golden("random_cohort_poisson")).path)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data((golden.metadata["case"] ?? "").utf8)) as? [String: Any])
    let (population, draws) = (try #require(object["clients"] as? Int), try #require(object["draws"] as? Int))
    let sampler = try component(golden, cohortCatalog)
    var counts = [Double](repeating: 0, count: population)
    var (sum, squares, pairs) = (0.0, 0.0, 0.0)
    for round in 1...draws {
      var context = context(round: round, population: population)
      let cohort = try #require(try sampler.cohort(&context))
      for client in cohort { counts[client] += 1 }
      sum += Double(cohort.count)
      squares += Double(cohort.count * cohort.count)
      if cohort.contains(0), cohort.contains(1) { pairs += 1 }
    }
    let (mean, variance) = (Double(try golden.floats("mean")[0]), Double(try golden.floats("variance")[0]))
    let (n, q) = (Double(draws), mean / Double(population))
    #expect(abs(sum / n - mean) < 4 * (variance / n).squareRoot())
    let found = squares / n - (sum / n) * (sum / n)
    #expect(abs(found - variance) < 5 * variance * (2 / n).squareRoot())
    #expect(counts.allSatisfy { abs($0 / n - q) < 5 * (q * (1 - q) / n).squareRoot() })
    #expect(abs(pairs / n - q * q) < 5 * (q * q / n).squareRoot())
    var everybody = context()
    #expect(PoissonCohort(fraction: 1).cohort(&everybody) == Array(0..<40))
  }

  @Test(
    "a weighted cohort has each client as often as the reference",
    .enabled(if: golden("inclusion_0") != nil, "skipped: no reference values; set COVEY_GOLDEN2"),
    arguments: ["inclusion_0", "inclusion_1"])
  func weighted(_ name: String) throws {
    let golden = try SafetensorsFile(path: #require(Self.golden(name)).path)
    let sampler = try component(golden, cohortCatalog)
    let sizes = try golden.integers("sizes").map { Int($0) }
    let expected = try golden.floats("output").map(Double.init)
    var counts = [Double](repeating: 0, count: sizes.count)
    var firsts = counts
    for round in 1...20_000 {
      var context = context(round: round, population: sizes.count)
      context.trainCount = { sizes[$0] }
      for client in try #require(try sampler.cohort(&context)) { counts[client] += 1 }
      context.startCount = round
      if let first = try sampler.next(&context) { firsts[first] += 1 }
    }
    for (client, expected) in expected.enumerated() {
      #expect(abs(counts[client] / 20_000 - expected) < 5 * (expected * (1 - expected) / 20_000).squareRoot())
    }
    let total = Double(sizes.reduce(0, +))
    for (client, size) in sizes.enumerated() {
      let share = Double(size) / total
      #expect(abs(firsts[client] / 20_000 - share) < 5 * (share * (1 - share) / 20_000).squareRoot())
    }
  }

  @Test("listed cohorts say which round is wrong")
  func listedOptions() {
    func lists(_ values: [[Int]]) -> OptionValue { .list(values.map { .list($0.map { .integer($0) }) }) }
    #expect(message(cohortCatalog, "listed", [:]) == "needs exactly one of 'rounds' and 'order'")
    #expect(
      message(cohortCatalog, "listed", ["rounds": lists([[0]]), "order": .list([.integer(0)])])
        == "needs exactly one of 'rounds' and 'order'")
    #expect(
      message(cohortCatalog, "listed", ["rounds": lists([[0], [2, 1, 2]])]) == "rounds: round 2 has client 2 twice")
    #expect(message(cohortCatalog, "listed", ["rounds": lists([[0], []])]) == "rounds: round 2 has no client")
  }

  @Test("numbers of clients are kept whether few or many have one")
  func clientNumbers() {
    for stride in [1, 3, 100] {
      var numbers = ClientNumbers()
      for client in Swift.stride(from: 0, to: 3000 * stride, by: stride).reversed() { numbers[client] += client + 1 }
      for client in 0..<3000 * stride {
        let expected = client.isMultiple(of: stride) ? client + 1 : 0
        if numbers[client] != expected { Issue.record("client \(client): \(numbers[client])") }
      }
      numbers[1_000_000] = 7
      #expect(numbers[1_000_000] == 7 && numbers[999_999] == 0 && numbers[0] == 1)
    }
  }

  @Test("a random order has each number once, and each order is equally likely")
  func randomOrder() {
    var counts: [[Int]: Int] = [:]
    for seed in 0..<2400 {
      var stream = RandomStream(seed: UInt64(seed), .cohort, 3)
      var order = RandomOrder(of: 4)
      var numbers: [Int] = []
      while let number = order.next(&stream) { numbers.append(number) }
      #expect(numbers.sorted() == [0, 1, 2, 3])
      counts[numbers, default: 0] += 1
    }
    #expect(counts.count == 24 && counts.values.allSatisfy { abs(Double($0) - 100) < 60 })
  }

  // MARK: Devices

  @Test("listed devices take their j-th start's seconds, from the first again after the last")
  func listedDevices() throws {
    let model = try deviceCatalog.make(
      "listed", ["seconds": .list([.integer(4), .number(2.5), .list([.integer(7), .number(6)])])])
    let cost = ParticipationCost(bytesDown: 1, bytesUp: 1, flops: 1)
    func seconds(_ client: Int, _ turn: Int) -> Double {
      model.seconds(client: client, turn: turn, cost: cost, seed: 1)
    }
    #expect([seconds(0, 1), seconds(0, 9), seconds(1, 2)] == [4, 4, 2.5])
    #expect([seconds(2, 1), seconds(2, 2), seconds(2, 3)] == [7, 6, 7])
  }

  @Test("profiles: latency + D/down + flops/rate + latency + U/up, in turn over the clients")
  func profiles() throws {
    func profile(_ values: [String: Double]) -> OptionValue { .group(values.mapValues { .number($0) }) }
    let model = try deviceCatalog.make(
      "profiles",
      [
        "profiles": .list([
          profile(["flops": 100, "down": 10, "up": 5, "latency": 0.5]), profile(["flops": 50, "down": 20, "up": 40]),
        ])
      ])
    let cost = ParticipationCost(bytesDown: 40, bytesUp: 20, flops: 300)
    #expect(model.seconds(client: 2, turn: 1, cost: cost, seed: 1) == 0.5 + 4 + 3 + 0.5 + 4)
    #expect(model.seconds(client: 1, turn: 1, cost: cost, seed: 1) == 2 + 6 + 0.5)
    #expect(
      message(deviceCatalog, "profiles", ["profiles": .list([profile(["flops": 1, "up": 2])])])
        == "profiles: 'down' of profile 1 is missing; allowed: a number > 0")
    #expect(
      message(deviceCatalog, "lognormal", ["seconds": .number(1), "sigma": .number(1), "slow": .group([:])])
        == "slow: 'fraction' is missing; allowed: a number ≥ 0 and ≤ 1")
  }

  @Test("lognormal seconds have the median and the deviation, and are those of the client")
  func lognormal() {
    let model = LognormalDevices(seconds: 30, sigma: 0.8)
    let cost = ParticipationCost(bytesDown: 0, bytesUp: 0, flops: 0)
    let logs = (0..<10_000).map { log(model.seconds(client: $0, turn: 1, cost: cost, seed: 9) / 30) }
    let mean = logs.reduce(0, +) / 10_000
    let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10_000
    #expect(abs(mean) < 5 * 0.8 / 100 && abs(variance - 0.64) < 5 * 0.64 * (2.0 / 10_000).squareRoot())
    #expect(
      model.seconds(client: 3, turn: 1, cost: cost, seed: 9) == model.seconds(client: 3, turn: 8, cost: cost, seed: 9))
    let slow = LognormalDevices(seconds: 30, sigma: 0.8, slow: SlowClients(fraction: 0.3, factor: 5))
    let factors = (0..<10_000).map {
      slow.seconds(client: $0, turn: 1, cost: cost, seed: 9) / model.seconds(client: $0, turn: 1, cost: cost, seed: 9)
    }
    let share = Double(factors.count { abs($0 - 5) < 1e-9 }) / 10_000
    #expect(factors.allSatisfy { abs($0 - 5) < 1e-9 || $0 == 1 } && abs(share - 0.3) < 5 * (0.21 / 10_000).squareRoot())
  }

  // MARK: Availability

  @Test("windows that touch one another are one, and others are found by time")
  func listedWindows() {
    let windows = ListedAvailability(
      [(0, 5, 9), (0, 0, 2), (0, 9, 12), (0, 1, 3), (0, 20, 21)].map {
        ($0.0, AvailabilityWindow(from: $0.1, to: $0.2))
      })
    func window(_ client: Int, _ moment: Double) -> [Double]? {
      var memory: AvailabilityMemory?
      return windows.window(of: client, after: moment, seed: 1, memory: &memory).map { [$0.from, $0.to] }
    }
    #expect(window(0, 0) == [0, 3] && window(0, 2.9) == [0, 3] && window(0, 3) == [5, 12])
    #expect(window(0, 12) == [20, 21] && window(0, 21) == nil)
    #expect(window(1, 1e9) == [0, .infinity])
    #expect(
      message(
        availabilityCatalog, "listed", ["windows": .list([.list([.integer(0), .integer(3), .integer(3)])])])
        == "windows: window 1 ends at 3, before it has begun")
    #expect(
      message(
        availabilityCatalog, "listed", ["windows": .list([.list([.number(0.5), .integer(3), .integer(4)])])])
        == "windows: window 1: 0.5 is no client's number")
  }

  @Test("a file of windows, and what is wrong with one is said with its line")
  func files() throws {
    let folder = try TemporaryFolder()
    try folder.write("\u{FEFF}from, note ,client,to\r\n0,x,1,5\r\n\r\n 7.5 ,\"y\",1, 1e1\r\n", to: "windows.csv")
    let file = try #require(try availabilityCatalog.make("file", ["file": .text("windows.csv")]) as? any FileComponent)
    let read = try file.read(in: folder.url.path)
    let listed = try #require(read.component as? ListedAvailability)
    #expect(read.inputs == [SourceInput(name: "windows.csv", sha256: listed.contentHash)])
    let same = ListedAvailability([
      (1, .init(from: 7.5, to: 10)), (1, .init(from: -0.0, to: 3)), (1, .init(from: 3, to: 5)),
    ])
    let other = ListedAvailability([(1, .init(from: 7.5, to: 10)), (1, .init(from: 0.5, to: 5))])
    #expect(same.contentHash == listed.contentHash && other.contentHash != listed.contentHash)
    #expect(listed.windows == [1: [.init(from: 0, to: 5), .init(from: 7.5, to: 10)]])
    #expect(listed.problem(population: 1) == "has windows of client 1, and the clients are 0 to 0")
    func message(_ text: String) -> String {
      do {
        return "\(try FileAvailability.windows(Array(text.utf8), path: "a.csv").count) windows"
      } catch {
        return "\(error)"
      }
    }
    let head = "client,from,to\n"
    #expect(message("") == "a.csv:1: has no line with the columns")
    #expect(message(head) == "0 windows")
    #expect(
      message("client,from,until\n0,1,2\n")
        == "a.csv:1: has no column 'to' (needed: client, from, to; there: client,from,until)")
    #expect(message(head + "0,1\n") == "a.csv:2: has 2 fields (needed: client, from and to)")
    #expect(
      message(head + "0,1,2\n-1,1,2\n") == "a.csv:3: client '-1' (allowed: a whole number from 0 to 9999999)")
    #expect(message(head + "0,nan,2\n") == "a.csv:2: from 'nan' (allowed: a number ≥ 0)")
    #expect(message(head + "0,1e400,2\n") == "a.csv:2: from '1e400' (allowed: a number ≥ 0)")
    #expect(message(head + "0,2,2\n") == "a.csv:2: to '2' (allowed: a number > 2)")
    #expect(message(head + "0,2,\n") == "a.csv:2: to '' (allowed: a number > 2)")
    #expect(
      message(head + "0," + String(repeating: "1", count: 5000)) == "a.csv:2: has 5002 bytes (allowed: 4096)")
    let bytes = Array(head.utf8) + [0x30, 0x2C, 0xFF, 0x2C, 0x31]
    #expect {
      try FileAvailability.windows(bytes, path: "a.csv")
    } throws: {
      "\($0)" == "a.csv:2: is no UTF-8"
    }
    #expect(throws: DataFileError.self) { try FileAvailability(path: "none.csv").read(in: folder.url.path) }
  }

  private static func golden(_ name: String) -> URL? {
    SharedFolders.golden2.map { $0.appendingPathComponent("\(name).safetensors") }.flatMap {
      FileManager.default.fileExists(atPath: $0.path) ? $0 : nil
    }
  }

  private func component<Product>(_ golden: SafetensorsFile, _ catalog: Catalog<Product>) throws -> Product {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data((golden.metadata["case"] ?? "").utf8)) as? [String: Any])
    return try made(#require(object["component"]), by: catalog)
  }

  @Test(
    "clients that come and go are there for the reference's share of time, with its correlation",
    .enabled(if: golden("random_availability_markov") != nil, "skipped: no reference values; set COVEY_GOLDEN2"))
  func markov() throws {
    let golden = try SafetensorsFile(path: #require(Self.golden("random_availability_markov")).path)
    let model = try #require(try component(golden, availabilityCatalog) as? MarkovAvailability)
    let share = Double(try golden.floats("share")[0])
    let clients = 20_000
    func isThere(_ client: Int, _ moment: Double, _ memory: inout AvailabilityMemory?) -> Double {
      model.window(of: client, after: moment, seed: 4, memory: &memory).map { $0.from <= moment } == true ? 1 : 0
    }
    for start in [0.0, 500] {
      for (lag, correlation) in zip(try golden.floats("lag"), try golden.floats("correlation")) {
        var (first, second, both) = (0.0, 0.0, 0.0)
        for client in 0..<clients {
          var memory: AvailabilityMemory?
          let now = isThere(client, start, &memory)
          let then = isThere(client, start + Double(lag), &memory)
          (first, second, both) = (first + now, second + then, both + now * then)
        }
        let n = Double(clients)
        let limit = 4 * (share * (1 - share) / n).squareRoot()
        #expect(abs(first / n - share) < limit && abs(second / n - share) < limit)
        let found = (both / n - first * second / n / n) / (share * (1 - share))
        #expect(abs(found - Double(correlation)) < 5 / n.squareRoot(), "at \(start), lag \(lag): \(found)")
      }
    }
    // Lengths of windows that begin in the run: exponential, so that mean and deviation are `on`.
    var lengths: [Double] = []
    for client in 0..<4000 {
      var memory: AvailabilityMemory?
      let first = try #require(model.window(of: client, after: 0, seed: 4, memory: &memory))
      let next = try #require(model.window(of: client, after: first.to, seed: 4, memory: &memory))
      #expect(next.from > first.to)
      lengths.append(next.to - next.from)
    }
    let mean = lengths.reduce(0, +) / 4000
    let deviation = (lengths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot()
    #expect(abs(mean - model.on) < 4 * model.on / 63 && abs(deviation - model.on) < 8 * model.on / 63)
  }

  // MARK: Dropouts

  @Test(
    "participations are lost at the reference's rate",
    .enabled(if: golden("random_dropouts") != nil, "skipped: no reference values; set COVEY_GOLDEN2"))
  func dropouts() throws {
    let golden = try SafetensorsFile(path: #require(Self.golden("random_dropouts")).path)
    let model = try component(golden, dropoutCatalog)
    let share = Double(try golden.floats("share")[0])
    var lost = 0
    for client in 0..<200 {
      for turn in 1...100 where model.isLost(client: client, round: 1, turn: turn, seed: 3) { lost += 1 }
    }
    #expect(abs(Double(lost) / 20_000 - share) < 4 * (share * (1 - share) / 20_000).squareRoot())
  }

  // MARK: Options

  @Test("every option of every component makes another component, and the defaults are whole")
  func options() throws {
    func check<Product>(_ catalog: Catalog<Product>) throws {
      for entry in catalog.entries {
        #expect(!entry.summary.isEmpty)
        var needed: [String: OptionValue] = [:]
        for option in entry.options where !option.isOptional && option.defaultValue == nil {
          needed[option.name] = Self.examples(option.kind)[0]
        }
        for option in entry.options {
          let dumps = try Self.examples(option.kind).map { value in
            "\(try catalog.make(entry.name, needed.merging([option.name: value]) { $1 }))"
          }
          #expect(dumps.count == 2 && dumps[0] != dumps[1], "\(catalog.kind) \(entry.name): \(option.name)")
        }
      }
    }
    try check(deviceCatalog)
    try check(availabilityCatalog)
    try check(dropoutCatalog)
    try check(scheduleCatalog)
    try check(stalenessCatalog)
  }

  /// Two values of an option that are allowed.
  private static func examples(_ kind: OptionKind) -> [OptionValue] {
    switch kind {
    case .integer(let range): [.integer(range.lowerBound), .integer(range.lowerBound + 1)]
    case .number(let range):
      [.number(range.upper.isFinite ? range.upper / 4 : 3), .number(range.upper.isFinite ? range.upper / 2 : 4)]
    case .text: [.text("x"), .text("y")]
    case .choice(let words): words.prefix(2).map { .text($0) }
    case .list(let element, let count) where count == 3...3:
      examples(element).map { _ in .list([.integer(1), .integer(2), .integer(3)]) }.enumerated().map {
        $0.offset == 0 ? $0.element : .list([.integer(1), .integer(2), .integer(4)])
      }
    case .list(let element, let count):
      examples(element).map { .list(Array(repeating: $0, count: max(1, count.lowerBound))) }
    case .either(let kinds): kinds.first.map(examples) ?? []
    case .group(let options):
      [0, 1].map { index in
        .group(Dictionary(uniqueKeysWithValues: options.map { ($0.name, examples($0.kind)[index]) }))
      }
    case .boolean: [.boolean(false), .boolean(true)]
    case .components, .component: []
    }
  }
}
