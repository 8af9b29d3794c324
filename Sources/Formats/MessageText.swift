/// `[2000, 28, 28]` as "2000×28×28"; only the first six of many.
func timesText(_ extents: [Int]) -> String {
  extents.prefix(6).map(String.init).joined(separator: "×") + (extents.count > 6 ? "×…" : "")
}

/// Bytes as "1F 8B".
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
  return digits.isEmpty ? "nothing" : digits.joined(separator: " ")
}

/// `['x', 'y']` as "'x', 'y'"; only the first twenty of many.
package func listed(_ names: [String]) -> String {
  names.isEmpty
    ? "none" : names.prefix(20).map { "'\(printable($0))'" }.joined(separator: ", ") + (names.count > 20 ? ", …" : "")
}

/// `3` for 3.0.
func numberText(_ value: some BinaryFloatingPoint) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
