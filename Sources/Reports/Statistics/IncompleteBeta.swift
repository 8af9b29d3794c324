internal import Foundation

/// The regularised incomplete beta function I_x(a, b), the integral behind Student's t distribution.
///
/// Source: the continued fraction of NIST DLMF 8.17.22, evaluated by the modified Lentz method (Thompson & Barnett
/// 1986); ln B(a, b) by Stirling's series with the large terms cancelled by hand (Didonato & Morris 1992, section 5).
package enum IncompleteBeta {
  /// Returns I_x(a, b) = 1/B(a, b) ∫₀ˣ u^(a−1) (1 − u)^(b−1) du, in [0, 1].
  ///
  /// - Parameters:
  ///   - x: The upper limit, in [0, 1].
  ///   - a: The first shape, > 0.
  ///   - b: The second shape, > 0.
  /// - Precondition: x in [0, 1], a and b positive and finite.
  /// - Complexity: O(√max(a, b)).
  package static func regularized(x: Double, a: Double, b: Double) -> Double {
    precondition(x >= 0 && x <= 1, "incomplete beta: x = \(x) is not in [0, 1]")
    precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "incomplete beta: shapes \(a), \(b) are not positive")
    if x == 0 || x == 1 { return x }
    if favoursDirect(x: x, a: a, b: b) {
      return min(1, exp(logDirect(logX: log(x), logComplement: log1p(-x), x: x, a: a, b: b)))
    }
    return max(0, 1 - exp(logDirect(logX: log1p(-x), logComplement: log(x), x: 1 - x, a: b, b: a)))
  }

  /// Whether the fraction of I_x(a, b) converges fast, rather than the one of its complement I_{1−x}(b, a).
  static func favoursDirect(x: Double, a: Double, b: Double) -> Bool {
    x < (a + 1) / (a + b + 2)
  }

  /// Returns ln I_x(a, b) by its own continued fraction, for callers that know ln x and ln(1 − x) better than x tells.
  ///
  /// - Precondition: `favoursDirect(x:a:b:)`; otherwise the fraction may not converge.
  static func logDirect(logX: Double, logComplement: Double, x: Double, a: Double, b: Double) -> Double {
    a * logX + b * logComplement - logBeta(a, b) - log(a) + log(continuedFraction(x: x, a: a, b: b))
  }

  /// Returns ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b).
  static func logBeta(_ a: Double, _ b: Double) -> Double {
    let small = min(a, b)
    let large = max(a, b)
    let sum = small + large
    if large < 10 { return lgamma(small) + lgamma(large) - lgamma(sum) }
    let largeTerm = -(large - 0.5) * log1p(small / large)
    if small < 10 {
      return lgamma(small) + stirlingCorrection(large) - stirlingCorrection(sum) + small - small * log(sum) + largeTerm
    }
    let correction = stirlingCorrection(small) + stirlingCorrection(large) - stirlingCorrection(sum)
    return correction + largeTerm + (small - 0.5) * log(small / sum) - 0.5 * log(sum) + 0.5 * log(2 * Double.pi)
  }

  /// Returns ln Γ(x) − [(x − ½) ln x − x + ½ ln 2π] for x ≥ 10, to about 1e-16.
  private static func stirlingCorrection(_ x: Double) -> Double {
    let inverse = 1 / x
    let square = inverse * inverse
    let divisors: [Double] = [360_360 / 691, 1188, 1680, 1260, 360, 12]
    return divisors.reduce(0) { sum, divisor in 1 / divisor - sum * square } * inverse
  }

  /// Returns 1/(1 + d₁/(1 + d₂/(1 + …))) with the coefficients of DLMF 8.17.23.
  private static func continuedFraction(x: Double, a: Double, b: Double) -> Double {
    let tiny = 1e-300
    func awayFromZero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }

    var numerator = 1.0
    var denominator = 1 / awayFromZero(1 - (a + b) * x / (a + 1))
    var value = denominator
    let limit = 1_000 + 20 * max(a, b).squareRoot()
    var m = 1.0
    while m < limit {
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      denominator = 1 / awayFromZero(1 + even * denominator)
      numerator = awayFromZero(1 + even / numerator)
      value *= denominator * numerator

      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      denominator = 1 / awayFromZero(1 + odd * denominator)
      numerator = awayFromZero(1 + odd / numerator)
      let factor = denominator * numerator
      value *= factor
      if abs(factor - 1) < 1e-16 { break }
      m += 1
    }
    return value
  }
}
