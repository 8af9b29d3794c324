/// What a check of a database found.
package struct StoreCheck: Sendable, Equatable {
  /// One thing that is not as it should be.
  package struct Problem: Sendable, Equatable {
    /// The run that the problem belongs to; nil where it belongs to none.
    package var run: Int64?
    /// What the problem is, in one line.
    package var text: String

    /// Makes a value.
    package init(run: Int64?, text: String) {
      self.run = run
      self.text = text
    }
  }

  /// What is wrong, at most a hundred of each kind.
  package internal(set) var problems: [Problem] = []
  /// The runs that were looked at.
  package internal(set) var runs = 0
  /// The rounds that were looked at.
  package internal(set) var rounds = 0
  /// The checkpoints whose bytes were compared with their SHA-256.
  package internal(set) var checkpoints = 0
  /// The finished runs whose result hash was computed again.
  package internal(set) var hashes = 0
  /// The runs whose process ended before they did; no damage, `covey resume` goes on with them.
  package internal(set) var cutOffRuns: [Int64] = []

  mutating func complain(_ text: String, run: Int64? = nil) { problems.append(Problem(run: run, text: text)) }

  /// Takes damage for a finding, once.
  ///
  /// - Throws: `error` when it is anything else.
  mutating func complain(of error: StoreError) throws(StoreError) {
    guard case .damaged(_, let reason) = error else { throw error }
    let text = "the database cannot be read: \(reason)"
    if !problems.contains(where: { $0.text == text }) { complain(text) }
  }
}
