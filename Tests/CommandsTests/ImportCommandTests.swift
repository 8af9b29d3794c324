import Foundation
import Tensors
import TestSupport
import Testing

/// `covey import` and `covey data info`, as somebody uses them with files of their own.
@Suite struct ImportCommandTests {
  /// Four hospitals, one of which has missing values only.
  private static let heart = """
    age,chol,hospital,disease,thal
    63,233,bern,no,3
    41,204,bern,yes,7
    56,236,oslo,no,
    57,354,oslo,yes,
    44,263,oslo,no,6
    52,199,kiel,yes,
    """

  private func folder(_ scenario: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Self.heart + "\n", to: "heart.csv")
    try folder.write(scenario, to: "mine.yaml")
    return folder
  }

  private static let data = "source: csv, file: heart.csv, label: disease, client: hospital"

  private func scenario(_ data: String) -> String {
    "name: mine\nrounds: 1\nmodel: {kind: mlp, hidden: [4]}\ndata: {\(data)}\n"
  }

  @Test func aTableBecomesOneFile() throws {
    let folder = try folder(scenario(Self.data + ", missing: drop"))
    let result = try CoveyProcess.run(["import", "mine.yaml", "-o", "out.safetensors"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "out.safetensors: 2 clients, 3 training examples\n")
    #expect(
      result.errors
        == "note: \(folder.url.path)/heart.csv: 3 of 6 rows have a missing value and are dropped: kiel 1 of 1, oslo 2 of 3\nnote: no client has test examples: there is no test value, no mean over test data and no best round\n"
    )
    let file = try SafetensorsFile(path: folder.url.appendingPathComponent("out.safetensors").path)
    #expect(file.metadata["clients"] == #"["bern","oslo"]"# && file.metadata["classes"] == #"["no","yes"]"#)
    #expect(file.metadata["features"] == #"["age","chol","thal"]"# && file.metadata["domains"] == nil)
    #expect(try file.floats("client0.x") == [63, 233, 3, 41, 204, 7] && file.integers("client0.y") == [0, 1])
    #expect(try file.floats("client1.x") == [44, 263, 6] && file.integers("client1.y") == [0])
    // The same bytes, and what was written reads as the same.
    let again = try CoveyProcess.run(["import", "mine.yaml", "-o", "again.safetensors"], in: folder.url)
    #expect(again.status == 0)
    let bytes = try Data(contentsOf: folder.url.appendingPathComponent("out.safetensors"))
    #expect(try Data(contentsOf: folder.url.appendingPathComponent("again.safetensors")) == bytes)
    try folder.write(scenario("source: safetensors, file: out.safetensors"), to: "back.yaml")
    let back = try CoveyProcess.run(["import", "back.yaml", "-o", "back.safetensors"], in: folder.url)
    #expect(back.status == 0, "\(back.errors)")
    let second = try SafetensorsFile(path: folder.url.appendingPathComponent("back.safetensors").path)
    #expect(second.metadata.filter { $0.key != "data_sha256" } == file.metadata.filter { $0.key != "data_sha256" })
    for name in file.entries.keys where name.hasSuffix("x") { #expect(try second.floats(name) == file.floats(name)) }
  }

  @Test func whatARunNormalizesIsWrittenAsItIs() throws {
    let folder = try folder(scenario(Self.data + ", missing: drop"))
    let plain = try CoveyProcess.run(["import", "mine.yaml", "-o", "plain.safetensors"], in: folder.url)
    #expect(plain.status == 0)
    for kind in ["federated", "local", "{kind: fixed, mean: 100, std: 50}"] {
      let result = try CoveyProcess.run(
        ["import", "mine.yaml", "-o", "out.safetensors", "--set", "data.normalize=\(kind)"], in: folder.url)
      #expect(result.status == 0, "\(kind): \(result.errors)")
      let bytes = try Data(contentsOf: folder.url.appendingPathComponent("out.safetensors"))
      #expect(try Data(contentsOf: folder.url.appendingPathComponent("plain.safetensors")) == bytes)
    }
  }

  @Test func aMistakeLeavesNoFile() throws {
    let folder = try folder(scenario("source: csv, file: heart.csv, label: diseases, client: hospital"))
    let result = try CoveyProcess.run(["import", "mine.yaml", "-o", "out.safetensors"], in: folder.url)
    #expect(result.status == 65)
    #expect(
      result.errors
        == "mine.yaml:4:27: data.file: \(folder.url.path)/heart.csv: has no column 'diseases'; did you mean 'disease'? (columns there: 'age', 'chol', 'hospital', 'disease', 'thal')\n1 error; nothing was written\n"
    )
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("out.safetensors").path))
    let missing = try CoveyProcess.run(
      ["import", "mine.yaml", "-o", "out.safetensors", "--set", "data.file=hart.csv"], in: folder.url)
    #expect(missing.status == 66)
    let gap = try CoveyProcess.run(
      ["import", "mine.yaml", "-o", "out.safetensors", "--set", "data.label=disease"], in: folder.url)
    #expect(gap.status == 65)
    #expect(
      gap.errors.contains(
        "heart.csv: line 4: column 'thal' has no value (allowed: with 'missing': drop, mean or a number; 'ignore' leaves the column out)"
      ))
  }

  @Test func aRunOnATableHasTheClientsNames() throws {
    let folder = try folder(
      scenario(Self.data + ", ignore: [thal], test: 0.3") + "client: {batch_size: 2}\n")
    let run = try CoveyProcess.run(["run", "mine.yaml", "--quiet", "--db", "a.sqlite"], in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let clients = try CoveyProcess.run(
      [
        "sql", "SELECT client, domain, train_samples, test_samples FROM clients ORDER BY client", "--db", "a.sqlite",
        "--format", "csv",
      ],
      in: folder.url)
    #expect(
      clients.output == "client,domain,train_samples,test_samples\r\n0,bern,1,1\r\n1,kiel,1,0\r\n2,oslo,2,1\r\n",
      "\(clients.output)\(clients.errors)")
  }

  @Test func validationExamplesAreSpokenOf() throws {
    let folder = try folder(scenario(Self.data + ", ignore: [thal], validation: 0.4"))
    let plan = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url, environment: ["COLUMNS": "300"])
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(
      plan.output.contains(
        "note: 1 of 3 clients has no validation examples: a round is chosen by the others\n"
      ), "\(plan.output)")
  }

  @Test func infoShowsWhatATableIs() throws {
    let folder = try folder("")
    let result = try CoveyProcess.run(
      ["data", "info", "heart.csv", "--set", "data.ignore=[thal]"], in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.hasPrefix(
        "csv: 3 clients (partition natural), examples of 2 numbers, 2 classes (no, yes)\nnote: assumed: column 'hospital' says who holds an example ('data.client')\nnote: assumed: column 'disease' is the class ('data.label')\n"
      ),
      "\(result.output)")
    let json = try CoveyProcess.run(
      ["data", "info", "heart.csv", "--set", "data.ignore=[thal]", "--format", "json"], in: folder.url)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "source", "partition", "example", "target", "splits", "clients", "features", "notes", "data_hash",
      ])
    let clients = try #require(object["clients"] as? [[String: Any]])
    #expect(clients.map { $0["name"] as? String } == ["bern", "kiel", "oslo"])
    let train = try #require(clients[2]["train"] as? [String: Any])
    #expect(train["examples"] as? Int == 3 && train["sum"] as? Double == 56 + 236 + 57 + 354 + 44 + 263)
    #expect(train["labels"] as? [Int] == [2, 1])
  }

  @Test func infoWritesAScenarioThatRuns() throws {
    let folder = try folder("")
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("scenarios"), withIntermediateDirectories: true)
    let result = try CoveyProcess.run(
      ["data", "info", "heart.csv", "--set", "data.ignore=[thal]", "--scenario", "scenarios/Heart 1.yaml"],
      in: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let text = try String(contentsOf: folder.url.appendingPathComponent("scenarios/Heart 1.yaml"), encoding: .utf8)
    #expect(
      text.contains("name: heart-1\n") && text.contains("  file: \"../heart.csv\"\n")
        && text.contains("# Assumed: column 'disease' is the class"),
      "\(text)")
    let run = try CoveyProcess.run(
      [
        "run", "scenarios/Heart 1.yaml", "--quiet", "--db", "a.sqlite", "--set", "client.batch_size=2", "--rounds", "1",
        "--seeds", "1",
      ],
      in: folder.url)
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func aManifestNamesASetOnce() throws {
    let folder = try folder(scenario("from: sets/heart.yaml, missing: drop"))
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("sets"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(
      at: folder.url.appendingPathComponent("heart.csv"), to: folder.url.appendingPathComponent("sets/heart.csv"))
    func manifest(_ hash: String) -> String {
      "source: csv\nfile: heart.csv\nlabel: disease\nclient: hospital\nmissing: mean\nlicence: CC0\nfiles: {heart.csv: \(hash)}\n"
    }
    let hash = try #require(
      try CoveyProcess.run([], in: folder.url, under: ["/usr/bin/sha256sum", "sets/heart.csv"]).output.split(
        separator: " "
      ).first.map(String.init))
    try folder.write(manifest(hash), to: "sets/heart.yaml")
    let result = try CoveyProcess.run(["import", "mine.yaml", "-o", "out.safetensors"], in: folder.url)
    #expect(
      result.status == 0 && result.output == "out.safetensors: 2 clients, 3 training examples\n", "\(result.errors)")
    let other = String(repeating: "0", count: 64)
    try folder.write(manifest(other), to: "sets/heart.yaml")
    let refused = try CoveyProcess.run(["import", "mine.yaml", "-o", "out.safetensors"], in: folder.url)
    #expect(refused.status == 65)
    #expect(
      refused.errors.contains(
        "heart.csv: is another file than the manifest was written for: its SHA-256 is \(hash), expected \(other)"),
      "\(refused.errors)")
    try folder.write(scenario("from: sets/hart.yaml"), to: "mine.yaml")
    let missing = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url)
    #expect(
      missing.status == 66
        && missing.errors.contains("data.from: \(folder.url.path)/sets/hart.yaml: no such file or folder"),
      "\(missing.errors)")
  }

  @Test func numbersNeedALossOfNumbers() throws {
    let folder = try folder(
      scenario("source: csv, file: heart.csv, target: chol, client: hospital, ignore: [thal, disease]"))
    let info = try CoveyProcess.run(["data", "info", "mine.yaml"], in: folder.url)
    #expect(
      info.status == 0
        && info.output.hasPrefix(
          "csv: 3 clients (partition natural), examples of 1 numbers, a number to be predicted\n"),
      "\(info.errors)\(info.output)")
    let run = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url)
    #expect(run.status == 65)
    #expect(
      run.errors.contains(
        "loss: 'cross-entropy' has nothing to compare with these targets: the data have a number an example (allowed: bce, mse, mae, huber)"
      ), "\(run.errors)")
  }
}
