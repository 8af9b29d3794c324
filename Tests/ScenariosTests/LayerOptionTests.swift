import Networks
import Testing

@testable import Scenarios

/// What users read of the options of layers that are more than a value.
@Suite("options of layers")
struct LayerOptionTests {
  private static func normalized(_ options: String, _ more: String = "") -> String {
    inline("{conv2d: {name: c, filters: 6, kernel: 3}}, {batch_norm: {\(options)}}, flatten, {dense: 10}", more)
  }

  private static let mistakes: [(text: String, expected: String)] = [
    (
      normalized("axis: 0"),
      "f.yaml:5:76: model.layers[1].batch_norm.axis: '0' is not allowed (allowed: -1, 1, 2, 3)"
    ),
    (
      inline("flatten, {batch_norm: {name: a, axis: 2}}, {dense: 10}"),
      "f.yaml:5:21: model.layers[1]: layer 'a': its input [2352] has no axis 2 (allowed: -1 or 1; 0 is the batch)"
    ),
    (
      normalized("renorm: {r_max: 0.5, d_max: -1, rmax: 2}"),
      """
      f.yaml:5:86: model.layers[1].batch_norm.renorm.r_max: '0.5' is not allowed (allowed: a number ≥ 1)
      f.yaml:5:98: model.layers[1].batch_norm.renorm.d_max: '-1' is not allowed (allowed: a number ≥ 0)
      f.yaml:5:102: model.layers[1].batch_norm.renorm.rmax: unknown key; did you mean 'r_max'? (allowed: r_max, d_max)
      """
    ),
    (
      normalized("renorm: true"),
      "f.yaml:5:78: model.layers[1].batch_norm.renorm: 'true' is not allowed (allowed: a mapping of r_max, d_max)"
    ),
    (
      normalized("track: false, renorm: {}"),
      "f.yaml:5:92: model.layers[1].batch_norm.renorm: needs running statistics (allowed: with track: true)"
    ),
    (
      normalized("name: a, axis: 1", "replace_norm: layer\n"),
      "f.yaml:6:15: replace_norm: 'layer' can't be used in arm 'fedavg': layer 'a': its channels are axis 1, those of layer_norm are the last axis"
    ),
    (normalized("axis: 1, renorm: {}, track: true"), ""),
    (
      inline("{conv2d: {filters: 6, kernel: 3, standardize: {gamma: 0, gian: true}}}, flatten, {dense: 10}"),
      """
      f.yaml:5:66: model.layers[0].conv2d.standardize.gamma: '0' is not allowed (allowed: a number > 0)
      f.yaml:5:69: model.layers[0].conv2d.standardize.gian: unknown key; did you mean 'gain'? (allowed: gamma, gain)
      """
    ),
    (inline("{conv2d: {filters: 6, kernel: 3, standardize: {}}}, flatten, {dense: 10}"), ""),
  ]

  @Test("mistakes", arguments: mistakes)
  func messages(text: String, expected: String) { #expect(complaints(text) == expected) }

  @Test("options that are mappings are read, with defaults for what they leave out")
  func values() throws {
    func layers(_ text: String) throws -> [any Layer] {
      try experiment(text).runs[0].configuration.network.layers.map(\.layer)
    }
    let norm = try #require(try layers(Self.normalized("axis: 2, renorm: {d_max: 1}"))[1] as? BatchNorm)
    #expect(norm.axis == 2 && norm.renormalization == BatchRenormalization(ratioLimit: 3, shiftLimit: 1))
    func convolution(_ options: String) throws -> Conv2D? {
      try layers(inline("{conv2d: {filters: 6, kernel: 3\(options)}}, flatten, {dense: 10}"))[0] as? Conv2D
    }
    #expect(try convolution("")?.standardization == nil)
    #expect(try convolution(", standardize: {}")?.standardization == WeightStandardization())
    #expect(
      try convolution(", standardize: {gamma: 2, gain: false}")?.standardization
        == WeightStandardization(gamma: 2, hasGain: false))
  }
}
