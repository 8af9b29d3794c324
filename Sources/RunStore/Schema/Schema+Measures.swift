internal import GRDB
internal import Records

extension Schema {
  /// Makes room for what measures say. Summaries and their views are made anew by the last migration that they rest on.
  ///
  /// The numbers of a row are one text of JSON, and whoever asks in SQL has them as rows: of views with the key of the row,
  /// `measure` and `value`. An evaluation of ten classes, with 50 numbers, takes 1.3 KB and 4 µs so; as rows of a table of their
  /// own 3.5 KB and 122 µs. `evaluations` has row ids for that: in a table without, rows of more than a quarter of a page
  /// spill to a page of their own, 3.8 KB and 8 µs.
  static func recordMeasures(_ database: Database) throws {
    try database.execute(sql: measureColumns)
    try database.execute(sql: clientView)
    try database.execute(sql: measureViews)
  }

  /// Gives what measures say over clients a table of its own, and makes all summaries anew, in one pass over the evaluations,
  /// also for a database that had none before.
  ///
  /// Of summaries there are few, and whoever compares runs looks one measure up in all of their rounds: by key that takes a
  /// fraction of what a text of 5 kB takes, which those of ten classes had.
  static func keepMeasuresOfSummaries(_ database: Database) throws {
    try database.execute(sql: summaryTables)
    try EvaluationSummary.fill(database)
    try database.execute(sql: summaryViews)
    try database.execute(sql: summaryMeasureView)
  }

  private static let measureColumns = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS client_history;

    ALTER TABLE rounds ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE participations ADD COLUMN measures TEXT NOT NULL DEFAULT '{}';

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

  /// The condition that a row of `summary_measures` belongs to one of `evaluation_summaries`.
  static func areMeasures(_ measure: String, of summary: String) -> String {
    (["run_id", "round"] + EvaluationSummary.key).map { "\(measure).\($0) = \(summary).\($0)" }.joined(
      separator: " AND ")
  }

  private static let measureViews =
    view("round_measures", of: RoundRecord.table, key: ["run_id", "round"])
    + view("participation_measures", of: ParticipationRecord.table, key: ["run_id", "round"] + ParticipationRecord.key)
    + view("evaluation_measures", of: EvaluationRecord.table, key: ["run_id", "round"] + EvaluationRecord.key)
      + """
      CREATE VIEW confusions AS SELECT \((["run_id", "round"] + EvaluationRecord.key).map { "t.\($0)" }.joined(separator: ", ")),
        json_extract(j.value, '$[0]') AS true_class, json_extract(j.value, '$[1]') AS predicted_class,
        json_extract(j.value, '$[2]') AS count
      FROM evaluations t CROSS JOIN json_each(t.counts, '$.confusion') j;
      """

  /// The measures of summaries under the name that they had before there was a table of them.
  private static let summaryMeasureView = "CREATE VIEW measure_summaries AS SELECT * FROM summary_measures;"

  private static let summaryTables = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;
    DROP VIEW IF EXISTS measure_summaries;
    DROP TABLE IF EXISTS evaluation_summaries;

    CREATE TABLE evaluation_summaries (
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
      PRIMARY KEY (run_id, round, subject, model, norm_source, phase, split),
      FOREIGN KEY (run_id, round) REFERENCES rounds (run_id, round) ON DELETE CASCADE
    );

    CREATE TABLE summary_measures (
      run_id INTEGER NOT NULL,
      round INTEGER NOT NULL,
      subject TEXT NOT NULL,
      model TEXT NOT NULL,
      norm_source TEXT NOT NULL,
      phase TEXT NOT NULL,
      split TEXT NOT NULL,
      measure TEXT NOT NULL,
      clients INTEGER NOT NULL,
      mean REAL NOT NULL,
      sample_weighted REAL,
      worst REAL,
      bottom_decile REAL,
      sd REAL NOT NULL,
      jain REAL,
      PRIMARY KEY (run_id, round, subject, model, norm_source, phase, split, measure),
      FOREIGN KEY (run_id, round, subject, model, norm_source, phase, split)
        REFERENCES evaluation_summaries (run_id, round, subject, model, norm_source, phase, split) ON DELETE CASCADE
    ) WITHOUT ROWID;
    """
}
