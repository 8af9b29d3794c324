internal import Foundation

/// The number of heads in n throws of a fair coin, for the sign test.
///
/// Source: P(X ≤ k) = 2⁻ⁿ Σ_{i ≤ k} C(n, i), summed exactly for n ≤ 60; else I_½(n − k, k + 1), NIST DLMF 8.17.5.
package struct FairCoin: Sendable, Equatable {
  /// n, the number of throws, ≥ 0.
  package let throwCount: Int

  /// Makes the distribution.
  ///
  /// - Precondition: `throwCount` ≥ 0.
  package init(throwCount: Int) {
    precondition(throwCount >= 0, "fair coin: \(throwCount) throws")
    self.throwCount = throwCount
  }

  /// Returns P(X ≤ k), in [0, 1].
  package func cumulativeProbability(_ k: Int) -> Double {
    if k < 0 { return 0 }
    if k >= throwCount { return 1 }
    if throwCount > 60 {
      return IncompleteBeta.regularized(x: 0.5, a: Double(throwCount - k), b: Double(k + 1))
    }
    var term = 1.0
    var sum = 1.0
    for index in 0..<k {
      // C(n, i + 1) = C(n, i) (n − i)/(i + 1), a whole number.
      term = term * Double(throwCount - index) / Double(index + 1)
      sum += term
    }
    return sum * pow(2, -Double(throwCount))
  }

  /// Returns the probability of a result at least as far from n/2 as k: the p value of a two-sided test.
  package func twoSidedProbability(_ k: Int) -> Double {
    min(1, 2 * cumulativeProbability(min(k, throwCount - k)))
  }
}
