package import Foundation
package import RunStore
import Tensors

/// A scenario that reads its examples from a safetensors file, or from a folder of IDX files, and its model from another
/// file; over in a moment.
package struct ReadingScenario {
  /// The folder with `run.yaml` and what it reads.
  package let folder: TemporaryFolder

  /// Writes the scenario and its files: three clients of three features in `data.safetensors`.
  ///
  /// - Parameter extra: More keys of the scenario.
  package init(rounds: Int = 4, extra: String = "") throws {
    folder = try TemporaryFolder()
    try writeClients()
    try write(rounds: rounds, data: "{source: safetensors, file: data.safetensors}", input: "[3]", first: "", extra)
  }

  /// Writes the scenario and its files: two domains of images of 4×4 pixels in `images`.
  package init(idx rounds: Int) throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(at: url("images"), withIntermediateDirectories: true)
    for (number, domain) in ["ink", "chalk"].enumerated() {
      for split in ["train", "test"] {
        try writeImages("\(domain)-\(split)", offset: 7 * number)
        try writeLabels("\(domain)-\(split)", offset: 0)
      }
    }
    try write(
      rounds: rounds,
      data: "{source: idx, root: images/, domains: [ink, chalk], image: {width: 8, height: 8, channels: 1}}",
      input: "[8, 8, 1]", first: "flatten, ", "")
  }

  private func write(rounds: Int, data: String, input: String, first: String, _ extra: String) throws {
    try folder.write(
      """
      name: reading
      rounds: \(rounds)
      data: \(data)
      model: {input: \(input), layers: [\(first){dense: {name: fc1, units: 4}}, {batch_norm: {name: bn1}}, relu, {dense: {name: fc2, units: 3}}]}
      client: {batch_size: 4, optimizer: {learning_rate: 0.1}}
      checkpoint: {every: 2, keep: all}
      \(extra)
      """, to: "run.yaml")
  }

  /// The place of a file of the scenario.
  package func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

  /// Writes `data.safetensors`.
  ///
  /// - Parameters:
  ///   - clients: How many there are.
  ///   - value: The first number of the first client.
  ///   - label: The first label of the first client.
  ///   - testLabel: The first test label of the first client.
  ///   - features: How many numbers an example has.
  ///   - reversed: Whether the tensors stand in another order.
  package func writeClients(
    _ clients: Int = 3, value: Float = 0.5, label: Int64 = 0, testLabel: Int64 = 0, features: Int = 3,
    reversed: Bool = false
  ) throws {
    var tensors: [(name: String, tensor: SafetensorsTensor)] = []
    for client in 0..<clients {
      for (suffix, count) in [("", 12), ("test_", 6)] {
        var values = (0..<count * features).map { Float(($0 * 37 + client * 11) % 17) / 17 }
        var labels = (0..<count).map { Int64($0 % 3) }
        if client == 0 { labels[0] = suffix == "" ? label : testLabel }
        if client == 0, suffix == "" { values[0] = value }
        tensors.append(("client\(client).\(suffix)x", .floats(shape: [count, features], values)))
        tensors.append(("client\(client).\(suffix)y", .integers(shape: [count], labels)))
      }
    }
    if reversed { tensors.reverse() }
    try Data(encodeSafetensors(tensors, metadata: reversed ? ["order": "reversed"] : [:])).write(
      to: url("data.safetensors"))
  }

  /// Writes a model for `init`.
  package func writeModel(_ name: String = "start.safetensors", weight: Float = 0.25) throws {
    let tensors: [(name: String, tensor: SafetensorsTensor)] = [
      ("fc1.weight", .floats(shape: [4, 3], (0..<12).map { weight + Float($0) / 50 })),
      ("fc1.bias", .floats(shape: [4], [0, 0, 0, 0])), ("bn1.weight", .floats(shape: [4], [1, 1, 1, 1])),
      ("bn1.bias", .floats(shape: [4], [0, 0, 0, 0])), ("bn1.running_mean", .floats(shape: [4], [0, 0, 0, 0])),
      ("bn1.running_var", .floats(shape: [4], [1, 1, 1, 1])),
      ("fc2.weight", .floats(shape: [3, 4], (0..<12).map { Float($0) / 40 - 0.1 })),
      ("fc2.bias", .floats(shape: [3], [0, 0, 0])),
    ]
    try Data(encodeSafetensors(tensors, metadata: [:])).write(to: url(name))
  }

  /// Writes 12 images of a domain's split.
  package func writeImages(_ stem: String, offset: Int, first: UInt8 = 9) throws {
    var pixels = (0..<12 * 16).map { UInt8(($0 * 29 + offset) % 251) }
    pixels[0] = first
    try Data([0, 0, 8, 3] + [12, 4, 4].flatMap { [0, 0, 0, UInt8($0)] } + pixels).write(
      to: url("images/\(stem)-images-idx3-ubyte"))
  }

  /// Writes 12 labels of a domain's split.
  package func writeLabels(_ stem: String, offset: Int) throws {
    let labels = (0..<12).map { UInt8(($0 + offset) % 3) }
    try Data([0, 0, 8, 1, 0, 0, 0, 12] + labels).write(to: url("images/\(stem)-labels-idx1-ubyte"))
  }

  /// Runs the program in the folder.
  package func covey(_ arguments: [String], environment: [String: String] = [:]) throws -> CoveyProcess.Result {
    try CoveyProcess.run(arguments, in: folder.url, environment: environment)
  }

  /// The database, for changes.
  package func store() throws -> RunStore { try RunStore(path: url("covey.sqlite").path, access: .readWrite) }

  /// Makes the runs of the database such that were interrupted after a round.
  package func interrupt(after round: Int) throws {
    let store = try store()
    try store.execute("DELETE FROM rounds WHERE round > \(round)")
    try store.execute(
      "UPDATE runs SET status = 'interrupted', rounds_done = \(round), result_hash = NULL, finished_at = NULL")
    store.close()
  }

  /// Everything that the database says of runs, clients and rounds, to see whether something changed.
  package func contents() throws -> [[String?]] {
    let store = try store()
    defer { store.close() }
    return try ["runs", "clients", "rounds", "evaluations", "inputs", "instruction_sets", "checkpoints"].flatMap {
      try store.select("SELECT * FROM \($0)")
    }
  }
}
