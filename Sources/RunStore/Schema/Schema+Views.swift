internal import Records

extension Schema {
  /// The summaries `e` that a round's line reports, of the round and run of `round`.
  private static func reported(_ selection: EvaluationSelection, of round: String = "r") -> String {
    """
    e.run_id = \(round).run_id AND e.round = \(round).round AND e.subject = '\(selection.subject.rawValue)' \
    AND e.model = '\(selection.model.rawValue)' AND e.phase = '\(selection.phase.rawValue)' \
    AND e.split = '\(selection.split.rawValue)'
    """ + (selection.normSource.map { " AND e.norm_source = '\($0.rawValue)'" } ?? "")
  }

  /// The order of `NormSource`; where a round was evaluated under several, the first counts.
  static let bySource = """
    CASE e.norm_source WHEN 'own' THEN 0 WHEN 'global' THEN 1 WHEN 'average' THEN 2 WHEN 'pooled' THEN 3
      WHEN 'nearest' THEN 4 WHEN 'recalibrated' THEN 5 WHEN 'batch' THEN 6 ELSE 7 END
    """

  /// Joins the one summary `s` that a selection means to the rounds `r`.
  static func joiningSummary(_ selection: EvaluationSelection) -> String {
    """
    LEFT JOIN evaluation_summaries s ON s.rowid = (SELECT e.rowid
      FROM evaluation_summaries e WHERE \(reported(selection))\(selection.normSource == nil ? " ORDER BY \(bySource)" : "") LIMIT 1)
    """
  }

  /// The condition that an evaluation is one of those that a summary of a split counts.
  static func isJudged(_ evaluation: String, by split: JudgedSplit) -> String {
    "\(evaluation).split \(split == .validation ? "=" : "<>") 'validation'"
  }

  /// How many clients of the summary `s` of round `r` have no test examples.
  static func untested(_ selection: EvaluationSelection) -> String {
    selection.subject == .union ? outsideUnion : "COALESCE(s.untested_clients, 0)"
  }

  /// How many clients of a summary of round `r` have no test examples, whatever its subject.
  static func untestedClients(in summary: String) -> String {
    "CASE \(summary).subject WHEN 'union' THEN \(outsideUnion) ELSE \(summary).untested_clients END"
  }

  /// How many clients that train add nothing to the union of test examples in round `r`: its one evaluation can't say.
  static let outsideUnion = """
    (SELECT COUNT(*) FROM clients c WHERE c.run_id = r.run_id AND c.train_samples > 0 AND c.test_samples = 0
      AND NOT EXISTS (SELECT 1 FROM evaluations u WHERE u.run_id = r.run_id AND u.round = r.round
        AND u.subject = 'unseen' AND u.client = c.client)
      AND EXISTS (SELECT 1 FROM evaluation_summaries u WHERE u.run_id = r.run_id AND u.round = r.round
        AND u.subject = 'union'))
    """

  /// One value over the layers of round `r`; NULL where a layer lacks it.
  static func overLayers(_ function: String, _ column: String) -> String {
    """
    (SELECT CASE WHEN COUNT(l.\(column)) = COUNT(*) THEN \(function)(l.\(column)) END FROM layer_drift l
      WHERE l.run_id = r.run_id AND l.round = r.round)
    """
  }

  /// The client's evaluation of its personal model in one phase of the round and client `k`, of the first norm source;
  /// NULL of a client without test examples.
  static func ofClient(_ column: String, phase: String) -> String {
    """
    (SELECT e.\(column) FROM evaluations e WHERE e.run_id = k.run_id AND e.round = k.round AND e.subject = 'client'
      AND e.client = k.client AND e.model = 'personal' AND e.phase = '\(phase)' AND e.split = 'test' ORDER BY \(bySource) LIMIT 1)
    """
  }

  /// A round in one line, of the evaluations that a selection means.
  static func roundSummary(_ selection: EvaluationSelection) -> String {
    """
    SELECT
      r.run_id, r.round, r.cohort_size, r.reported, r.train_loss, r.train_accuracy, r.bytes_up, r.bytes_down, r.flops,
      r.seconds, r.simulated_seconds, s.norm_source, COALESCE(s.clients, 0) AS evaluated_clients, s.mean_accuracy,
      s.sample_weighted_accuracy, s.worst_accuracy, s.bottom_decile_accuracy, s.mean_loss,
      \(overLayers("AVG", "mean_kl")) AS mean_kl,
      \(overLayers("AVG", "between_share")) AS between_share,
      s.accuracy_sd, s.jain, s.sample_weighted_loss, s.worst_loss, s.bottom_decile_loss, s.loss_sd,
      \(untested(selection)) AS untested_clients, r.measures
    FROM rounds r \(joiningSummary(selection))
    """
  }

