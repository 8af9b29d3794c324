/// How the steps of one network of a model are taken, and how many were.
struct OptimizerSteps {
  /// That of the next step.
  var optimizer: any Optimizer
  /// Its learning rate, of which a schedule makes those of steps.
  let learningRate: Double
  /// The steps taken.
  var count = 0
  /// The network's trainable values, in ascending order.
  let ranges: [Range<Int>]
  /// Those of them that steps change.
  let trained: [Range<Int>]
  /// Those of these that do not decay, where others do.
  private let undecayed: [Range<Int>]
  /// The optimizer of those.
  private var undecaying: (any Optimizer)?

  /// - Parameters:
  ///   - ranges: The network's trainable values.
  ///   - held: Values that no step changes.
  ///   - undecayed: Values that do not decay.
  init(_ optimizer: any Optimizer, ranges: [Range<Int>], held: [Range<Int>], undecayed: [Range<Int>]) {
    self.optimizer = optimizer
    learningRate = optimizer.learningRate
    self.ranges = ranges
    trained = held.isEmpty ? ranges : ranges.flatMap { $0.parts(without: held) }
    self.undecayed = undecayed
    undecaying = undecayed.isEmpty ? nil : optimizer
    undecaying?.weightDecay = 0
  }

  /// Sets the learning rate of the next steps.
  mutating func setLearningRate(_ rate: Double) {
    optimizer.learningRate = rate
    undecaying?.learningRate = rate
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - stride: Values of the model that are trained.
  ///   - others: Values whose step was taken already, in ascending order.
  mutating func take(
    values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, slots: UnsafeMutablePointer<Float>,
    stride: Int, without others: [Range<Int>] = []
  ) {
    count += 1
    let memory = OptimizerMemory(slots: slots, stride: stride, step: count)
    func step(_ range: Range<Int>, _ optimizer: any Optimizer) {
      optimizer.step(values: values, gradients: gradients, range: range, memory: memory)
    }
    for range in trained {
      range.forEachPart(without: others) { part in
        guard let undecaying else { return step(part, optimizer) }
        part.forEachPart(without: undecayed) { step($0, optimizer) }
        for range in undecayed where range.overlaps(part) { step(range.clamped(to: part), undecaying) }
      }
    }
  }
}

extension Range<Int> {
  /// Calls `body` with what others, in ascending order, leave of the range.
  func forEachPart(without others: [Range<Int>], _ body: (Range<Int>) -> Void) {
    var start = lowerBound
    for other in others where other.overlaps(self) {
      if start < other.lowerBound { body(start..<other.lowerBound) }
      start = Swift.min(upperBound, other.upperBound)
    }
    if start < upperBound { body(start..<upperBound) }
  }

  /// What others, in ascending order, leave of the range.
  func parts(without others: [Range<Int>]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    forEachPart(without: others) { parts.append($0) }
    return parts
  }
}
