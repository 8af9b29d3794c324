import Catalogs
import Tensors
import Testing

@testable import Networks

/// What every loss of the catalog promises, with its options unset and set.
@Suite struct LossContractTests {
  private static let rows = 6
  private static let width = 4

  /// A loss with options that change what it does, by the kinds of targets that it takes.
  struct Example: Sendable, CustomTestStringConvertible {
    let name: String
    var options: [String: OptionValue] = [:]
    var testDescription: String { options.isEmpty ? name : "\(name) \(OptionValue.group(options).text)" }

    func make() throws -> any Objective { try lossCatalog.make(name, options) }
  }

  private static let weights = OptionValue.list([.number(0.5), .integer(1), .integer(2), .number(1.5)])

  /// Every loss without options, and those that have some with these.
  static let examples: [Example] =
    lossCatalog.names.map { Example(name: $0) } + [
      Example(name: "cross-entropy", options: ["label_smoothing": .number(0.2)]),
      Example(name: "cross-entropy", options: ["class_weights": weights]),
      Example(name: "cross-entropy", options: ["ignore": .integer(1)]),
      Example(
        name: "cross-entropy",
        options: ["class_weights": weights, "label_smoothing": .number(0.1), "ignore": .integer(3)]),
      Example(name: "focal", options: ["gamma": .number(0.5)]),
      Example(name: "focal", options: ["gamma": .integer(0), "class_weights": weights]),
      Example(name: "focal", options: ["gamma": .integer(3), "class_weights": weights]),
      Example(name: "bce", options: ["positive_weights": weights]),
      Example(name: "huber", options: ["delta": .number(0.3)]),
    ]

  private func evaluate(_ loss: any Objective, _ outputs: [Float], _ classes: [Int32]) -> (
    value: ObjectiveValue, gradient: [Float]
  ) {
    var outputs = outputs
    var (gradient, scratch) = ([Float](repeating: 9, count: outputs.count), outputs)
    let value = loss.value(&outputs, classes: classes, width: Self.width, gradient: &gradient, scratch: &scratch)
    return (value, gradient)
  }

  private func evaluate(_ loss: any Objective, _ outputs: [Float], numbers: [Float]) -> (
    value: ObjectiveValue, gradient: [Float]
  ) {
    var outputs = outputs
    var (gradient, scratch) = ([Float](repeating: 9, count: outputs.count), outputs)
    let value = loss.value(&outputs, numbers: numbers, width: Self.width, gradient: &gradient, scratch: &scratch)
    return (value, gradient)
  }

  @Test("every option of every loss is set in an example")
  func examplesSetAll() {
    for entry in lossCatalog.entries {
      let set = Set(Self.examples.filter { $0.name == entry.name }.flatMap(\.options.keys))
      #expect(set == Set(entry.options.map(\.name)), "\(entry.name)")
    }
  }

  @Test(arguments: examples) func gradientIsThatOfTheMean(example: Example) throws {
    let loss = try example.make()
    let outputs = randomValues(Self.rows * Self.width, seed: 1)
    let classes = randomLabels(Self.rows, classes: Self.width, seed: 1)
    if loss.target(for: .classes(Self.width)) != nil {
      let result = evaluate(loss, outputs, classes)
      let check = try FiniteDifference { evaluate(loss, $0, classes).value.loss }.check(
        result.gradient, at: outputs, tolerance: 1e-4)
      #expect(check.problem == nil)
      #expect(check.told > outputs.count * 3 / 4)
    }
    if let target = loss.target(for: .values(Self.width)) {
      // Labels, 0 or 1; values at some distance from the outputs, where no error has a corner.
      let numbers = randomValues(outputs.count, seed: 5).enumerated().map { place, value -> Float in
        if case .labels = target { return value > 0 ? 1 : 0 }
        return outputs[place] + (value > 0 ? 0.6 : -0.7) + 0.3 * value
      }
      let result = evaluate(loss, outputs, numbers: numbers)
      let check = try FiniteDifference { evaluate(loss, $0, numbers: numbers).value.loss }.check(
        result.gradient, at: outputs, tolerance: 1e-4)
      #expect(check.problem == nil)
      // Where an error comes near δ the slope bends.
      #expect(check.told > outputs.count * 3 / 4)
      #expect(result.value.correct == nil && result.value.weight == Double(Self.rows))
    }
  }

