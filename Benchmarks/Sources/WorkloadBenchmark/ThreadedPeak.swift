import CoveyLibrary
import Foundation
import Synchronization

/// What some cores can do at most when all of them compute at the same time.
final class ThreadedPeak: Sendable {
  private let threads: Int
  private let started = Atomic<Int>(0)
  private let sum = Mutex(0.0)
  private let finished = DispatchSemaphore(value: 0)

  private init(threads: Int) { self.threads = threads }

  /// Fused multiply-adds in fp32, in floating-point operations a second over all threads: the sum of each thread's
  /// median of nine short runs, made while the others make theirs.
  static func measured(threads: Int) -> Double {
    let peak = ThreadedPeak(threads: threads)
    for _ in 0..<threads { Thread { peak.measure() }.start() }
    for _ in 0..<threads { peak.finished.wait() }
    return peak.sum.withLock { $0 }
  }

  private func measure() {
    started.add(1, ordering: .sequentiallyConsistent)
    while started.load(ordering: .sequentiallyConsistent) < threads { Thread.sleep(forTimeInterval: 1e-4) }
    let runs = (0..<9).map { _ in ProcessorPeak.measured(attempts: 1) }.sorted()
    sum.withLock { $0 += runs[4] }
    finished.signal()
  }
}
