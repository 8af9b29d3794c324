import Foundation
import TestSupport
import Testing

/// Files of one's own, read in ways that would give other numbers than they hold.
@Suite struct ReviewedDataTests {
  private func folder(_ files: [String: String], _ data: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      let path = folder.url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try folder.write(text, to: name)
    }
    try folder.write(
      "name: mine\nrounds: 1\nmodel: {kind: mlp, hidden: [4]}\ndata: {\(data)}\n", to: "mine.yaml")
    return folder
  }

  private func info(_ folder: TemporaryFolder, _ settings: String...) throws -> CoveyProcess.Result {
    try CoveyProcess.run(
      ["data", "info", "mine.yaml", "--format", "json"] + settings.flatMap { ["--set", $0] }, in: folder.url)
  }

  private func object(_ folder: TemporaryFolder, _ settings: String...) throws -> [String: Any] {
    let result = try CoveyProcess.run(
      ["data", "info", "mine.yaml", "--format", "json"] + settings.flatMap { ["--set", $0] }, in: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  private func examples(_ object: [String: Any], _ split: String) -> Int? {
    ((object["splits"] as? [String: Any])?[split] as? [String: Any])?["examples"] as? Int
  }

  private func notes(_ object: [String: Any]) -> String {
    (object["notes"] as? [String] ?? []).joined(separator: "\n")
  }

  private static let rows = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n"

  @Test func aFileMayBeASplit() throws {
    let folder = try folder(
      ["sf/train.csv": Self.rows, "sf/test.csv": "a,b,y\n9,10,1\n"], "source: csv, file: 'sf/*.csv', split: file")
    let all = try object(folder)
    #expect(examples(all, "train") == 4 && examples(all, "test") == 1)
    try folder.write(Self.rows, to: "sf/more.csv")
    let other = try info(folder)
    #expect(other.status == 65)
    #expect(other.errors.contains("sf/more.csv: the file's name: has the split 'more' at [0]"), "\(other.errors)")
  }

  @Test(arguments: ["inputs", "target", "categories", "ignore"]) func aColumnIsNamedOnce(key: String) throws {
    let folder = try folder(["t.csv": Self.rows], "source: csv, file: t.csv, \(key): [b, a, b]")
    let result = try info(folder)
    #expect(result.status == 65)
    #expect(result.errors.contains("data.\(key): names the column 'b' twice"), "\(result.errors)")
  }

  @Test func whatIsMadeOfAllRowsIsTold() throws {
    let folder = try folder(
      ["t.csv": "a,c,y\n1,x,0\n,z,1\n5,x,0\n7,z,1\n"],
      "source: csv, file: t.csv, missing: mean, categories: [c], test: 0.5")
    #expect(
      notes(try object(folder)).contains(
        "the mean of 'a', the levels of 'c' are made of all training rows of the files, also of those that are taken for testing: what is evaluated on is not unknown to the inputs (a 'split' of the files' own, or a vocabulary's file, keeps them apart)"
      ))
    #expect(!notes(try object(folder, "data.test=null")).contains("made of all training rows"))
  }

  @Test func aSplitIsNotJoinedToOtherRows() throws {
    let missing = "a,b,y\n1,2,0\n3,,1\n5,6,0\n7,8,1\n"
    let folder = try folder(
      ["t.csv": missing, "pa/m.csv": Self.rows, "pa/n.csv": "a,b,y\n9,10,0\n11,12,1\n"],
      "source: csv, file: t.csv, missing: drop, partition: {kind: iid, clients: 2}")
    let split = try CoveyProcess.run(["data", "split", "mine.yaml", "-o", "s.json"], in: folder.url)
    try #require(split.status == 0, "\(split.errors)")
    let read = ["data.partition={kind: file, path: s.json}"]
    #expect(try info(folder, read[0]).status == 0)
    let filled = try info(folder, read[0], "data.missing=0")
    #expect(filled.status == 65)
    #expect(
      filled.errors.contains(
        "was made for a source with 3 training examples, and there are 4: rows of 'train' are others than they were"),
      "\(filled.errors)")
    // Of a pattern, the order of the names is the order of the rows.
    let pattern = try CoveyProcess.run(
      ["data", "split", "mine.yaml", "-o", "p.json", "--set", "data.file=pa/*.csv"], in: folder.url)
    try #require(pattern.status == 0, "\(pattern.errors)")
    let manager = FileManager.default
    let path = folder.url.appendingPathComponent("pa").path
    try manager.moveItem(atPath: path + "/m.csv", toPath: path + "/z.csv")
    let swapped = try info(folder, "data.partition={kind: file, path: p.json}", "data.file=pa/*.csv")
    #expect(swapped.status == 65 && swapped.errors.contains("was made for other data"), "\(swapped.errors)")
    for (wrong, words) in [
      ("\"data_sha256\": 5", "'data_sha256' is 5 (allowed: a text)"),
      ("\"examples\": [4]", "'examples' is a list (allowed: how many the source has of train, val and test)"),
    ] {
      try folder.write(
        "{\"format\": \"covey-split\", \"version\": 1, \(wrong), \"clients\": {\"x\": {\"train\": [0]}}}", to: "w.json")
      let result = try info(folder, "data.partition={kind: file, path: w.json}")
      #expect(result.status == 65 && result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test func oneNameInTwoSpellingsIsAnError() throws {
    let table = "a,site,y\n1,caf\u{E9},0\n2,cafe\u{301},1\n"
    let folder = try folder(["t.csv": table], "source: csv, file: t.csv, client: site")
    let result = try info(folder)
    #expect(result.status == 65)
    #expect(
      result.errors.contains(
        "the client 'caf\u{E9}' is written in two ways that look alike and differ in their bytes"), "\(result.errors)")
    let labels = try info(folder, "data.label=site", "data.client=null", "data.ignore=[y]")
    #expect(labels.status == 65 && labels.errors.contains("the class 'caf"), "\(labels.errors)")
    // Levels are told apart by their bytes, in one file as in several.
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("lv"), withIntermediateDirectories: true)
    try folder.write(table, to: "lv/a.csv")
    try folder.write("a,site,y\n1,cafe\u{301},0\n", to: "lv/b.csv")
    let levels = try object(folder, "data.file=lv/*.csv", "data.client=null", "data.categories=[site]")
    #expect((levels["features"] as? [String])?.count == 3)
  }

  @Test(arguments: [("-1", "-1"), ("0.5", "0.5")]) func labelsThatAreNoClassesHaveTheirLine(text: String, shown: String)
    throws
  {
    let folder = try folder(["t.csv": "a,y\n1,0\n2,1\n3,\(text)\n"], "source: csv, file: t.csv")
    let result = try info(folder)
    #expect(result.status == 65)
    #expect(
      result.errors.contains(
        "t.csv: line 4: has the label \(shown) (allowed: whole numbers from 0, or names; 'target' in place of 'label' takes numbers)"
      ), "\(result.errors)")
    #expect(try info(folder, "data.target=y").status == 0)
  }

  @Test func aManifestsFilesAreItsSourcesOrHashes() throws {
    let folder = try folder(["sub/t.csv": Self.rows, "t.csv": Self.rows], "from: sub/m.yaml")
    try folder.write("source: csv\nfile: t.csv\nfiles: {t.csv: [x, y]}\n", to: "sub/m.yaml")
    let lists = try info(folder)
    #expect(lists.status == 65 && lists.errors.contains("files"), "\(lists.errors)")
    try folder.write("source: csv\nfile: t.csv\nfiles: {t.csv: abc}\n", to: "sub/m.yaml")
    let short = try info(folder)
    #expect(
      short.status == 65 && short.errors.contains("the SHA-256 of a file, 64 hexadecimal digits"), "\(short.errors)")
    try folder.write("{\"x\": [0, 1], \"z\": [2, 3]}", to: "sub/s.json")
    try folder.write("source: csv\nfile: t.csv\npartition: {kind: file, path: s.json}\n", to: "sub/m.yaml")
    #expect((try object(folder)["clients"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["x", "z"])
  }

  @Test func aDraftedScenarioHasEachKeyOnceAndNoLineOfTheData() throws {
    let folder = try folder(["t.csv": "a,place,y\n1,bern,\"x\nbudget: 3\n#\"\n2,kiel,no\n3,bern,no\n4,kiel,no\n"])
    let draft = try CoveyProcess.run(
      [
        "data", "info", "t.csv", "--scenario", "out.yaml", "--set", "data.normalize=local", "--set",
        "data.partition.kind=dirichlet", "--set", "data.partition.clients=2", "--set", "data.partition.min_size=1",
        "--set",
        "data.ignore=[place]",
      ], in: folder.url)
    #expect(draft.status == 0, "\(draft.errors)")
    let text = try String(contentsOf: folder.url.appendingPathComponent("out.yaml"), encoding: .utf8)
    #expect(!text.contains("\nbudget"), "\(text)")
    #expect(text.contains("  partition: {kind: dirichlet, clients: 2, min_size: 1}\n"), "\(text)")
    #expect(text.components(separatedBy: "\n  normalize:").count == 2, "\(text)")
    let plan = try CoveyProcess.run(["validate", "out.yaml"], in: folder.url)
    #expect(plan.status == 0, "\(plan.errors)")
  }

  @Test func limitsAndSmallClients() throws {
    var lines = ["a,site,y"]
    for row in 0..<12 { lines.append("\(row),\(row < 8 ? "bern" : "kiel"),\(row % 2)") }
    let folder = try folder(
      ["t.csv": lines.joined(separator: "\n") + "\n"], "source: csv, file: t.csv, client: site, test: 0.5")
    let limited = try object(folder, "data.test_per_client=1")
    #expect(examples(limited, "test") == 2 && examples(limited, "train") == 6)
    let none = try info(folder, "data.partition={kind: natural, min_size: 100}")
    #expect(none.status == 65)
    #expect(
      none.errors.contains("'natural' leaves no client: none has 100 training examples (allowed: 'min_size' up to 8)"),
      "\(none.errors)")
    let numbers = try info(
      folder, "data.target=y", "data.client=null", "data.ignore=[site]",
      "data.partition={kind: dirichlet, clients: 2, min_size: 1}")
    #expect(
      numbers.status == 65 && numbers.errors.contains("'dirichlet' goes by classes, and these data have none"),
      "\(numbers.errors)")
    var wide = ["id,y"]
    for row in 0..<400_000 { wide.append("r\(row),\(row % 2)") }
    try folder.write(wide.joined(separator: "\n") + "\n", to: "wide.csv")
    let large = try info(
      folder, "data.file=wide.csv", "data.client=null", "data.categories=[id]", "data.test=null")
    #expect(large.status == 65)
    #expect(
      large.errors.contains("400000 rows of 400000 inputs take more memory than there may be taken"), "\(large.errors)")
  }

  @Test func aClientWithValidationExamplesAloneNeverTrains() throws {
    let folder = try folder(
      ["t.csv": "a,site,split,y\n1,bern,train,0\n2,bern,train,1\n3,bern,test,1\n4,kiel,val,0\n"],
      "source: csv, file: t.csv, client: site, split: split")
    let clients = try #require(try object(folder)["clients"] as? [[String: Any]])
    #expect(clients.map { $0["unseen"] as? Bool } == [false, true])
    let plan = try CoveyProcess.run(["validate", "mine.yaml"], in: folder.url, environment: ["COLUMNS": "200"])
    #expect(
      plan.output.contains("note: kiel has validation examples only: it never trains and nothing is evaluated of it\n"),
      "\(plan.output)\(plan.errors)")
    #expect(try CoveyProcess.run(["run", "mine.yaml", "--quiet"], in: folder.url).status == 0)
  }

  @Test func whoHasWhatIsDrawn() throws {
    let folder = try folder(
      [
        "t.csv":
          "a,site,kind,split,y\n1,bern,x,train,no\n2,bern,x,train,yes\n3,kiel,x,test,yes\n4,oslo,z,train,no\n5,oslo,z,test,no\n"
      ], "source: csv, file: t.csv, client: site, domain: kind, split: split, label: y")
    try folder.write(
      "name: n\nrounds: 1\nmodel: mlp\ndata: {source: csv, file: t.csv, target: a, ignore: [site, kind], categories: [y], split: split}\n",
      to: "numbers.yaml")
    let result = try CoveyProcess.run(
      ["data", "info", "mine.yaml", "--figure", "who.svg"], in: folder.url, environment: ["COLUMNS": "120"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors == "wrote who.svg: Who has what: csv, partition natural\n")
    #expect(
      result.output.contains(
        """

        Domains
        domain  clients  train  test  classes
        ──────  ───────  ─────  ────  ───────
        x             2      2     1  ██
        z             1      1     1  █·

        """), "\(result.output)")
    let svg = try String(contentsOf: folder.url.appendingPathComponent("who.svg"), encoding: .utf8)
    for words in [
      "kiel · x (never trains: test examples)", ">yes<", "Of clients that never train, their test examples.",
    ] {
      #expect(svg.contains(words), "\(words)")
    }
    let other = try CoveyProcess.run(["data", "info", "mine.yaml", "--figure", "who.gif"], in: folder.url)
    #expect(other.status == 64 && other.errors.contains("'--figure who.gif' ends neither in .svg nor in .png"))
    let numbers = try CoveyProcess.run(
      ["data", "info", "numbers.yaml", "--figure", "n.svg"], in: folder.url)
    #expect(numbers.status == 0, "\(numbers.errors)")
    let plain = try String(contentsOf: folder.url.appendingPathComponent("n.svg"), encoding: .utf8)
    #expect(plain.contains("Examples of each split.") && plain.contains(">train<"))
  }

  @Test(arguments: [
    (
      "source: csv, file: t.csv, test: union",
      "the source has no test examples that 'data.test: union' could test on together (allowed: a share, as 0.2)"
    ),
    (
      "source: csv, file: t.csv, target: a, classes: 3",
      "data.classes: has no meaning for targets that are no classes (allowed: with 'label')"
    ),
    (
      "source: text, file: t.jsonl, inputs: t, label: y, levels: [domain, class]",
      "data.levels: has no meaning for files (allowed: with 'root')"
    ),
    (
      "source: text, file: t.jsonl, inputs: t, label: y, example: line",
      "data.example: has no meaning for files (allowed: with 'root')"
    ),
    (
      "source: text, file: t.csv, inputs: a, label: y, encoding: latin-1",
      "data.encoding: 'latin-1' can't be used for tables between commas, which are UTF-8 (allowed: utf-8)"
    ),
    (
      "source: leaf, root: leaf, vocabulary: nofile.txt",
      "data.vocabulary: has no meaning: the inputs of these users are numbers (allowed: where they are texts)"
    ),
    (
      "source: leaf, root: leaf, files: {train: [train/a.json], test: [train/a.json]}",
      "data.files.test: names 'train/a.json' a second time (allowed: each file once)"
    ),
  ]) func wordsWithoutMeaningAreErrors(data: String, message: String) throws {
    let folder = try folder(
      [
        "t.csv": Self.rows, "t.jsonl": "{\"t\": \"one two\", \"y\": 0}\n{\"t\": \"three\", \"y\": 1}\n",
        "leaf/train/a.json":
          "{\"users\": [\"u\"], \"num_samples\": [2], \"user_data\": {\"u\": {\"x\": [[0.5, 1], [0, 0.25]], \"y\": [0, 1]}}}",
      ], data)
    let result = try info(folder)
    #expect(result.status == 65 && result.errors.contains(message), "\(result.output)\(result.errors)")
  }
}
