import Dispatch
import Records
import RunStore
import Synchronization
import Testing

struct ConcurrencyTests {
  @Test func twoStoresWriteToOneFile() throws {
    let folder = try TemporaryFolder()
    let stores = try (0..<2).map { _ in try RunStore(path: folder.file(), access: .readWrite) }
    let errors = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      do {
        let store = stores[worker % 2]
        let run = Samples.run(seed: UInt64(worker))
        let id = try store.begin(Samples.experiment(), runs: [run], threads: 1, host: "", version: "").runs[0]
        for round in 0..<25 {
          try store.append(
            Samples.round(round), checkpoint: Samples.checkpoint(round), keeping: .last(2), toRun: id)
          let rounds = try stores[(worker + 1) % 2].rounds(run: id)
          if rounds.count != round + 1 { errors.withLock { $0.append("\(rounds.count) rounds after \(round)") } }
        }
        try store.finish(run: id, status: .finished, error: nil)
      } catch {
        errors.withLock { $0.append("\(error)") }
      }
    }
    #expect(errors.withLock { $0 } == [])
    let runs = try stores[0].allRuns()
    #expect(runs.map(\.roundsDone) == [24, 24, 24, 24])
    #expect(Set(runs.map(\.resultHash)).count == 4)
    for run in runs {
      #expect(try stores[1].round(13, run: run.id) == Samples.round(13))
      #expect(try stores[1].checkpoint(run: run.id, round: 23) == Samples.checkpoint(23))
    }
  }

  @Test func manyMayCreateOneFile() throws {
    for _ in 0..<10 {
      let folder = try TemporaryFolder()
      let errors = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 8) { worker in
        do {
          let store = try RunStore(path: folder.file(), access: .readWrite)
          _ = try store.begin(Samples.experiment(), runs: [Samples.run()], threads: 1, host: "", version: "")
        } catch {
          errors.withLock { $0.append("\(error)") }
        }
      }
      #expect(errors.withLock { $0 } == [])
      let store = try RunStore(path: folder.file(), access: .readOnly)
      #expect(try store.allRuns().count == 8)
    }
  }
}
