import Foundation
import Records
import TestSupport
import Testing

@testable import RunStore

/// Names of very many combining marks; the limit is only against hanging.
@Suite(.timeLimit(.minutes(5))) struct StreamSafeTextTests {
  private let marks = String(String.UnicodeScalarView((0..<60_000).map { _ in "\u{316}" }))

  @Test func textsOfPeopleStayAsTheyAre() {
    let text = "Zürich, Việt Nam, देवनागरी, 漢字, 👩‍👩‍👧, Z̵̡̢a̴l̷g̸o̶ " + String(repeating: "é", count: 200)
    #expect(Array(StreamSafeText.of(text).utf8) == Array(text.utf8))
    let thirty =
      "some sixty letters so that it is looked at at all, e"
      + marks.unicodeScalars.prefix(30).map { String($0) }.joined()
    #expect(Array(StreamSafeText.of(thirty).utf8) == Array(thirty.utf8))
  }

  @Test func aJoinerStandsAfterEveryThirtiethMark() {
    for beginning in ["", "a", "漢"] {
      let safe = StreamSafeText.of(beginning + marks)
      #expect(safe.unicodeScalars.count == beginning.unicodeScalars.count + 60_000 + 1999)
      #expect(safe.unicodeScalars.count { $0 == "\u{34F}" } == 1999)
      #expect(safe.unicodeScalars.starts(with: beginning.unicodeScalars))
      // Comparing and hashing take a time that grows with the length.
      #expect(Set([safe, safe + "b", StreamSafeText.of("b" + marks)]).count == 3)
    }
  }

  @Test func namesOfManyMarksAreReadComparedAndListed() throws {
    let folder = try TestSupport.TemporaryFolder()
    let path = folder.url.appendingPathComponent("m.sqlite").path
    let store = try RunStore(path: path, access: .readWrite)
    try GeneratedDatabase(runs: 6, rounds: 1, clients: 2, layers: 1).write(to: store)
    let hash = try store.resultHash(run: 1)
    // Acute and grave ones in turns, which sorting has most to do with; as the name of an arm and of a client's domain.
    let several = "replace(hex(zeroblob(30000)), '00', char(769, 790))"
    try store.execute("UPDATE runs SET arm = 'a' || \(several) WHERE id = 1")
    try store.execute("UPDATE clients SET domain = 'd' || \(several)")
    let runs = try store.allRuns()
    #expect(try #require(runs.first { $0.id == 1 }).arm.unicodeScalars.count > 60_000)
    #expect(try Set(store.domains(run: 1).values).count == 1)
    // What is hashed is what is stored: no joiner is in it.
    let changed = try store.resultHash(run: 1)
    try store.execute("UPDATE clients SET domain = replace(domain, char(847), '')")
    #expect(try changed != hash && store.resultHash(run: 1) == changed)
  }
}
