import Foundation
import TestSupport
import Testing

/// What the commands print: help texts and JSON keys are promises.
@Suite struct OutputTests {
  static let commands = [
    "covey", "run", "resume", "extend", "validate", "import", "data", "data info", "data split", "list", "history",
    "compare",
    "drift", "report", "plot", "serve", "export",
    "verify", "sql", "runs", "runs rm", "runs tag", "runs note", "db", "db info", "db check", "db vacuum", "db merge",
    "completions", "manual",
  ]

  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Fixtures/help")

  @Test(arguments: commands) func theHelpIsAsRecorded(_ command: String) throws {
    let folder = try TemporaryFolder()
    let arguments = (command == "covey" ? [] : command.split(separator: " ").map(String.init)) + ["--help"]
    let result = try CoveyProcess.run(arguments, in: folder.url, environment: ["COLUMNS": "100"])
    #expect(result.status == 0)
    let file = Self.fixtures.appendingPathComponent(
      command.replacing(" ", with: "-") + ".txt")
    if ProcessInfo.processInfo.environment["COVEY_RECORD_FIXTURES"] == "1" {
      try Data(result.output.utf8).write(to: file)
    }
    #expect(
      result.output == (try String(contentsOf: file, encoding: .utf8)), "record anew with COVEY_RECORD_FIXTURES=1")
  }

  @Test func everySubcommandHasARecordedHelp() throws {
    let folder = try TemporaryFolder()
    var found: [String] = []
    func walk(_ words: [String]) throws {
      found.append(words.isEmpty ? "covey" : words.joined(separator: " "))
      let help = try CoveyProcess.run(words + ["--help"], in: folder.url, environment: ["COLUMNS": "100"]).output
      // A command's name stands two spaces from the left, what continues its abstract further in.
      let listed = help.split(separator: "\n").drop { !$0.hasPrefix("SUBCOMMANDS") }.dropFirst()
        .prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }
        .compactMap { $0.split(separator: " ").first.map(String.init) }
      for name in listed { try walk(words + [name]) }
    }
    try walk([])
    #expect(found == Self.commands)
  }

  @Test func theVersionIsPrinted() throws {
    let folder = try TemporaryFolder()
    let result = try CoveyProcess.run(["--version"], in: folder.url)
    #expect(result.output == "0.1.0\n")
  }

  @Test func jsonHasStableKeys() throws {
    let folder = try TemporaryFolder()
    try folder.write(TinyScenario.text(rounds: 2), to: "tiny.yaml")
    let run = try CoveyProcess.run(["run", "tiny.yaml", "--quiet", "--format", "json"], in: folder.url)
    #expect(run.status == 0)
    func keys(_ arguments: [String], _ path: [String] = []) throws -> [String] {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      return try objectKeys(result.output, path)
    }
    #expect(
      try objectKeys(run.output, []) == [
        "arms", "baseline", "clients", "common_round", "conclusion", "curves", "data_differences", "differences",
        "distances", "domains", "evaluated", "excluded", "experiment", "family", "metric", "metrics", "round", "runs",
        "target",
        "target_left_out", "test",
      ])
    #expect(
      try keys(["compare", "--format", "json"], ["arms"]) == [
        "area_under_curve", "arm", "bca_high", "bca_low", "bca_undefined", "best_mean", "best_split",
        "bottom_decile", "bound",
        "bytes_down", "bytes_to_target", "bytes_up", "client_sd", "clients_compared", "clients_worse",
        "clients_worse_in_each_seed", "cohen_d", "difference", "difference_high", "difference_low",
        "distance_central", "distance_central_pairs", "distance_local", "distance_local_pairs",
        "final_mean", "final_sd", "gap_closed", "hedges_g", "jain_index", "largest_loss", "largest_loss_client", "loss",
        "median_seconds_to_target", "p_holm", "p_sign", "p_value", "p_wilcoxon", "pairs", "rank_biserial",
        "restricted_rounds_to_target",
        "rounds_to_target", "runs_excluded", "sample_weighted", "seconds_to_target", "seconds_to_target_horizon",
        "seeds", "simulated_seconds", "target", "target_horizon", "target_not_reached", "target_not_reached_in_time",
        "target_reached", "undefined", "untested_clients", "worst_client",
      ])
    #expect(
      try keys(["history", "--format", "json"]) == [
        "accuracy", "arm", "bound", "data_hash", "error", "experiment", "experiment_id", "instruction_set", "norm",
        "note", "rounds_done",
        "rounds_planned",
        "run", "seconds",
        "seed", "split_hash",
        "started_at",
        "status", "stop_reason", "strategy", "tags", "untested_clients",
      ])
    #expect(
      try keys(["history", "latest", "--format", "json"]).filter { !Self.measures.contains($0) } == [
        "accuracy", "accuracy_sd", "between_share", "bottom_decile", "bytes_down", "bytes_up", "jain", "loss",
        "mean_kl",
        "norm_source", "reported", "round", "sample_weighted", "seconds", "train_accuracy", "train_loss",
        "untested_clients", "worst_client",
      ])
    #expect(
      try keys(["history", "latest", "--clients", "--format", "json"]).filter { !Self.measures.contains($0) } == [
        "accuracy", "arrived_at", "base_version", "client", "domain", "lag", "loss", "model", "name", "norm_source",
        "phase", "round", "samples", "skipped_batches", "split", "staleness", "started_at", "steps", "subject",
        "train_accuracy", "train_loss", "turn", "update_cosine", "update_norm",
      ])
    for rows in [[], ["--clients"], ["--evaluations"]] {
      #expect(try Set(keys(["history", "latest"] + rows + ["--format", "json"])).isSuperset(of: Self.measures))
    }
    #expect(
      try keys(["history", "latest", "--layers", "--format", "json"]) == [
        "between_share", "layer", "max_kl", "mean_kl", "round",
      ])
    #expect(
      try keys(["drift", "latest", "--format", "json"]) == [
        "clients", "farthest_clients", "farthest_layers", "layers", "metric", "run",
      ])
    #expect(
      try keys(["drift", "latest", "--format", "json"], ["clients"]) == [
        "affine_distance", "client", "domain", "effective_momentum", "kl", "layer", "mean_shift", "round", "staleness",
        "variance_log_ratio", "w2",
      ])
    #expect(
      try keys(["validate", "tiny.yaml", "--format", "json"]) == [
        "arms", "differences", "evaluations", "norm_layers", "notes", "overrides", "runs", "scenario", "split",
      ])
    #expect(
      try keys(["validate", "tiny.yaml", "--format", "json"], ["arms"]) == [
        "arm", "bytes_up_per_round", "clients", "cohort", "labels", "mflop_per_sample", "norm", "parameters", "rounds",
        "seeds",
        "strategy",
        "target", "values_kept", "values_sent",
      ])
    #expect(try keys(["list", "norms", "--format", "json"]) == ["kind", "name", "options", "source", "summary"])
    #expect(try CoveyProcess.run(["export", "1", "--json", "run.json", "--csv", "csv"], in: folder.url).status == 0)
    let exported = try String(contentsOf: folder.url.appendingPathComponent("run.json"), encoding: .utf8)
    #expect(
      try objectKeys(exported, []) == [
        "bound", "class_measures", "class_names", "clients", "confusions", "data_hash", "error", "evaluations",
        "inputs", "instruction_set", "layer_drift",
        "norm", "norm_drift", "norm_layers", "participations", "result_hash", "rounds", "run", "scenario", "split_hash",
        "status", "strategy",
      ])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("csv").path)
      .sorted()
    #expect(
      files == [
        "class_measures.csv", "clients.csv", "confusions.csv", "evaluations.csv", "inputs.csv", "layer_drift.csv",
        "norm_drift.csv", "norm_layers.csv",
        "participations.csv",
        "rounds.csv",
      ])
    let layers = try String(contentsOf: folder.url.appendingPathComponent("csv/norm_layers.csv"), encoding: .utf8)
    #expect(layers.hasPrefix("layer,kind,affine,statistics,values_sent,values_kept,position\r\nbn1,"))
  }

  /// What runs with classes have beside loss and accuracy.
  private static let measures = [
    "balanced_accuracy", "brier", "ece", "log_loss", "macro_f1", "macro_precision", "macro_recall", "micro_f1",
    "roc_auc", "top_5_accuracy",
  ]

  /// The sorted keys of a JSON object, or of the first object of a list, below a path of keys.
  private func objectKeys(_ text: String, _ path: [String]) throws -> [String] {
    var value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    for key in path { value = try #require((value as? [String: Any])?[key]) }
    if let list = value as? [Any] { value = try #require(list.first) }
    return try #require(value as? [String: Any]).keys.sorted()
  }

  @Test func filtersAndFormatsOfHistoryWork() throws {
    let folder = try TinyScenario.recorded(rounds: 3)
    func lines(_ arguments: [String]) throws -> [String] {
      let result = try CoveyProcess.run(["history"] + arguments + ["--format", "csv"], in: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      return result.output.split(separator: "\r\n").flatMap { $0.split(separator: "\n") }.map(String.init)
    }
    #expect(try lines([]).count == 5)
    #expect(try lines(["--last", "2"]).count == 3)
    #expect(try lines(["tiny/fedbn/2"]).count == 5)
    #expect(try lines(["tiny/fedbn/2", "--rounds", "1..2"]).count == 3)
    #expect(try lines(["tiny/fedbn/2", "--rounds", "2.."]).count == 3)
    #expect(try lines(["tiny/fedbn/2", "--last", "1"]).count == 2)
    #expect(try lines(["1", "--clients"]).count == 6)
    #expect(try lines(["1", "--client", "2"]).count == 5)
    #expect(try lines(["1", "--clients", "--where", "client >= 3"]).count == 3)
    #expect(try lines(["1", "--clients", "--where", "client >= 3 and domain = chalk"]).count == 2)
    #expect(try lines(["1", "--layers"]).count == 4)
    #expect(try lines(["1", "--clients", "--metric", "accuracy"])[0] == "round,client,accuracy")
    let unknown = try CoveyProcess.run(["history", "1", "--clients", "--where", "acuracy < 1"], in: folder.url)
    #expect(unknown.status == 64)
    #expect(
      unknown.errors.hasPrefix(
        "error: '--where' names no column 'acuracy'; did you mean 'accuracy'? (allowed: round, client,"))
    let malformed = try CoveyProcess.run(["history", "1", "--where", "accuracy"], in: folder.url)
    #expect(malformed.status == 64)
    #expect(
      malformed.errors
        == "error: '--where accuracy' is not a condition: <, <=, >, >=, =, !=, 'is null', 'in', 'between' or 'like' is "
        + "expected at character 9, not the end\n")
  }
}
