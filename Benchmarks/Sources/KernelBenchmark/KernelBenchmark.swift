import Foundation
import Tensors

/// Times the engine's single kernels on one thread, on the sizes that the workloads W1 to W4 have, against what the core
/// can do: its peak of fused multiply-adds, or a copy of as many bytes.
@main
struct KernelBenchmark {
  static func main() throws {
    prepareThreadForCompute()
    var arguments = CommandLine.arguments.dropFirst()
    let asJSON = arguments.contains("--json")
    arguments.removeAll { $0 == "--json" }
    guard arguments.isEmpty || (arguments.count == 2 && arguments.first == "--only"), arguments.last != "--only" else {
      FileHandle.standardError.write(Data("usage: script/bench --kernels [--json] [--only WORD]\n".utf8))
      exit(64)
    }
    let wanted = arguments.last ?? ""
    var lines: [String] = []
    if !asJSON {
      print(
        padded("workload", 14, right: false) + padded("kernel", 44, right: false)
          + padded("µs", 10) + padded("GFLOP/s", 9) + padded("GB/s", 8) + padded("of limit", 10))
    }
    func report(_ timing: Timing) {
      let isOperations = if case .operations = timing.work { true } else { false }
      let rate = String(format: "%.1f", timing.rate / 1e9)
      if asJSON {
        lines.append(
          """
          {"workload":"\(timing.workload)","kernel":"\(timing.kernel)","seconds":\(timing.seconds),\
          "\(isOperations ? "gflops" : "gigabytes_per_second")":\(timing.rate / 1e9),\
          "limit":\(timing.limit / 1e9),"share_of_limit":\(timing.rate / timing.limit)}
          """)
      } else {
        print(
          padded(timing.workload, 14, right: false) + padded(timing.kernel, 44, right: false)
            + padded(String(format: "%.2f", timing.seconds * 1e6), 10) + padded(isOperations ? rate : "", 9)
            + padded(isOperations ? "" : rate, 8)
            + padded(String(format: "%.0f %%", 100 * timing.rate / timing.limit), 10))
      }
    }
    for group in [KernelGroup.convolutions, .dense, .normalization, .pooling, .elementwise]
    where wanted.isEmpty || group.name.contains(wanted) {
      try group.measure(report)
    }
    if asJSON { print("[" + lines.joined(separator: ",\n ") + "]") }
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = true) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}

/// Kernels of one kind on all their sizes.
struct KernelGroup: Sendable {
  let name: String
  /// Measures each and hands it to the report.
  let measure: @Sendable ((Timing) -> Void) throws -> Void
}

/// `count` numbers from −0.5 to 0.5, for kernels whose speed may depend on them.
func numbers(_ count: Int) -> AlignedBuffer<Float> {
  let buffer = AlignedBuffer<Float>(capacity: count)
  for place in 0..<count { buffer.base[place] = Float((place &* 2_654_435_761) % 1009) / 1009 - 0.5 }
  return buffer
}