  @Test("every loss has something to compare with, and says which outputs")
  func targets() throws {
    for name in lossCatalog.names {
      let loss = try lossCatalog.make(name)
      let kinds: [TargetKind] = [.classes(4), .values(4), .tokens(vocabulary: 4)]
      let taken = kinds.compactMap { loss.target(for: $0) }
      #expect(!taken.isEmpty)
      for target in taken {
        let fitting: Shape = if case .tokens = target { [7, 4] } else { [4] }
        #expect(loss.outputs(for: target).contain(fitting))
        #expect(!loss.outputs(for: target).contain([3]))
        #expect(loss.problems(with: target, width: 4).isEmpty)
      }
    }
    #expect(try lossCatalog.make("bce").outputs(for: .classes(2)).contain([1]))
  }

  @Test(arguments: lossCatalog.names) func isNeverNegativeAndFallsWithTheError(name: String) throws {
    let loss = try lossCatalog.make(name)
    let classes = randomLabels(Self.rows, classes: Self.width, seed: 2)
    let wild = evaluate(loss, randomValues(Self.rows * Self.width, seed: 3).map { $0 * 10 }, classes).value
    #expect(wild.loss >= 0)
    let isOfValues = ["mse", "mae", "huber"].contains(name)
    var right = [Float](repeating: isOfValues ? 0 : -30, count: Self.rows * Self.width)
    for (row, label) in classes.enumerated() { right[row * Self.width + Int(label)] = isOfValues ? 1 : 30 }
    let good = evaluate(loss, right, classes).value
    #expect(good.loss >= 0 && good.loss < 1e-9)
    #expect(good.loss < wild.loss)
    #expect(good.correct == Self.rows && good.counted == Self.rows && good.weight == Double(Self.rows))
  }

  @Test(arguments: lossCatalog.names) func theFirstOfEqualOutputsIsTheAnswer(name: String) throws {
    let loss = try lossCatalog.make(name)
    #expect(evaluate(loss, [1, 1, 0, 0, 0, 2, 2, 1], [0, 2]).value.correct == 1)
  }

  @Test(arguments: examples) func anOutputThatIsNoNumberMakesTheLossNone(example: Example) throws {
    let loss = try example.make()
    for value in [Float.nan, .infinity] {
      #expect(!evaluate(loss, [0, value, 1, 2], [0]).value.loss.isFinite)
    }
  }

  @Test("options that change nothing give the plain loss to the bit")
  func withoutEffect() throws {
    let ones = OptionValue.list([OptionValue](repeating: .integer(1), count: Self.width))
    let plain: [(String, [String: OptionValue], String)] = [
      ("cross-entropy", ["label_smoothing": .integer(0), "class_weights": ones], "cross-entropy"),
      ("focal", ["gamma": .integer(0), "class_weights": ones], "cross-entropy"),
      ("focal", ["gamma": .integer(2), "class_weights": ones], "focal"),
      ("bce", ["positive_weights": ones], "bce"),
    ]
    let outputs = randomValues(Self.rows * Self.width, seed: 8)
    let classes = randomLabels(Self.rows, classes: Self.width, seed: 8)
    for (name, options, other) in plain {
      let (one, two) = (
        evaluate(try lossCatalog.make(name, options), outputs, classes),
        evaluate(try lossCatalog.make(other), outputs, classes)
      )
      #expect(one.value == two.value && one.gradient == two.gradient, "\(name)")
    }
    // Beyond any error a huber loss is half the squared one.
    let (huber, squared) = (
      evaluate(Huber(delta: 1e6), outputs, classes), evaluate(SquaredError(), outputs, classes)
    )
    #expect(abs(huber.value.loss - squared.value.loss / 2) < 1e-12)
    #expect(zip(huber.gradient, squared.gradient).allSatisfy { abs($0 - $1 / 2) < 1e-7 })
  }

