import Catalogs
import Measures
import Records
import Testing

@Suite("measures")
struct MeasureTests {
  /// Three classes, of which the last is nowhere and never predicted.
  static var outputs: EvaluatedOutputs {
    EvaluatedOutputs(
      [2, 1, 0, 0, 3, 1, 1, 2, 0, 5, 0, 0], width: 3, targets: .classes([0, 1, 0, 0]), names: ["cat", "dog"])
  }

  func expect(_ measured: Measured, _ name: String, _ value: Double) {
    let found: Double = (measured.values[name] ?? nil) ?? .nan
    #expect(found == value, "\(name)")
  }

  @Test("counts, precision, recall and F1 of each class, and what is nowhere is missing")
  func classes() throws {
    let measured = Measure.all(of: Self.outputs)
    expect(measured, "precision[cat]", 1)
    expect(measured, "recall[cat]", 2.0 / 3)
    expect(measured, "precision[dog]", 0.5)
    expect(measured, "recall[dog]", 1)
    expect(measured, "f1[dog]", 2.0 / 3)
    #expect(measured.values["recall[2]"] == nil, "class 2 is nowhere")
    let balanced: Double = (2.0 / 3 + 1) / 2
    expect(measured, "balanced_accuracy", balanced)
    #expect(measured.values["top_5_accuracy"] == .some(nil), "there are no more than five classes")
    #expect(measured.counts["confusion"] == [[0, 0, 2], [0, 1, 1], [1, 1, 1]])
  }

  @Test("one output of two classes is the logarithm of the odds of class 1")
  func oneOutput() throws {
    let z: [Float] = [-2, -0.5, 0, 0.25, 30, -700]
    let classes: [Int32] = [0, 1, 0, 1, 1, 0]
    let one = Measure.all(of: EvaluatedOutputs(z, width: 1, targets: .classes(classes)))
    let two = Measure.all(
      of: EvaluatedOutputs(z.flatMap { [0, $0] }, width: 2, targets: .classes(classes)))
    for (a, b) in zip(one.values.sorted, two.values.sorted) {
      #expect(a.name == b.name)
      let (a, b) = (a.value ?? -1, b.value ?? -1)
      #expect(abs(a - b) < 1e-12)
    }
    #expect(one.counts["confusion"] == two.counts["confusion"])
  }

  @Test("what is not a number is missing, and the text of values is read back to the bit")
  func texts() throws {
    var values: MeasureValues = [
      "a": 0.1 + 0.2, "b": nil, "c": .infinity, "recall[\"odd\"\n]": 1, "d": -3, "e": 5e-324, "f": 1e300,
    ]
    #expect(values["c"] == .some(nil))
    #expect(values["missing"] == nil)
    #expect(try MeasureValues(text: values.text) == values)
    values["a"] = .none
    #expect(values["a"] == nil)
    #expect(MeasureValues().text == "{}")
    #expect(throws: (any Error).self) { try MeasureValues(text: "{\"a\": \"b\"}") }
  }

  @Test("texts are read as any JSON is, plain or not, and what is none is an error")
  func textsThatAreRead() throws {
    let plain: MeasureValues = ["a": 0.1, "b[x y]": -3, "c": nil, "d": 1e-300, "e": 123_456_789_012]
    #expect(try MeasureValues(text: plain.text) == plain)
    #expect(try MeasureValues(text: "{}") == MeasureValues())
    // What a decoder for any JSON has to read: spaces, escapes, letters beyond ASCII.
    #expect(try MeasureValues(text: " { \"a\" : 1 , \"b\\u0041\" : null } ") == ["a": 1, "bA": nil])
    let named: MeasureValues = ["recall[\"Zürich\"]": 0.5, "f1[a\\b]": 0.25]
    #expect(try MeasureValues(text: named.text) == named)
    for text in [
      "", "{", "}", "{}}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1}{", "{\"a\":nan}",
      "{\"a\":1e999}",
      "{\"a\":0x1p3}", "{\"a\":--1}", "{\"a\":[1]}", "{a:1}", "{\"a\":1;\"b\":2}", "{\"a\":nul}", "{,}",
      "{\"a\":1,,\"b\":2}",
    ] {
      #expect(throws: (any Error).self, "\(text)") { try MeasureValues(text: text) }
    }
  }

  @Test("a name of the record finds its measure, a name of another version none")
  func names() {
    #expect(Measure.of("recall[cat]")?.name == "recall")
    #expect(Measure.of("top_5_accuracy")?.name == "top_k_accuracy")
    #expect(Measure.of("r2")?.higherIsBetter == true)
    #expect(Measure.of("rmse")?.higherIsBetter == false)
    #expect(Measure.of("perplexity_of_tomorrow") == nil)
  }

  @Test("every measure says something of some targets, and nothing that is not finite", arguments: measureCatalog.names)
  func contract(_ name: String) throws {
    let measure = try measureCatalog.make(name)
    #expect(measure.name == name)
    let examples: [EvaluatedOutputs] = [
      EvaluatedOutputs(
        (0..<70).map { Float(($0 * 37) % 11) }, width: 7, targets: .classes((0..<10).map { Int32($0 % 7) })),
      EvaluatedOutputs([1, -1, 2, 3], width: 2, targets: .labels([1, 0, 0, 1])),
      EvaluatedOutputs([1, -1, 2, 3], width: 2, targets: .values([1, 0, 0, 1])),
      EvaluatedOutputs(surprisal: 3, ofTokens: 2),
    ]
    let said = examples.map { Measure.all(of: $0) }
    let isMeant: (String) -> Bool = { Measure.of($0)?.name == name }
    #expect(said.contains { $0.values.names.contains(where: isMeant) || $0.counts[name] != nil })
    // No example, one example, and outputs without end: missing at most, no trap.
    let extremes: [EvaluatedOutputs] = [
      EvaluatedOutputs([], width: 3, targets: .classes([])), EvaluatedOutputs([], width: 0, targets: .classes([])),
      EvaluatedOutputs([], width: 2, targets: .labels([])), EvaluatedOutputs([], width: 2, targets: .values([])),
      EvaluatedOutputs([3e38, -3e38, 1], width: 3, targets: .classes([1])),
      EvaluatedOutputs([3e38, -3e38], width: 2, targets: .labels([0, 1])),
      EvaluatedOutputs([3e38, -3e38], width: 1, targets: .values([-3e38, 3e38])),
    ]
    for outputs in extremes {
      for (name, value) in Measure.all(of: outputs).values.sorted {
        #expect(value?.isFinite ?? true, "\(name)")
      }
    }
  }
}
