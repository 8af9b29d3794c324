import Foundation
import RunStore
import Testing

@testable import Serving

/// No text of a record is markup in a page.
struct InjectionTests {
  @Test(arguments: [
    "runs SET started_at", "runs SET finished_at", "experiments SET created_at", "experiments SET name", "runs SET arm",
    "runs SET strategy", "runs SET norm", "runs SET error", "runs SET version", "runs SET host", "runs SET result_hash",
    "experiments SET base_directory", "experiments SET scenario",
  ])
  func textsOfARecordAreEscaped(column: String) async throws {
    let folder = try ServedFolder()
    let store = try folder.store()
    let runs = try folder.begin("served", arms: ["plain"], rounds: 2, in: store)
    try store.execute("UPDATE runs SET status = 'failed', finished_at = started_at, error = 'e', result_hash = 'h'")
    try store.execute(
      "UPDATE \(column) = 'x<meta http-equiv=\"refresh\" content=\"0\"><h1>injected'' onload=\"' || char(27) || char(8238)"
    )
    try await folder.serve { port async throws in
      for path in [
        "/", "/list", "/compare?run=\(runs[0])", "/content?run=\(runs[0])", "/api/runs", "/compare?run=none",
      ] {
        let answer = try await port.get(path)
        #expect(!answer.body.contains("\u{1B}") && !answer.body.contains("\u{202E}"), "\(column) \(path)")
        if path.hasPrefix("/api") { continue }
        #expect(
          !answer.body.contains("<meta http-equiv=\"refresh\"") && !answer.body.contains("<h1>injected"),
          "\(column) \(path)")
        #expect(!answer.body.contains(" onload=\""), "\(column) \(path)")
      }
    }
  }
}
