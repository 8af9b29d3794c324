import Formats
import Foundation
import Testing

private func table(_ text: String, columns: Int? = nil) throws(DataFileError) -> SignalTable {
  try SignalTable(bytes: Array(text.utf8), path: "s.txt", columnCount: columns)
}

private func message(_ text: String, columns: Int? = nil) -> String {
  MadeFiles.message { () throws(DataFileError) in try table(text, columns: columns) }
}

@Suite("signals and UCI HAR")
struct SignalTests {
  @Test("numbers between blanks, a row a line")
  func values() throws {
    let file = try table("  1.5000000e+000 -2.5e-001\t3\r\n4  5 6 \n")
    #expect(file.rowCount == 2 && file.columnCount == 3 && file.values == [1.5, -0.25, 3, 4, 5, 6])
    #expect(try table("7", columns: 1).values == [7])
    // Of many digits the nearest number of 64 bits becomes one of 32.
    let texts = [
      "0.5372549019607843", "16777217.000000001", "16777217", "3.4028234663852886e38", "1.401298464324817e-45",
    ]
    #expect(try table(texts.joined(separator: " ")).values == texts.compactMap { Double($0).map { Float($0) } })
  }

  @Test("each wrong table has its message")
  func wrong() {
    #expect(message("") == "s.txt: is empty: it has no row of numbers")
    #expect(message("1 2\n3\n") == "s.txt: line 2 has 1 numbers, expected 2")
    #expect(message("1 2\n", columns: 128) == "s.txt: line 1 has 2 numbers, expected 128")
    #expect(message("1\n\n2\n") == "s.txt: line 2 has 0 numbers, expected 1")
    #expect(message("\n1\n") == "s.txt: line 1 has 0 numbers, expected 1")
    #expect(message("1 2\n3 NaN\n") == "s.txt: line 2: number 2 is 'NaN' (allowed: finite numbers between blanks)")
    #expect(message("1e39") == "s.txt: line 1: number 1 is '1e39' (allowed: finite numbers between blanks)")
    #expect(message("1 \0") == "s.txt: line 1 has a NUL byte (allowed: text in UTF-8)")
    #expect(
      message("<html>404")
        == "s.txt: is not a text of numbers: it is an HTML page, as of a download that failed (allowed: numbers between blanks, a row a line)"
    )
  }

  @Test("the folder of UCI HAR")
  func folder() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    defer { try? FileManager.default.removeItem(at: root) }
    let signals = root.appendingPathComponent("train/Inertial Signals")
    try FileManager.default.createDirectory(at: signals, withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws {
      try Data(text.utf8).write(to: root.appendingPathComponent(name))
    }
    func message() -> String {
      do {
        _ = try HARFolder(root: root.path).split("train")
        return "no error"
      } catch { return "\(error)".replacingOccurrences(of: root.path, with: "R") }
    }
    try write("2 LAYING DOWN\n1 WALKING\n", "activity_labels.txt")
    try write("2\n1\n", "train/y_train.txt")
    try write("5\n30\n", "train/subject_train.txt")
    for (channel, signal) in HARFolder.signals.enumerated() {
      let rows = (0..<2).map { row in (0..<128).map { "\(channel * 1000 + row * 200 + $0)" }.joined(separator: " ") }
      try write(rows.joined(separator: "\n"), "train/Inertial Signals/\(signal)_train.txt")
    }
    let folder = try HARFolder(root: root.path)
    #expect(folder.activities == ["WALKING", "LAYING DOWN"])
    let split = try folder.split("train")
    #expect(split.count == 2 && split.stepCount == 128 && split.labels == [1, 0] && split.subjects == [5, 30])
    #expect(split.values[(128 + 7) * 9 + 4] == 4207)

    #expect(
      MadeFiles.message { () throws(DataFileError) in try folder.split("test") }.hasSuffix(
        "y_test.txt: no such file or folder"))
    try write("2\n3\n", "train/y_train.txt")
    #expect(message() == "R/train/y_train.txt: line 2 has 3 (allowed: 1…2, the activities)")
    try write("2\n0\n", "train/y_train.txt")
    #expect(message() == "R/train/y_train.txt: line 2 has 0 (allowed: whole numbers from 1 on)")
    try write("2\n1.5\n", "train/y_train.txt")
    #expect(message() == "R/train/y_train.txt: line 2 has 1.5 (allowed: whole numbers from 1 on)")
    try write("2\n1\n1\n", "train/y_train.txt")
    #expect(message() == "R/train/subject_train.txt: has 2 lines, y_train.txt has 3")
    try write("5\n30\n1\n", "train/subject_train.txt")
    #expect(message() == "R/train/Inertial Signals/body_acc_x_train.txt: has 2 lines, y_train.txt has 3")
    try write("1 WALKING\n3 LAYING\n", "activity_labels.txt")
    #expect(
      message() == "R/activity_labels.txt: line 2 is '3 LAYING' (allowed: a number of 1…2, each once, and a name)")
  }

  @Test("damaged tables give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = ["  1.5000000e+000 -2.5e-001\n 4  5\n", "1\n2\n"].map { Array($0.utf8) }
    let counts = DamagedFiles.give(samples, seed: 5) { bytes in
      guard let table = try? SignalTable(bytes: bytes, path: "s") else { return false }
      return table.values.count == table.rowCount * table.columnCount && table.values.allSatisfy(\.isFinite)
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
  }
}
