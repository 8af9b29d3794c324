import Records
import RunStore
import Testing

struct NamingTests {
  /// Runs 1–4 of an older `digits`, 5–6 of `cifar`, 7–8 of a newer `digits` with one arm.
  private func store() throws -> TestStore {
    let test = try TestStore()
    func begin(_ name: String, _ runs: [RunDescription]) throws {
      _ = try test.store.begin(Samples.experiment(name), runs: runs, threads: 1, host: "", version: "")
    }
    try begin("digits", ["fedavg", "fedbn"].flatMap { arm in [1, 2].map { Samples.run(arm: arm, seed: $0) } })
    try begin("cifar", [Samples.run(arm: "fedavg", seed: 1), Samples.run(arm: "lr=1/2", seed: .max)])
    try begin("digits", [1, 3].map { Samples.run(arm: "fedbn", seed: $0) })
    return test
  }

  @Test func namesMeanRuns() throws {
    let test = try store()
    let store = test.store
    func ids(_ name: String) throws -> [Int64] { try store.resolve(name).map(\.id) }
    #expect(try ids("latest") == [8])
    #expect(try ids("3") == [3])
    #expect(try ids("digits") == [7, 8])
    #expect(try ids("digits/fedbn") == [7, 8])
    #expect(try ids("digits/fedbn/3") == [8])
    #expect(try ids("digits/fedbn/2") == [4], "the newest digits has no such run")
    #expect(try ids("digits/fedavg") == [1, 2])
    #expect(try ids("cifar") == [5, 6])
    #expect(try ids("cifar/lr=1/2") == [6])
    #expect(try ids("cifar/lr=1/2/18446744073709551615") == [6])
    #expect(try store.runs(ofExperiment: 2).map(\.name) == ["cifar/fedavg/1", "cifar/lr=1/2/18446744073709551615"])
    #expect(try store.allRuns(limit: 3).map(\.id) == [8, 7, 6])
    #expect(try store.allRuns().count == 8)
  }

  @Test func aNumberMeansAnExperimentThatIsNotTheNewest() throws {
    let test = try store()
    func ids(_ name: String) throws -> [Int64] { try test.store.resolve(name).map(\.id) }
    #expect(try ids("digits#1") == [1, 2, 3, 4] && ids("digits#3") == [7, 8])
    #expect(try ids("digits#1/fedbn") == [3, 4] && ids("digits#1/fedbn/2") == [4])
    #expect(try ids("cifar#2/lr=1/2/18446744073709551615") == [6])
    #expect(try test.store.shortName(ofExperiment: 3) == "digits")
    #expect(try test.store.shortName(ofExperiment: 1) == "digits#1")
    #expect(try test.store.shortName(ofExperiment: 2) == "cifar")
    #expect(try test.store.sharedExperimentNames() == ["digits"])
    #expect(try test.store.resolve("3").map(\.numberedName) == ["digits#1/fedbn/1"])
    // A number of another name, and one that the named experiment lacks.
    for name in ["digits#2", "cifar#1", "digits#4", "digits#-1", "digits#+1", "digits#", "#1", "digits#3/fedavg"] {
      #expect(throws: StoreError.self, "\(name)") { try ids(name) }
    }
    // Whoever is called so is meant.
    _ = try test.store.begin(
      Samples.experiment("digits#1"), runs: [Samples.run(arm: "a", seed: 1)], threads: 1, host: "", version: "")
    #expect(try ids("digits#1") == [9] && ids("digits#1#4") == [9] && ids("digits#1/fedbn") == [3, 4])
    #expect(try test.store.shortName(ofExperiment: 4) == "digits#1")
    // The short name never means something else, as here run 7.
    try test.store.execute("UPDATE experiments SET name = '7' WHERE id = 2")
    #expect(try test.store.shortName(ofExperiment: 2) == "7#2" && ids("7#2") == [5, 6])
  }

  @Test(arguments: [
    ("digts", "unknown run 'digts'; did you mean 'digits'?"),
    ("lastest", "unknown run 'lastest'; did you mean 'latest'?"),
    ("digits/fedvag", "unknown run 'digits/fedvag'; did you mean 'digits/fedavg'?"),
    (
      "digits/fedbn/4",
      "unknown run 'digits/fedbn/4'; did you mean 'digits/fedbn/3', 'digits/fedbn/1' or 'digits/fedbn/2'?"
    ),
    ("zebra", "unknown run 'zebra' (the experiments are: digits, cifar)"),
    ("fedbn", "unknown run 'fedbn'; did you mean 'digits/fedbn'?"),
    ("fedavg", "unknown run 'fedavg'; did you mean 'cifar/fedavg' or 'digits/fedavg'?"),
    ("99", "unknown run 99; the runs are 1 to 8"), ("", "unknown run '' (the experiments are: digits, cifar)"),
    ("-1", "unknown run -1; the runs are 1 to 8"),
    ("/", "unknown run '/' (the experiments are: digits, cifar)"),
    ("digits'--", "unknown run 'digits'--'; did you mean 'digits'?"),
  ])
  func unknownNamesHaveANearestName(name: String, message: String) throws {
    let test = try store()
    let error = #expect(throws: StoreError.self) { try test.store.resolve(name) }
    #expect(error?.description == message)
  }

  @Test func theNewestExperimentsAreNamed() throws {
    let test = try TestStore()
    func message(after name: String) throws -> String? {
      _ = try test.store.begin(
        Samples.experiment(name), runs: [Samples.run(arm: "a", seed: 1)], threads: 1, host: "", version: "")
      return #expect(throws: StoreError.self) { try test.store.resolve("zebra") }?.description
    }
    #expect(try message(after: "first") == "unknown run 'zebra' (the experiment is: first)")
    for name in ["second", "third", "fourth", "fifth"] { _ = try message(after: name) }
    #expect(
      try message(after: "second") == "unknown run 'zebra' (the experiments are: second, fifth, fourth, third, first)")
    #expect(
      try message(after: "sixth")
        == "unknown run 'zebra' (the experiments are: sixth, second, fifth, fourth, third, …)")
  }

  @Test func numbersThatWereRemovedAreNotOffered() throws {
    let test = try store()
    for run in [2, 5, 6] { try test.store.execute("DELETE FROM runs WHERE id = \(run)") }
    let error = #expect(throws: StoreError.self) { try test.store.resolve("5") }
    #expect(error?.description == "unknown run 5; the runs are 1, 3 to 4 and 7 to 8")
  }

  @Test func nothingThereIsSaid() throws {
    let test = try TestStore()
    let error = #expect(throws: StoreError.self) { try test.store.resolve("latest") }
    #expect(error?.description == "database '\(test.store.path)' has no runs")
    #expect(try test.store.allRuns().isEmpty)
    #expect(try test.store.resumableRuns().isEmpty)
    let unknown = #expect(throws: StoreError.self) { try test.store.experiment(id: 4) }
    #expect(unknown?.description == "unknown experiment 4")
    #expect(throws: StoreError.unknownExperiment(id: 4)) { try test.store.runs(ofExperiment: 4) }
  }
}
