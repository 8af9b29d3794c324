import Foundation
import RunStore
import TestSupport
import Testing

/// What there is no memory, thread or open file for is refused in words, and nothing crashes or hangs.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SystemLimitTests {
  /// A scenario that has the program want `wanted` bytes at least, of which `place` is to blame.
  struct Large: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let place: String
    let text: String
  }

  private static func patterns(_ shape: String, _ more: String = "") -> String {
    "data: {source: synthetic-patterns, shape: \(shape), classes: 2, train_per_client: 1000, test_per_client: 8\(more)}"
  }

  /// Each wants more than any machine that runs tests has.
  static let tooLarge = [
    Large(
      testDescription: "images of a transposed convolution", place: "l.yaml:4:36: model.layers[0]",
      text: """
        name: large
        rounds: 1
        \(patterns("[8, 8, 2]"))
        model: {input: [8, 8, 2], layers: [{conv_transpose2d: {filters: 64, kernel: 1, stride: 1024}}, global_avg_pool2d, {dense: 2}]}
        client: {batch_size: 65536}
        """),
    Large(
      testDescription: "a batch", place: "l.yaml:5:22: client.batch_size",
      text: """
        name: large
        rounds: 1
        data: {source: synthetic-patterns, shape: [64, 64, 64], classes: 2, train_per_client: 10000000, test_per_client: 8}
        model: {input: [64, 64, 64], layers: [{conv2d: {filters: 256, kernel: 1}}, {conv2d: {filters: 256, kernel: 1}}, global_avg_pool2d, {dense: 2}]}
        client: {batch_size: 65536}
        """),
    Large(
      testDescription: "a wide layer", place: "l.yaml:4:8: model",
      text: """
        name: large
        rounds: 1
        \(patterns("[4000]"))
        model: {input: [4000], layers: [{dense: 1048576}, {dense: 2}]}
        client: {batch_size: 2, optimizer: {kind: adam, learning_rate: 0.01}}
        cohort: {kind: uniform, count: 1}
        """),
    Large(
      testDescription: "what clients keep", place: "l.yaml:6:32: cohort.count",
      text: """
        name: large
        rounds: 1
        data: {source: synthetic-patterns, shape: [4096], classes: 2, train_per_client: 8, test_per_client: 8, partition: {kind: by-domain, clients_per_domain: 1000000}}
        model: {input: [4096], layers: [{dense: 4096}, batch_norm, {dense: 2}]}
        norm: fedap
        cohort: {kind: uniform, count: 1000000}
        """),
    Large(
      testDescription: "made examples", place: "l.yaml:3:7: data",
      text: """
        name: large
        rounds: 1
        data: {source: synthetic-digits, image: {width: 256, height: 256, channels: 3}, train_per_client: 10000000, test_per_client: 8}
        model: {input: [256, 256, 3], layers: [{max_pool2d: 64}, flatten, {dense: 10}]}
        client: {batch_size: 4}
        """),
  ]

  @Test("a plan that nothing can hold is refused with its place, its bytes and the limit", arguments: tooLarge)
  func refused(_ large: Large) throws {
    let folder = try TemporaryFolder()
    try folder.write(large.text, to: "l.yaml")
    for arguments in [["validate", "l.yaml"], ["run", "l.yaml", "--db", "l.sqlite", "--threads", "2", "--quiet"]] {
      let result = try CoveyProcess.run(arguments, in: folder.url)
      #expect(result.status == 65, "\(arguments): \(result.errors)")
      #expect(result.errors.hasPrefix("\(large.place): arm '"), "\(result.errors)")
      #expect(
        result.errors.contains(
          #/ takes [0-9.]+ [A-Z]B \(\d+ bytes\) of memory, more than the [0-9.]+ [A-Z]B \(\d+ bytes\) that /#),
        "\(result.errors)")
      #expect(result.errors.hasSuffix("1 error; nothing was run\n"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("l.sqlite").path))
    }
  }

  /// Runs under a limit of the shell.
  private func run(
    _ arguments: [String], limit: String, in folder: URL, as user: [String] = []
  ) throws -> CoveyProcess.Result {
    try CoveyProcess.run(
      arguments, in: folder, environment: ["SWIFT_BACKTRACE": "enable=no"],
      under: ["/usr/bin/timeout", "-k", "10", "120"] + user + ["/bin/bash", "-c", "\(limit); exec \"$@\"", "bash"])
  }

  /// A model of about 80 MB.
  private static let middling = """
    name: middling
    rounds: 2
    data: {source: synthetic-patterns, shape: [1024], classes: 2, train_per_client: 16, test_per_client: 8, domains: 2}
    model: {input: [1024], layers: [{dense: 16384}, relu, {dense: 256}, {dense: 2}]}
    client: {batch_size: 8}
    """

  @Test func addressesThatAreLeftAreTheLimitAndFewerThreadsTakeLess() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.middling, to: "m.yaml")
    let result = try run(
      ["run", "m.yaml", "--db", "m.sqlite", "--threads", "64", "--quiet"], limit: "ulimit -v 3000000", in: folder.url)
    #expect(result.status == 65)
    #expect(result.errors.contains("that 'ulimit -v' leaves"), "\(result.errors)")
    let fewer = try run(
      ["run", "m.yaml", "--db", "m.sqlite", "--threads", "1", "--quiet"], limit: "ulimit -v 3000000", in: folder.url)
    #expect(fewer.status == 0, "\(fewer.errors)")
    // The record goes on and is computed again under the same limit.
    let verified = try run(
      ["verify", "1", "--db", "m.sqlite", "--threads", "64"], limit: "ulimit -v 3000000", in: folder.url)
    #expect(verified.status == 65 && verified.errors.contains("experiment 1 (middling)"), "\(verified.errors)")
  }

  @Test(arguments: [250_000, 300_000, 400_000, 500_000, 600_000, 800_000, 1_200_000])
  func noLimitOfAddressesCrashes(kilobytes: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.middling, to: "m.yaml")
    let result = try run(
      ["run", "m.yaml", "--db", "m.sqlite", "--threads", "2", "--quiet"], limit: "ulimit -v \(kilobytes)",
      in: folder.url)
    // Done, refused, or an error of the run or of the system; with less the loader can't even begin.
    #expect([0, 1, 65, 73, 74, 127].contains(result.status), "\(result.status): \(result.errors)")
    #expect(result.status == 0 || !result.errors.isEmpty)
  }

  @Test func interruptedRunsAreRefusedByResumeWhereTheyDoNotFit() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.middling, to: "m.yaml")
    #expect(try CoveyProcess.run(["run", "m.yaml", "--db", "m.sqlite", "--quiet"], in: folder.url).status == 0)
    let store = try RunStore(path: folder.url.appendingPathComponent("m.sqlite").path, access: .readWrite)
    try store.execute("UPDATE runs SET status = 'interrupted', result_hash = NULL, finished_at = NULL")
    store.close()
    let result = try run(
      ["resume", "--db", "m.sqlite", "--threads", "64", "--quiet"], limit: "ulimit -v 3000000", in: folder.url)
    #expect(result.status == 65 && result.errors.contains("that 'ulimit -v' leaves"), "\(result.errors)")
  }

  private static let tiny = """
    name: tiny
    rounds: 3
    data: {source: synthetic-patterns, shape: [4], classes: 2, train_per_client: 8, test_per_client: 4, domains: 2}
    model: {input: [4], layers: [{dense: 4}, batch_norm, {dense: 2}]}
    client: {batch_size: 4}
    """

  /// Another user than root, of whom nothing runs: limits of processes are those of a user.
  private static let otherUser = 54_321
  static let canChangeUser =
    getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
    && FileManager.default.isReadableFile(atPath: "/proc/self/status")

  @Test(.enabled(if: canChangeUser, "only root can run a program as another user"), arguments: 1...9)
  func tooFewThreadsAreAnErrorBeforeAnythingIsRecorded(processes: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.tiny, to: "tiny.yaml")
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
    let user = ["--reuid=\(Self.otherUser)", "--regid=\(Self.otherUser)", "--clear-groups"]
    let result = try run(
      ["run", "tiny.yaml", "--db", "u.sqlite", "--quiet", "--threads", "2"], limit: "ulimit -u \(processes)",
      in: folder.url, as: ["/usr/bin/setpriv"] + user)
    // The program itself, one thread for signals, one that records, two that compute, three that libraries may start.
    if processes >= 8 {
      #expect(result.status == 0, "\(result.errors)")
      return
    }
    #expect(result.status == 74, "\(result.errors)")
    #expect(
      result.errors.contains(
        "the system starts no more threads (Resource temporarily unavailable): a limit of processes (ulimit -u) or of memory (ulimit -v) is reached"
      ), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("u.sqlite").path))
  }

  @Test(.enabled(if: canChangeUser, "only root can run a program as another user"), arguments: [2, 3, 4])
  func aServerWithoutThreadsSaysSo(processes: Int) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
    let user = ["--reuid=\(Self.otherUser)", "--regid=\(Self.otherUser)", "--clear-groups"]
    let result = try run(
      ["serve", "--db", "none.sqlite", "--port", "0"], limit: "ulimit -u \(processes)", in: folder.url,
      as: ["/usr/bin/setpriv"] + user)
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("the system starts no more threads"), "\(result.errors)")
  }

  @Test(arguments: Array(4...14) + [64])
  func tooFewOpenFilesAreAnErrorInWords(files: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.tiny, to: "tiny.yaml")
    let result = try run(
      ["run", "tiny.yaml", "--db", "f.sqlite", "--quiet"], limit: "ulimit -n \(files)", in: folder.url)
    #expect([0, 65, 66, 73, 74, 127].contains(result.status), "\(result.status): \(result.errors)")
    #expect(result.status == 0 || !result.errors.isEmpty)
    if files >= 64 { #expect(result.status == 0, "\(result.errors)") }
  }
}
