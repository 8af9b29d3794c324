internal import GRDB
internal import Measures
package import Records

extension RunStore {
  /// The names of the measures that runs have recorded, in the order of `Measure.every`, and those that this version does not
  /// know behind them.
  ///
  /// - Parameter runs: The runs' numbers; nil is all.
  /// - Throws: `StoreError` when the database cannot be read.
  /// - Complexity: A look at the last evaluated and the last round of each run, which have what the others have.
  package func measureNames(runs: [Int64]? = nil) throws(StoreError) -> [String] {
    let names: [String] = try reading { database in
      let chosen = runs.map { Self.list($0) }
      return try Self.all(Self.measureNamesQuery, [chosen, chosen], database, self.path) {
        try $0.required(0) as String
      }
    }
    let places = Dictionary(Measure.every.enumerated().map { ($1.name, $0) }) { first, _ in first }
    return names.map { (name: $0, place: Measure.of($0).flatMap { places[$0.name] } ?? .max) }
      .sorted { ($0.place, $0.name) < ($1.place, $1.name) }.map(\.name)
  }

  static let measureNamesQuery = """
    WITH chosen AS (SELECT id FROM runs WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?2)))
    SELECT j.key FROM chosen CROSS JOIN evaluation_summaries e ON e.run_id = chosen.id
      AND e.round = (SELECT MAX(l.round) FROM evaluation_summaries l WHERE l.run_id = chosen.id)
      CROSS JOIN json_each(e.measures) j
    UNION
    SELECT j.key FROM chosen CROSS JOIN rounds r ON r.run_id = chosen.id
      AND r.round = (SELECT MAX(l.round) FROM rounds l WHERE l.run_id = chosen.id) CROSS JOIN json_each(r.measures) j
    """
}
