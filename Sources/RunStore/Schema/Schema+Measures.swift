internal import GRDB
internal import Records

extension Schema {
  /// Makes room for what measures say; then makes all summaries and views of them anew.
  ///
  /// The numbers of a row are one text of JSON, and whoever asks in SQL has them as rows: of views with the key of the row,
  /// `measure` and `value`. An evaluation of ten classes, with 50 numbers, takes 1.3 KB and 4 µs so; as rows of a table of their
  /// own 3.5 KB and 122 µs. `evaluations` has row ids for that: in a table without, rows of more than a quarter of a page
  /// spill to a page of their own, 3.8 KB and 8 µs.
  static func recordMeasures(_ database: Database) throws {
    try database.execute(sql: measureColumns)
    // In one pass over the evaluations, also for a database that had no summaries before.
    try database.execute(sql: "DELETE FROM evaluation_summaries")
    try EvaluationSummary.fill(database)
    try database.execute(sql: summaryViews)
    try database.execute(sql: clientView)
    try database.execute(sql: measureViews)
  }

  private static let measureColumns = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS client_history;

    ALTER TABLE rounds ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE participations ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE evaluation_summaries ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';

    CREATE TABLE evaluations_with_measures (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL CHECK (subject IN ('client', 'union', 'unseen')),
      client INTEGER NOT NULL CHECK (client >= -1),
      model TEXT NOT NULL CHECK (model IN ('personal', 'global')),
      norm_source TEXT NOT NULL CHECK (norm_source IN
        ('own', 'global', 'average', 'pooled', 'nearest', 'recalibrated', 'batch', 'initial')),
      phase TEXT NOT NULL CHECK (phase IN ('after-aggregation', 'after-training')),
      split TEXT NOT NULL CHECK (split IN ('test', 'validation', 'train')),
      samples INTEGER NOT NULL,
      subset_hash TEXT NOT NULL,
      loss REAL,
      accuracy REAL,
      measures TEXT NOT NULL DEFAULT '{}',
      counts TEXT NOT NULL DEFAULT '{}',
      PRIMARY KEY (run_id, round, subject, client, model, norm_source, phase, split),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    );

    INSERT INTO evaluations_with_measures
    SELECT run_id, round, subject, client, model, norm_source, phase, split, samples, subset_hash, loss, accuracy, '{}', '{}'
    FROM evaluations ORDER BY run_id, round, subject, client, model, norm_source, phase, split;

    DROP TABLE evaluations;
    ALTER TABLE evaluations_with_measures RENAME TO evaluations;
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
    + view("evaluation_measures", of: EvaluationRecord.table, key: ["run_id", "round"] + EvaluationRecord.key)
    + summaryMeasureView + """
      CREATE VIEW confusions AS SELECT \((["run_id", "round"] + EvaluationRecord.key).map { "t.\($0)" }.joined(separator: ", ")),
        json_extract(j.value, '$[0]') AS true_class, json_extract(j.value, '$[1]') AS predicted_class,
        json_extract(j.value, '$[2]') AS count
      FROM evaluations t CROSS JOIN json_each(t.counts, '$.confusion') j;
      """

  /// The measures of summaries, a row each.
  static let summaryMeasureView = """
    CREATE VIEW measure_summaries AS SELECT \(summaryKey.map { "t.\($0)" }.joined(separator: ", ")), j.key AS measure,
      json_extract(j.value, '$.clients') AS clients, json_extract(j.value, '$.mean') AS mean,
      json_extract(j.value, '$.sample_weighted') AS sample_weighted, json_extract(j.value, '$.worst') AS worst,
      json_extract(j.value, '$.bottom_decile') AS bottom_decile, json_extract(j.value, '$.sd') AS sd,
      json_extract(j.value, '$.jain') AS jain
    FROM evaluation_summaries t CROSS JOIN json_each(t.measures) j;

    """

  /// Makes the summaries' table anew with row ids: in a table without, whatever looks a key up compares whole rows, and those of
  /// ten classes have 5 kB.
  static let summariesWithRowIDs = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS measure_summaries;

    CREATE TABLE summaries_with_row_ids (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL,
      model TEXT NOT NULL,
      norm_source TEXT NOT NULL,
      phase TEXT NOT NULL,
      split TEXT NOT NULL CHECK (split IN ('test', 'validation')),
      clients INTEGER NOT NULL,
      samples INTEGER NOT NULL,
      mean_accuracy REAL,
      sample_weighted_accuracy REAL,
      worst_accuracy REAL,
      bottom_decile_accuracy REAL,
      accuracy_sd REAL,
      mean_loss REAL,
      sample_weighted_loss REAL,
      worst_loss REAL,
      bottom_decile_loss REAL,
      loss_sd REAL,
      jain REAL,
      untested_clients INTEGER NOT NULL,
      measures TEXT NOT NULL DEFAULT '{}',
      PRIMARY KEY (run_id, round, subject, model, norm_source, phase, split),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    );

    INSERT INTO summaries_with_row_ids
    SELECT run_id, round, subject, model, norm_source, phase, split, clients, samples, mean_accuracy,
      sample_weighted_accuracy, worst_accuracy, bottom_decile_accuracy, accuracy_sd, mean_loss, sample_weighted_loss,
      worst_loss, bottom_decile_loss, loss_sd, jain, untested_clients, measures
    FROM evaluation_summaries ORDER BY run_id, round, subject, model, norm_source, phase, split;

    DROP TABLE evaluation_summaries;
    ALTER TABLE summaries_with_row_ids RENAME TO evaluation_summaries;
    """
}
