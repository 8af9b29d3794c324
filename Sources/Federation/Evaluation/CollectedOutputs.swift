internal import Datasets
internal import Measures
internal import Networks
internal import Tensors

/// What a network put out for evaluated examples, and what was to be said of them: what measures are made of.
///
/// Of classes, labels and numbers everything is kept, since a measure may rank all examples. Of classes of steps, of which there can be
/// many for each example, only what was made of those that count.
struct CollectedOutputs {
  private(set) var outputs: [Float] = []
  private(set) var classes: [Int32] = []
  private var numbers: [Float] = []
  private var surprisal = 0.0
  private var tokens = 0

  /// Bytes of what is kept of so many examples.
  static func bytes(of count: Int, _ configuration: RunConfiguration) -> Int {
    if case .tokens = configuration.target { return 0 }
    return 4 * count * (configuration.network.output.count + configuration.dataset.targetCount)
  }

  /// Adds what others collected behind these.
  mutating func add(_ other: CollectedOutputs) {
    outputs += other.outputs
    classes += other.classes
    numbers += other.numbers
    surprisal += other.surprisal
    tokens += other.tokens
  }

  /// Adds the outputs of a batch of examples; those whose target does not count are left out.
  mutating func add(
    _ values: UnsafePointer<Float>, _ targets: BatchTargets, of count: Int, _ configuration: RunConfiguration
  ) {
    let width = configuration.network.output.count
    switch targets {
    case .numbers(let base):
      outputs += UnsafeBufferPointer(start: values, count: count * width)
      numbers += UnsafeBufferPointer(start: base, count: count * width)
    case .classes(let base):
      if case .tokens = configuration.target {
        let steps = configuration.dataset.targetCount
        addTokens(values, base, of: count * steps, width: width / max(1, steps), configuration.loss)
      } else if configuration.loss.canLackTargets {
        for row in 0..<count where configuration.loss.hasTarget(.classes(base + row), count: 1) {
          outputs += UnsafeBufferPointer(start: values + row * width, count: width)
          classes.append(base[row])
        }
      } else {
        outputs += UnsafeBufferPointer(start: values, count: count * width)
        classes += UnsafeBufferPointer(start: base, count: count)
      }
    }
  }

  private mutating func addTokens(
    _ values: UnsafePointer<Float>, _ targets: UnsafeMutablePointer<Int32>, of count: Int, width: Int,
    _ loss: any Objective
  ) {
    for row in 0..<count where !loss.canLackTargets || loss.hasTarget(.classes(targets + row), count: 1) {
      surprisal += EvaluatedOutputs.surprisal(
        UnsafeBufferPointer(start: values + row * width, count: width), of: Int(targets[row]))
      tokens += 1
    }
  }

  /// What was collected, as measures take it.
  func outputs(_ configuration: RunConfiguration) -> EvaluatedOutputs {
    let (width, names) = (configuration.network.output.count, configuration.dataset.classNames)
    return switch configuration.target {
    case .classes: EvaluatedOutputs(outputs, width: width, targets: .classes(classes), names: names)
    case .labels: EvaluatedOutputs(outputs, width: width, targets: .labels(numbers), names: names)
    case .values: EvaluatedOutputs(outputs, width: width, targets: .values(numbers), names: names)
    case .tokens: EvaluatedOutputs(surprisal: surprisal, ofTokens: tokens)
    }
  }
}
