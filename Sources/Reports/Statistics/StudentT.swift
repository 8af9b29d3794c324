internal import Foundation

/// Student's t distribution, for intervals and tests on few runs.
///
/// Source: Abramowitz & Stegun 26.7.1: P(T > t) = ½ I_x(ν/2, ½) with x = ν/(ν + t²).
/// The middle of the distribution is taken from the complement, so that the tails and the middle are both accurate to
/// about 1e-12 relative; SciPy's `stats.t` is the reference in the tests.
package struct StudentT: Sendable, Equatable {
  /// ν, a real number ≥ 1.
  package let degreesOfFreedom: Double

  /// Makes the distribution.
  ///
  /// - Precondition: `degreesOfFreedom` ≥ 1 and finite.
  package init(degreesOfFreedom: Double) {
    precondition(
      degreesOfFreedom >= 1 && degreesOfFreedom.isFinite,
      "Student t: \(degreesOfFreedom) degrees of freedom, at least 1 needed")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// Returns P(T ≤ t), in [0, 1]; NaN for NaN.
  package func cumulativeProbability(_ t: Double) -> Double {
    if t.isNaN { return .nan }
    return t <= 0 ? upperTail(-t) : 1 - upperTail(t)
  }

  /// Returns P(|T| ≥ |t|): the p value of a two-sided test, accurate however small it is; NaN for NaN.
  package func twoSidedProbability(_ t: Double) -> Double {
    t.isNaN ? .nan : 2 * upperTail(abs(t))
  }

  /// Returns the t with P(T ≤ t) = p: −∞ at 0, +∞ at 1.
  ///
  /// - Precondition: p in [0, 1].
  /// - Complexity: O(√ν).
  package func quantile(_ p: Double) -> Double {
    precondition(p >= 0 && p <= 1, "Student t: \(p) is not a probability")
    let tail = min(p, 1 - p)
    if tail == 0 { return p == 0 ? -.infinity : .infinity }
    let distance = abs(p - 0.5)
    if distance == 0 { return 0 }
    let magnitude = tail > 0.25 ? solveCentral(distance) : solveTail(tail)
    return p < 0.5 ? -magnitude : magnitude
  }

  /// P(T > t) for t ≥ 0.
  private func upperTail(_ t: Double) -> Double {
    let point = Point(t, degreesOfFreedom)
    return point.favoursTail ? exp(point.logTail) : 0.5 - point.central
  }

  /// The t > 0 with P(0 < T ≤ t) = `probability`. Newton from the left of the root of a concave function never passes
  /// it.
  private func solveCentral(_ probability: Double) -> Double {
    var t = probability / exp(logDensity(0))
    for _ in 0..<100 {
      let point = Point(t, degreesOfFreedom)
      let reached = point.favoursTail ? 0.5 - exp(point.logTail) : point.central
      let step = (probability - reached) / exp(logDensity(t))
      t += step
      if abs(step) <= 1e-15 * t { break }
    }
    return t
  }

  /// The t > 0 with P(T > t) = `probability`, by Newton on ln P as a function of ln t, which is concave and nearly
  /// straight.
  private func solveTail(_ probability: Double) -> Double {
    let target = log(probability)
    var logT = 0.0
    for _ in 0..<200 {
      let t = exp(logT)
      let point = Point(t, degreesOfFreedom)
      let logTail = point.favoursTail ? point.logTail : log(0.5 - point.central)
      let slope = -exp(logDensity(t) + logT - logTail)
      let step = (target - logTail) / slope
      logT = min(logT + step, 709)
      if abs(step) <= 1e-15 { break }
    }
    return exp(logT)
  }

  /// ln of the density at t: Γ((ν+1)/2) / (√(νπ) Γ(ν/2)) · (1 + t²/ν)^(−(ν+1)/2).
  private func logDensity(_ t: Double) -> Double {
    let nu = degreesOfFreedom
    return -0.5 * log(nu) - IncompleteBeta.logBeta(nu / 2, 0.5) - (nu + 1) / 2 * Point(t, nu).logRatio
  }

  /// What the incomplete beta function needs to know of t ≥ 0, without t² ever overflowing.
  private struct Point {
    /// ν.
    let nu: Double
    /// x = ν/(ν + t²).
    let x: Double
    /// 1 − x = t²/(ν + t²).
    let complement: Double
    /// ln(1 + t²/ν) = −ln x.
    let logRatio: Double
    /// ln(1 − x).
    let logComplement: Double

    init(_ t: Double, _ nu: Double) {
      self.nu = nu
      let scaled = t / nu.squareRoot()
      if scaled < 1e100 {
        let square = scaled * scaled
        x = 1 / (1 + square)
        complement = square / (1 + square)
        logRatio = log1p(square)
        logComplement = 2 * log(scaled) - logRatio
      } else {
        x = 0
        complement = 1
        logRatio = 2 * log(scaled)
        logComplement = 0
      }
    }

    var favoursTail: Bool { IncompleteBeta.favoursDirect(x: x, a: nu / 2, b: 0.5) }

    /// ln P(T > t), where `favoursTail`.
    var logTail: Double {
      -log(2) + IncompleteBeta.logDirect(logX: -logRatio, logComplement: logComplement, x: x, a: nu / 2, b: 0.5)
    }

    /// P(0 < T ≤ t), where not `favoursTail`.
    var central: Double {
      if complement == 0 { return 0 }
      return 0.5
        * exp(
          IncompleteBeta.logDirect(logX: logComplement, logComplement: -logRatio, x: complement, a: 0.5, b: nu / 2))
    }
  }
}
