import Records
import RunStore
import Testing

struct AnnotationTests {
  private func store() throws -> TestStore {
    let test = try TestStore()
    _ = try test.store.begin(
      Samples.experiment(), runs: [1, 2, 3].map { Samples.run(seed: $0) }, threads: 1, host: "", version: "")
    return test
  }

  @Test func tagsAreGivenAndTaken() throws {
    let test = try store()
    #expect(try test.store.tags().isEmpty)
    #expect(try test.store.add(tags: ["paper", "best"], toRuns: [1, 3]) == 4)
    #expect(try test.store.add(tags: ["best", "x.y_z-0"], toRuns: [1]) == 1)
    #expect(try test.store.tags() == [1: ["best", "paper", "x.y_z-0"], 3: ["best", "paper"]])
    #expect(try test.store.remove(tags: ["best", "unknown"], fromRuns: [1, 2]) == 1)
    #expect(try test.store.tags() == [1: ["paper", "x.y_z-0"], 3: ["best", "paper"]])
  }

  @Test func aTagNamesItsRuns() throws {
    let test = try store()
    try test.store.add(tags: ["paper"], toRuns: [3, 1])
    try test.store.add(tags: ["best"], toRuns: [2])
    #expect(try test.store.resolve("tag:paper").map(\.id) == [1, 3])
    #expect(try test.store.resolve("tag:best").map(\.id) == [2])
    for (name, message) in [
      ("tag:papr", "no run has the tag 'papr'; did you mean 'paper'?"), ("tag:zebra", "no run has the tag 'zebra'"),
      ("tag:", "no run has the tag ''"), ("tag:x' OR 1", "no run has the tag 'x' OR 1'"),
    ] {
      let error = #expect(throws: StoreError.self) { try test.store.resolve(name) }
      #expect(error?.description == message)
    }
  }

  @Test func aTagIsAWordOfAllowedCharacters() throws {
    let test = try store()
    let longest = String(repeating: "a", count: 64)
    try test.store.add(tags: [longest], toRuns: [1])
    for tag in ["", "Best", "two words", "ä", longest + "a", "a/b", "a\n"] {
      let error = #expect(throws: StoreError.self) { try test.store.add(tags: ["fine", tag], toRuns: [1]) }
      #expect(
        error?.description
          == "'\(tag)' can't be a tag (allowed: 1 to 64 of the characters a-z, 0-9, '.', '_' and '-')")
    }
    #expect(try test.store.tags() == [1: [longest]])
  }

  @Test func notesReplaceEachOther() throws {
    let test = try store()
    try test.store.setNote("first", ofRuns: [1, 2])
    try test.store.setNote("zweite Zeile\nΔ", ofRuns: [2])
    #expect(try test.store.notes() == [1: "first", 2: "zweite Zeile\nΔ"])
    try test.store.setNote("", ofRuns: [1, 3])
    #expect(try test.store.notes() == [2: "zweite Zeile\nΔ"])
    try test.store.setNote(String(repeating: "ä", count: 10_000), ofRuns: [3])
    let error = #expect(throws: StoreError.self) {
      try test.store.setNote(String(repeating: "ä", count: 10_001), ofRuns: [3])
    }
    #expect(error?.description == "a note of 10001 characters is too long (allowed: up to 10000)")
    #expect(try test.store.notes()[3]?.count == 10_000)
  }

  @Test func anUnknownRunChangesNone() throws {
    let test = try store()
    #expect(throws: StoreError.unknownRun("9", nearest: nil)) { try test.store.add(tags: ["a"], toRuns: [1, 9]) }
    #expect(throws: StoreError.unknownRun("9", nearest: nil)) { try test.store.setNote("a", ofRuns: [1, 9]) }
    #expect(try test.store.tags().isEmpty && test.store.notes().isEmpty)
  }

  @Test func theResultIsTheSameWithTagsAndNotes() throws {
    let test = try TestStore()
    let id = try test.run(rounds: 0...2)
    let hash = try test.store.resultHash(run: id)
    try test.store.add(tags: ["a"], toRuns: [id])
    try test.store.setNote("b", ofRuns: [id])
    #expect(try test.store.resultHash(run: id) == hash)
  }

  @Test func tagsAreFoundByAnIndex() throws {
    let test = try store()
    let plan = try test.store.select(
      "EXPLAIN QUERY PLAN SELECT run_id FROM run_tags WHERE tag = 'x'"
    ).compactMap { $0[3] }
    #expect(plan == ["SEARCH run_tags USING COVERING INDEX run_tags_by_tag (tag=?)"])
  }
}