  @Test("a target that is left out counts nowhere, and a batch of such has nothing")
  func ignored() throws {
    let loss = CrossEntropy(ignored: 2)
    let outputs = randomValues(3 * Self.width, seed: 9)
    let (all, one) = (evaluate(loss, outputs, [1, 2, 2]), evaluate(CrossEntropy(), Array(outputs[..<4]), [1]))
    #expect(abs(all.value.loss - one.value.loss) < 1e-12)
    #expect(all.value.counted == 1 && all.value.weight == 1 && all.value.correct == one.value.correct)
    #expect(all.gradient[4...].allSatisfy { $0 == 0 })
    #expect(zip(all.gradient, one.gradient).allSatisfy { abs($0 - $1) < 1e-6 })
    let none = evaluate(loss, outputs, [2, 2, 2])
    #expect(none.value == ObjectiveValue(loss: 0, weight: 0, correct: 0, counted: 0))
    #expect(none.gradient.allSatisfy { $0 == 0 })
    func has(_ loss: CrossEntropy, _ classes: [Int32]) -> Bool {
      var classes = classes
      return classes.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { loss.hasTarget(.classes($0), count: buffer.count) } ?? false
      }
    }
    #expect(has(loss, [2, 1]) && !has(loss, [2, 2]) && loss.canLackTargets)
    // A class that weighs nothing leaves no mean either.
    let weighted = CrossEntropy(classWeights: [0, 1, 1, 1])
    #expect(weighted.canLackTargets && !has(weighted, [0, 0]) && has(weighted, [0, 3]))
    #expect(!CrossEntropy(smoothing: 0.1, classWeights: [1, 2, 1, 1]).canLackTargets)
  }

  @Test("one output tells two classes apart")
  func oneOutput() {
    var (outputs, gradient, scratch) = (
      [Float(2), -1, 0.5], [Float](repeating: 0, count: 3), [Float](repeating: 0, count: 3)
    )
    let value = BinaryCrossEntropy().value(
      &outputs, classes: [1, 0, 0], width: 1, gradient: &gradient, scratch: &scratch)
    let labels = BinaryCrossEntropy().value(
      &outputs, numbers: [1, 0, 0], width: 1, gradient: nil, scratch: &scratch)
    #expect(value.loss == labels.loss && value.correct == 2 && value.counted == 3 && labels.correct == nil)
    #expect(gradient[0] < 0 && gradient[1] > 0 && gradient[2] > 0)
  }

  @Test("options that do not fit the targets are said")
  func misfits() throws {
    func words(_ loss: any Objective, _ target: TargetKind, width: Int = 4) -> [String] {
      loss.problems(with: target, width: width).map { "\($0.option ?? "") \($0.message)" }
    }
    #expect(
      words(CrossEntropy(classWeights: [1, 2, 3]), .classes(4))
        == ["class_weights has 3 numbers for 4 classes (allowed: a list of 4)"])
    #expect(
      words(Focal(classWeights: [1]), .classes(1), width: 1).isEmpty
        && words(Focal(classWeights: [1]), .classes(2))
          == ["class_weights has 1 number for 2 classes (allowed: a list of 2)"]
    )
    #expect(
      words(CrossEntropy(ignored: 4), .classes(4))
        == ["ignore '4' is no class of the data (allowed: a whole number from 0 to 3)"])
    #expect(
      words(BinaryCrossEntropy(positiveWeights: [1, 2]), .labels(4))
        == ["positive_weights has 2 numbers for 4 outputs (allowed: a list of 4)"])
    #expect {
      try lossCatalog.make("focal", ["class_weights": .list([.integer(0), .integer(0)])])
    } throws: {
      ($0 as? OptionProblem)
        == OptionProblem(
          "class_weights", "are all 0, so that nothing counts (allowed: numbers ≥ 0, one of them above)")
    }
  }
}
