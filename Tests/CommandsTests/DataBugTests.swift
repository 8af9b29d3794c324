import Foundation
import TestSupport
import Testing
import Zlib

/// Inputs that went wrong once, as they were found: the folders of `../shared/bugs`.
private let bugs: URL? = {
  let url = SharedFolders.fixtures.appendingPathComponent("../../../shared/bugs").standardizedFileURL
  return FileManager.default.fileExists(atPath: url.path) ? url : nil
}()

@Suite("inputs that went wrong", .enabled(if: bugs != nil, "needs ../shared/bugs"))
struct DataBugTests {
  /// What `covey validate` says of a copy of a folder with another file in the place of one, or more lines behind.
  private func validate(_ name: String, file: (String, String)? = nil, more: String = "") throws -> (
    status: Int32, text: String
  ) {
    let source = try #require(bugs).appendingPathComponent(name)
    var text = try String(contentsOf: source.appendingPathComponent("run.yaml"), encoding: .utf8)
    if let file { text = text.replacing(file.0, with: file.1) }
    // Paths lead to the folder, so that nothing is written there.
    text = text.replacing("file: ", with: "file: \(source.path)/").replacing("root: ", with: "root: \(source.path)/")
    let folder = try TemporaryFolder()
    try folder.write(text + more.replacing("HERE", with: source.path), to: "run.yaml")
    let result = try CoveyProcess.run(["validate", "run.yaml"], in: folder.url)
    return (result.status, (result.output + result.errors).replacing(source.path + "/", with: ""))
  }

  @Test("03: test examples whose labels nobody trains on stay and are counted, under every partition")
  func testLabels() throws {
    let (status, text) = try validate("03-test-labels-nobody-trains")
    #expect(status == 0)
    #expect(
      text.contains(
        "note: 75 of 200 test examples have labels that no client trains on (5 to 7): they count, and a model gets them wrong\n"
      ))
    let folder = try TemporaryFolder()
    let source = try #require(bugs).appendingPathComponent("03-test-labels-nobody-trains")
    let scenario = try String(contentsOf: source.appendingPathComponent("run.yaml"), encoding: .utf8)
    try folder.write(scenario.replacing("root: ", with: "root: \(source.path)/"), to: "run.yaml")
    try #require(try CoveyProcess.run(["run", "run.yaml", "--quiet", "--rounds", "1"], in: folder.url).status == 0)
    let counts = try CoveyProcess.run(
      ["sql", "SELECT run_id, sum(test_samples) AS tests FROM clients GROUP BY run_id", "--format", "csv"],
      in: folder.url)
    #expect(counts.output.replacing("\r\n", with: "\n") == "run_id,tests\n1,200\n2,200\n3,200\n")
  }

  @Test("05: a value that is no number is found when the file is read")
  func notANumber() throws {
    let (status, text) = try validate("05-max-pool-hides-nan")
    #expect(status == 65)
    #expect(
      text.contains(
        "test-nan.safetensors: 'client1.test_x' has the value nan at [0, 0, 5, 5] (allowed: finite numbers)\n"))
  }

  @Test("07: labels from 1 are shown and noted")
  func oddLabels() throws {
    let (status, text) = try validate("07-odd-labels")
    #expect(status == 0 && text.hasPrefix("odd-labels: 1 run, 4 labels\n"))
    #expect(text.contains("labels count from 0, and these seem to begin at 1"))
  }

  @Test(
    "08: clients without examples, and with test examples only",
    arguments: [
      ("empty_client", "client 1 has no training example"), ("empty_test", ""),
      ("testonly", "note: client3 has test examples only: it never trains and is evaluated as unseen\n"),
    ])
  func emptyClients(file: String, words: String) throws {
    let (status, text) = try validate("08-empty-client", file: ("empty_client.safetensors", file + ".safetensors"))
    #expect(status == 0 && (words.isEmpty || text.contains(words)), "\(text)")
  }

  @Test(
    "09: files of weights",
    arguments: [
      ("i_ok", ""), ("i_nbt1", ""), ("i_nbt_f32", ""), ("i_nbt0", "has shape [0], the model needs [] or [1]"),
      ("i_module", "the model's arrays are there behind 'module.': write 'init_prefix: module.'"),
      ("i_nohead", "'fc2.weight' is missing; 'fc2.bias' is missing; a file must have every array of the model"),
      ("i_otherhead", "'fc2.weight' has shape [10, 4], the model needs [3, 4]"),
    ])
  func weights(file: String, words: String) throws {
    let (status, text) = try validate("09-init-files", more: "init: HERE/\(file).safetensors\n")
    #expect(status == (words.isEmpty ? 0 : 65) && (words.isEmpty || text.contains(words)), "\(text)")
  }
}

/// Gzip files that claim far more than they hold.
@Suite("gzip files that claim too much")
struct GzipClaimTests {
  /// A gzip file of zlib's own, of zeros behind an IDX header.
  private func gzip(_ header: [UInt8], zeros: Int) -> [UInt8] {
    let stream = deflated(header + [UInt8](repeating: 0, count: zeros), level: 9)
    // The stream without zlib's header and checksum, behind gzip's header; its checksum is wrong, and too late to matter.
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    file += stream[2..<stream.count - 4]
    return file + [UInt8](repeating: 0, count: 8)
  }

  @Test("the claim is compared with the file before anything is expanded", arguments: [300_000, 4_000_000])
  func claims(images: Int) throws {
    var header: [UInt8] = [0, 0, 8, 3]
    for extent in [images, 16, 16] { header += withUnsafeBytes(of: UInt32(extent).bigEndian, Array.init) }
    let folder = try TemporaryFolder()
    // As many bytes as zeros take, so that deflate's own limit of 1032 to 1 says nothing.
    var bytes = gzip(header, zeros: 1 << 20)
    bytes += [UInt8](repeating: 0, count: images * 256 / 1000)
    for split in ["train", "test"] {
      try Data(bytes).write(to: folder.url.appendingPathComponent("d-\(split)-images-idx3-ubyte.gz"))
      try Data([0, 0, 8, 1, 0, 0, 0, 1, 0]).write(to: folder.url.appendingPathComponent("d-\(split)-labels-idx1-ubyte"))
    }
    try folder.write(
      "name: bomb\nrounds: 1\ndata: {source: idx, root: ., domains: [d], image: {width: 8, height: 8, channels: 1}}\nmodel: {kind: mlp, hidden: [4]}\n",
      to: "bomb.yaml")
    let result = try CoveyProcess.run(["validate", "bomb.yaml"], in: folder.url)
    #expect(result.status == 65)
    #expect(
      result.errors.contains(
        "d-train-images-idx3-ubyte.gz: its header describes \(images)×16×16 uint8, \(images * 256 + 16) bytes, in \(bytes.count) bytes of gzip (allowed: 200 times as many, or 67108864 bytes; unpack the file if it is meant so)"
      ), "\(result.errors)")
  }
}
