import Formats
import Foundation
import Testing

/// A record whose planes hold 0…255 over and over, from `first` on.
private func record(_ labels: [UInt8], first: Int = 0) -> [UInt8] {
  labels + (0..<3072).map { UInt8(($0 + first) & 255) }
}

private func message(_ bytes: [UInt8], _ kind: CIFARFile.Kind = .ten) -> String {
  MadeFiles.message { () throws(DataFileError) in try CIFARFile(bytes: bytes, path: "f.bin", kind: kind) }
}

@Suite("CIFAR")
struct CIFARTests {
  @Test("planes become channels, labels come apart")
  func values() throws {
    let ten = try CIFARFile(bytes: record([3]) + record([9], first: 7), path: "f", kind: .ten)
    #expect(ten.labels == [3, 9] && ten.coarseLabels == nil && ten.pixels.count == 6144)
    for (row, column, channel) in [(0, 0, 0), (0, 1, 0), (3, 5, 1), (31, 31, 2)] {
      let place = channel * 1024 + row * 32 + column
      #expect(ten.pixels[(row * 32 + column) * 3 + channel] == UInt8(place & 255))
      #expect(ten.pixels[3072 + (row * 32 + column) * 3 + channel] == UInt8((place + 7) & 255))
    }
    let hundred = try CIFARFile(bytes: record([19, 99]), path: "f", kind: .hundred)
    #expect(hundred.labels == [99] && hundred.coarseLabels == [19])
    #expect(Array(hundred.pixels.prefix(4)) == [0, 0, 0, 1])
    #expect(CIFARFile.Kind.ten.trainFiles.last == "data_batch_5.bin" && CIFARFile.Kind.hundred.testFile == "test.bin")
    #expect(CIFARFile.shape == [32, 32, 3])
  }

  @Test("each wrong file has its message")
  func wrong() {
    #expect(
      message(Array(record([1]).dropLast()))
        == "f.bin: has 3072 bytes, which are no CIFAR-10 records of 3073 bytes each")
    #expect(message([1, 2, 0xFE], .hundred) == "f.bin: has 3 bytes, which are no CIFAR-100 records of 3074 bytes each")
    #expect(message(record([1]) + record([10])) == "f.bin: record 1 has the label 10 (allowed: 0…9)")
    #expect(message(record([0, 100]), .hundred) == "f.bin: record 0 has the label 100 (allowed: 0…99)")
    #expect(message(record([20, 0]), .hundred) == "f.bin: record 0 has the coarse label 20 (allowed: 0…19)")
    #expect(
      message([0x80, 2, 0x7D, 0x71, 1])
        == "f.bin: is not a file of CIFAR-10: it is a Python pickle (also torch.save of old) (allowed: the binary version of CIFAR-10, data_batch_1.bin; the converter covey-data pickle turns it into arrays)"
    )
    #expect(
      message([])
        == "f.bin: is not a file of CIFAR-10: it is empty (allowed: the binary version of CIFAR-10, data_batch_1.bin)")
  }

  @Test("names, one a line")
  func names() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).txt")
    defer { try? FileManager.default.removeItem(at: url) }
    func names(_ text: String) throws -> [String] {
      try Data(text.utf8).write(to: url)
      return try CIFARFile.names(path: url.path)
    }
    func message(_ text: String) -> String {
      do { return "\(try names(text))" } catch { return "\(error)".replacingOccurrences(of: url.path, with: "n.txt") }
    }
    #expect(try names("airplane\nautomobile\r\n bird \n\n\n") == ["airplane", "automobile", "bird"])
    #expect(message("a\n\nb\n") == "n.txt: line 2 is no name (allowed: 1 to 200 bytes)")
    #expect(message("a\nb\na") == "n.txt: line 3: 'a' stands there twice")
    #expect(message("\n \n") == "n.txt: has no names, expected one a line")
    #expect(throws: DataFileError.missing(path: "/nowhere/n")) { try CIFARFile.names(path: "/nowhere/n") }
  }

  @Test("damaged files give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = [record([3]) + record([9]), record([1, 2])]
    let counts = DamagedFiles.give(samples, seed: 4) { bytes in
      let ten = try? CIFARFile(bytes: bytes, path: "f", kind: .ten)
      let hundred = try? CIFARFile(bytes: bytes, path: "f", kind: .hundred)
      return ten?.labels.count == bytes.count / 3073 || hundred?.labels.count == bytes.count / 3074
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
  }
}
