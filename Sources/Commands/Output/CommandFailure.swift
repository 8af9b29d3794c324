internal import func Catalogs.plainWords
internal import Federation
internal import Pages
internal import Questions
internal import Reports
internal import RunStore
internal import Scenarios
internal import Serving

/// An error that ends a command: lines for standard error, and the exit status.
struct CommandFailure: Error {
  let lines: [String]
  let status: ExitStatus

  init(lines: [String], status: ExitStatus) {
    self.lines = lines
    self.status = status
  }

  init(_ line: String, _ status: ExitStatus) { self.init(lines: [line], status: status) }

  /// What `error` means to the user.
  init(_ error: any Error) {
    switch error {
    case let error as CommandFailure:
      self = error
    case let error as ScenarioError:
      let count = error.diagnostics.count
      self.init(
        lines: error.lines + ["\(count) error\(count == 1 ? "" : "s"); nothing was run"],
        status: error.isMissingInput ? .missingInput : .data)
    case let error as StoreError:
      self.init("error: \(error)", Self.status(of: error))
    case let error as ComparisonError:
      self.init("error: \(error)", .usage)
    case let error as CheckpointProblem:
      self.init("error: \(error)", .data)
    case let error as ConditionError:
      self.init("error: \(error)", .usage)
    case let error as SQLProblem:
      self.init("error: \(error)", .usage)
    case let error as QuestionError:
      self.init("error: \(error)", Self.status(of: error))
    case let error as PageQueryError:
      self.init("error: \(error)", .usage)
    case let error as PageServer.Problem:
      if case .failed = error {
        self.init("error: \(error)", .inputOutput)
      } else {
        self.init("error: \(error)", .cannotCreate)
      }
    default:
      self.init("error: \(plainWords(of: error))", .inputOutput)
    }
  }

  private static func status(of error: QuestionError) -> ExitStatus {
    if case .severalRuns = error { .usage } else { .missingInput }
  }

  private static func status(of error: StoreError) -> ExitStatus {
    switch error {
    case .missingFile, .noRuns, .unknownRun, .unknownTag, .unknownExperiment, .noCheckpoint: .missingInput
    case .missingFolder, .notAFolder, .cannotCreate, .isFolder, .cannotOpen, .notWritable, .unfinishedLog: .cannotCreate
    case .notADatabase, .foreignDatabase, .newerVersion, .olderVersion, .damaged, .damagedCheckpoint, .changedScenario:
      .data
    case .runIsActive, .runIsFinished, .runIsNotOurs, .malformedTag, .longNote, .sameFile: .usage
    case .locked, .full, .noRoom, .changed, .inputOutput, .rejected, .tooLarge, .failed: .inputOutput
    }
  }
}
