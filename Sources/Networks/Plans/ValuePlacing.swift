internal import Tensors

/// A plan beside the first of the layers that it computes.
struct PlanStep {
  let plan: LayerPlan
  /// Whose name is told, and whose input it reads.
  let layer: NetworkLayer
  /// One sample's output, of the last of the layers.
  let output: Shape

  init(plan: LayerPlan, layer: NetworkLayer, output: Shape? = nil) {
    self.plan = plan
    self.layer = layer
    self.output = output ?? layer.resolved.output
  }
}

/// Decides where the values between the steps of a plan lie, and their gradients.
///
/// Values are numbered as in `NetworkLayer.reads`. A step that is the identity makes no value of its own: its output is
/// the value that it reads, called by the number of its origin.
struct ValuePlacing {
  private let steps: [PlanStep]
  /// Floats of each value.
  private let counts: [Int]
  /// The value whose memory each value is.
  private let origins: [Int]
  /// By how many inputs of steps each origin is read.
  private let readCounts: [Int]

  init(_ steps: [PlanStep], batch: Int, input: Shape) {
    self.steps = steps
    counts = [batch * input.count] + steps.map { batch * $0.output.count }
    var origins = [0]
    var readCounts = [Int](repeating: 0, count: steps.count + 1)
    for (index, step) in steps.enumerated() {
      precondition(step.layer.reads.count <= 2, "layer '\(step.layer.name)' reads \(step.layer.reads.count) values")
      origins.append(step.plan.isIdentity ? origins[step.layer.reads[0]] : index + 1)
      if !step.plan.isIdentity { for value in step.layer.reads { readCounts[origins[value]] += 1 } }
    }
    self.origins = origins
    self.readCounts = readCounts
  }

  /// The value that the steps put out in the end.
  private var result: Int { origins[steps.count] }

  /// Gives each value that is still needed memory of its own, from `start` on, and other values what is free again; the
  /// input's at 0 stays as it is.
  ///
  /// - Returns: Where the output lies, and where the memory ends.
  func shareMemory(from start: Int) -> (output: Int, end: Int) {
    var pool = BufferPool()
    var buffers = [Int?](repeating: nil, count: steps.count + 1)
    for (index, step) in steps.enumerated() where !step.plan.isIdentity {
      let inputs = step.layer.reads.map { origins[$0] }
      let value = index + 1
      var spent = inputs.compactMap { buffers[$0] }
      let buffer: Int
      if step.plan.sharesOutput, let first = buffers[inputs[0]], pool.isOwn(first) {
        buffer = first
        spent.removeAll { $0 == first }
      } else {
        buffer = pool.take(counts[value])
      }
      buffers[value] = buffer
      // One holds it already.
      for _ in 1..<max(1, readCounts[value] + (value == result ? 1 : 0)) { pool.hold(buffer) }
      for buffer in spent { pool.release(buffer) }
    }
    let (places, end) = pool.offsets(from: start)
    return (place(buffers.map { $0.map { places[$0] } ?? 0 }), end)
  }

  /// Gives each value memory of its own for the backward pass, from `start` on, but where a step may write over what no
  /// backward pass reads.
  ///
  /// - Returns: Where the output lies, which steps' outputs are overwritten, and where the memory ends.
  func keepMemory(from start: Int) -> (output: Int, overwritten: Set<Int>, end: Int) {
    var offsets = [Int](repeating: 0, count: steps.count + 1)
    var overwritten: Set<Int> = []
    var end = start
    for (index, step) in steps.enumerated() where !step.plan.isIdentity {
      let first = origins[step.layer.reads[0]]
      if step.plan.sharesOutput, first > 0, readCounts[first] == 1, !steps[first - 1].plan.backwardReadsOutput {
        offsets[index + 1] = offsets[first]
        overwritten.insert(first - 1)
      } else {
        offsets[index + 1] = end
        end += (counts[index + 1] + 15) & ~15
      }
    }
    return (place(offsets), overwritten, end)
  }

  /// Tells the plans where their values lie, by origin; returns where the output does.
  private func place(_ offsets: [Int]) -> Int {
    for (index, step) in steps.enumerated() {
      let reads = step.layer.reads
      step.plan.input = offsets[origins[reads[0]]]
      if reads.count > 1 { step.plan.secondInput = offsets[origins[reads[1]]] }
      step.plan.output = offsets[origins[index + 1]]
    }
    return offsets[result]
  }

  /// Where gradients lie, and what computes them.
  struct Gradients {
    /// The output's.
    var output: Int
    /// The input's, nil unless it is needed.
    var input: Int?
    /// What has something to do in the backward pass, in its order.
    var plans: [LayerPlan]
    /// Where their memory ends.
    var end: Int
  }

  /// Gives the gradients of values memory, from `start` on, that is used again when nobody needs them any more.
  ///
  /// The gradient of a value that several steps read has as many parts. The step that made the value takes two of them
  /// if it can; else a part is added to the others when it comes. What passes a gradient on untouched lets the steps
  /// before it have the same memory, and nobody writes over memory that another needs.
  ///
  /// - Parameter isNeeded: Of each value, whether anyone wants its gradient.
  func placeGradients(isNeeded: [Bool], from start: Int) -> Gradients {
    var pool = BufferPool()
    // Of each origin, the buffers that hold the parts of its gradient.
    var parts = [[Int]](repeating: [], count: steps.count + 1)
    var plans: [LayerPlan] = []
    let output = pool.take(counts[result])
    parts[result] = [output]

    func add(_ buffer: Int, to value: Int) {
      parts[value].append(buffer)
      let limit = value > 0 && steps[value - 1].plan.sumsGradients ? 2 : 1
      guard parts[value].count > limit else { return }
      let (a, b) = (parts[value].remove(at: limit - 1), buffer)
      parts[value].removeLast()
      let sum = AddPlan(count: counts[value], relu: false)
      let target = [a, b].first { pool.isOwn($0) } ?? pool.take(counts[value])
      (sum.outputGradient, sum.secondOutputGradient, sum.inputGradient) = (a, b, target)
      plans.append(sum)
      for buffer in [a, b] where buffer != target { pool.release(buffer) }
      parts[value].append(target)
    }

    for (index, step) in steps.enumerated().reversed() where !step.plan.isIdentity && isNeeded[index + 1] {
      let plan = step.plan
      let own = parts[index + 1]
      let inputs = step.layer.reads.map { origins[$0] }.filter { isNeeded[$0] }
      plan.outputGradient = own[0]
      plan.secondOutputGradient = own.count > 1 ? own[1] : nil
      guard let first = inputs.first else {
        plans.append(plan)
        for buffer in own { pool.release(buffer) }
        continue
      }
      var target = own[0]
      if !plan.passesGradient || own.count > 1 {
        let reused = plan.sharesGradient ? own.first { pool.isOwn($0) } : nil
        target = reused ?? pool.take(counts[first])
        plan.inputGradient = target
        plans.append(plan)
      }
      // The step's own hold on the target is that of the first input.
      for buffer in own where buffer != target { pool.release(buffer) }
      for _ in inputs.dropFirst() { pool.hold(target) }
      for input in inputs { add(target, to: input) }
    }
    let (places, end) = pool.offsets(from: start)
    for plan in plans {
      plan.outputGradient = places[plan.outputGradient]
      plan.secondOutputGradient = plan.secondOutputGradient.map { places[$0] }
      plan.inputGradient = plan.inputGradient.map { places[$0] }
    }
    return Gradients(
      output: places[output], input: isNeeded[0] ? parts[0].first.map { places[$0] } : nil, plans: plans, end: end)
  }
}
