internal import Networks
internal import Randomness

extension LocalWork {
  /// The places of each batch in a pass over `count` examples.
  public func batches(of count: Int) -> [Range<Int>] {
    var batches = stride(from: 0, to: count, by: batchSize).map { $0..<min($0 + batchSize, count) }
    guard let last = batches.last, last.count < batchSize else { return batches }
    switch lastBatch {
    case .keep: break
    case .drop: batches.removeLast()
    case .merge:
      if batches.count > 1 {
        batches.removeLast(2)
        batches.append((last.lowerBound - batchSize)..<last.upperBound)
      }
    }
    return batches
  }
}

/// A batch of a client's examples.
struct LocalBatch {
  /// Which of the examples.
  let places: ArraySlice<Int>
  /// How manieth pass over the examples it is of in the round, from 0.
  let pass: Int
  /// What distinguishes the step's dropout masks from all others of the run.
  let stepKey: UInt64
}

/// The batches that a client trains on in a round, in order: the same ones each time they are asked for.
struct LocalBatches: IteratorProtocol {
  /// Batches that were left out so far because a layer has no variance of them, or the loss no target that counts.
  private(set) var skipped = 0
  private let shuffles: Bool
  private let batches: [Range<Int>]
  private let isUsable: (Int) -> Bool
  /// Whether examples have a target that counts; nil where all have.
  private let hasTarget: ((ArraySlice<Int>) -> Bool)?
  /// Passes that are left; nil is as many as the steps take.
  private var passes: Int?
  private var steps: Int?
  private var order: [Int]
  private var orderStream: RandomStream
  private var dropoutStream: RandomStream
  /// The next batch of the pass.
  private var nextBatch = 0
  private var isStarted = false
  /// The pass that batches are of now.
  private var pass = -1
  /// Whether the pass had a batch to train on: one without would come back for ever.
  private var hadBatch = false

  init(
    _ work: LocalWork, count: Int, orderStream: RandomStream, dropoutStream: RandomStream,
    isUsable: @escaping (Int) -> Bool, hasTarget: ((ArraySlice<Int>) -> Bool)? = nil
  ) {
    shuffles = work.shuffle
    batches = work.batches(of: count)
    self.isUsable = isUsable
    self.hasTarget = hasTarget
    switch work.amount {
    case .epochs(let epochs): passes = epochs
    case .steps(let number): steps = number
    }
    order = Array(0..<count)
    self.orderStream = orderStream
    self.dropoutStream = dropoutStream
  }

  /// How many of them there are, as long as none was taken.
  var stepCount: Int {
    if hasTarget != nil {
      // Which batches are left out follows from the order of the examples, which a copy draws alike.
      var copy = self
      var count = 0
      while copy.next() != nil { count += 1 }
      return count
    }
    let usable = batches.count { isUsable($0.count) }
    return passes.map { $0 * usable } ?? (usable == 0 ? 0 : steps ?? 0)
  }

  mutating func next() -> LocalBatch? {
    while true {
      if !isStarted || nextBatch == batches.count {
        guard beginPass() else { return nil }
      }
      while nextBatch < batches.count {
        if steps == 0 { return nil }
        let batch = batches[nextBatch]
        nextBatch += 1
        guard isUsable(batch.count), hasTarget?(order[batch]) ?? true else {
          skipped += 1
          continue
        }
        hadBatch = true
        steps = steps.map { $0 - 1 }
        return LocalBatch(places: order[batch], pass: pass, stepKey: dropoutStream.next())
      }
    }
  }

  private mutating func beginPass() -> Bool {
    if let passes {
      guard passes > 0 else { return false }
      self.passes = passes - 1
    } else if steps == 0 || isStarted && !hadBatch {
      return false
    }
    isStarted = true
    pass += 1
    hadBatch = false
    nextBatch = 0
    if shuffles { orderStream.shuffle(&order) }
    return true
  }
}
