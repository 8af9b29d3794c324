/// Reads a decimal number, correctly rounded: digits with a sign, a point and an exponent, or some of these.
///
/// - Parameters:
///   - text: All of the number, without blanks.
///   - point: The decimal point; with a comma, a point in the text is wrong.
///   - isForFloat: Whether the number is only to become one of 32 bits: that is then the same, and the number itself may
///     be a neighbour of the nearest, which is several times as fast where there are 16 digits and more.
/// - Returns: The nearest number of 64 bits, infinite above the largest; nil for anything else, as `nan`, `inf`, `0x1`
///   and `1 000`.
func decimalNumber(
  _ text: UnsafeBufferPointer<UInt8>, point: UInt8 = UInt8(ascii: "."), isForFloat: Bool = false
) -> Double? {
  var place = 0
  let end = text.count
  var isNegative = false
  if place < end, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
    isNegative = text[place] == UInt8(ascii: "-")
    place += 1
  }
  var mantissa: UInt64 = 0
  var digitCount = 0
  var isShort = true
  var exponent = 0
  var pointPlace = -1
  while place < end {
    let byte = text[place]
    if byte &- 0x30 < 10 {
      // 18 digits fit whatever they are.
      if mantissa < 100_000_000_000_000_000 {
        mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
        if pointPlace >= 0 { exponent -= 1 }
      } else {
        isShort = false
      }
      digitCount += 1
    } else if byte == point, pointPlace < 0 {
      pointPlace = place
    } else {
      break
    }
    place += 1
  }
  guard digitCount > 0 else { return nil }
  if place < end {
    guard text[place] | 0x20 == UInt8(ascii: "e") else { return nil }
    place += 1
    var isBelow = false
    if place < end, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
      isBelow = text[place] == UInt8(ascii: "-")
      place += 1
    }
    guard place < end else { return nil }
    var power = 0
    while place < end {
      guard text[place] &- 0x30 < 10 else { return nil }
      power = min(100_000, power * 10 + Int(text[place] &- 0x30))
      place += 1
    }
    exponent += isBelow ? -power : power
  }
  // Both are exact, so that one rounding is all there is (Clinger 1990).
  if isShort, -22 <= exponent, exponent <= 22 {
    let value = exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
    if mantissa <= 1 << 53 { return isNegative ? -value : value }
    // Two roundings: the number lies between the neighbours of neighbours, which all become one of 32 bits.
    if isForFloat, Float(value.nextDown.nextDown) == Float(value.nextUp.nextUp) { return isNegative ? -value : value }
  }
  var plain = Array(text)
  if pointPlace >= 0 { plain[pointPlace] = UInt8(ascii: ".") }
  return Double(String(decoding: plain, as: UTF8.self))
}

private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
