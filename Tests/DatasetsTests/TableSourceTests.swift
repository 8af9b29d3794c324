import Catalogs
import Foundation
import Testing

@testable import Datasets

/// Tables as sources: roles, categories, missing values, several files.
@Suite("csv as a source")
struct TableSourceTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func open(_ text: String, _ options: [String: OptionValue] = [:]) throws -> HeldSource {
    try folder.write("t.csv", text)
    return try folder.open("csv", ["file": .text("t.csv")].merging(options) { $1 })
  }

  private func said(_ text: String, _ options: [String: OptionValue] = [:]) throws -> String {
    try folder.write("t.csv", text)
    return folder.said("csv", ["file": .text("t.csv")].merging(options) { $1 })
  }

  private static let holed = "a,b,label,site\n1,2,0,x\n,4,1,x\n5,NA,1,y\n7,8,0,y\n"

  @Test("a missing value is an error that names the first, unless the scenario says what becomes of it")
  func missing() throws {
    let marks: [String: OptionValue] = ["marks": .list([.text(""), .text("NA")]), "client": .text("site")]
    #expect(
      try said(Self.holed, marks)
        == "t.csv: line 3: column 'a' has no value (allowed: with 'missing': drop, mean or a number; 'ignore' leaves the column out)"
    )
    #expect(
      try said(Self.holed, ["client": .text("site")])
        == "t.csv: line 4: column 'b' has 'NA' (allowed: finite numbers, or for a missing value: '')")
    #expect(
      try said(Self.holed, marks.setting("missing", "drop"))
        == "note: t.csv: 2 of 4 rows have a missing value and are dropped: x 1 of 2, y 1 of 2")
    #expect(try open(Self.holed, marks.setting("missing", "drop")).values() == [1, 2, 7, 8])
    #expect(
      try said(Self.holed, marks.setting("missing", .integer(-1)))
        == "note: column 'a': 1 of 4 values are missing and are -1\nnote: column 'b': 1 of 4 values are missing and are -1"
    )
    #expect(try open(Self.holed, marks.setting("missing", .integer(-1))).values() == [1, 2, -1, 4, 5, -1, 7, 8])
    let mean = try open(Self.holed, marks.setting("missing", "mean"))
    #expect(mean.values() == [1, 2, 13.0 / 3, 4, 5, 14.0 / 3, 7, 8])
  }

  @Test("the mean is of training rows alone, and rows without a role are left out and told")
  func meanAndRoles() throws {
    let text = "a,label,site,split\n1,0,x,train\n3,1,x,train\n100,1,x,test\n,0,x,test\n5,,x,train\n5,1,,train\n"
    let options: [String: OptionValue] = [
      "client": .text("site"), "split": .text("split"), "missing": .text("mean"),
    ]
    let source = try open(text, options)
    #expect(source.values() == [1, 3] && source.values(.test) == [100, 2])
    #expect(
      source.remarks == [
        "\(folder.path)/t.csv: 2 of 6 rows have no 'label' or 'site' and are left out",
        "column 'a': 1 of 4 values are missing and are 2",
      ])
    #expect(try said(text, ["client": .text("site"), "split": .text("split")]).hasPrefix("t.csv: line 5: column 'a'"))
    #expect(
      try said("a,label,split\n1,0,train\n1,0,Test\n", ["split": .text("split")])
        == "t.csv: column 'split': has the split 'Test' at [1]; did you mean 'test'? (allowed: train, val, test, validation, valid, dev)"
    )
  }

  @Test("levels are those of training rows; others get zeros and are counted")
  func categories() throws {
    let text = "kind,a,label,split\nq,1,0,train\np,2,1,train\nr,3,1,test\np,4,0,test\n,5,0,val\n"
    let source = try open(
      text, ["categories": .list([.text("kind")]), "split": .text("split"), "missing": .integer(0)])
    #expect(source.data.features == ["kind=p", "kind=q", "a"])
    #expect(source.values() == [0, 1, 1, 1, 0, 2] && source.values(.test) == [0, 0, 3, 1, 0, 4])
    #expect(source.values(.validation) == [0, 0, 5])
    #expect(
      source.remarks == [
        "column 'kind': 1 examples outside training have a level that no training example has; they get zeros"
      ])
    #expect(
      try said(text, ["categories": .list([.text("label")])])
        == "t.csv: column 'label' of 'data.categories' is no input (inputs: 'kind', 'a', 'split')")
  }

  @Test("several files are one table, by columns and not by their order; the file's name may be a role")
  func files() throws {
    try folder.write("site-b.csv", "a,b,label\n1,2,yes\n")
    try folder.write("site-a.csv", "label,b,a\nno,4,3\nno,6,5\n")
    let options: [String: OptionValue] = ["file": .text("site-*.csv"), "client": .text("file")]
    let source = try folder.open("csv", options)
    #expect(source.data.features == ["b", "a"] && source.values() == [4, 3, 6, 5, 2, 1])
    #expect(source.clients() == ["site-a", "site-a", "site-b"] && source.data.classes == ["no", "yes"])
    #expect(source.inputs.map(\.name) == ["site-a.csv", "site-b.csv"])
    try folder.write("site-c.csv", "a,c,label\n1,2,yes\n")
    #expect(
      folder.said("csv", options)
        == "site-c.csv: has other columns than site-a.csv: 'b', 'c' are in one of them alone")
    #expect(folder.said("csv", ["file": .text("none-*.csv")]) == "none-*.csv: no file has such a name")
    #expect(folder.said("csv", ["file": .text("none.csv")]) == "none.csv: no such file or folder")
  }

  @Test("European numbers, no header, and levels across files")
  func layouts() throws {
    let comma = try open(
      "1,5;2;x\n-0,25;1e2;y\n",
      [
        "separator": .text(";"), "decimal": .text(","), "header": .boolean(false), "label": .text("3"),
      ])
    #expect(comma.values() == [1.5, 2, -0.25, 100] && comma.data.features == ["1", "2"])
    #expect(comma.data.classes == ["x", "y"] && comma.targets() == [0, 1])
    #expect(
      try said("a;label\n1.5;0\n", ["separator": .text(";"), "decimal": .text(",")])
        == "t.csv: line 2: column 'a' has '1.5' (allowed: finite numbers with the decimal point ',', or for a missing value: '')"
    )
    #expect(
      try said("a,label\n1,0\n", ["separator": .text("||")])
        == "separator: '||' is not one character (allowed: one character, or 'tab')")
    try folder.write("l1.csv", "k,label\nu,0\nv,1\n")
    try folder.write("l2.csv", "k,label\nw,0\nu,1\n")
    let levels = try folder.open("csv", ["file": .text("l?.csv"), "categories": .list([.text("k")])])
    #expect(levels.data.features == ["k=u", "k=v", "k=w"])
    #expect(levels.values() == [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
  }

  @Test("a column has one role, and one that is misspelt is named with the nearest")
  func roles() throws {
    let text = "age,label,site\n1,0,x\n2,1,y\n"
    #expect(
      try said(text, ["label": .text("lable")])
        == "t.csv: has no column 'lable'; did you mean 'label'? (columns there: 'age', 'label', 'site')")
    #expect(
      try said(text, ["inputs": .list([.text("age"), .text("label")])])
        == "t.csv: column 'label' can't be both an input and what is to be predicted")
    #expect(
      try said(text, ["inputs": .list([.text("age"), .text("site")]), "client": .text("site")])
        == "t.csv: column 'site' can't be an input: another word of 'data' has it (allowed: an input or a role)")
    #expect(
      try said("age,site\n1,x\n")
        == "t.csv: has no column 'label'; say which one it is with 'data.label', or 'data.target' for numbers (columns there: 'age', 'site')"
    )
    #expect(
      try said(text, ["label": .text("label"), "target": .text("age")])
        == "target: can't be combined with 'label'; give one of them")
    #expect(try said("label\n1\n") == "t.csv: has no column of inputs (columns there: 'label')")
    #expect(try said("a,label\n") == "t.csv: has no rows that can be taken")
  }

  @Test("numbers to be predicted, one or several, within 32 bits")
  func targets() throws {
    let source = try open("a,b,c\n1,2,3\n4,5,6\n", ["target": .list([.text("b"), .text("c")])])
    #expect(source.target == .values(2) && source.targets() == [2, 3, 5, 6] && source.values() == [1, 4])
    #expect(
      try said("a,b\n1,1e39\n", ["target": .text("b")])
        == "t.csv: line 2: column 'b' has a number beyond 32 bits (allowed: up to ±3.4e+38)")
    #expect(
      try said("a,b\n1,2\n-1e300,2\n", ["target": .text("b")])
        == "t.csv: line 3: column 'a' has a number beyond 32 bits (allowed: up to ±3.4e+38)")
    #expect(
      try said("a,b\n1,2\n3,\n", ["target": .text("b"), "missing": .text("drop")])
        == "note: t.csv: 1 of 2 rows have no 'b' and are left out")
  }
}

