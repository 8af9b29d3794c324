import Foundation
import Tensors

/// One kernel on one size: what a call does, and how long it takes.
struct Timing {
  /// What a call is measured in.
  enum Work {
    /// Floating-point operations, against the core's peak of fused multiply-adds.
    case operations(Int)
    /// Bytes that are read and written, against a copy that moves as many.
    case bytes(Int)
  }

  let workload: String
  let kernel: String
  let work: Work
  /// The median seconds of a call.
  let seconds: Double
  /// What the core can do, in operations or bytes a second, measured around the calls.
  let limit: Double

  /// Operations or bytes a second.
  var rate: Double {
    switch work {
    case .operations(let count), .bytes(let count): Double(count) / seconds
    }
  }

  /// Measures `call`: nine measurements of many calls each, and of the core's limit in between.
  init(_ workload: String, _ kernel: String, _ work: Work, _ call: () throws -> Void) rethrows {
    self.workload = workload
    self.kernel = kernel
    self.work = work
    for _ in 0..<3 { try call() }
    let once = try elapsed(call)
    let repeats = max(1, min(100_000, Int(0.02 / max(once, 1e-9))))
    var passes: [Double] = []
    var limits: [Double] = []
    for _ in 0..<9 {
      passes.append(try elapsed { for _ in 0..<repeats { try call() } } / Double(repeats))
      switch work {
      case .operations: limits.append(ProcessorPeak.measured(attempts: 1))
      case .bytes(let count): limits.append(copyRate(count))
      }
    }
    seconds = passes.sorted()[4]
    limit = limits.sorted()[4]
  }
}

/// Seconds of a call.
private func elapsed(_ call: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try call()
  let time = start.duration(to: .now).components
  return Double(time.seconds) + Double(time.attoseconds) * 1e-18
}

/// Bytes read and written a second by a copy that moves `bytes` in all, in the caches as far as they fit.
private func copyRate(_ bytes: Int) -> Double {
  let half = max(64, bytes / 2)
  let from = AlignedBuffer<UInt8>(capacity: half)
  let to = AlignedBuffer<UInt8>(capacity: half)
  let repeats = max(2, 100_000_000 / half)
  for _ in 0..<2 { memcpy(to.base, from.base, half) }
  return Double(2 * half * repeats) / elapsed { for _ in 0..<repeats { memcpy(to.base, from.base, half) } }
}
