import Tensors

@testable import Networks

/// How PyTorch arranges a layer's activations.
enum GoldenArrangement {
  /// `[N, C, …]`.
  case channelsFirst
  /// `[N, …, C]`.
  case channelsLast
}

/// The layer that a case is about, and how its arrays are arranged and called.
struct GoldenLayer {
  var layer: any Layer
  var arrangement = GoldenArrangement.channelsFirst
  /// What the case calls an array that PyTorch calls otherwise.
  var otherNames: [String: String] = [:]

  /// The layer of a case, nil when its operation is unknown.
  ///
  /// - Throws: `GoldenCaseUnsupported` when a setting asks for what the layer does not do.
  init?(_ golden: GoldenCase) throws {
    switch golden.operation {
    case "Linear":
      layer = Dense(name: "layer", units: try golden.shape("param.weight")[0], hasBias: golden.has("param.bias"))
      arrangement = .channelsLast
    case "Conv2d": layer = try Self.convolution(golden)
    case "BatchNorm1d", "BatchNorm2d": layer = Self.batchNorm(golden)
    case "BatchNormalization":
      layer = Self.kerasBatchNorm(golden)
      otherNames = [
        "weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance",
      ]
      let axis = golden.integers("axis")?.first ?? -1
      arrangement = axis == 1 ? .channelsFirst : .channelsLast
    case "GroupNorm":
      guard let groups = golden.integers("groups", "num_groups")?.first else { throw Self.missing("groups", golden) }
      layer = GroupNorm(
        name: "layer", groups: groups, epsilon: golden.number("eps") ?? 1e-5, center: golden.has("param.bias"),
        scale: golden.has("param.weight"))
    case "InstanceNorm1d", "InstanceNorm2d":
      if golden.has("param.running_mean") { throw GoldenCaseUnsupported("instance normalization keeps no statistics") }
      layer = InstanceNorm(
        name: "layer", epsilon: golden.number("eps") ?? 1e-5, center: golden.has("param.bias"),
        scale: golden.has("param.weight"))
    case "LayerNorm": (layer, arrangement) = try Self.layerNorm(golden)
    case "ReLU": layer = ReLU(name: "layer")
    case "LeakyReLU":
      layer = LeakyReLU(name: "layer", slope: Float(golden.number("slope", "negative_slope") ?? 0.01))
    case "Tanh": layer = Tanh(name: "layer")
    case "Sigmoid": layer = Sigmoid(name: "layer")
    case "GELU":
      if golden.text("approximate") ?? "none" != "none" { throw GoldenCaseUnsupported("GELU is the exact one") }
      layer = GELU(name: "layer")
    case "MaxPool2d", "AvgPool2d": layer = try Self.pooling(golden)
    case "AdaptiveAvgPool2d":
      guard golden.pair("size", "output_size") ?? [1, 1] == [1, 1] else {
        throw GoldenCaseUnsupported("only the pooling to one position is there")
      }
      layer = GlobalAvgPool2D(name: "layer")
    case "LSTM", "GRU":
      let units = try golden.shape("param.weight_hh_l0")[1]
      layer = golden.operation == "LSTM" ? LSTM(name: "layer", units: units) : GRU(name: "layer", units: units)
      if golden.flag("batch_first") == false { throw GoldenCaseUnsupported("sequences are batch first") }
      arrangement = .channelsLast
    case "Embedding":
      let table = try golden.shape("param.weight")
      layer = Embedding(name: "layer", count: table[0], dimensions: table[1])
      arrangement = .channelsLast
    case "ConvTranspose2d":
      let weight = try golden.shape("param.weight")
      layer = ConvTranspose2D(
        name: "layer", filters: weight[1], kernel: [weight[2], weight[3]], stride: golden.pair("stride") ?? [1, 1],
        padding: golden.pair("padding") ?? [0, 0], hasBias: golden.has("param.bias"))
      if golden.pair("output_padding") ?? [0, 0] != [0, 0] || golden.integers("groups")?.first ?? 1 != 1 {
        throw GoldenCaseUnsupported("transposed convolution has no output padding and no groups")
      }
    case "Flatten": layer = Flatten(name: "layer")
    case "Dropout":
      layer = Dropout(name: "layer", rate: Float(golden.number("rate", "p") ?? 0.5))
      if golden.text("mode") != "eval", golden.number("rate", "p") != 0 {
        throw GoldenCaseUnsupported("masks of other generators can't be had")
      }
    default: return nil
    }
  }

