import Foundation
import TestSupport
import Testing

@testable import Commands

/// What shells offer where a word has only a few values.
@Suite struct CompletionTests {
  private static let folder = Result { try TinyScenario.recorded(rounds: 2) }

  /// What bash offers for the last word of a line.
  private func offered(_ words: [String]) throws -> [String] {
    let folder = try Self.folder.get().url
    let script = folder.appendingPathComponent("completions-\(UUID()).bash")
    try Data(CoveyProcess.run(["completions", "bash"], in: folder).output.utf8).write(to: script)
    // The script asks the program that the line begins with.
    let line = ([CoveyProcess.path.path] + words).map { "'\($0)'" }.joined(separator: " ")
    let driver = """
      source '\(script.path)'
      COMP_WORDS=(\(line)); COMP_CWORD=\(words.count)
      COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
      _covey covey "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["--norc", "-c", driver]
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")),
    arguments: [
      (["history", "--status", "f"], ["finished", "failed"]), (["plot", "lo"], ["loss"]),
      (["list", "qu"], ["quirks"]), (["drift", "--metric", "s"], ["staleness"]),
      (["history", "1", "--metric", "train"], ["train_loss", "train_accuracy"]),
      (["history", "1", "--clients", "--metric", "skip"], ["skipped_batches"]),
      (["history", "--norm-source", "poo"], ["pooled"]), (["compare", "--test", "w"], ["wilcoxon"]),
      (["compare", "--metric", "accuracy,w"], ["accuracy,worst"]), (["compare", "--baseline", "fedb"], ["fedbn"]),
      (["history", "--arm", ""], ["fedbn", "fedavg"]), (["drift", "--arm", "feda"], ["fedavg"]),
      (["plot", "loss", "--theme", "d"], ["dark"]), (["completions", "f"], ["fish"]),
      (["plot", "loss", "ti"], ["tiny"]), (["report", "--figures", "loss,lab"], ["loss,labels"]),
      (["run", "ti"], ["tiny.yaml"]), (["history", "--db", "tin"], ["tiny.yaml"]),
    ])
  func bashOffers(_ words: [String], expected: [String]) throws {
    #expect(try Set(offered(words)) == Set(expected))
  }

  @Test(arguments: [
    ("", ["a", "ab", "c"]), ("a", ["a", "ab"]), ("ab,", ["ab,a", "ab,c"]), ("x,c", ["x,c"]), ("a,c,", ["a,c,ab"]),
    ("z", []),
  ])
  func aListIsContinued(prefix: String, expected: [String]) {
    #expect(WordListCompletion.candidates(for: prefix, ["a", "ab", "c"]) == expected)
  }
}
