import Foundation

/// Times whole federations: runs the program `covey` as a user does, on scenarios in which training is nearly all there
/// is, and reports what a second brings, what share of the cores' peak that is, and what it costs to start.
@main
struct WorkloadBenchmark {
  private var covey = ""
  private var benchmarks = ""
  private var scenarios = ""
  private var threads = ProcessInfo.processInfo.activeProcessorCount
  private var rounds: Int?
  private var target = 8.0
  private var asJSON = false
  private var only: [String] = []

  static func main() {
    do {
      let benchmark = try WorkloadBenchmark(Array(CommandLine.arguments.dropFirst()))
      exit(benchmark.run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(64)
    }
  }

  private init(_ arguments: [String]) throws {
    var rest = arguments[...]
    func value(of option: String) throws -> String {
      guard let value = rest.popFirst() else { throw UsageProblem("'\(option)' needs a value") }
      return value
    }
    func number(of option: String) throws -> Int {
      let text = try value(of: option)
      guard let number = Int(text), number >= 1 else {
        throw UsageProblem("'\(option) \(text)' is not allowed (allowed: a whole number ≥ 1)")
      }
      return number
    }
    while let option = rest.popFirst() {
      switch option {
      case "--covey": covey = try value(of: option)
      case "--benchmarks": benchmarks = try value(of: option)
      case "--scenarios": scenarios = try value(of: option)
      case "--threads": threads = try number(of: option)
      case "--rounds": rounds = try number(of: option)
      case "--seconds": target = Double(try number(of: option))
      case "--json": asJSON = true
      case "--only": only += try value(of: option).lowercased().split(separator: ",").map(String.init)
      default:
        throw UsageProblem(
          "unknown option '\(option)' (allowed: --json, --only w1,w3, --rounds N, --threads N, --seconds N)")
      }
    }
    let known = Workload.all(benchmarks: benchmarks, scenarios: scenarios).map(\.name)
    if let wrong = only.first(where: { !known.contains($0) }) {
      throw UsageProblem("unknown workload '\(wrong)' (allowed: \(known.joined(separator: ", ")))")
    }
  }

  /// Measures and reports; false when a workload could not be measured.
  private func run() -> Bool {
    if !asJSON { print(Report.header) }
    var isWhole = true
    var objects: [String] = []
    for workload in Workload.all(benchmarks: benchmarks, scenarios: scenarios)
    where only.isEmpty || only.contains(workload.name) {
      do {
        let measurement = try Measurement(workload, covey: covey, threads: threads, rounds: rounds, target: target)
        if asJSON {
          objects.append(Report.json(workload, measurement, threads: threads))
        } else {
          print(Report.row(workload, measurement))
        }
        fflush(nil)
      } catch {
        isWhole = false
        FileHandle.standardError.write(Data("\(workload.name): \(error)\n".utf8))
      }
    }
    if asJSON { print("[" + objects.joined(separator: ",\n ") + "]") }
    return isWhole
  }
}

/// What is wrong with the command line.
private struct UsageProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
