import Foundation
import Measures
import Records
import RunStore
import TestSupport
import Testing

/// What every command shows of the measures that a run recorded.
@Suite struct MeasureCommandTests {
  private func covey(_ line: String, _ folder: TemporaryFolder) throws -> CoveyProcess.Result {
    let result = try CoveyProcess.run(line.split(separator: " ").map(String.init), in: folder.url)
    #expect(result.status == 0, "\(line): \(result.errors)")
    return result
  }

  private func rows(_ csv: String) -> [[String: String]] {
    let lines = csv.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    guard let keys = lines.first else { return [] }
    return lines.dropFirst().map { cells in
      Dictionary(zip(keys, cells).map { (String($0), String($1)) }) { first, _ in first }
    }
  }

  @Test("listings have measures as columns, by any spelling, in conditions and orders, and of single classes on demand")
  func listings() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let rounds = rows(try covey("history tiny/fedbn/1 --format csv", folder).output)
    #expect(rounds.count == 3)
    #expect(rounds[0].keys.contains("balanced_accuracy") && rounds[0].keys.contains("ece"))
    #expect(!rounds[0].keys.contains { $0.hasPrefix("recall") })
    let metric = rows(try covey("history tiny/fedbn/1 --metric balanced-accuracy --format csv", folder).output)
    #expect(metric.map { $0["balanced_accuracy"] } == rounds.map { $0["balanced_accuracy"] })
    let sorted = rows(
      try covey("history tiny/fedbn/1 --clients --sort log_loss:desc --where log_loss>0 --format csv", folder).output)
    let losses = sorted.compactMap { $0["log_loss"].flatMap(Double.init) }
    #expect(losses.count == 5 && losses == losses.sorted(by: >))
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let run = try #require(stored.runs.first { $0.name == "tiny/fedbn/1" })
    let names = try stored.store.measureNames(runs: [run.id])
    let ofClass = try #require(names.first { $0.hasPrefix("recall[") })
    let recalls = rows(try covey("history tiny/fedbn/1 --metric \(ofClass) --format csv", folder).output)
    #expect(recalls.allSatisfy { $0[ofClass].flatMap(Double.init).map { (0...1).contains($0) } ?? false })
    let wrong = try CoveyProcess.run(
      ["history", "tiny/fedbn/1", "--metric", "balanced_acuracy"], in: folder.url)
    #expect(wrong.status == 64)
    #expect(
      wrong.errors.contains(
        "'--metric' names no column 'balanced_acuracy'; did you mean 'balanced_accuracy'? (allowed:"),
      "\(wrong.errors)")
  }

  @Test("the record has the measures of the clients as rows and their summaries, equal to those made of the rows")
  func record() throws {
    let folder = try TinyScenario.recorded(rounds: 1)
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let run = try #require(stored.runs.first)
    let evaluations = try stored.store.evaluations(run: run.id, round: 1, of: EvaluationSelection())
    let names = try stored.store.measureNames(runs: [run.id])
    #expect(names.prefix(2) == ["balanced_accuracy", "top_5_accuracy"])
    let row = try #require(try stored.store.rounds(run: run.id, measures: names).last)
    for name in names {
      let values = evaluations.compactMap { $0.measures[name] ?? nil }
      let summary = row.measures[name]
      #expect(summary?.clients ?? 0 == values.count, "\(name)")
      guard let summary else { continue }
      #expect(abs(summary.mean - values.reduce(0, +) / Double(values.count)) < 1e-12, "\(name)")
      let worst = Measure.of(name)?.higherIsBetter == true ? values.min() : values.max()
      #expect(summary.worst == worst, "\(name)")
    }
    for evaluation in evaluations {
      let confusion = try #require(evaluation.counts["confusion"])
      #expect(confusion.reduce(0) { $0 + Int($1[2]) } == evaluation.samples)
      let right = confusion.filter { $0[0] == $0[1] }.reduce(0) { $0 + $1[2] }
      #expect(right / Double(evaluation.samples) == evaluation.accuracy)
      let micro: Double? = evaluation.measures["micro_f1"] ?? nil
      #expect(micro == evaluation.accuracy, "micro F1 of one class a row is the accuracy")
      let (recall, balanced): (Double?, Double?) = (
        evaluation.measures["macro_recall"] ?? nil, evaluation.measures["balanced_accuracy"] ?? nil
      )
      #expect(recall == balanced)
      let logLoss: Double = (evaluation.measures["log_loss"] ?? nil) ?? .nan
      #expect(abs(logLoss - evaluation.loss) < 1e-5, "the loss is cross entropy")
    }
    // The views have a row for each value, under the key of the row.
    let sql = "SELECT COUNT(*), SUM(value IS NULL) FROM evaluation_measures WHERE run_id = \(run.id) AND round = 1"
    let counted = try #require(try stored.store.select(sql).first)
    let expected = evaluations.reduce(0) { $0 + $1.measures.names.count }
    #expect(counted[0] == String(expected))
    let sum = try stored.store.select(
      "SELECT SUM(count) FROM confusions WHERE run_id = \(run.id) AND round = 1 AND true_class = predicted_class")
    let right = evaluations.reduce(0.0) { $0 + ($1.accuracy ?? 0) * Double($1.samples) }
    #expect(sum.first?.first.flatMap { $0 }.flatMap(Double.init) == right.rounded())
    let means = try stored.store.select(
      "SELECT mean FROM measure_summaries WHERE run_id = \(run.id) AND round = 1 AND measure = 'macro_f1'")
    #expect(means.first?.first.flatMap { $0 }.flatMap(Double.init) == row.measures["macro_f1"]?.mean)
  }

  @Test("compare takes measures: the first is compared, others are means beside it, each by its own direction")
  func compare() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let result = try covey("compare tiny --metric balanced-accuracy,log_loss,worst --format json", folder)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["metric"] as? String == "balanced_accuracy")
    let text = try covey("compare tiny --metric roc_auc", folder).output
    #expect(text.contains("ROC AUC after round 2"), "\(text)")
    let ofLoss = try covey("compare tiny --metric log-loss --format csv", folder).output
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let runs = stored.runs.filter { $0.arm == "fedavg" }
    let means = try runs.compactMap {
      try stored.store.rounds(run: $0.id, measures: ["log_loss"]).last?.measures["log_loss"]?.mean
    }
    let mean = rows(ofLoss).first { $0["arm"] == "fedavg" }.flatMap { $0["final_mean"] }.flatMap(Double.init)
    #expect(abs((mean ?? .nan) - means.reduce(0, +) / Double(means.count)) < 1e-9)
    let wrong = try CoveyProcess.run(["compare", "tiny", "--metric", "auc"], in: folder.url)
    #expect(wrong.status == 64)
    #expect(
      wrong.errors.contains(
        "'--metric' names no number 'auc': the area under the ROC curve is 'roc_auc', that under the learning curve 'area'"
      ), "\(wrong.errors)")
    let absent = try covey("compare tiny --metric rmse", folder).output
    #expect(absent.contains("round 2 has no RMSE"), "\(absent)")
  }

  @Test("figures, the report and event files have measures")
  func figures() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    for name in ["confusion", "calibration"] {
      let svg = try covey("plot \(name) tiny -o -", folder).output
      #expect(svg.contains("<svg"), "\(name)")
    }
    #expect(try covey("plot metric tiny --metric ece -o -", folder).output.contains("calibration error"))
    let page = try covey("report tiny --metric macro-f1 -o -", folder).output
    #expect(page.contains("Macro F1 by round") && page.contains("True against predicted classes"))
    #expect(try !covey("report tiny -o -", folder).output.contains("Accuracy by round, "))
    _ = try covey("export tiny/fedbn/1 --tensorboard logs --csv csv", folder)
    let events = try DecodedEvents(
      [UInt8](try Data(contentsOf: folder.url.appendingPathComponent("logs/tiny/fedbn/1/events.out.tfevents.covey")))
    ).events
    let tags = Set(events.flatMap(\.scalars).map(\.tag))
    #expect(tags.contains("roc_auc/mean") && tags.contains("roc_auc/worst") && tags.contains("brier/client/0"))
    let csv = try String(contentsOf: folder.url.appendingPathComponent("csv/evaluations.csv"), encoding: .utf8)
    #expect(rows(csv).allSatisfy { $0["macro_f1"] != nil })
    let classes = try String(contentsOf: folder.url.appendingPathComponent("csv/class_measures.csv"), encoding: .utf8)
    #expect(rows(classes).contains { $0["measure"]?.hasPrefix("precision[") ?? false })
    let pairs = try String(contentsOf: folder.url.appendingPathComponent("csv/confusions.csv"), encoding: .utf8)
    #expect(rows(pairs).allSatisfy { $0["count"].flatMap(Int.init).map { $0 > 0 } ?? false })
  }

  @Test("predictions give every measure back that is recorded of them")
  func predictions() throws {
    let folder = try TinyScenario.recorded(rounds: 2)
    let said = try covey("export tiny/fedbn/1 --predictions p.csv", folder).errors
    #expect(said.hasPrefix("wrote p.csv: round 2, "), "\(said)")
    let examples = rows(try String(contentsOf: folder.url.appendingPathComponent("p.csv"), encoding: .utf8))
    let stored = try StoredResults(folder.url.appendingPathComponent("covey.sqlite"))
    let run = try #require(stored.runs.first { $0.name == "tiny/fedbn/1" })
    let evaluations = try stored.store.evaluations(run: run.id, round: 2, of: EvaluationSelection())
    #expect(Set(examples.compactMap { $0["client"] }).count == evaluations.count)
    for evaluation in evaluations {
      let own = examples.filter { $0["client"] == "\(evaluation.client)" && $0["split"] == "test" }
      #expect(own.count == evaluation.samples)
      let right = own.count { $0["label"] == $0["predicted"] }
      #expect(Double(right) / Double(own.count) == evaluation.accuracy)
      let logLoss = own.reduce(0.0) { sum, row in
        sum - Foundation.log(row["p[\(row["label"] ?? "")]"].flatMap(Double.init) ?? .nan)
      }
      let recorded: Double = (evaluation.measures["log_loss"] ?? nil) ?? .nan
      #expect(abs(logLoss / Double(own.count) - recorded) < 1e-9)
    }
    let several = try CoveyProcess.run(["export", "tiny", "--predictions", "p.csv"], in: folder.url)
    #expect(several.status == 64, "\(several.errors)")
  }
}
