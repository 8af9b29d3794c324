import Federation
import Testing

@testable import Scenarios

/// Clients whose examples never make a batch that can be trained on.
@Suite("clients without a batch")
struct IdleClientTests {
  /// Four examples of two domains among three clients: 2, 1 and 1.
  private static func three(_ more: String, model: String = "mlp") -> String {
    """
    name: a
    rounds: 1
    model: \(model)
    data:
      domains: [ink, chalk]
      train_per_client: 1
      test_per_client: 2
      partition: {kind: iid, clients: 3}
    \(more)
    """
  }

  private static let batchNorm = "which leaves layer 'bn1' one value a channel, without a variance"

  private static let errors: [(text: String, expected: String)] = [
    (
      "name: a\nrounds: 1\nmodel: mlp\ndata: {train_per_client: 1}\n",
      "f.yaml:1:1: client: no client of arm 'fedavg' ever has a batch to train on: client 0 has a single example, \(batchNorm)"
    ),
    (
      small("client: {batch_size: 8, last_batch: drop}\n"),
      "f.yaml:5:22: client: no client of arm 'fedavg' ever has a batch to train on: client 0 has 4 examples, less than a batch of 8, and 'client.last_batch' is drop"
    ),
    (
      small("arms: [{name: x, client: {batch_size: 1}}, {name: y, client: {batch_size: 1}, replace_norm: layer}]\n"),
      "f.yaml:5:39: client.batch_size: '1' leaves layer 'bn1' a single value a channel, which has no variance; every batch would be skipped"
    ),
    // Normalized by examples, or by statistics that stay as they are, one example is enough.
    ("name: a\nrounds: 1\nmodel: mlp\nreplace_norm: layer\ndata: {train_per_client: 1}\n", ""),
    ("name: a\nrounds: 1\nmodel: mlp\nnorm: frozen\ndata: {train_per_client: 1}\n", ""),
    ("name: a\nrounds: 1\nmodel: cnn\ndata: {train_per_client: 1}\n", ""),
    (small("client: {batch_size: 1}\nnorm: frozen\n"), ""),
    (small("client: {batch_size: 3, last_batch: merge}\n"), ""),
    // Until statistics are frozen, a batch needs a variance.
    (
      small("client: {batch_size: 1}\nnorm: fixbn\n", rounds: "rounds: 4"),
      "f.yaml:5:22: client.batch_size: '1' leaves layer 'bn1' a single value a channel, which has no variance; every batch would be skipped in the rounds that normalize with batches"
    ),
    (
      "name: a\nrounds: 4\nmodel: mlp\nnorm: fixbn\ndata: {train_per_client: 1}\n",
      "f.yaml:1:1: client: no client of arm 'fixbn' has a batch to train on in the rounds that normalize with batches: client 0 has a single example, \(batchNorm)"
    ),
    (small("client: {batch_size: 1}\nnorm: {kind: fixbn, freeze_at: 0}\n", rounds: "rounds: 4"), ""),
  ]

  @Test("no client with a batch is an error", arguments: errors)
  func messages(text: String, expected: String) { #expect(complaints(text) == expected) }

  @Test("some clients without a batch are noted, with why")
  func notes() throws {
    func notes(_ text: String) throws -> [String] { try experiment(text).notes.filter { $0.contains("never") } }
    #expect(
      try notes(Self.three("")) == [
        "2 of 3 clients never have a batch to train on and stay untrained: client 1 has a single example, \(Self.batchNorm); client 2 has a single example, \(Self.batchNorm)"
      ])
    #expect(try notes(Self.three("", model: "cnn")).isEmpty)
    #expect(try notes(Self.three("replace_norm: group(4)")).isEmpty)
    let short = "has a single example, less than a batch of 2, and 'client.last_batch' is drop"
    #expect(
      try notes(Self.three("client: {batch_size: 2, last_batch: drop}", model: "cnn")) == [
        "2 of 3 clients never have a batch to train on and stay untrained: client 1 \(short); client 2 \(short)"
      ])
    let several = """
      seeds: [1, 2]
      arms: [{name: x}, {name: y, replace_norm: layer}]
      """
    let some = try notes(Self.three(several))
    #expect(some.count == 1 && some[0].hasPrefix("x/1, x/2: 2 of 3 clients never have a batch"))
  }

  @Test("a fixbn that never freezes is noted")
  func neverFrozen() throws {
    func notes(_ freeze: String) throws -> [String] {
      try experiment(small("norm: {kind: fixbn, freeze_at: \(freeze)}\nseeds: [1, 2]\n", rounds: "rounds: 4")).notes
        .filter { $0.contains("'fixbn'") }
    }
    for freeze in ["0", "0.5", "3"] { #expect(try notes(freeze).isEmpty, "\(freeze)") }
    for freeze in ["0.9", "4", "50"] {
      #expect(
        try notes(freeze) == ["arm 'fixbn': 'fixbn' freezes no statistics by round 4, the last: it is 'fedavg'"],
        "\(freeze)")
    }
  }

  @Test("checkpoints that can't be kept are noted")
  func checkpoints() throws {
    func notes(_ more: String) throws -> [String] {
      let data = "data: {image: {width: 32, height: 32}, partition: {kind: by-domain, clients_per_domain: 100}}\n"
      return try experiment("name: a\nrounds: 2\nmodel: resnet18\n\(data)\(more)").notes
    }
    // 501 models of 11.2 million values; the clients' are without counters for what they share, which is nothing.
    let expected =
      "arm 'fedap': with what clients keep, a checkpoint may take 21373 MiB, and the record holds 16384: a run that makes one fails"
    #expect(try notes("norm: fedap\n") == [expected])
    #expect(try notes("norm: fedap\ncohort: {kind: uniform, count: 5}\n").isEmpty)
    #expect(try notes("norm: fedbn\n").isEmpty)
    #expect(try notes("client: {keep_optimizer: true, optimizer: {kind: sgd, momentum: 0.9}}\n").count == 1)
    #expect(try notes("strategy: scaffold\n").count == 1)
  }

  @Test("what a client of so many examples lacks")
  func lacks() throws {
    var run = try experiment(small("client: {batch_size: 4, last_batch: drop}\n")).runs[0].configuration
    #expect(run.lackOfBatches(examples: 0) == "has no training example")
    #expect(
      run.lackOfBatches(examples: 3) == "has 3 examples, less than a batch of 4, and 'client.last_batch' is drop")
    #expect(run.lackOfBatches(examples: 4) == nil)
    run.work.lastBatch = .keep
    #expect(run.lackOfBatches(examples: 1) == "has a single example, \(Self.batchNorm)")
    #expect(run.lackOfBatches(examples: 2) == nil)
    run.work.lastBatch = .merge
    #expect(run.work.batches(of: 9) == [0..<4, 4..<9])
    #expect(run.work.batches(of: 3) == [0..<3])
    #expect(run.lackOfBatches(examples: 1) == "has a single example, \(Self.batchNorm)")
  }
}
