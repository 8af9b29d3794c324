/// A two-sided test of whether paired differences lie around 0.
///
/// To add one: a file with a static member, and its line in `all`.
package struct PairedTest: Sendable, Equatable {
  /// All tests, the default first.
  package static let all: [PairedTest] = [.t, .wilcoxon, .sign]

  /// The name on the command line and in keys.
  package let name: String
  /// The name in a table.
  package let title: String
  private let test: @Sendable (PairedSample) -> PairedTestResult

  /// Makes a test.
  ///
  /// - Parameters:
  ///   - name: The name on the command line and in keys, in `snake_case`.
  ///   - title: The name in a table.
  ///   - test: The test of a sample without a `defect`.
  init(name: String, title: String, test: @escaping @Sendable (PairedSample) -> PairedTestResult) {
    self.name = name
    self.title = title
    self.test = test
  }

  /// Returns what the test makes of the differences; no p value where the sample has a `defect`.
  package func callAsFunction(_ sample: PairedSample) -> PairedTestResult {
    if let defect = sample.defect { return PairedTestResult(undefined: defect) }
    return test(sample)
  }

  /// Whether both have the same name.
  package static func == (left: PairedTest, right: PairedTest) -> Bool { left.name == right.name }
}

/// What a paired test makes of a sample.
package struct PairedTestResult: Sendable, Equatable {
  /// How a p value was found.
  package enum Method: String, Sendable, Equatable {
    /// The p value comes of the distribution that the test's assumptions give, without approximation.
    case exact
    /// The p value comes of all changes of the differences' signs.
    case permutations
    /// The p value comes of the normal distribution.
    case asymptotic
  }

  /// The statistic; nil where `undefined` says why.
  package let statistic: Double?
  /// The two-sided p value; nil where `undefined` says why.
  package let pValue: Double?
  /// How `pValue` was found; nil where it is nil.
  package let method: Method?
  /// Where the test sees the differences: above 0 (1), below (−1), or on neither side.
  package let direction: Int
  /// Why there is no p value; nil where there is one.
  package let undefined: PairedDifference.Undefined?

  /// A result.
  init(statistic: Double, pValue: Double, method: Method, direction: Double) {
    self.statistic = statistic
    self.pValue = pValue
    self.method = method
    self.direction = direction > 0 ? 1 : direction < 0 ? -1 : 0
    undefined = nil
  }

  /// No result.
  init(undefined: PairedDifference.Undefined) {
    (statistic, pValue, method, direction) = (nil, nil, nil, 0)
    self.undefined = undefined
  }
}
