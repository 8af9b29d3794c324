/// What a client holds, as it is recorded: `ClientRecord` without reading the numbers of its labels, which takes long for
/// many clients of many runs.
package struct RecordedShare: Sendable, Equatable {
  /// The client's number.
  package let client: Int
  /// The domain its examples come from, or "" where it has none of its own.
  package let domain: String
  /// Training examples it holds.
  package let trainSamples: Int
  /// Test examples it holds.
  package let testSamples: Int
  /// Training examples by label, as `[3,0,5]`.
  package let labels: String
  /// The client's name, or "" where it has none but its number.
  package let name: String
}
