import Foundation
import TestSupport
import Testing

/// A run on examples that hold what is not a number never ends well, whatever the model makes of them.
@Suite struct HiddenNaNRunTests {
  @Test(
    "test images with a pixel that is not a number, in front of a pooling",
    .enabled(if: SharedFolders.bugs != nil, "skipped: no folder of bugs; set COVEY_BUGS"),
    arguments: ["digits-small", "cnn", "{kind: mlp, hidden: [8]}"])
  func given(model: String) throws {
    let source = try #require(SharedFolders.bugs).appendingPathComponent("05-max-pool-hides-nan")
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(
      at: source.appendingPathComponent("test-nan.safetensors"),
      to: folder.url.appendingPathComponent("test-nan.safetensors"))
    let text = try String(contentsOf: source.appendingPathComponent("run.yaml"), encoding: .utf8)
    try folder.write(text.replacing("model: digits-small", with: "model: \(model)"), to: "run.yaml")
    let result = try CoveyProcess.run(["run", "run.yaml", "--quiet"], in: folder.url)
    #expect([1, 65].contains(result.status), "\(result.output)")
    #expect(!result.errors.isEmpty)
  }
}
