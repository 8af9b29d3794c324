import Catalogs
import Randomness
import Tensors
import Testing

@testable import Datasets

@Suite("unseen clients")
struct UnseenClientTests {
  /// Clients of three domains with nothing but numbers.
  private func dataset(_ unseen: UnseenClients?, clientsPerDomain: Int = 4, seed: UInt64 = 1) throws -> FederatedDataset
  {
    let source = try datasetCatalog.make(
      "synthetic-patterns", ["shape": .list([.integer(2)]), "domains": .integer(3), "classes": .integer(2)]
    ).open("/", seed)
    return try FederatedDataset(
      source: source, partitioner: ByDomain(clientsPerDomain: clientsPerDomain), trainPerClient: 3, testPerClient: 2,
      unseen: unseen, seed: seed)
  }

  private func problem(_ unseen: UnseenClients) -> String {
    do {
      _ = try dataset(unseen)
      return ""
    } catch { return "\(error)" }
  }

  /// What tells a client's examples from others'.
  private func look(_ dataset: FederatedDataset, _ client: Int) -> [Float] {
    var values = [Float](repeating: 0, count: 6)
    var labels = [Int32](repeating: 0, count: 3)
    values.withUnsafeMutableBufferPointer { values in
      labels.withUnsafeMutableBufferPointer { labels in
        guard let values = values.baseAddress, let labels = labels.baseAddress else { return }
        dataset.examples(client, .train).gather([0, 1, 2], values: values, labels: labels)
      }
    }
    return values
  }

  @Test("unseen clients stand behind the seen ones, each with its own examples")
  func numbering() throws {
    let all = try dataset(nil)
    #expect(all.clientCount == 12 && all.unseenCount == 0)
    let looks = (0..<12).map { look(all, $0) }
    let names = all.source.domains
    let middle = try dataset(.domains([names[1]]))
    #expect(middle.clientCount == 8 && middle.unseenCount == 4)
    let order = [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7]
    #expect((0..<12).map { look(middle, $0) } == order.map { looks[$0] })
    #expect((0..<12).map { middle.profile($0).domain } == order.map { names[$0 / 4] })
    for count in 1...11 {
      let some = try dataset(.count(count))
      #expect(some.clientCount == 12 - count && some.unseenCount == count)
      let places = try (0..<12).map { try #require(looks.firstIndex(of: look(some, $0))) }
      #expect(Set(places).count == 12)
      #expect(places[..<(12 - count)].sorted() == Array(places[..<(12 - count)]), "in their order")
      #expect(places[(12 - count)...].sorted() == Array(places[(12 - count)...]))
    }
  }

  @Test("the seed draws them, and a share is rounded")
  func drawing() throws {
    let draws = try (1...20).map { seed in
      look(try dataset(.count(1), seed: seed), 11) != look(try dataset(nil, seed: seed), 11)
    }
    #expect(draws.contains(true))
    #expect(try look(dataset(.count(3)), 11) == look(dataset(.count(3)), 11))
    #expect(try dataset(.share(0.2)).unseenCount == 2)
    #expect(try dataset(.share(0.21)).unseenCount == 3)
  }

  @Test("a million clients stay numbers")
  func many() throws {
    let dataset = try dataset(.share(0.1), clientsPerDomain: 400_000)
    #expect(dataset.clientCount == 1_080_000 && dataset.unseenCount == 120_000)
    #expect(dataset.profile(1_199_999).trainCount == 3)
  }

  @Test("nobody to train or nobody unseen is an error")
  func problems() {
    #expect(problem(.count(12)) == "'12' of 12 clients leaves none to train")
    #expect(problem(.share(0.99)) == "'0.99' of 12 clients leaves none to train")
    #expect(problem(.share(0.01)) == "'0.01' of 12 clients is none")
  }
}
