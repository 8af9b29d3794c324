import Foundation
import Records
import RunStore
import TestSupport

@testable import Serving

/// A database with runs, where a server can look at it.
final class ServedFolder: Sendable {
  let path: String
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("covey-serving-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appendingPathComponent("covey.sqlite").path
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Opens the database for writing.
  func store() throws -> RunStore { try RunStore(path: path, access: .readWrite) }

  /// Begins an experiment of one run an arm.
  func begin(_ name: String, arms: [String], rounds: Int, in store: RunStore, gain: Double = 0) throws -> [Int64] {
    let runs = arms.map {
      RunDescription(
        arm: $0, strategy: "fedavg", norm: "fedavg", seed: 1, roundsPlanned: 10, clients: [], normLayers: [])
    }
    let record = ExperimentRecord(name: name, scenario: "name: \(name)\n", scenarioHash: "5ce0", baseDirectory: "/")
    let ids = try store.begin(record, runs: runs, threads: 1, host: "here", version: "1.0").runs
    for id in ids { for round in 0...rounds { try append(round, to: id, in: store, gain: gain) } }
    return ids
  }

  /// Records a round of a run.
  func append(_ round: Int, to run: Int64, in store: RunStore, gain: Double = 0) throws {
    var record = RoundRecord(round: round, cohortSize: 2, reported: 2, seconds: 0.5)
    for client in 0..<2 {
      record.evaluations.append(
        EvaluationRecord(
          subject: .client, client: client, model: .personal, normSource: .own, phase: .afterAggregation, split: .test,
          samples: 20, subsetHash: "ab", loss: 1, accuracy: 0.1 + 0.05 * Double(round) + 0.1 * Double(run) + gain))
    }
    try store.append(record, checkpoint: nil, keeping: .all, toRun: run)
  }

  /// Limits that no test gets near however busy the machine is; a test of a limit sets that one.
  static let patient: ConnectionLimits = {
    var limits = ConnectionLimits()
    limits.head = .seconds(600)
    limits.making = .seconds(600)
    limits.writing = .seconds(600)
    limits.refusing = .seconds(600)
    return limits
  }()

  /// Runs `body` with a server of the database, and ends the server.
  func serve<Value: Sendable>(
    limits: ConnectionLimits = patient, _ body: (ServedPort) async throws -> Value
  ) async throws -> Value {
    let server = try PageServer(database: path, port: 0, limits: limits)
    let task = Task { await server.run() }
    do {
      let value = try await body(ServedPort(number: server.port))
      task.cancel()
      await task.value
      return value
    } catch {
      task.cancel()
      await task.value
      throw error
    }
  }
}
