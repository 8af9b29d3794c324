import Catalogs
import Formats
import Foundation
import Randomness
import Tensors
import Testing

@testable import Datasets

/// Damaged files at the level of sources: refused in words, or read with values that a model can take.
@Suite("sources of damaged files")
struct DamagedSourceTests {
  @Test(
    "nothing stops the program, and what is read is finite",
    arguments: ["npz", "csv", "images", "cifar", "tff", "leaf", "har", "text", "safetensors", "idx"])
  func damaged(kind: String) throws {
    let folder = try MadeFolder()
    let url = URL(fileURLWithPath: folder.path)
    let made = try SmallSources(url)
    let options = try #require(made.options[kind])
    var stream = RandomStream(seed: 7, .selection, UInt64(kind.utf8.count), UInt64(kind.utf8.first ?? 0))
    var (refused, read) = (0, 0)
    for name in made.files[kind] ?? [] {
      let file = url.appendingPathComponent(name)
      let whole = [UInt8](try Data(contentsOf: file))
      let others = (made.files.values.joined().filter { $0 != name }.sorted()).compactMap {
        try? [UInt8](Data(contentsOf: url.appendingPathComponent($0)))
      }
      for number in 0..<250 {
        try Data(Self.damage(whole, others, number, &stream)).write(to: file)
        do {
          let source = try datasetCatalog.make(kind, options).open(folder.path, 1)
          read += 1
          #expect(try Self.isSound(source), "\(kind) \(number)")
        } catch {
          refused += 1
          #expect(
            error is DataFileError || error is SafetensorsError || error is OptionProblem || error is PartitionProblem
              || error is UnseenProblem,
            "\(kind) \(number): \(error)")
        }
      }
      try Data(whole).write(to: file)
    }
    #expect(refused > 20, "\(kind): \(refused) refused, \(read) read")
    #expect(try Self.isSound(datasetCatalog.make(kind, options).open(folder.path, 1)))
  }

  /// Cut, flipped, grown, exchanged in parts, or with another file's beginning.
  private static func damage(
    _ whole: [UInt8], _ others: [[UInt8]], _ number: Int, _ stream: inout RandomStream
  ) -> [UInt8] {
    func place(_ count: Int) -> Int { count == 0 ? 0 : Int(stream.next() % UInt64(count)) }
    var bytes = whole
    switch number % 6 {
    case 0: bytes.removeLast(place(bytes.count))
    case 1: for _ in 0...place(4) { bytes[place(bytes.count)] ^= UInt8(1 << place(8)) }
    case 2: for _ in 0...place(4) { bytes[place(bytes.count)] = UInt8(truncatingIfNeeded: stream.next()) }
    case 3:
      bytes.insert(
        contentsOf: (0..<place(40)).map { _ in UInt8(truncatingIfNeeded: stream.next()) }, at: place(bytes.count))
    case 4:
      // Digits are what texts have most of.
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      if digits.isEmpty { bytes.removeFirst(min(bytes.count, 3)) }
      for _ in 0..<3 where !digits.isEmpty {
        bytes[digits[place(digits.count)]] = Array("0123456789-e. \",".utf8)[place(16)]
      }
    default:
      let other = others.isEmpty ? [] : others[place(others.count)]
      let count = place(min(64, other.count, bytes.count))
      bytes.replaceSubrange(0..<count, with: other.prefix(count))
    }
    return bytes
  }

  /// Whether all values are finite and all labels are classes, for the source and for clients.
  private static func isSound(_ source: any ExampleSource) throws -> Bool {
    let held = try #require(source as? HeldSource)
    for (split, part) in held.data.splits {
      guard part.inputs.count == part.count * source.sampleShape.count else { return false }
      for column in [part.clients, part.domains, part.groups] where !column.isEmpty && column.count != part.count {
        return false
      }
      guard held.values(split).allSatisfy(\.isFinite), held.targets(split).allSatisfy(\.isFinite) else { return false }
      if case .classes(let labels) = part.targets {
        guard labels.count == part.count, labels.allSatisfy({ 0..<source.classCount ~= Int($0) }) else { return false }
      }
      var values = [Float](repeating: .nan, count: source.sampleShape.count)
      for domain in source.domains.indices where source.exampleCount(domain: domain, split: split) ?? 0 > 0 {
        values.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          source.write([ExampleReference(domain: domain, index: 0)], split: split, into: base)
        }
        guard values.allSatisfy(\.isFinite) else { return false }
      }
    }
    // Who has nothing to train on is refused there, and nothing else happens.
    let partitioner: any Partitioner = source.units.clients.isEmpty ? ByDomain() : Natural()
    let dataset = try FederatedDataset(
      source: source, partitioner: partitioner, trainPerClient: nil, testPerClient: nil, seed: 1)
    var count = 0
    try FederationFile(dataset).write { count += $0.count }
    return count > 0
  }
}
