internal import Federation

/// The keys of a scenario that every arm may override.
let armKeys =
  [
    "rounds", "seeds", "data", "model", "client", "loss", "weights", "cohort", "bound", "evaluation", "stop",
    "checkpoint", "record",
  ]
  + runAxes.map(\.place.path) + ["norm", "quirks", "replace_norm", "init", "init_prefix"]

/// All keys of a scenario.
let scenarioKeys = ["name", "description"] + armKeys + ["arms", "sweep"]

/// The keys of `data` beside its source and that source's options.
let dataKeys = [
  "from", "partition", "train_per_client", "test_per_client", "test", "validation", "unseen", "shift", "normalize",
]
/// The keys of `data.unseen`.
let unseenKeys = ["domains", "clients"]
/// The keys of a model whose layers stand in the scenario.
let modelKeys = ["input", "layers"]
/// The keys of `client`.
let clientKeys = [
  "batch_size", "epochs", "steps", "shuffle", "last_batch", "optimizer", "keep_optimizer", "gradient_clip", "overrides",
  "frozen", "augment",
]
/// The keys of an entry of `client.overrides`.
let overrideKeys = ["clients", "domains", "epochs", "steps", "batch_size", "optimizer"]
/// The keys of `client.optimizer` beside its kind and that kind's options.
let optimizerKeys = ["learning_rate_schedule", "weight_decay_on"]
/// The keys of `client.gradient_clip`.
let gradientClipKeys = ["norm", "value"]
/// The keys of `init` where it is more than a path.
let initKeys = ["file", "prefix", "rename", "allow_missing"]
/// The keys of `evaluation`.
let evaluationKeys = ["every", "subset"] + EvaluationKey.allCases.map(\.rawValue)
/// The keys of `stop`.
let stopKeys = ["measure", "on", "target", "patience", "min_delta"]
/// The keys of `checkpoint`.
let checkpointKeys = ["every", "keep", "best"]
/// The keys of `record`.
let recordKeys = ["drift", "clients"]

/// The keys of plain mappings by the mapping's path.
let keysOfMappings: [(path: String, keys: [String])] = [
  ("", scenarioKeys), ("data", dataKeys), ("data.unseen", unseenKeys), ("model", modelKeys), ("client", clientKeys),
  ("client.optimizer", optimizerKeys), ("evaluation", evaluationKeys), ("stop", stopKeys),
  ("checkpoint", checkpointKeys),
  ("record", recordKeys),
]
