internal import GRDB
internal import Records

extension Schema {
  /// Makes room for what measures say; then makes all summaries and views of them anew.
  ///
  /// The numbers of a row are one text of JSON, so that a measure more costs its digits and no row: as rows of a table of
  /// their own, forty numbers of an evaluation took 4 KB and 40 insertions in place of 1 KB and none. Whoever asks in SQL
  /// has them as rows: of views with the key of the row, `measure` and `value`.
  static func recordMeasures(_ database: Database) throws {
    try database.execute(sql: measureColumns)
    // In one pass over the evaluations, also for a database that had no summaries before.
    try database.execute(sql: "DELETE FROM evaluation_summaries")
    try EvaluationSummary.fill(database)
    try database.execute(sql: summaryViews)
    try database.execute(sql: measureViews)
  }

  private static let measureColumns = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;

    ALTER TABLE rounds ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE participations ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE evaluations ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE evaluations ADD COLUMN counts TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE evaluation_summaries ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    """

  /// The measures of a table's rows, a row each.
  private static func view(_ name: String, of table: String, key: [String]) -> String {
    """
    CREATE VIEW \(name) AS SELECT \(key.map { "t.\($0)" }.joined(separator: ", ")), j.key AS measure, j.value AS value
    FROM \(table) t CROSS JOIN json_each(t.measures) j;
    """
  }

  private static let summaryKey = ["run_id", "round"] + EvaluationSummary.key

  private static let measureViews =
    view("round_measures", of: RoundRecord.table, key: ["run_id", "round"])
    + view("participation_measures", of: ParticipationRecord.table, key: ["run_id", "round"] + ParticipationRecord.key)
    + view("evaluation_measures", of: EvaluationRecord.table, key: ["run_id", "round"] + EvaluationRecord.key) + """
      CREATE VIEW measure_summaries AS SELECT \(summaryKey.map { "t.\($0)" }.joined(separator: ", ")), j.key AS measure,
        json_extract(j.value, '$.clients') AS clients, json_extract(j.value, '$.mean') AS mean,
        json_extract(j.value, '$.sample_weighted') AS sample_weighted, json_extract(j.value, '$.worst') AS worst,
        json_extract(j.value, '$.bottom_decile') AS bottom_decile, json_extract(j.value, '$.sd') AS sd,
        json_extract(j.value, '$.jain') AS jain
      FROM evaluation_summaries t CROSS JOIN json_each(t.measures) j;

      CREATE VIEW confusions AS SELECT \((["run_id", "round"] + EvaluationRecord.key).map { "t.\($0)" }.joined(separator: ", ")),
        json_extract(j.value, '$[0]') AS true_class, json_extract(j.value, '$[1]') AS predicted_class,
        json_extract(j.value, '$[2]') AS count
      FROM evaluations t CROSS JOIN json_each(t.counts, '$.confusion') j;
      """
}