  /// A round and an arm in one line, for those who look at a database with `sqlite3`.
  ///
  /// They are made of look-ups by key, so that a condition on `run_id` or `experiment_id` reads that one alone.
  static let summaryViews = """
    DROP VIEW IF EXISTS round_summary;
    DROP VIEW IF EXISTS arm_summary;

    CREATE VIEW round_summary AS \(roundSummary(EvaluationSelection()));

    CREATE VIEW arm_summary AS SELECT
      runs.experiment_id, experiments.name AS experiment, runs.arm, runs.strategy, runs.norm,
      COUNT(*) AS runs, SUM(runs.status = 'finished') AS finished, MIN(runs.rounds_done) AS rounds_done,
      COUNT(s.mean_accuracy) AS evaluated,
      AVG(s.mean_accuracy) AS mean_accuracy, MIN(s.mean_accuracy) AS lowest_mean_accuracy,
      MAX(s.mean_accuracy) AS highest_mean_accuracy, AVG(s.sample_weighted_accuracy) AS sample_weighted_accuracy,
      AVG(s.worst_accuracy) AS worst_accuracy, AVG(s.bottom_decile_accuracy) AS bottom_decile_accuracy,
      AVG(s.mean_loss) AS mean_loss, AVG(\(overLayers("AVG", "mean_kl"))) AS mean_kl,
      AVG(\(overLayers("AVG", "between_share"))) AS between_share, AVG(s.accuracy_sd) AS accuracy_sd,
      AVG(s.jain) AS jain, COALESCE(MAX(s.untested_clients), 0) AS untested_clients
    FROM runs JOIN experiments ON experiments.id = runs.experiment_id
    LEFT JOIN rounds r ON r.run_id = runs.id AND r.round = (SELECT e.round FROM evaluation_summaries e
      WHERE e.run_id = runs.id AND e.subject = 'client' AND e.model = 'personal' AND e.phase = 'after-aggregation'
        AND e.split = 'test' ORDER BY e.round DESC LIMIT 1)
    \(joiningSummary(EvaluationSelection()))
    GROUP BY runs.experiment_id, runs.arm;
    """

  /// A client's participation in one line.
  static let clientView = """
    CREATE VIEW client_history AS SELECT
      k.run_id, k.round, k.client, clients.domain, p.samples, p.steps, p.skipped_batches, p.train_loss,
      p.train_accuracy, p.update_norm, p.update_cosine, p.bytes_up, p.bytes_down, p.outcome, p.staleness,
      \(ofClient("loss", phase: "after-aggregation")) AS loss,
      \(ofClient("accuracy", phase: "after-aggregation")) AS accuracy,
      \(ofClient("loss", phase: "after-training")) AS loss_after_training,
      \(ofClient("accuracy", phase: "after-training")) AS accuracy_after_training,
      (SELECT AVG(d.kl) FROM norm_drift d
        WHERE d.run_id = k.run_id AND d.round = k.round AND d.client = k.client) AS mean_kl,
      p.turn, p.base_version, p.lag, p.started_at, p.arrived_at, clients.name
    FROM (SELECT run_id, round, client, turn FROM participations
      UNION ALL
      SELECT e.run_id, e.round, e.client, NULL FROM evaluations e WHERE e.subject = 'client'
        AND NOT EXISTS (SELECT 1 FROM participations p
          WHERE p.run_id = e.run_id AND p.round = e.round AND p.client = e.client)
        AND NOT EXISTS (SELECT 1 FROM evaluations f
          WHERE f.run_id = e.run_id AND f.round = e.round AND f.subject = 'client' AND f.client = e.client
            AND (f.model, f.norm_source, f.phase, f.split) < (e.model, e.norm_source, e.phase, e.split))) k
    LEFT JOIN participations p ON p.run_id = k.run_id AND p.round = k.round AND p.client = k.client AND p.turn = k.turn
    LEFT JOIN clients ON clients.run_id = k.run_id AND clients.client = k.client;
    """
}
