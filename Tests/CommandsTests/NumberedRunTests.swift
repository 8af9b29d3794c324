import Foundation
import TestSupport
import Testing

@testable import Commands

/// `name#number` means an experiment that is not the newest of its name, wherever a RUN is asked for.
@Suite struct NumberedRunTests {
  /// Two experiments `tiny` of four runs each, 1 to 4 and 5 to 8.
  private func folder() throws -> TemporaryFolder {
    let folder = try TinyScenario.recorded(rounds: 1)
    #expect(try CoveyProcess.run(["run", "tiny.yaml", "--quiet", "--rounds", "2"], in: folder.url).status == 0)
    return folder
  }

  @Test func everyCommandTakesIt() throws {
    let folder = try folder()
    for line in [
      "history tiny#1", "history tiny#1/fedbn/2 --clients", "compare tiny#1", "drift tiny#1/fedavg/1",
      "export tiny#1/fedbn --csv c", "export tiny#1/fedbn/1 --weights w", "report tiny#1 -o -",
      "plot accuracy tiny#1 -o -", "verify tiny#1/fedavg/1 --quiet", "runs tag tiny#1 old",
      "runs note tiny#1/fedbn/1 x",
    ] {
      let result = try CoveyProcess.run(line.split(separator: " ").map(String.init), in: folder.url)
      #expect(result.status == 0, "\(line): \(result.errors)")
    }
    func runs(_ name: String) throws -> String {
      try CoveyProcess.run(
        ["history", name, "--rounds", "1", "--metric", "accuracy", "--format", "csv"], in: folder.url
      )
      .output
    }
    #expect(try runs("tiny#1").split(separator: "\r\n").dropFirst().map { $0.prefix(2) } == ["1,", "2,", "3,", "4,"])
    #expect(try runs("tiny").split(separator: "\r\n").dropFirst().map { $0.prefix(2) } == ["5,", "6,", "7,", "8,"])
    // A run that is done is known by that.
    let resumed = try CoveyProcess.run(["resume", "tiny#1/fedavg/1"], in: folder.url)
    #expect(resumed.errors == "error: run 1 is finished; there is nothing to resume\n")
    let several = try CoveyProcess.run(["export", "tiny#1/fedbn", "--weights", "w"], in: folder.url)
    #expect(several.errors.hasSuffix("give one of them: tiny#1/fedbn/1, tiny#1/fedbn/2\n"), "\(several.errors)")
    #expect(try CoveyProcess.run(["runs", "rm", "tiny#1", "--yes"], in: folder.url).status == 0)
    let left = try CoveyProcess.run(["history", "--format", "csv"], in: folder.url).output
    #expect(left.split(separator: "\r\n").count == 5)
  }

  @Test(arguments: [
    ("tiny#3", "error: unknown run 'tiny#3'; did you mean 'tiny#2' or 'tiny#1'?\n"),
    ("tiny#1/fedbm", "error: unknown run 'tiny#1/fedbm'; did you mean 'tiny#1/fedbn'"),
    ("tiny#x", "error: unknown run 'tiny#x'"), ("tiny#", "error: unknown run 'tiny#'"),
    ("#1", "error: unknown run '#1'"),
    ("tiny#99999999999999999999", "error: unknown run 'tiny#99999999999999999999'"),
  ])
  func whatIsNotThereIsSaid(name: String, message: String) throws {
    let folder = try folder()
    let result = try CoveyProcess.run(["history", name], in: folder.url)
    #expect(result.status == 66)
    #expect(result.errors.hasPrefix(message), "\(result.errors)")
  }

  @Test func listsAndShellsNameIt() throws {
    let folder = try folder()
    let list = try CoveyProcess.run(["history"], in: folder.url).output
    #expect(list.contains(" tiny#1 ") && list.contains(" tiny#2 "))
    let one = try CoveyProcess.run(["history", "--format", "csv"], in: folder.url).output
    #expect(one.contains("5,tiny,fedavg,") && one.split(separator: "\r\n")[1].contains(",2,\"oneDNN "))
    let path = folder.url.appendingPathComponent("covey.sqlite").path
    #expect(RunCompletion.candidates(for: "tiny#", in: path) == ["tiny#2", "tiny#1"])
    #expect(RunCompletion.candidates(for: "tiny#1/fedb", in: path) == ["tiny#1/fedbn"])
    #expect(RunCompletion.candidates(for: "ti", in: path) == ["tiny#2", "tiny", "tiny#1"])
  }

  @Test func theEndOfARunSaysWhereItIsAndHowToGoOn() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    let first = try CoveyProcess.run(["run", "tiny.yaml", "--seeds", "1"], in: folder.url)
    #expect(
      first.errors.hasSuffix(
        "\nrecorded in covey.sqlite as tiny#1; next: covey history tiny, covey compare tiny, covey report tiny\n"),
      "\(first.errors)")
    #expect(!first.output.contains("recorded in"))
    let other = try CoveyProcess.run(
      ["run", "tiny.yaml", "--seeds", "1", "--format", "json", "--db", "a b.sqlite"], in: folder.url)
    let option = "--db 'a b.sqlite'"
    #expect(
      other.errors.hasSuffix(
        "\nrecorded in a b.sqlite as tiny#1; next: covey history tiny \(option), covey compare tiny \(option), "
          + "covey report tiny \(option)\n"), "\(other.errors)")
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(other.output.utf8)) }
    let quiet = try CoveyProcess.run(["run", "tiny.yaml", "--seeds", "1", "--quiet"], in: folder.url)
    #expect(quiet.errors.isEmpty)
  }

  @Test(arguments: [
    (
      "auc",
      "'--metric' names no number 'auc': the area under the ROC curve is 'roc_auc', that under the learning curve 'area' "
    ),
    (
      "accuracy,AUC",
      "names no number 'AUC': the area under the ROC curve is 'roc_auc', that under the learning curve 'area' "
    ),
    ("roc_acu", "names no number 'roc_acu'; did you mean 'roc_auc'? "),
    ("arae", "'--metric' names no number 'arae'; did you mean 'area'? "),
  ])
  func theAreaUnderTheLearningCurveIsNotCalledAUC(list: String, message: String) throws {
    let folder = try TemporaryFolder()
    let result = try CoveyProcess.run(["compare", "--metric", list], in: folder.url)
    #expect(result.status == 64)
    #expect(
      result.errors.contains(
        message
          + "(allowed: accuracy, loss, worst, bottom-decile, sd, jain, area, rounds-to-target, bytes, bytes-to-target, "
          + "simulated-seconds, seconds-to-target, balanced_accuracy, top_5_accuracy, macro_f1, macro_precision, "
          + "macro_recall, micro_f1, micro_precision, micro_recall, exact_match, label_accuracy, roc_auc, "
          + "mean_average_precision, log_loss, perplexity, brier, ece, rmse, mae, r2)"
      ), "\(result.errors)")
  }

  @Test func theAreaIsAMeasure() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let result = try CoveyProcess.run(["compare", "--metric", "area", "--format", "json"], in: folder.url)
    #expect(result.output.contains("\"metrics\": [\"area\"]") && result.output.contains("\"metric\": \"area\""))
  }
}
