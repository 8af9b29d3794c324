import Foundation
import TestSupport

extension FuzzCase {
  /// A scenario that nobody wrote.
  static func scenario(_ seed: UInt64) throws -> FuzzCase {
    var (numbers, fuzz) = (FuzzNumbers(seed: seed), try FuzzCase(seed: seed))
    var bytes = Array(numbers.pick(bases).utf8)
    switch numbers.below(12) {
    case 0..<4: numbers.corrupt(&bytes)
    case 4..<7: bytes = Array(numbered(String(decoding: bytes, as: UTF8.self), &numbers).utf8)
    case 7..<9: bytes = Array(rearranged(String(decoding: bytes, as: UTF8.self), &numbers).utf8)
    default: bytes = special(bytes, &numbers)
    }
    try fuzz.folder.write(bytes: bytes, to: "x.yaml")
    let edits = ["--rounds", "1", "--seeds", "1"]
    fuzz.commands = [
      ["validate", "x.yaml"] + (numbers.oneIn(2) ? ["--format", "json"] : []),
      ["run", "x.yaml", "--db", "new.sqlite", "--quiet"] + (numbers.oneIn(4) ? [] : edits),
    ]
    fuzz.databases = ["new.sqlite"]
    return fuzz
  }

  static let bases = [
    TinyScenario.text(rounds: 1), mixedScenario,
    """
    name: patterns
    rounds: 2
    data: {source: synthetic-patterns, shape: [6, 6, 2], classes: 3, train_per_client: 6, test_per_client: 4}
    model:
      input: [6, 6, 2]
      layers: [flatten, {dense: 8}, {group_norm: 2}, relu, {dense: 3}]
    client: {batch_size: 2}
    """,
    """
    name: residual
    rounds: 1
    data: {source: synthetic-digits, domains: [ink, chalk], image: {width: 12, height: 12, channels: 1}, train_per_client: 8, test_per_client: 4, unseen: {domains: [chalk]}}
    model: {input: [12, 12, 1], layers: [{conv2d: {filters: 4, kernel: 3, padding: same}}, batch_norm, relu, {residual: {layers: [{conv2d: {filters: 4, kernel: 3, padding: same}}, batch_norm]}}, global_avg_pool2d, {dense: 10}]}
    client: {batch_size: 4}
    evaluation: {norm_source: [own, average], subject: [client, union, unseen]}
    norm: fedbn
    checkpoint: {every: 1, keep: all}
    arms: [{name: a}, {name: b, replace_norm: group(2)}, {name: c, quirks: flower}]
    """,
  ]

  /// Numbers of a text replaced by others.
  private static func numbered(_ text: String, _ numbers: inout FuzzNumbers) -> String {
    let places = text.ranges(of: #/\d+(\.\d+)?/#)
    if places.isEmpty { return text }
    var result = text
    result.replaceSubrange(numbers.pick(places), with: numbers.hostileInteger())
    return result
  }

  /// Lines and words moved, doubled and taken away.
  private static func rearranged(_ text: String, _ numbers: inout FuzzNumbers) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...numbers.below(3) {
      let (from, to) = (numbers.below(lines.count), numbers.below(lines.count))
      switch numbers.below(5) {
      case 0: lines.insert(lines[from], at: to)
      case 1: lines.swapAt(from, to)
      case 2 where lines.count > 1: lines.remove(at: from)
      case 3: lines[from] = String(repeating: " ", count: numbers.below(9)) + lines[from]
      default:
        let words = lines[to].split(whereSeparator: { " {}[],:".contains($0) })
        if let old = words.randomElement(using: &numbers) {
          let new = lines[from].split(whereSeparator: { " {}[],:".contains($0) }).randomElement(using: &numbers) ?? "~"
          lines[to] = lines[to].replacing(old, with: new, maxReplacements: 1)
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Texts with a form that parsers fear.
  private static func special(_ bytes: [UInt8], _ numbers: inout FuzzNumbers) -> [UInt8] {
    let open = numbers.pick(["[", "{a: ", "- ", "? ", "[{b: ", "!!map {", "&a [", "'", "\"", "|\n "])
    func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    switch numbers.below(15) {
    case 11:
      // A megabyte where a word belongs, in a key and in a value.
      let word = String(repeating: numbers.pick(["x", "\\e[31m", "\\u202e", "é", "\\u0301", "'"]), count: 200_000)
      let key = numbers.pick(["norm", "zzz", "\"\(word)\"", "strategy", "weights"])
      return bytes + text("\n\(key): \"\(word)\"\n")
    case 12:
      let count = numbers.pick([99, 101, 20_000])
      return bytes + text("\n" + (0..<count).map { "z\($0): \"\\e\"\n" }.joined())
    case 13:
      let marks = String(repeating: numbers.pick(["\u{301}\u{316}", "\u{F73}", "\u{200D}\u{FE0F}"]), count: 50_000)
      return bytes
        + text("\n" + numbers.pick(["norm: ", "description: ", ""]) + "\"x\(marks)\"" + numbers.pick([": 1\n", "\n"]))
    case 0: return text(String(repeating: open, count: numbers.pick([10, 64, 65, 1000, 100_000])))
    case 1: return bytes + text("\nz: " + String(repeating: open, count: numbers.pick([63, 65, 5000])))
    case 2:
      let levels = numbers.pick([3, 9, 30])
      let lines = (1...levels).map { level in
        "b\(level): &b\(level) [" + Array(repeating: "*b\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
      }
      return text("b0: &b0 [x, y]\n" + lines.joined()) + bytes
    case 3: return [0xFF, 0xFE] + bytes
    case 4: return bytes + [0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF8]
    case 5: return bytes + [0] + text("\nname: y\n")
    case 6: return [UInt8](repeating: numbers.pick([0, 10, 32, 45, 58, 120]), count: 10_000_000)
    case 7: return bytes + bytes
    case 8: return bytes + text("\nname: again\nclient: {batch_size: 1, batch_size: 2}\n")
    case 9: return bytes + text("\n---\nname: z\n...\n%YAML 9.9\n")
    case 10: return text("name: \"\\0\\u0000/../\\n\"\n") + bytes.drop { $0 != 10 }
    default: return []
    }
  }
}
