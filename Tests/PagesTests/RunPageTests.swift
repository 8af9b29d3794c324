import Crypto
import Foundation
import Pages
import Records
import RunStore
import TestSupport
import Testing

struct RunPageTests {
  private func html(_ shape: StudyFixture.Shape = StudyFixture.Shape(), live: Bool = false) throws -> String {
    let fixture = try StudyFixture()
    try fixture.add(shape)
    return try RunPage(fixture.store, PageQuery()).document(live: live)
  }

  /// The parts of a text between two marks.
  private func parts(_ text: String, _ start: String, _ end: String) -> [String] {
    text.components(separatedBy: start).dropFirst().compactMap { $0.components(separatedBy: end).first }
  }

  @Test(arguments: [false, true]) func onlyItsOwnStyleAndScriptsAreAllowed(live: Bool) throws {
    let html = try html(live: live)
    let policy = try #require(parts(html, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").first)
    #expect(policy.hasPrefix("default-src 'none';"))
    #expect(!policy.contains("unsafe"))
    #expect(policy.contains("connect-src 'self'") == live)
    let sources = parts(html, "<style>", "</style>") + parts(html, "<script>", "</script>")
    #expect(sources.count == (live ? 3 : 2))
    for source in sources {
      let hash = Data(SHA256.hash(data: Data(source.utf8))).base64EncodedString()
      #expect(policy.contains("'sha256-\(hash)'"))
    }
    // Style attributes would be blocked, and event handlers too.
    #expect(!html.contains(" style=\""))
    #expect(!html.contains(" onclick="))
  }

  @Test func nothingIsFetched() throws {
    let html = try html()
    for word in ["http://", "https://", "src=", "@import", "url(", "<link", "fetch(", "EventSource"] {
      // The namespace of SVG in the script is a name, not an address.
      let rest = html.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
      #expect(!rest.replacingOccurrences(of: "-src ", with: "").contains(word), "\(word)")
    }
    for address in parts(html, "href=\"", "\"") {
      #expect(address.hasPrefix("#") || address.hasPrefix("data:text/csv"))
    }
  }

  @Test func aPageSaysWhatHappened() throws {
    var shape = StudyFixture.Shape()
    shape.failing = ["fedbn 2"]
    let html = try html(shape)
    for words in [
      "<h1>study</h1>", "No difference shown between fedbn and fedavg", "<b>5</b> runs finished",
      "<b class=\"bad\">1</b> run failed",
      "fedbn seed 2: the loss is not a number", "name: study\narms: []", "batch_norm",
      "mean ± standard deviation over seeds",
      "Difference to fedavg in percentage points, paired by seed",
    ] {
      #expect(html.contains(words), "\(words)")
    }
    let ids = parts(html, " id=\"", "\"")
    #expect(Set(ids).count == ids.count)
    for link in parts(html, "href=\"#", "\"") { #expect(ids.contains(link)) }
  }

  @Test func namesStayWords() throws {
    var shape = StudyFixture.Shape()
    shape.name = "</title><script>alert(1)</script>"
    shape.arms = ["<script>alert(2)</script>", String(repeating: "long", count: 2500)]
    shape.domains = ["\" onmouseover=\"alert(3)", "שלום\u{202E}"]
    let html = try html(shape)
    #expect(!html.contains("<script>alert"))
    // In the data of figures a quotation mark has a backslash before it.
    let data = parts(html, "<script type=\"application/json\">", "</script>")
    let markup = data.reduce(html) { $0.replacingOccurrences(of: $1, with: "") }
    #expect(!markup.contains("\" onmouseover"))
    #expect(data.allSatisfy { !$0.contains("<") && (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
    #expect(html.contains("&lt;script&gt;alert(2)&lt;/script&gt;"))
    // People see it shortened; the CSV has it whole.
    let tables = parts(html, "href=\"data:", "\"")
    let seen = tables.reduce(html) { $0.replacingOccurrences(of: $1, with: "") }
    #expect(!seen.contains(String(repeating: "long", count: 600)))
  }

  @Test func aTableOfManyRowsIsCutAndItsCSVIsNot() throws {
    var shape = StudyFixture.Shape()
    shape.clients = 300
    shape.seeds = [1]
    shape.rounds = 1
    let html = try html(shape)
    #expect(html.contains("The first 200 of 300 rows; the CSV has all."))
    let csv = try #require(
      parts(html, "href=\"data:text/csv;charset=utf-8,", "\"").compactMap(\.removingPercentEncoding).first {
        $0.hasPrefix("client,domain,train_samples")
      })
    #expect(csv.split(separator: "\r\n").count == 301)
  }

