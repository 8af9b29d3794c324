import Foundation
import RunStore
import TestSupport

extension FuzzCase {
  /// A database of two runs, one of them interrupted with checkpoints, that cases change.
  static func soundDatabase() throws -> [UInt8] { try sound.get() }

  private static let sound = Result { try makeSoundDatabase() }

  private static func makeSoundDatabase() throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let text = TinyScenario.text(rounds: 3, extra: "").replacing("every: 2", with: "every: 1, keep: all")
    try folder.write(text, to: "tiny.yaml")
    let result = try CoveyProcess.run(["run", "tiny.yaml", "--seeds", "1", "--quiet"], in: folder.url)
    guard result.status == 0 else { throw CocoaError(.executableLoad, userInfo: ["reason": result.errors]) }
    let file = folder.url.appendingPathComponent("covey.sqlite")
    do {
      let store = try RunStore(path: file.path, access: .readWrite)
      try store.execute("DELETE FROM checkpoints WHERE round = 3 AND run_id = 2")
      try store.execute(
        "UPDATE runs SET status = 'interrupted', result_hash = NULL WHERE id = 2")
      try store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }
    return [UInt8](try Data(contentsOf: file))
  }

  /// A database that nobody wrote.
  static func database(_ seed: UInt64, sound: [UInt8]) throws -> FuzzCase {
    var (numbers, fuzz) = (FuzzNumbers(seed: seed), try FuzzCase(seed: seed))
    var bytes = sound
    let page = 4096
    let pages = max(1, bytes.count / page)
    switch numbers.below(8) {
    case 0, 1: numbers.corrupt(&bytes)
    case 2: bytes[numbers.below(100)] = UInt8(numbers.below(256))
    case 3: bytes.removeLast(1 + numbers.below(bytes.count))
    case 4:
      // One page in the place of another, or nothing in it.
      let (from, to) = (numbers.below(pages) * page, numbers.below(pages) * page)
      let isEmpty = numbers.oneIn(2)
      for index in 0..<page { bytes[to + index] = isEmpty ? 0 : bytes[from + index] }
    default: break
    }
    try fuzz.folder.write(bytes: bytes, to: "covey.sqlite")
    try fuzz.folder.write(bytes: sound, to: "sound.sqlite")
    if bytes == sound {
      let store = try? RunStore(path: fuzz.folder.url.appendingPathComponent("covey.sqlite").path, access: .readWrite)
      for _ in 0...numbers.below(2) { try? store?.execute(change(&numbers)) }
    }
    if numbers.oneIn(10) { try fuzz.folder.write(bytes: Array(bytes.suffix(page)), to: "covey.sqlite-wal") }
    try fuzz.folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    for _ in 0..<2 { fuzz.commands.append(numbers.pick(readers)) }
    if numbers.oneIn(3) { fuzz.commands.append(numbers.pick(writers)) }
    return fuzz
  }

  static let readers: [[String]] = [
    ["history"], ["history", "--format", "json"], ["history", "1"], ["history", "1", "--clients", "--rounds", "0.."],
    ["history", "2", "--layers"], ["history", "tiny", "--evaluations", "--format", "csv"],
    ["history", "latest", "--clients", "--where", "accuracy < 50% or domain is null"],
    ["compare"], ["compare", "--format", "json"], ["compare", "--metric", "loss", "--target", "0.5"],
    ["drift", "1"], ["drift", "1", "--metric", "staleness"], ["drift", "2", "--format", "json"],
    ["export", "1", "--json", "x.json"], ["export", "tiny", "--csv", "csv"], ["export", "tiny", "--tensorboard", "tb"],
    ["export", "1", "--weights", "w"], ["export", "2", "--weights", "w", "--client", "1"],
    ["export", "2", "--weights", "w", "--round", "1"],
    ["sql", "SELECT * FROM round_summary"], ["sql", "SELECT * FROM runs, experiments", "--format", "json"],
    ["sql", "SELECT * FROM client_history", "--format", "csv"], ["db", "info"], ["db", "check"],
    ["db", "check", "--quick", "--format", "json"], ["verify", "1", "--quiet"], ["report", "-o", "x.html"],
    ["report", "tiny", "--format", "json"],
    ["plot", "accuracy", "-o", "x.svg"], ["plot", "client-divergence", "-o", "x.svg"],
  ]

  private static let writers: [[String]] = [
    ["runs", "tag", "1", "good"], ["runs", "note", "2", "text"], ["runs", "rm", "1", "--yes"], ["db", "vacuum"],
    ["db", "merge", "covey.sqlite", "--db", "sound.sqlite"], ["db", "merge", "sound.sqlite"],
    ["resume", "--quiet"], ["resume", "2", "--quiet"], ["run", "tiny.yaml", "--seeds", "1", "--quiet"],
  ]

  /// SQL that puts a value where no such value is ever written.
  private static func change(_ numbers: inout FuzzNumbers) -> String {
    let columns: [(table: String, columns: [String])] = [
      (
        "runs",
        [
          "arm", "seed", "strategy", "norm", "status", "rounds_planned", "rounds_done", "started_at", "finished_at",
          "version", "threads", "host", "process", "error", "result_hash",
        ]
      ), ("experiments", ["name", "scenario", "scenario_hash", "base_directory", "created_at"]),
      ("clients", ["client", "domain", "train_samples", "test_samples", "label_histogram"]),
      ("norm_layers", ["layer", "position", "kind", "affine", "statistics", "values_sent", "values_kept"]),
      (
        "rounds",
        [
          "round", "cohort_size", "reported", "train_loss", "train_accuracy", "bytes_up", "bytes_down", "flops",
          "seconds", "simulated_seconds",
        ]
      ),
      (
        "participations",
        [
          "client", "samples", "steps", "skipped_batches", "train_loss", "update_norm", "bytes_up", "bytes_down",
          "outcome", "staleness",
        ]
      ),
      ("evaluations", ["subject", "client", "model", "norm_source", "phase", "split", "samples", "loss", "accuracy"]),
      ("evaluation_summaries", ["norm_source", "clients", "mean_accuracy", "worst_accuracy", "accuracy_sd", "jain"]),
      ("summary_measures", ["subject", "measure", "clients", "mean", "worst", "sd", "jain"]),
      ("norm_drift", ["layer", "client", "mean_shift", "kl", "w2", "effective_momentum"]),
      ("layer_drift", ["layer", "between_share", "mean_kl", "max_kl"]), ("checkpoints", ["round", "sha256", "state"]),
      ("grdb_migrations", ["identifier"]),
    ]
    let values = [
      "NULL", "-1", "0", "9223372036854775807", "-9223372036854775808", "1e999", "-1e999", "1e300", "0.5", "''", "'x'",
      "'9223372036854775807'", "x'00'", "'[1,'", "'[-1,1e400,null]'", "char(27) || '[31m' || char(10)",
      "hex(zeroblob(100000))", "zeroblob(100000)", "'../../x'", "'%s%n'", "x'FFFFFFFFFFFFFF7F'",
      "'2026-13-45T99:99:99Z'", "1099511627776", "1099511627777", "4611686018427387904", "4611686018427387905", "-2",
      "char(155, 8238, 8203, 65279) || 'x'", "'<meta http-equiv=\"refresh\"><h1>x'", "1.5", "x'FF00'",
      "substr(state, 1, 100)", "'running'", "'fedbn'", "round * 1000000000000", "char(55357)",
    ]
    let table = numbers.pick(columns)
    let target = numbers.pick(table.columns)
    let place =
      numbers.oneIn(2) ? "" : " WHERE rowid IN (SELECT rowid FROM \(table.table) LIMIT 1 OFFSET \(numbers.below(4)))"
    if numbers.oneIn(8) { return "DELETE FROM \(table.table)\(place)" }
    if numbers.oneIn(20) { return "DROP TABLE \(table.table)" }
    return "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; "
      + "UPDATE OR REPLACE \(table.table) SET \(target) = \(numbers.pick(values))\(place)"
  }

  /// Paths that mean something to SQLite, to shells or to nobody.
  static func path(_ seed: UInt64) throws -> FuzzCase {
    var (numbers, fuzz) = (FuzzNumbers(seed: seed), try FuzzCase(seed: seed))
    try fuzz.folder.write(TinyScenario.text(rounds: 1), to: "tiny.yaml")
    try fuzz.folder.write("not a database, and not a scenario: [", to: "text")
    try FileManager.default.createDirectory(
      at: fuzz.folder.url.appendingPathComponent("folder"), withIntermediateDirectories: true)
    mkfifo(fuzz.folder.url.appendingPathComponent("pipe").path, 0o600)
    symlink("loop", fuzz.folder.url.appendingPathComponent("loop").path)
    symlink("nowhere", fuzz.folder.url.appendingPathComponent("dangling").path)
    let paths = [
      "a?mode=memory", "a#b", "a%00b", "a b", "a\nb", ":memory:", "file:x?mode=ro", "ü/ñ", "🙂", "-", "--", "-x", ".",
      "..", "/", "", " ", "~", "folder", "folder/", "folder/x", "pipe", "pipe/x", "loop", "loop/x", "dangling", "text",
      "text/x", "/dev/null", "/dev/full", "/dev/zero", "/dev/null/x", "/proc/self/mem", "/proc/self/x", "/sys/x",
      "no/x",
      "a\u{301}", "\u{202E}x", "C:\\x", "*", "$HOME", "`id`", "'", "\"", "\\", "a;b", "tiny.yaml", "covey.sqlite-wal",
      String(repeating: "n", count: 255), String(repeating: "n", count: 256), String(repeating: "p/", count: 2500),
      String(repeating: "q", count: 5000), "//", "./x", "x/../y", "\t", "\u{7F}",
    ]
    let path = numbers.pick(paths)
    let database = numbers.pick(readers)
    let uses: [[String]] = [
      ["run", path], ["validate", path], ["run", "tiny.yaml", "--seeds", "1", "--quiet", "--db", path],
      ["resume", "--db", path], ["history", "--db", path], database + ["--db", path], ["history", path],
      ["sql", "SELECT 1", "--db", path], ["sql", path], ["db", "check", "--db", path], ["db", "merge", path],
      ["db", "merge", "tiny.yaml", "--db", path], ["runs", "rm", path, "--yes"],
      ["runs", "tag", "1", path, "--db", "s"],
      ["export", path, "--json", "x"], ["compare", path], ["drift", path], ["verify", path],
      ["run", "tiny.yaml", "--set", "data={source: idx, root: \(path)}", "--db", "new.sqlite"],
      ["run", "tiny.yaml", "--set", "data={source: safetensors, file: \(path)}", "--db", "new.sqlite"],
      ["run", "tiny.yaml", "--set", "init=\(path)", "--db", "new.sqlite", "--seeds", "1"],
    ]
    fuzz.commands = [numbers.pick(uses)]
    if numbers.oneIn(3) {
      // What is written goes where it was told, or nowhere; only to what a test may write to.
      let isOutside = path.hasPrefix("/") && !["/dev/null", "/dev/full"].contains(path) || path == ".."
      let path = isOutside ? "x/\(path)" : path
      fuzz.commands = [
        ["run", "tiny.yaml", "--seeds", "1", "--arms", "fedavg", "--quiet"],
        numbers.pick([
          ["export", "1", "--json", path], ["export", "1", "--csv", path], ["export", "1", "--tensorboard", path],
          ["export", "1", "--weights", path], ["report", "-o", path], ["plot", "accuracy", "-o", path],
        ]),
      ]
    }
    return fuzz
  }
}
