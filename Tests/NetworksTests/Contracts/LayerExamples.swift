import Catalogs
import Randomness
import Tensors

@testable import Networks

/// A layer of the catalog with some options, on an input that it accepts.
struct LayerExample: Sendable, CustomStringConvertible {
  let kind: String
  let options: [String: OptionValue]
  let input: Shape
  let network: Network

  var description: String { "\(kind) \(OptionValue.group(options).text) on \(input)" }

  /// One sample of each rank: a vector, a sequence, an image.
  static let shapes: [Shape] = [[6], [5, 6], [6, 5, 4]]

  /// Every layer with its defaults, small values for what it requires, on every shape that it accepts.
  static let plain: [LayerExample] = layerCatalog.entries.flatMap { entry in examples(entry, required(entry)) }

  /// The same with each word of each choice and each switch turned, one at a time.
  static let varied: [LayerExample] = layerCatalog.entries.flatMap { entry in
    entry.options.flatMap { option in
      settings(option).flatMap { value in
        examples(entry, required(entry).merging([option.name: value]) { $1 })
      }
    }
  }

  private static func examples(_ entry: CatalogEntry<any Layer>, _ options: [String: OptionValue]) -> [LayerExample] {
    shapes.compactMap { shape in
      guard let layer = try? layerCatalog.make(entry.name, options),
        let network = try? Network(input: shape, layers: [layer])
      else { return nil }
      return LayerExample(kind: entry.name, options: options, input: shape, network: network)
    }
  }

  /// Residual blocks with what may stand in, behind and before them.
  static let blocks: [LayerExample] = ResidualExamples.all.map { name, input, layers in
    guard let network = try? Network(input: input, layers: layers) else {
      preconditionFailure("'\(name)' is no network on \(input)")
    }
    return LayerExample(kind: "residual", options: ["layers": .text(name)], input: input, network: network)
  }

  /// Whether a ReLU stands behind other layers, where some value crosses its kink whatever is moved.
  var isBent: Bool { network.layers.count > 1 && network.layers.contains { $0.layer is ReLU } }

  private static func required(_ entry: CatalogEntry<any Layer>) -> [String: OptionValue] {
    var values: [String: OptionValue] = [:]
    for option in entry.options where option.defaultValue == nil && !option.isOptional {
      values[option.name] = smallValue(option.kind)
    }
    return values
  }

  private static func smallValue(_ kind: OptionKind) -> OptionValue {
    switch kind {
    case .integer(let range): .integer(min(max(2, range.lowerBound), range.upperBound))
    case .number(let range): .number(range.lower < 0.25 && range.upper > 0.25 ? 0.25 : range.lower + 1)
    case .boolean: .boolean(true)
    case .choice(let words): .text(words[0])
    case .text: .text("x")
    case .list(let element, let count):
      .list([OptionValue](repeating: smallValue(element), count: max(1, count.lowerBound)))
    case .either(let kinds): smallValue(kinds[0])
    case .group: .group([:])
    // What keeps every shape, has weights of its own and bends nothing.
    case .components: .list([.component("batch_norm", [:])])
    case .component: .component("batch_norm", [:])
    }
  }

  /// What an option can be but for its default: the other truth, every word, another number.
  private static func settings(_ option: Option) -> [OptionValue] {
    guard option.name != "name" else { return [] }
    func values(_ kind: OptionKind) -> [OptionValue] {
      switch kind {
      case .boolean: [.boolean(true), .boolean(false)]
      case .choice(let words): words.map { .text($0) }
      case .either(let kinds): kinds.flatMap(values)
      case .list(let element, _): [.list([smallValue(element), .integer(1)])]
      default: [smallValue(kind)]
      }
    }
    return values(option.kind).filter { $0 != option.defaultValue }
  }

  /// A state of this network away from its start, so that a γ of 1 or a mean of 0 hides nothing.
  func state(seed: UInt64) -> ModelState {
    var state = ModelState(initial: network.layout, seed: seed)
    var stream = RandomStream(seed: seed, .noise, 1)
    for tensor in network.layout.tensors where tensor.role != .batchCount {
      for place in tensor.range {
        switch tensor.role {
        case .normScale: state.values[place] = Float(stream.uniform(0.5, 1.5)) * (stream.uniform() < 0.3 ? -1 : 1)
        case .runningVariance: state.values[place] = Float(stream.uniform(0.5, 2))
        case .weight: break
        default: state.values[place] = Float(stream.uniform(-0.5, 0.5))
        }
      }
    }
    return state
  }

  /// Random inputs for a batch.
  func inputs(batch: Int, seed: UInt64) -> [Float] {
    let values = randomValues(batch * input.count, seed: seed)
    guard let tokens else { return values }
    return values.map { (abs($0) * 1000).rounded().truncatingRemainder(dividingBy: Float(tokens)) }
  }

  /// For a layer that looks tokens up, how many there are.
  var tokens: Int? { network.layers[0].resolved.tokenCount }
}

/// Numbers of the standard normal distribution.
func randomValues(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(seed: seed, .examples, 0)
  return (0..<count).map { _ in Float(stream.normal()) }
}

/// Class numbers.
func randomLabels(_ count: Int, classes: Int, seed: UInt64) -> [Int32] {
  var stream = RandomStream(seed: seed, .examples, 1)
  return (0..<count).map { _ in Int32(stream.index(below: classes)) }
}
