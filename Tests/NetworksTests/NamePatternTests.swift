import Networks
import Tensors
import Testing

/// Patterns of names, and arrays of a file under other names.
@Suite("names of arrays")
struct NamePatternTests {
  @Test(
    "a star is any characters, a question mark one",
    arguments: [
      ("fc.*", "fc.weight", true), ("fc.*", "fc1.weight", false), ("*.running_var", "layer1.0.bn1.running_var", true),
      ("*.running_var", "running_var", false), ("*", "anything.at.all", true), ("fc?.bias", "fc1.bias", true),
      ("fc?.bias", "fc12.bias", false), ("*a*b", "xaxbxb", true), ("*a*b", "xaxbxc", false), ("", "", true),
      ("", "a", false), ("**", "", true), ("a*a", "a", false), ("a*a", "aa", true), ("fc.weight", "fc.weight", true),
    ])
  func matching(pattern: String, name: String, matches: Bool) {
    #expect(NamePattern(pattern).matches(name) == matches, "\(pattern) on \(name)")
  }

  @Test("a pattern of many stars takes no time that grows with their number's power")
  func manyStars() {
    let pattern = NamePattern(String(repeating: "a*", count: 200) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 4000)))
  }

  @Test("the prefix is taken off first, then the longest beginning is replaced, once")
  func renaming() {
    let naming = ArrayNaming(
      prefix: "start.",
      renamings: [
        .init(from: "encoder.", to: ""), .init(from: "encoder.bn.", to: "encoder."), .init(from: "h", to: "hh"),
      ])
    #expect(naming.modelName(of: "start.encoder.bn.weight")?.name == "encoder.weight")
    #expect(naming.modelName(of: "start.encoder.conv.bias")?.name == "conv.bias")
    #expect(naming.modelName(of: "start.head.bias")?.name == "hhead.bias")
    #expect(naming.modelName(of: "start.fc.bias")?.name == "fc.bias")
    #expect(naming.modelName(of: "start.fc.bias")?.renaming == nil)
    #expect(naming.modelName(of: "encoder.bn.weight")?.name == nil)
    #expect(ArrayNaming(renamings: [.init(from: "", to: "net.")]).modelName(of: "fc.bias")?.name == "net.fc.bias")
  }

  @Test("what may be missing starts as the seed has it")
  func initialValues() throws {
    let network = try Network(
      input: [3], layers: [Dense(name: "fc1", units: 4), BatchNorm(name: "bn"), Dense(name: "fc2", units: 2)])
    let layout = network.layout
    let whole = ModelState(initial: layout, seed: 1)
    let tensors = whole.tensors(layout: layout).filter { !$0.name.hasPrefix("fc2") && $0.name != "bn.running_var" }
    let file = try SafetensorsFile(bytes: encodeSafetensors(tensors, metadata: [:]), path: "w.safetensors")
    let naming = ArrayNaming(allowMissing: [NamePattern("fc2.*"), NamePattern("*.running_var"), NamePattern("fc1.*")])
    let reading = try ModelState.reading(file, naming, layout: layout, seed: 9)
    #expect(reading.kept == ["bn.running_var", "fc2.weight", "fc2.bias"])
    let other = ModelState(initial: layout, seed: 9)
    for tensor in layout.tensors where tensor.role != .batchCount {
      let source = reading.kept.contains(tensor.name) ? other : whole
      #expect(reading.state.values[tensor.range] == source.values[tensor.range], "\(tensor.name)")
    }
    #expect(other.values != whole.values)
  }
}
