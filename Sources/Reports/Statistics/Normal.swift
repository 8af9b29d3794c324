internal import Foundation

/// The standard normal distribution, for the bias-corrected bootstrap and for tests on many pairs.
///
/// Source: Φ(x) = ½ erfc(−x/√2), NIST DLMF 7.2.2; the quantile by Newton's method on Φ, begun at Abramowitz & Stegun
/// 26.2.23 (which is off by less than 4.5e-4) and done in ln Φ in the tails, so that it is accurate to about 1e-15
/// however small the probability; Φ itself is to about x² · 1e-16 relative. SciPy's `stats.norm` is the reference in the tests.
package enum Normal {
  /// Returns Φ(x) = P(X ≤ x), in [0, 1]; NaN for NaN.
  package static func cumulativeProbability(_ x: Double) -> Double {
    0.5 * erfc(-x / 2.0.squareRoot())
  }

  /// Returns P(|X| ≥ |x|): the p value of a two-sided test, accurate however small it is; NaN for NaN.
  package static func twoSidedProbability(_ x: Double) -> Double {
    erfc(abs(x) / 2.0.squareRoot())
  }

  /// Returns the x with Φ(x) = p: −∞ at 0, +∞ at 1.
  ///
  /// - Precondition: p in [0, 1].
  package static func quantile(_ p: Double) -> Double {
    precondition(p >= 0 && p <= 1, "normal: \(p) is not a probability")
    let tail = min(p, 1 - p)
    if tail == 0 { return p == 0 ? -.infinity : .infinity }
    let magnitude = tail > 0.25 ? centralQuantile(abs(p - 0.5)) : tailQuantile(tail)
    return p < 0.5 ? -magnitude : magnitude
  }

  /// The x ≥ 0 with Φ(x) − ½ = `distance`, by Newton on erf, which is concave there.
  private static func centralQuantile(_ distance: Double) -> Double {
    var x = distance * (2 * Double.pi).squareRoot()
    for _ in 0..<20 {
      let step = (distance - 0.5 * erf(x / 2.0.squareRoot())) * (2 * Double.pi).squareRoot() * exp(x * x / 2)
      x += step
      if abs(step) <= 1e-16 * x { break }
    }
    return x
  }

  /// The x > 0 with P(X > x) = `tail`: Newton on ln P(X > x), whose slope is −φ(x)/P(X > x).
  private static func tailQuantile(_ tail: Double) -> Double {
    let t = (-2 * log(tail)).squareRoot()
    let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
    let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    var x = t - numerator / denominator
    for _ in 0..<20 {
      let logTail = log(0.5 * erfc(x / 2.0.squareRoot()))
      let logDensity = -x * x / 2 - 0.5 * log(2 * Double.pi)
      let step = (logTail - log(tail)) * exp(logTail - logDensity)
      x += step
      if abs(step) <= 1e-16 * x { break }
    }
    return x
  }
}
