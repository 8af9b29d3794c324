import Federation
import Networks
import TestSupport
import Testing

@testable import Scenarios

private let replacements = "keep, group, layer, instance, none, weight-standardized"

@Suite("replace_norm, and components written name(argument)")
struct ReplaceNormTests {
  private static let convolution = "{conv2d: {name: c, filters: 6, kernel: 3}}, {batch_norm: {name: a}}"

  private static let mistakes: [(text: String, expected: String)] = [
    (
      inline("\(convolution), flatten, {dense: 10}", "replace_norm: group(4)\n"),
      "f.yaml:6:15: replace_norm: 'group' can't be used in arm 'fedavg': layer 'a': 4 groups do not divide 6 channels"
    ),
    (
      small("replace_norm: instance\n", model: "digits-small"),
      "f.yaml:5:15: replace_norm: 'instance' can't be used in arm 'fedavg': layer 'bn3': its input [128] has a single value a channel, which instance_norm can't normalize"
    ),
    (
      small("arms:\n  - {name: x, replace_norm: weight-standardized}\n"),
      "f.yaml:6:29: replace_norm: 'weight-standardized' can't be used in arm 'x': the model has no conv2d layer whose weights it could standardize"
    ),
    (
      inline("flatten, {dense: 10}", "replace_norm: layer\n"),
      "f.yaml:6:15: replace_norm: 'layer' can't be used in arm 'fedavg': the model has no batch_norm layer to replace"
    ),
    (
      small("norm: fedbn\nreplace_norm: none\n"),
      "f.yaml:5:7: norm: 'fedbn' can't be used in arm 'fedbn': the model has no normalization layer for it to apply to"
    ),
    (
      small("norm: silobn\nreplace_norm: group(8)\n"),
      "f.yaml:5:7: norm: 'silobn' can't be used in arm 'silobn': it treats running statistics, and the model's normalization layers (group_norm) keep none"
    ),
    (
      small("replace_norm: group\n"),
      "f.yaml:5:15: replace_norm.groups: is missing (allowed: a whole number from 1 to 65536)"
    ),
    (
      small("replace_norm: group(0)\n"),
      "f.yaml:5:15: replace_norm.groups: '0' is not allowed (allowed: a whole number from 1 to 65536)"
    ),
    (
      small("replace_norm: group()\n"),
      "f.yaml:5:15: replace_norm.groups: '' is not allowed (allowed: a whole number from 1 to 65536)"
    ),
    (
      small("replace_norm: {kind: group(2), groups: 4}\n"),
      "f.yaml:5:32: replace_norm.groups: is given in 'group(2)' already"
    ),
    (
      small("replace_norm: grup(2)\n"),
      "f.yaml:5:15: replace_norm: unknown replacement 'grup'; did you mean 'group'? (allowed: \(replacements))"
    ),
    (small("replace_norm: layer(2)\n"), "f.yaml:5:15: replace_norm: 'layer(2)' is not allowed (allowed: layer)"),
    (
      small("strategy: fedprox(0.1)\n"),
      "f.yaml:5:11: strategy: 'fedprox(0.1)' is not allowed (allowed: fedprox, or a mapping of kind, mu)"
    ),
    (
      small("replace_norm: [layer]\n"),
      "f.yaml:5:15: replace_norm: '[layer]' is not allowed (allowed: a replacement by name, or a mapping with 'kind')"
    ),
    (
      small("replace_norm: {kind: weight-standardized, gamma: 0}\n", model: "cnn"),
      "f.yaml:5:50: replace_norm.gamma: '0' is not allowed (allowed: a number > 0)"
    ),
    // Without batch normalization a batch of one sample can be trained on.
    (small("client: {batch_size: 1}\nreplace_norm: layer\n"), ""),
  ]

  @Test("mistakes", arguments: mistakes)
  func messages(text: String, expected: String) { #expect(complaints(text) == expected) }

  private func kinds(_ text: String, edits: ScenarioEdits = ScenarioEdits()) throws -> [String] {
    try experiment(text, edits: edits).runs.map { run in
      let layers = run.configuration.network.layers.filter { $0.name.hasPrefix("bn") }.map(\.layer)
      let kinds = layers.map { layer in
        (layer as? GroupNorm).map { "group_norm(\($0.groups))" } ?? type(of: layer).kind
      }
      return "\(run.configuration.arm): \(kinds.joined(separator: " "))"
    }
  }

  @Test("every way of writing it means the same, in the scenario, an arm, an edit and a sweep")
  func places() throws {
    let expected = ["fedavg: group_norm(8) group_norm(8)"]
    #expect(try kinds(small("replace_norm: group(8)\n")) == expected)
    #expect(try kinds(small("replace_norm: \"group(8)\"\n")) == expected)
    #expect(try kinds(small("replace_norm: {kind: group, groups: 8}\n")) == expected)
    #expect(try kinds(small("replace_norm: {kind: group(8)}\n")) == expected)
    #expect(try kinds(small(), edits: ScenarioEdits(settings: ["replace_norm=group(8)"])) == expected)
    #expect(
      try kinds(
        small("replace_norm: {kind: group, groups: 2}\n"), edits: ScenarioEdits(settings: ["replace_norm.groups=8"]))
        == expected)
    // What an edit made of the text reads as the same again.
    let edited = try Scenario(
      text: small(), file: "f.yaml", baseDirectory: "/nowhere",
      edits: ScenarioEdits(settings: ["replace_norm=group(8)"]))
    #expect(try kinds(edited.text) == expected)
    #expect(
      try kinds(
        small(
          "replace_norm: layer\narms: [{name: x}, {name: y, replace_norm: keep}, {name: z, replace_norm: group(4)}]\n"))
        == ["x: layer_norm layer_norm", "y: batch_norm batch_norm", "z: group_norm(4) group_norm(4)"])
    #expect(
      try kinds(small("sweep: {replace_norm: [keep, group(2), group(4), none]}\n")) == [
        "fedavg,replace_norm=keep: batch_norm batch_norm",
        "fedavg,replace_norm=group2: group_norm(2) group_norm(2)",
        "fedavg,replace_norm=group4: group_norm(4) group_norm(4)",
        "fedavg,replace_norm=none: identity identity",
      ])
  }

  @Test("the match report sees the replaced layers, and arms of one model share what stays")
  func report() throws {
    let runs = try experiment(
      small("norm: fedbn\narms: [{name: x, replace_norm: group(4)}, {name: y}]\n")
    ).runs.map(\.configuration)
    let layers = runs[0].norm.component.match(runs[0].network)
    #expect(layers.map(\.layer) == ["bn1", "bn2"] && layers.map(\.kind) == ["group_norm", "group_norm"])
    #expect(layers.allSatisfy { $0.affine == "local" && $0.statistics == "none" })
    #expect(
      runs.map { $0.network.layout.weightCount } == [
        runs[1].network.layout.weightCount, runs[0].network.layout.weightCount,
      ])
    #expect(runs[0].network.layout.counterCount == 0 && runs[1].network.layout.counterCount == 2)
  }
}