  @Test func theRevisionChangesWithTheRuns() throws {
    let fixture = try StudyFixture()
    var shape = StudyFixture.Shape()
    shape.isRunning = true
    let ids = try fixture.add(shape)
    let first = try RunPage(fixture.store, PageQuery()).revision
    #expect(try RunPage.revision(fixture.store, PageQuery()) == first)
    try fixture.store.append(
      RoundRecord(round: 7, cohortSize: 4, reported: 4), checkpoint: nil, keeping: .all, toRun: ids[0])
    let second = try RunPage.revision(fixture.store, PageQuery())
    #expect(second != first)
    try fixture.store.add(tags: ["kept"], toRuns: [ids[0]])
    let tagged = try RunPage.revision(fixture.store, PageQuery())
    #expect(tagged != second)
    try fixture.store.setNote("the one in the paper", ofRuns: [ids[0]])
    #expect(try RunPage.revision(fixture.store, PageQuery()) != tagged)
    try fixture.store.setNote("", ofRuns: [ids[0]])
    #expect(try RunPage.revision(fixture.store, PageQuery()) == tagged)
    try fixture.store.remove(tags: ["kept"], fromRuns: [ids[0]])
    #expect(try RunPage.revision(fixture.store, PageQuery()) == second)
    try fixture.store.finish(run: ids[0], status: .finished, error: nil)
    #expect(try RunPage.revision(fixture.store, PageQuery()) != second)
    // Runs that the page does not show don't matter.
    var query = PageQuery()
    query.question.filter.arms = ["fedbn"]
    let other = try RunPage.revision(fixture.store, query)
    try fixture.store.finish(run: ids[1], status: .finished, error: nil)
    #expect(try RunPage.revision(fixture.store, query) == other)
  }

  @Test func armsStandInTheOrderInWhichTheyAreNamed() throws {
    let fixture = try StudyFixture()
    try fixture.add(StudyFixture.Shape())
    var other = StudyFixture.Shape()
    other.name = "other"
    try fixture.add(other)
    func page(_ names: String...) throws -> RunPage {
      var query = PageQuery()
      query.question.names = names
      return try RunPage(fixture.store, query)
    }
    let page1 = try page("study/fedbn", "study/fedavg")
    #expect(page1.comparison.baseline == "fedbn")
    #expect(page1.comparison.arms.map(\.arm) == ["fedbn", "fedavg"])
    #expect(page1.figure("differences")?.title == "fedavg minus fedbn")
    #expect(try page("study").comparison.baseline == "fedavg")
    let page2 = try page("other/fedbn", "study")
    #expect(page2.comparison.arms.map(\.arm) == ["other/fedbn", "study/fedavg", "study/fedbn"])
    #expect(page2.comparison.baseline == "other/fedbn")
  }

  @Test func whyThereAreNoDifferencesIsSaid() throws {
    func absence(_ change: (inout StudyFixture.Shape) -> Void, at: Int? = nil) throws -> String? {
      let fixture = try StudyFixture()
      var shape = StudyFixture.Shape()
      change(&shape)
      try fixture.add(shape)
      var query = PageQuery()
      query.question.at = at
      return try RunPage(fixture.store, query).figure("differences")?.absence
    }
    #expect(try absence { _ in } == nil)
    #expect(try absence { $0.isRunning = true } == "No run is finished yet.")
    #expect(try absence({ $0.isRunning = true }, at: 2) == nil, "runs that go on have this round")
    #expect(try absence { $0.arms = ["fedavg"] } == "There is only one arm: nothing to compare it with.")
    let all = ["fedavg 1", "fedavg 2", "fedavg 3"]
    #expect(
      try absence { $0.failing = all } == "No run of fedavg, which the others are compared with, is in the means.")
    #expect(
      try absence { $0.failing = ["fedbn 1", "fedbn 2", "fedbn 3"] }
        == "Only runs of fedavg are in the means: nothing to compare them with.")
    #expect(try absence { $0.failing = all + ["fedbn 1", "fedbn 2", "fedbn 3"] } == "All runs failed.")
    #expect(
      try absence { $0.failing = ["fedavg 1", "fedavg 2", "fedbn 3"] }
        == "No arm has a seed in common with the baseline.")
    #expect(try absence { $0.hasEvaluations = false } == "No finished run has a value to compare.")
  }

  @Test func aRunWhoseProcessIsGoneDoesNotRun() throws {
    let fixture = try StudyFixture()
    var shape = StudyFixture.Shape()
    shape.isRunning = true
    try fixture.add(shape)
    #expect(try RunPage(fixture.store, PageQuery()).content().contains("<b>6</b> runs running"))
    try fixture.store.execute("UPDATE runs SET process = '999999999:1' WHERE id > 2")
    let content = try RunPage(fixture.store, PageQuery()).content()
    #expect(content.contains("<b>2</b> runs running</li><li><b>4</b> runs cut off"))
    #expect(content.components(separatedBy: ">cut off</td>").count == 5)
  }

  @Test func whatIsNotThereIsNamed() throws {
    let fixture = try StudyFixture()
    try fixture.add(StudyFixture.Shape())
    func message(_ change: (inout PageQuery) -> Void) -> String {
      var query = PageQuery()
      change(&query)
      do {
        _ = try RunPage(fixture.store, query)
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(message { $0.clients = [9] } == "there is no client '9' (allowed: 0, 1, 2, 3)")
    #expect(message { $0.domains = ["x"] } == "there is no domain 'x' (allowed: chalk, ink)")
    #expect(
      message { $0.figures = ["acuracy"] }.hasPrefix(
        "there is no figure 'acuracy'; did you mean 'accuracy'? (allowed: "))
    #expect(message { $0.question.baseline = "x" } == "no arm is called \"x\"; the arms are: fedavg, fedbn")
    #expect(message { $0.question.filter.seeds = [9] } == "'study' has no run with seed '9' (allowed: 1, 2, 3)")
    #expect(message { $0.question.names = ["nothing"] }.contains("nothing"))
  }

  @Test(arguments: [
    ("a b/c", "a-b-c"), ("../../etc/passwd", "etc-passwd"), ("", "report"), ("漢字", "report"), ("x.1_y", "x.1_y"),
  ])
  func namesOfFilesArePlain(title: String, name: String) {
    #expect(PageName.file(title) == name)
  }
}
