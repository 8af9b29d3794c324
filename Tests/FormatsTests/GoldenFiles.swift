import Foundation
import Testing

/// The folder of files in practitioners' formats with its `expected.json`: that of the environment's COVEY_FORMATS, else
/// `shared/data/formats` beside the repository.
enum GoldenFiles {
  static let folder: String = {
    if let given = ProcessInfo.processInfo.environment["COVEY_FORMATS"] { return given }
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.appendingPathComponent("shared/data/formats").path
  }()

  static let isThere = FileManager.default.fileExists(atPath: folder + "/expected.json")

  static let reason: Comment = "there is no folder of format files; COVEY_FORMATS names it"

  /// What is expected of a case, with what it says is the same as another's.
  static func expected(_ id: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let cases = try #require(all["cases"] as? [[String: Any]])
    let found = try #require(cases.first { $0["id"] as? String == id })
    guard let same = found["same_as"] as? String else { return found }
    let other = try #require(cases.first { $0["id"] as? String == same })
    return other.merging(found) { $1 }
  }

  static func path(_ name: String) -> String { folder + "/" + name }
}

/// Σ v[e][k]·(1 + (31·e + k) mod 97) and Σ v of values, an example of `count` after another.
func weighted(_ values: [Double], count: Int) -> (sum: Double, weighted: Double) {
  var (sum, weighted) = (0.0, 0.0)
  for (place, value) in values.enumerated() {
    sum += value
    weighted += value * Double(1 + (31 * (place / count) + place % count) % 97)
  }
  return (sum, weighted)
}

/// Examples of class 0, 1, … and Σ y[e]·(1 + e mod 97).
func labelFigures(_ labels: [Int], classCount: Int) -> (labels: [Int], weighted: Int) {
  var counts = [Int](repeating: 0, count: classCount)
  for label in labels { counts[label] += 1 }
  return (counts, labels.enumerated().reduce(0) { $0 + $1.element * (1 + $1.offset % 97) })
}

/// SHA-256 in hexadecimal (FIPS 180-4), for texts.
func sha256(_ bytes: [UInt8]) -> String {
  func root(_ n: Int, _ power: Double) -> UInt32 {
    let value = pow(Double(n), power)
    return UInt32((value - value.rounded(.down)) * 4_294_967_296)
  }
  var primes: [Int] = []
  var candidate = 2
  while primes.count < 64 {
    if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
    candidate += 1
  }
  let constants = primes.map { root($0, 1.0 / 3) }
  var state = primes.prefix(8).map { root($0, 0.5) }
  var message = bytes + [0x80]
  while message.count % 64 != 56 { message.append(0) }
  message += big(UInt64(bytes.count) * 8)
  func turned(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }
  for start in stride(from: 0, to: message.count, by: 64) {
    var w = stride(from: start, to: start + 64, by: 4).map { place in
      message[place..<(place + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    for t in 16..<64 {
      let s0 = turned(w[t - 15], 7) ^ turned(w[t - 15], 18) ^ w[t - 15] >> 3
      let s1 = turned(w[t - 2], 17) ^ turned(w[t - 2], 19) ^ w[t - 2] >> 10
      w.append(w[t - 16] &+ s0 &+ w[t - 7] &+ s1)
    }
    var h = state
    for t in 0..<64 {
      let s1 = turned(h[4], 6) ^ turned(h[4], 11) ^ turned(h[4], 25)
      let first = h[7] &+ s1 &+ (h[4] & h[5] ^ ~h[4] & h[6]) &+ constants[t] &+ w[t]
      let s0 = turned(h[0], 2) ^ turned(h[0], 13) ^ turned(h[0], 22)
      let second = s0 &+ (h[0] & h[1] ^ h[0] & h[2] ^ h[1] & h[2])
      h = [first &+ second, h[0], h[1], h[2], h[3] &+ first, h[4], h[5], h[6]]
    }
    state = zip(state, h).map { $0 &+ $1 }
  }
  return state.flatMap { big($0) }.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
