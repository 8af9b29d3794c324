import Questions
import Records
import Reports
import RunStore
import TestSupport
import Testing

struct RunQuestionTests {
  /// A database of an experiment `study` with the arms fedavg and fedbn and the seeds 1 to 3.
  private func study(_ change: (inout StudyFixture.Shape) -> Void = { _ in }) throws -> StudyFixture {
    let fixture = try StudyFixture()
    try add(to: fixture, change)
    return fixture
  }

  private func add(to fixture: StudyFixture, _ change: (inout StudyFixture.Shape) -> Void = { _ in }) throws {
    var shape = StudyFixture.Shape()
    change(&shape)
    try fixture.add(shape)
  }

  private func answer(
    _ fixture: StudyFixture, _ change: (inout RunQuestion) -> Void = { _ in }
  ) throws -> ComparedRuns {
    var question = RunQuestion()
    change(&question)
    return try ComparedRuns(fixture.store, question)
  }

  @Test func whatIsNotThereIsNamed() throws {
    let fixture = try study()
    func message(_ change: (inout RunQuestion) -> Void) -> String {
      do {
        _ = try answer(fixture, change).comparison()
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message { $0.filter.arms = ["fedbm"] }
        == "'study' has no run with arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn)")
    #expect(
      message {
        $0.names = ["study/fedbn", "1"]
        $0.filter.seeds = [9]
      } == "'study/fedbn 1' has no run with seed '9' (allowed: 1, 2, 3)")
    #expect(message { $0.at = 40 } == "round 40 was not evaluated (evaluated: 0, 1, 2, 3, 4, 5, 6)")
    #expect(
      message { $0.evaluations = EvaluationSelection(subject: .unseen) }
        == "there is no evaluation of unseen clients, global model (there is: clients, personal model, norm source own)"
    )
    #expect(message { $0.baseline = "x" } == "no arm is called \"x\"; the arms are: fedavg, fedbn")
    #expect(message { $0.names = ["nothing"] }.hasPrefix("unknown run 'nothing'"))
  }

  @Test func ofManyRoundsSomeAreNamed() throws {
    let fixture = try study {
      $0.rounds = 30
      $0.clients = 1
    }
    let error = #expect(throws: QuestionError.self) { try answer(fixture) { $0.at = 31 } }
    #expect(
      error?.description
        == "round 31 was not evaluated (evaluated: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …, 30)")
  }

  @Test func withoutNamesTheNewestExperimentIsMeant() throws {
    let fixture = try study()
    try add(to: fixture) { $0.name = "other" }
    let answer = try answer(fixture)
    #expect(answer.experiment == "other")
    #expect(answer.runs.map(\.id) == [7, 8, 9, 10, 11, 12])
    #expect(answer.compared.map(\.id) == answer.runs.map { String($0.id) })
    #expect(answer.selection == EvaluationSelection())
    #expect(answer.rounds[7]?.count == 7)
    #expect(try answer.comparison().arms.map(\.arm) == ["fedavg", "fedbn"])
  }

  @Test func runsStandInTheOrderInWhichTheyAreNamed() throws {
    let fixture = try study()
    #expect(try answer(fixture) { $0.names = ["study/fedbn", "study/fedavg/2"] }.runs.map(\.id) == [4, 5, 6, 2])
    // Other commands take them by number.
    let chosen = try fixture.store.chosenRuns(["study/fedbn", "2"], RunFilter(seeds: [2, 3]))
    #expect(chosen.ids == [2, 5, 6])
    #expect(chosen.areSeveral)
  }

  @Test func oneRunMayStandForItsExperiment() throws {
    let fixture = try study()
    #expect(try answer(fixture) { $0.names = ["5"] }.runs.map(\.id) == [5])
    #expect(
      try answer(fixture) {
        $0.names = ["5"]
        $0.widensToExperiment = true
      }.runs.map(\.id) == [1, 2, 3, 4, 5, 6])
  }

  @Test func armsOfSeveralExperimentsAreToldApart() throws {
    let fixture = try study()
    try add(to: fixture) { $0.name = "other" }
    func arms(_ names: [String], _ filter: [String]) throws -> [String] {
      let answer = try answer(fixture) {
        $0.names = names
        $0.filter = RunFilter(arms: filter, seeds: [1])
      }
      #expect(answer.experiment == (Set(answer.runs.map(\.experimentID)).count == 1 ? answer.runs[0].experiment : nil))
      return answer.runs.map(\.arm)
    }
    #expect(try arms(["other", "study/fedbn"], []) == ["other/fedavg", "other/fedbn", "study/fedbn"])
    // Either name of an arm filters.
    #expect(try arms(["other", "study"], ["fedbn"]) == ["other/fedbn", "study/fedbn"])
    #expect(try arms(["other", "study"], ["study/fedbn"]) == ["study/fedbn"])
    #expect(try arms(["study"], ["fedbn"]) == ["fedbn"])
    try add(to: fixture)
    #expect(try arms(["study#1/fedbn", "study#3/fedbn"], []) == ["study#1/fedbn", "study#3/fedbn"])
  }

  @Test func whereTheUsualEvaluationsAreMissingOthersAreTaken() throws {
    let fixture = try study {
      $0.hasEvaluations = false
      $0.trained = { $0 == 0 ? [] : [0, 1] }
    }
    #expect(try answer(fixture).selection == EvaluationSelection(phase: .afterTraining))
  }

  @Test func oneRunIsAskedFor() throws {
    let fixture = try study()
    #expect(try fixture.store.chosenRuns(["study/fedbn"], RunFilter(seeds: [2])).single().id == 5)
    let several = #expect(throws: QuestionError.self) {
      try fixture.store.chosenRuns(["study#1"], RunFilter()).single()
    }
    #expect(
      several?.description
        == "'study#1' names 6 runs; give one of them: study#1/fedavg/1, study#1/fedavg/2, study#1/fedavg/3, study#1/fedbn/1, study#1/fedbn/2, study#1/fedbn/3"
    )
  }

  @Test func clientsDomainsAndLayersAreThoseOfTheRuns() throws {
    let fixture = try study()
    let store = fixture.store
    let runs = try store.runs(named: ["study/fedbn"])
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message { try store.requireClient(3, of: runs) } == "")
    #expect(message { try store.requireClient(4, of: runs) } == "run 4 has no client 4 (allowed: 0 to 3)")
    #expect(message { try store.requireDomain("chalk", of: runs) } == "")
    #expect(
      message { try store.requireDomain("inc", of: runs) }
        == "run 4 has no domain 'inc'; did you mean 'ink'? (allowed: ink, chalk)")
    #expect(message { try store.requireLayer("bn2", of: runs) } == "")
    #expect(
      message { try store.requireLayer("fc1", of: runs) }
        == "run 4 has no normalization layer 'fc1' (allowed: bn1, bn2)"
    )
    #expect(message { try store.require(RunFilter(arms: ["fedbn"], seeds: [3])) } == "")
    #expect(
      message { try store.require(RunFilter(arms: ["fedbm"])) }
        == "'\(store.path)' has no run with arm 'fedbm'; did you mean 'fedbn'? (allowed: fedavg, fedbn)")
  }
}
