internal import GRDB
internal import Records

/// What one measure says over the clients of an `EvaluationSummary`.
struct SummaryMeasure: RowRecord, Equatable {
  static let table = "summary_measures"
  static let key = EvaluationSummary.key + ["measure"]
  static let columns = key + valueColumns

  /// The columns of what it says.
  static let valueColumns = ["clients", "mean", "sample_weighted", "worst", "bottom_decile", "sd", "jain"]

  /// Which evaluations.
  let kind: EvaluationSummary.Kind
  /// The measure's name in the record.
  let measure: String
  /// What it says.
  let summary: MeasureSummary

  var values: [(any DatabaseValueConvertible)?] {
    let named: [(any DatabaseValueConvertible)?] = kind.values + [measure]
    return named + [
      summary.clients, summary.mean, summary.sampleWeighted, summary.worst, summary.bottomDecile,
      summary.standardDeviation, summary.jain,
    ]
  }

  init(kind: EvaluationSummary.Kind, measure: String, summary: MeasureSummary) {
    self.kind = kind
    self.measure = measure
    self.summary = summary
  }

  init(_ row: RowValues) throws {
    kind = try EvaluationSummary.Kind(row)
    measure = try row.required(EvaluationSummary.key.count)
    summary = try MeasureSummary(row, from: Self.key.count)
  }
}

extension MeasureSummary {
  /// Reads the columns `SummaryMeasure.valueColumns`, the first of which is at `first`.
  init(_ row: RowValues, from first: Int) throws {
    self.init(
      clients: try row.required(first), mean: try row.required(first + 1), sampleWeighted: try row.optional(first + 2),
      worst: try row.optional(first + 3), bottomDecile: try row.optional(first + 4),
      standardDeviation: try row.required(first + 5), jain: try row.optional(first + 6))
  }
}
