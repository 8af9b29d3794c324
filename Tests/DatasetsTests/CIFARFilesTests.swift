import Catalogs
import Foundation
import Testing

@testable import Datasets

/// CIFAR's binary records in files of other names.
@Suite struct CIFARFilesTests {
  /// A record: labels, then an image of one value.
  private func record(_ labels: [UInt8], _ value: UInt8) -> [UInt8] { labels + [UInt8](repeating: value, count: 3072) }

  @Test("files of other names are read where they are given, and of which set they are is told by their size")
  func otherNames() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cifar-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: folder.appendingPathComponent(name))
    }
    func source(_ options: [String: OptionValue], _ files: [String: OptionValue]) throws -> HeldSource {
      let all = options.merging(["root": .text(folder.path), "files": .group(files)]) { $1 }
      return try #require(try datasetCatalog.make("cifar", all).open("/", 1) as? HeldSource)
    }
    try write(record([3], 7) + record([1], 9), "a.bin")
    try write(record([2], 11), "b.bin")
    try write(record([1, 40], 5), "c.bin")
    let ten = try source([:], ["train": .list([.text("a.bin")]), "test": .list([.text("b.bin")])])
    #expect(ten.data.count(.train) == 2 && ten.data.count(.test) == 1 && ten.classCount == 4)
    let hundred = try source(["label": .text("coarse")], ["train": .list([.text("c.bin")])])
    #expect(hundred.data.count(.train) == 1 && hundred.classCount == 2)
    do {
      _ = try source([:], ["train": .list([.text("d.bin")])])
      Issue.record("a file that is not there was taken")
    } catch {
      #expect("\(error)".hasPrefix("\(folder.path): has no file 'd.bin'"), "\(error)")
    }
    #expect(throws: OptionProblem("files.train", "is missing (allowed: the files of training examples)")) {
      try source([:], ["test": .list([.text("b.bin")])])
    }
  }
}
