import Foundation
import Tensors
import TestSupport
import Testing

/// IDX files of any names, from a look at the folder to a run.
@Suite struct IDXDataTests {
  private static func idx(_ type: UInt8, _ shape: [Int], _ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, type, UInt8(shape.count)]
    for extent in shape { withUnsafeBytes(of: UInt32(extent).bigEndian) { bytes += $0 } }
    return bytes + content
  }

  private static func idx(_ bytes: [UInt8]) -> [UInt8] { idx(8, [bytes.count], bytes) }

  /// Two people with four training and two test windows of three steps of two values each; 7 is tested alone.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (split, people) in [("train", [12, 3, 12, 3, 12, 3, 12, 3]), ("test", [3, 12, 12, 3, 7])] as [(String, [UInt8])]
    {
      let values = (0..<people.count * 6).map { Float(($0 * 5) % 13) / 4 - 1 }
      let content = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.bigEndian, Array.init) }
      try folder.write(
        bytes: Self.idx(0x0D, [people.count, 3, 2], content), to: "walk-\(split)-signals-idx3-float")
      try folder.write(
        bytes: Self.idx(people.indices.map { UInt8($0 / 2 % 2) }), to: "walk-\(split)-labels-idx1-ubyte")
      try folder.write(bytes: Self.idx(people), to: "walk-\(split)-subjects-idx1-ubyte")
    }
    try folder.write("no data\n", to: "readme.txt")
    try folder.write(scenario(Self.data), to: "walk.yaml")
    return folder
  }

  private static let data =
    "source: idx, root: ., inputs: {train: walk-train-signals-idx3-float, test: walk-test-signals-idx3-float}, label: {train: walk-train-labels-idx1-ubyte, test: walk-test-labels-idx1-ubyte}, client: {train: walk-train-subjects-idx1-ubyte, test: walk-test-subjects-idx1-ubyte}, order: sequence"

  private func scenario(_ data: String) -> String {
    "name: walk\nrounds: 1\nmodel: {kind: mlp, hidden: [4]}\nclient: {batch_size: 2}\ndata: {\(data)}\n"
  }

  @Test func thePeopleAreTheClients() throws {
    let folder = try folder()
    let info = try CoveyProcess.run(["data", "info", "walk.yaml"], in: folder.url)
    #expect(info.status == 0, "\(info.errors)")
    #expect(
      info.output.hasPrefix(
        "idx: 3 clients (partition natural), examples of 3×2 numbers, 2 classes (0, 1)\n"), "\(info.output)")
    let rows = info.output.split(separator: "\n").map { $0.split(separator: " ").prefix(4).joined(separator: " ") }
    #expect(rows.contains("3 4 2 yes") && rows.contains("12 4 2 yes") && rows.contains("7 0 1 never"), "\(info.output)")
    let run = try CoveyProcess.run(
      [
        "run", "walk.yaml", "--quiet", "--db", "a.sqlite", "--set", "data.normalize=federated", "--set",
        "data.unseen={clients: [12]}",
      ],
      in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let clients = try CoveyProcess.run(
      [
        "sql", "SELECT client, train_samples, test_samples FROM clients ORDER BY client", "--db", "a.sqlite",
        "--format", "csv",
      ],
      in: folder.url)
    #expect(
      clients.output.hasPrefix("client,train_samples,test_samples\r\n0,4,2\r\n"), "\(clients.output)\(clients.errors)")
    let inputs = try CoveyProcess.run(
      ["sql", "SELECT name FROM inputs", "--db", "a.sqlite", "--format", "csv"], in: folder.url)
    #expect(
      inputs.output.replacing("\r\n", with: " ").hasPrefix(
        "name ./walk-train-signals-idx3-float ./walk-train-labels-idx1-ubyte ./walk-train-subjects-idx1-ubyte ./walk-test-signals-idx3-float"
      ), "\(inputs.output)\(inputs.errors)")
  }

  @Test func whatIsImportedReadsAsTheSame() throws {
    let folder = try folder()
    let result = try CoveyProcess.run(["import", "walk.yaml", "-o", "walk.safetensors"], in: folder.url)
    #expect(
      result.status == 0 && result.output == "walk.safetensors: 3 clients, 8 training examples\n", "\(result.errors)")
    let file = try SafetensorsFile(path: folder.url.appendingPathComponent("walk.safetensors").path)
    #expect(file.metadata["clients"] == #"["3","7","12"]"#)
    #expect(file.entries["client0.x"]?.shape == [4, 3, 2] && file.entries["client1.test_x"]?.shape == [1, 3, 2])
    // The second window is the first of client 3.
    #expect(try file.floats("client0.x").prefix(6) == [0, 1.25, -0.75, 0.5, 1.75, -0.25])
    #expect(try file.integers("client0.y") == [0, 1, 0, 1])
  }

  @Test func aFolderIsUnderstoodByItsNames() throws {
    let folder = try folder()
    let info = try CoveyProcess.run(
      ["data", "info", ".", "--scenario", "mine.yaml"], in: folder.url, environment: ["COLUMNS": "300"])
    #expect(info.status == 0, "\(info.errors)")
    #expect(
      info.output.hasPrefix(
        """
        idx: 3 clients (partition natural), examples of 3×2 numbers, 2 classes (0, 1)
        note: assumed: 'walk-train-signals-idx3-float', 'walk-test-signals-idx3-float' hold the inputs ('data.inputs')
        note: assumed: 'walk-train-labels-idx1-ubyte', 'walk-test-labels-idx1-ubyte' say the class of each example ('data.label')
        note: assumed: 'walk-train-subjects-idx1-ubyte', 'walk-test-subjects-idx1-ubyte' say who holds each example ('data.client')
        note: \(folder.url.path)/walk-train-signals-idx3-float: array 'inputs' (8×3×2 float32) is taken as sequences of 3 steps of 2 values
        """), "\(info.output)")
    let run = try CoveyProcess.run(
      [
        "run", "mine.yaml", "--rounds", "1", "--seeds", "1", "--quiet", "--db", "a.sqlite", "--set",
        "client.batch_size=2",
      ],
      in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func mnistIsReadUnderItsOwnNames() throws {
    let folder = try TemporaryFolder()
    for (split, count) in [("train", 6), ("t10k", 4)] {
      let images = (0..<count * 64).map { UInt8($0 % 251) }
      try folder.write(bytes: Self.idx(8, [count, 8, 8], images), to: "\(split)-images-idx3-ubyte")
      try folder.write(bytes: Self.idx((0..<count).map { UInt8($0 % 3) }), to: "\(split)-labels-idx1-ubyte")
    }
    // The packed one beside it is the same file.
    try folder.write(bytes: [0x1F, 0x8B], to: "train-images-idx3-ubyte.gz")
    let info = try CoveyProcess.run(["data", "info", "."], in: folder.url)
    #expect(info.status == 0, "\(info.errors)")
    #expect(
      info.output.hasPrefix("idx: 1 client (partition by-domain), examples of 8×8×1 bytes, 3 classes (0, 1, 2)\n")
        && info.output.contains("'train-images-idx3-ubyte', 't10k-images-idx3-ubyte' hold the inputs"), "\(info.output)"
    )
  }

  @Test func theListSaysWhatIsRequiredWhen() throws {
    let folder = try TemporaryFolder()
    let list = try CoveyProcess.run(["list", "datasets"], in: folder.url, environment: ["COLUMNS": "300"])
    #expect(
      list.output.contains(
        "domains: the domains' names [a list, each text, required unless 'inputs' is set]\n"), "\(list.output)")
  }

  @Test func mistakesSayWhereTheyAre() throws {
    let folder = try folder()
    func said(_ data: String) throws -> (status: Int32, errors: String) {
      try folder.write(scenario(data), to: "wrong.yaml")
      let result = try CoveyProcess.run(["validate", "wrong.yaml"], in: folder.url)
      return (result.status, result.errors.replacing(folder.url.path, with: "."))
    }
    let gone = try said(Self.data.replacing("walk-train-subjects-idx1-ubyte", with: "walk-train-subject-idx1-ubyte"))
    #expect(gone.status == 66)
    #expect(
      gone.errors.hasPrefix(
        "wrong.yaml:5:27: data.root: .: no file 'walk-train-subject-idx1-ubyte'; did you mean 'walk-train-subjects-idx1-ubyte'? (files there: 'readme.txt', "
      ), "\(gone.errors)")
    let counts = try said(Self.data.replacing("client: {train: walk-train-", with: "client: {train: walk-test-"))
    #expect(
      counts.status == 65
        && counts.errors.hasPrefix(
          "wrong.yaml:5:27: data.root: ./walk-test-subjects-idx1-ubyte: array 'client' (5 uint8) is no list of 8 names"),
      "\(counts.errors)")
    let alone = try said("source: idx, root: ., label: {train: a}")
    #expect(
      alone.status == 65 && alone.errors.hasPrefix("wrong.yaml:5:7: data.inputs: is missing: 'label' needs it\n"),
      "\(alone.errors)")
    let unknown = try said(Self.data.replacing("{train: walk-train-signals", with: "{trian: walk-train-signals"))
    #expect(
      unknown.status == 65
        && unknown.errors.hasPrefix(
          "wrong.yaml:5:39: data.inputs.trian: unknown key; did you mean 'train'? (allowed: train, val, test)"),
      "\(unknown.errors)")
    let both = try said(Self.data + ", domains: [walk]")
    #expect(
      both.status == 65 && both.errors.contains("data.domains: can't be combined with 'inputs'"), "\(both.errors)")
    let neither = try said("source: idx, root: .")
    #expect(
      neither.status == 65
        && neither.errors.hasPrefix("wrong.yaml:5:7: data.domains: is missing (allowed: a list, each text)\n"),
      "\(neither.errors)")
  }
}
