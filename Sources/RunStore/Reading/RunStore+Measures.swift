internal import GRDB
internal import Measures
package import Records

extension RunStore {
  /// The names of the measures that runs have recorded, in the order of `Measure.every`, and those that this version does not
  /// know behind them.
  ///
  /// - Parameter runs: The runs' numbers.
  /// - Throws: `StoreError` when the database cannot be read.
  /// - Complexity: A look at the last evaluated and the last round of each run, which have what the others have.
  package func measureNames(runs: [Int64]) throws(StoreError) -> [String] {
    let names: [String] = try reading { database in
      let chosen = Self.list(runs)
      return try Self.all(Self.measureNamesQuery, [chosen, chosen], database, self.path) {
        try $0.required(0) as String
      }
    }
    let places = Dictionary(Measure.every.enumerated().map { ($1.name, $0) }) { first, _ in first }
    return names.map { (name: $0, place: Measure.of($0).flatMap { places[$0.name] } ?? .max) }
      .sorted { ($0.place, $0.name) < ($1.place, $1.name) }.map(\.name)
  }

  static let measureNamesQuery = """
    SELECT m.measure FROM json_each(?) chosen CROSS JOIN evaluation_summaries e ON e.run_id = chosen.value
      AND e.round = (SELECT MAX(l.round) FROM evaluation_summaries l WHERE l.run_id = chosen.value)
      CROSS JOIN summary_measures m ON \(Schema.areMeasures("m", of: "e"))
    UNION
    SELECT k.key FROM json_each(?) chosen CROSS JOIN rounds r ON r.run_id = chosen.value
      AND r.round = (SELECT MAX(l.round) FROM rounds l WHERE l.run_id = chosen.value) CROSS JOIN json_each(r.measures) k
    """
}
