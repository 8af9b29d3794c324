import Foundation
import Synchronization
import Testing

@testable import Federation

@Suite("the thread that records")
struct RecordQueueTests {
  @Test("what is delivered out of order is done in order, each sequence by itself")
  func order() throws {
    let queue = try RecordQueue()
    let done = Mutex<[[Int]]>([[], []])
    let sequences = [RecordSequence(queue), RecordSequence(queue)]
    let tickets = sequences.map { sequence in (0..<6).map { _ in sequence.ticket() } }
    for place in [3, 0, 5, 1, 4, 2] {
      for (number, sequence) in sequences.enumerated() {
        let ticket = tickets[number][place]
        sequence.deliver(ticket) { done.withLock { $0[number].append(ticket) } }
      }
    }
    queue.close()
    #expect(done.withLock { $0 } == [Array(0..<6), Array(0..<6)])
  }

  @Test("whoever adds waits while too many wait, and none is lost")
  func waiting() throws {
    let queue = try RecordQueue()
    let gate = DispatchSemaphore(value: 0)
    let all = DispatchSemaphore(value: 0)
    let done = Mutex(0)
    let added = Mutex(0)
    queue.add(bytes: 0) { gate.wait() }
    let thread = Thread {
      for _ in 0..<200 {
        queue.add(bytes: 1) { done.withLock { $0 += 1 } }
        added.withLock { $0 += 1 }
      }
      all.signal()
    }
    thread.start()
    while added.withLock({ $0 }) < 63 { Thread.sleep(forTimeInterval: 0.001) }
    // The 64th place is the job's that waits for the gate.
    Thread.sleep(forTimeInterval: 0.02)
    #expect(added.withLock { $0 } == 63 && done.withLock { $0 } == 0)
    gate.signal()
    all.wait()
    queue.close()
    #expect(done.withLock { $0 } == 200)
  }

  @Test("a job that is larger than the limit is taken alone")
  func large() throws {
    let queue = try RecordQueue()
    let done = Mutex(0)
    for _ in 0..<3 { queue.add(bytes: 1 << 40) { done.withLock { $0 += 1 } } }
    queue.close()
    #expect(done.withLock { $0 } == 3)
  }
}