  private static func missing(_ setting: String, _ golden: GoldenCase) -> GoldenCaseUnsupported {
    GoldenCaseUnsupported("\(golden.operation) without '\(setting)'")
  }

  private static func convolution(_ golden: GoldenCase) throws -> Conv2D {
    let weight = try golden.shape("param.weight")
    let kernel = golden.pair("kernel", "kernel_size") ?? [weight[2], weight[3]]
    if golden.text("padding_mode") ?? "zeros" != "zeros" { throw GoldenCaseUnsupported("padding is of zeros") }
    let padding: Conv2D.Padding
    switch golden.text("padding") {
    case "same": padding = .same
    case "valid": padding = .each(height: 0, width: 0)
    default:
      let each = golden.pair("padding") ?? [0, 0]
      padding = .each(height: each[0], width: each[1])
    }
    return Conv2D(
      name: "layer", filters: weight[0], kernel: kernel, stride: golden.pair("stride") ?? [1, 1], padding: padding,
      dilation: golden.pair("dilation") ?? [1, 1], groups: golden.integers("groups")?.first ?? 1,
      hasBias: golden.has("param.bias"),
      standardization: golden.number("standardize_gamma").map {
        WeightStandardization(gamma: $0, hasGain: golden.has("param.gain"))
      })
  }

  private static func batchNorm(_ golden: GoldenCase) -> BatchNorm {
    let momentum: BatchNorm.Momentum =
      golden.isNull("momentum") ? .cumulative : .fixed(golden.number("momentum") ?? 0.1)
    return BatchNorm(
      name: "layer", momentum: momentum, epsilon: golden.number("eps") ?? 1e-5, center: golden.has("param.bias"),
      scale: golden.has("param.weight"), track: golden.has("param.running_mean"))
  }

  private static func kerasBatchNorm(_ golden: GoldenCase) -> BatchNorm {
    BatchNorm(
      name: "layer", convention: .keras, momentum: golden.number("momentum").map { .fixed($0) },
      epsilon: golden.number("epsilon", "eps"), center: golden.has("param.beta"), scale: golden.has("param.gamma"),
      track: golden.has("param.moving_mean"))
  }

  private static func layerNorm(_ golden: GoldenCase) throws -> (LayerNorm, GoldenArrangement) {
    let shape = try golden.shape("input")
    let normalized = golden.integers("normalized_shape") ?? Array(shape.suffix(1))
    let center = golden.has("param.bias")
    let scale = golden.has("param.weight")
    let epsilon = golden.number("eps") ?? 1e-5
    guard normalized.count > 1 else {
      return (LayerNorm(name: "layer", over: .channels, epsilon: epsilon, center: center, scale: scale), .channelsLast)
    }
    guard normalized.count == shape.count - 1, !center, !scale else {
      throw GoldenCaseUnsupported("γ and β are one a channel, normalized_shape \(normalized) would have more")
    }
    return (LayerNorm(name: "layer", over: .sample, epsilon: epsilon, center: false, scale: false), .channelsFirst)
  }

  private static func pooling(_ golden: GoldenCase) throws -> any Layer {
    guard let kernel = golden.pair("kernel", "kernel_size") else { throw missing("kernel", golden) }
    if golden.flag("ceil_mode") == true || golden.pair("dilation") ?? [1, 1] != [1, 1] {
      throw GoldenCaseUnsupported("pooling has no ceil_mode and no dilation")
    }
    let stride = golden.pair("stride")
    let padding = golden.pair("padding") ?? [0, 0]
    if golden.operation == "MaxPool2d" {
      return MaxPool2D(name: "layer", kernel: kernel, stride: stride, padding: padding)
    }
    return AvgPool2D(
      name: "layer", kernel: kernel, stride: stride, padding: padding,
      countsPadding: golden.flag("count_include_pad") ?? true)
  }
}