/// Which classes there are, whatever the source.
@Suite("classes of files")
struct ClassesTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func open(_ labels: [String], _ classes: OptionValue? = nil) throws -> HeldSource {
    try folder.write("t.csv", "a,label\n" + labels.map { "1,\($0)\n" }.joined())
    return try folder.open("csv", options(classes))
  }

  private func said(_ labels: [String], _ classes: OptionValue? = nil) throws -> String {
    try folder.write("t.csv", "a,label\n" + labels.map { "1,\($0)\n" }.joined())
    return folder.said("csv", options(classes))
  }

  private func options(_ classes: OptionValue?) -> [String: OptionValue] {
    ["file": .text("t.csv")].merging(classes.map { ["classes": $0] } ?? [:]) { $1 }
  }

  @Test("numbers count from 0; gaps are told, closed, or said to be meant")
  func numbers() throws {
    let plain = try open(["2", "0.0", "5"])
    #expect(plain.data.classes == ["0", "1", "2", "3", "4", "5"] && plain.targets() == [2, 0, 5])
    #expect(
      plain.remarks == [
        "3 of the classes 0 to 5 have no example: 1, 3, 4; 'classes: compact' leaves such out, and 'classes: 6' says that it is meant"
      ])
    let compact = try open(["2", "0", "5"], .text("compact"))
    #expect(compact.data.classes == ["0", "2", "5"] && compact.targets() == [1, 0, 2] && compact.remarks.isEmpty)
    let far = try open(["100007", "100009"], .text("compact"))
    #expect(far.data.classes == ["100007", "100009"] && far.targets() == [0, 1])
    let counted = try open(["2", "0", "5"], .integer(8))
    #expect(counted.data.classes.count == 8 && counted.remarks.isEmpty)
    #expect(
      try said(["2", "0", "5"], .integer(5)) == "t.csv: has the label 5, and there are 5 classes (allowed: 0 to 4)")
    #expect(
      try said(["2", "-1"])
        == "t.csv: line 3: has the label -1 (allowed: whole numbers from 0, or names; 'target' in place of 'label' takes numbers)"
    )
    #expect(
      try said(["2", "65536"])
        == "t.csv: has the label 65536 at [1] (allowed: 0 to 65535; 'classes: compact' allows any)")
  }

  @Test("names are sorted by code points, or in the order that is given")
  func names() throws {
    #expect(try open(["b", "Z", "10", "a", "2"]).data.classes == ["10", "2", "Z", "a", "b"])
    let given = try open(["no", "yes", "no"], .list([.text("yes"), .text("no"), .text("maybe")]))
    #expect(given.data.classes == ["yes", "no", "maybe"] && given.targets() == [1, 0, 1])
    #expect(try open(["b", "a"], .integer(3)).data.classes == ["a", "b", "class 2"])
    #expect(
      try said(["no", "yess"], .list([.text("yes"), .text("no")]))
        == "t.csv: has the label 'yess' at [1]; did you mean 'yes'? (allowed: 'yes', 'no')")
    #expect(
      try said(["b", "a", "c"], .integer(2)) == "classes: is 2, and the examples have 3 classes ('a', 'b', 'c')")
    #expect(try said(["0"], .list([.text("a"), .text("a")])) == "classes: names a class twice")
    // A hexadecimal number and one with an exponent are names.
    #expect(try open(["0x10", "1e3"]).data.classes == ["0x10", "1e3"])
  }

  @Test("names for labels that are numbers, and numbers as names of their own")
  func namesOfNumbers() throws {
    let named = try open(["1", "0", "1"], .list([.text("healthy"), .text("sick")]))
    #expect(named.data.classes == ["healthy", "sick"] && named.targets() == [1, 0, 1])
    let own = try open(["7", "3"], .list([.text("7"), .text("3")]))
    #expect(own.data.classes == ["7", "3"] && own.targets() == [0, 1])
    #expect(
      try said(["0", "2"], .list([.text("healthy"), .text("sick")]))
        == "t.csv: has the label 2, and there are 2 classes (allowed: 0 to 1)")
  }
}
