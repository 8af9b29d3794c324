internal import Datasets
internal import Foundation
internal import Randomness
internal import Tensors

/// Which examples of neighbouring clients are looked at, as one list: of one client, or of all that are seen.
struct SubjectList: Sendable {
  let dataset: FederatedDataset
  private let seed: UInt64
  let clients: Range<Int>
  /// Which of the clients' examples.
  let split: DataSplit
  /// At most so many of each client.
  private let limit: Int?
  /// The number of the first example of each client, and of all.
  let starts: [Int]

  /// Lists the examples of `clients`, at most `limit` of each, drawn once a client.
  init(_ configuration: RunConfiguration, clients: Range<Int>, split: DataSplit, limit: Int?) {
    dataset = configuration.dataset
    seed = configuration.seed
    self.clients = clients
    self.split = split
    self.limit = limit
    var starts = [0]
    starts.reserveCapacity(clients.count + 1)
    for client in clients {
      let count = dataset.count(client, split)
      starts.append(starts[starts.count - 1] + min(count, limit ?? count))
    }
    self.starts = starts
  }

  /// The examples that clients are evaluated on: test examples, or training examples where none of them has others; behind
  /// them validation examples, where clients that train have some. A list without examples is left out.
  static func evaluated(_ configuration: RunConfiguration, clients: Range<Int>) -> [SubjectList] {
    let dataset = configuration.dataset
    let hasTest = clients.contains { dataset.testCount($0) > 0 }
    // Nobody chooses a round by clients that never train.
    let isSeen = clients.upperBound <= dataset.clientCount
    return ([hasTest ? .test : .train] + (isSeen ? [.validation] : [])).map { split in
      SubjectList(configuration, clients: clients, split: split, limit: configuration.recording.evaluationSubset)
    }.filter { $0.count > 0 }
  }

  /// The examples that statistics are measured on: training examples, or test examples where there are no others.
  static func measured(_ configuration: RunConfiguration, clients: Range<Int>) -> SubjectList {
    let hasTrain = clients.contains { configuration.dataset.trainCount($0) > 0 }
    return SubjectList(configuration, clients: clients, split: hasTrain ? .train : .test, limit: nil)
  }

  /// How many there are.
  var count: Int { starts[starts.count - 1] }

  /// Which of the `count` examples of a client are meant.
  func places(_ client: Int, of count: Int) -> [Int] {
    guard let limit, limit < count else { return Array(0..<count) }
    var stream = RandomStream(seed: seed, .evaluation, 1, UInt64(client))
    return stream.sample(limit, of: count)
  }

  /// 16 hexadecimal digits that tell one choice of a client's examples from another; of several clients, one choice of
  /// each.
  func hash() -> String {
    var hash: UInt64
    if clients.count == 1 {
      hash = self.hash(ofClient: clients.lowerBound)
    } else {
      hash = nameHash("\(split.rawValue)-union")
      for client in clients where starts[client - clients.lowerBound] < starts[client - clients.lowerBound + 1] {
        hash = (hash ^ self.hash(ofClient: client)) &* 0x0000_0100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func hash(ofClient client: Int) -> UInt64 {
    places(client, of: dataset.count(client, split)).reduce(nameHash("\(split.rawValue)-\(client)")) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
  }
}

/// Reads the examples of a list.
///
/// Not for two threads at once: the client looked at last is kept.
final class SubjectExamples {
  let list: SubjectList
  /// The hash of the list.
  private(set) lazy var hash = list.hash()
  private var last: (client: Int, examples: ClientExamples, places: [Int])?

  /// Makes a reader.
  init(_ list: SubjectList) { self.list = list }

  /// The examples of a client, and which of them are meant.
  ///
  /// - Throws: `OutOfMemory` when there is none for examples that are made.
  private func part(_ client: Int) throws -> (client: Int, examples: ClientExamples, places: [Int]) {
    if let last, last.client == client { return last }
    try requireMemory(bytes: list.dataset.bytesToMake(client, list.split))
    let examples = list.dataset.examples(client, list.split)
    let part = (client, examples, list.places(client, of: examples.count))
    last = part
    return part
  }

  /// values = the examples at ascending `positions`, targets = theirs, unless nil.
  ///
  /// - Throws: `OutOfMemory` when there is none for examples that are made.
  func gather(
    _ positions: [Int], width: Int, values: UnsafeMutablePointer<Float>, targets: BatchTargets?
  ) throws {
    var done = 0
    while done < positions.count {
      let index = owner(of: positions[done])
      let part = try part(list.clients.lowerBound + index)
      var end = done + 1
      while end < positions.count, positions[end] < list.starts[index + 1] { end += 1 }
      let places = positions[done..<end].map { part.places[$0 - list.starts[index]] }
      part.examples.gather(
        places[...], values: values + done * width, targets: targets?.advanced(by: done * list.dataset.targetCount))
      done = end
    }
  }

  /// The index of the client that an example is of.
  private func owner(of position: Int) -> Int {
    // The last client that begins at or before it, by halving.
    var (low, high) = (0, list.clients.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if list.starts[middle] <= position { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
