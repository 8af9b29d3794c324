internal import Catalogs
internal import Networks

/// What the field calls keys that this program calls otherwise, each with the path of the key.
let synonyms: [(path: String, words: [String])] = [
  (
    "rounds",
    [
      "num_rounds", "n_rounds", "nrounds", "global_rounds", "comm_rounds", "communication_rounds", "comm_round",
      "federated_rounds", "global_epochs", "server_rounds", "num_server_rounds", "total_rounds",
    ]
  ),
  ("seeds", ["random_seed", "rng_seed", "num_seeds", "random_state"]),
  ("data.source", ["dataset", "datasets", "data_source", "dataset_name"]),
  ("data.partition", ["partitioner", "partitioning", "split", "partition_strategy", "data_distribution", "non_iid"]),
  (
    "data.partition.clients",
    ["num_clients", "n_clients", "clients", "client_count", "num_users", "num_parties", "n_parties"]
  ),
  ("data.partition.alpha", ["dirichlet_alpha", "dir_alpha", "concentration", "alpha"]),
  ("data.shift", ["feature_shift", "domain_shift", "corruption", "corruptions", "perturbation", "noniid_feature"]),
  ("data.normalize", ["normalize_inputs", "input_normalization", "standardize", "normalise", "standardization"]),
  ("data.train_per_client", ["samples_per_client", "num_train", "train_size", "n_train"]),
  ("data.test_per_client", ["num_test", "test_size", "n_test"]),
  ("model", ["network", "net", "arch", "architecture", "model_name"]),
  (
    "client.batch_size",
    [
      "batchsize", "batch", "bs", "local_bs", "local_batch_size", "train_batch_size", "minibatch_size", "minibatch",
    ]
  ),
  (
    "client.epochs",
    [
      "local_epochs", "num_epochs", "n_epochs", "local_ep", "epoch", "client_epochs", "num_local_epochs", "local_epoch",
    ]
  ),
  (
    "client.steps",
    [
      "local_steps", "num_steps", "n_steps", "iterations", "local_iterations", "num_local_steps", "local_updates",
    ]
  ),
  ("client.last_batch", ["drop_last", "drop_remainder"]),
  ("client.optimizer", ["opt", "optim", "client_optimizer", "local_optimizer"]),
  (
    "client.optimizer.learning_rate",
    [
      "lr", "learningrate", "eta", "step_size", "stepsize", "client_lr", "local_lr", "client_learning_rate",
      "local_learning_rate", "base_lr", "init_lr",
    ]
  ),
  (
    "client.optimizer.learning_rate_schedule",
    [
      "lr_scheduler", "lr_schedule", "learning_rate_scheduler", "scheduler", "lr_policy", "lr_decay", "lr_warmup",
      "learning_rate_decay", "warmup_rounds", "warmup_steps", "warmup_epochs",
    ]
  ),
  (
    "client.optimizer.weight_decay_on",
    [
      "no_decay", "decay_on", "weight_decay_exclude", "exclude_from_weight_decay", "no_weight_decay",
      "bias_weight_decay", "norm_weight_decay",
    ]
  ),
  (
    "client.gradient_clip",
    [
      "grad_clip", "clip_grad", "clip_grads", "clip_gradient", "clip_gradients", "gradient_clipping", "clip_grad_norm",
      "max_grad_norm", "gradient_clip_norm", "grad_norm_clip", "clip_grad_value", "gradient_clip_value",
      "gradient_clip_val", "clipnorm", "clipvalue", "global_clipnorm",
    ]
  ),
  (
    "client.augment",
    [
      "augmentation", "augmentations", "augmented", "data_augmentation", "data_augmentations", "train_transform",
      "train_transforms", "image_transforms",
    ]
  ),
  ("client.overrides", ["client_overrides", "per_client", "client_configs", "override"]),
  ("client.frozen", ["freeze", "frozen_layers", "freeze_layers", "frozen_params"]),
  ("client.optimizer.weight_decay", ["wd", "l2", "l2_reg", "weightdecay", "decay"]),
  ("client.optimizer.epsilon", ["eps"]),
  ("loss", ["criterion", "loss_fn", "loss_function", "objective"]),
  ("weights", ["weighting", "client_weights", "aggregation_weights", "weighted"]),
  ("cohort", ["sampler", "sampling", "client_sampling", "participation", "selection"]),
  ("cohort.count", ["clients_per_round", "num_sampled_clients", "cohort_size", "num_join_clients", "min_fit_clients"]),
  (
    "cohort.fraction",
    [
      "frac", "fraction_fit", "sample_fraction", "participation_rate", "client_fraction", "sample_rate", "join_ratio",
    ]
  ),
  ("strategy", ["algorithm", "algo", "aggregator", "aggregation", "method", "fl_algorithm", "server_optimizer"]),
  ("strategy.server_learning_rate", ["server_lr", "global_lr", "slr", "eta_s"]),
  ("strategy.mu", ["prox_mu", "proximal_mu", "mu", "fedprox_mu"]),
  ("strategy.momentum", ["server_momentum", "global_momentum"]),
  ("norm", ["normalization", "norm_policy", "bn", "bn_policy", "batch_norm", "batchnorm"]),
  ("replace_norm", ["norm_layer", "replace_bn"]),
  ("init", ["pretrained", "init_weights", "initial_weights", "weights_file"]),
  ("evaluation.every", ["eval_every", "test_every", "eval_interval", "evaluate_every", "eval_freq", "test_freq"]),
  ("checkpoint.every", ["save_every", "checkpoint_every", "save_interval", "save_freq", "checkpoint_freq"]),
]

/// Words that are keys to the field and mean one of a mapping only where they stand in it.
private let synonymsWithin: [(path: String, words: [String])] = [
  ("client.gradient_clip.norm", ["max_norm", "clip_norm", "l2", "l2_norm"]),
  ("client.gradient_clip.value", ["clip_value", "max_value", "val"]),
  ("client.optimizer.learning_rate_schedule.every", ["step_size", "steps", "period", "decay_steps"]),
  ("client.optimizer.learning_rate_schedule.factor", ["gamma", "decay_rate", "decay_factor", "rate"]),
  ("client.optimizer.learning_rate_schedule.minimum", ["eta_min", "min_lr", "lr_min", "end_lr", "final_lr"]),
  (
    "client.optimizer.learning_rate_schedule.warmup",
    ["warmup_rounds", "warmup_steps", "warmup_epochs", "num_warmup_steps", "warmup_t"]
  ),
  (
    "client.optimizer.learning_rate_schedule.length",
    ["t_max", "total_iters", "total_steps", "num_training_steps", "max_epochs", "duration"]
  ),
  ("client.optimizer.learning_rate_schedule.over", ["by", "per", "unit", "interval"]),
]

/// A word without what writers differ in.
private func folded(_ word: String) -> String {
  word.utf8.count > 100 ? "" : String(word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " })
}

/// The paths of keys by their synonyms.
private let pathsBySynonym: [String: String] = synonyms.reduce(into: [:]) { paths, entry in
  for word in entry.words { paths[folded(word)] = entry.path }
}

/// The paths of keys that a word may mean where it stands in their mapping.
private let pathsWithin: [String: [String]] = synonymsWithin.reduce(into: [:]) { paths, entry in
  for word in entry.words { paths[folded(word), default: []].append(entry.path) }
}

/// Where a key of this name stands: its path, and the kinds of the component that have it where not all do.
private let placesOfKeys: [String: [(path: String, kinds: [String])]] = {
  var places: [String: [(path: String, kinds: [String])]] = [:]
  for (path, keys) in keysOfMappings {
    for key in keys { places[folded(key), default: []].append((joinedPath(path, key), [])) }
  }
  for place in componentPlaces {
    var kinds: [(option: String, names: [String])] = []
    for component in place.components {
      for option in component.options {
        if let index = kinds.firstIndex(where: { $0.option == option.name }) {
          kinds[index].names.append(component.name)
        } else {
          kinds.append((option.name, [component.name]))
        }
      }
    }
    for (option, names) in kinds {
      let isCommon = names.count == place.components.count
      places[folded(option), default: []].append((joinedPath(place.path, option), isCommon ? [] : names))
    }
  }
  return places
}()

extension ScenarioReader {
  /// What a key that is none of `keys` was likely meant to be, as "; did you mean 'client.epochs'?"; "" where nothing is
  /// near. What the field calls otherwise comes first, then keys of the mapping itself, then keys of other mappings.
  func keyHint(_ key: String, among keys: [String], path: String) -> String {
    let word = folded(key)
    // The element of a list is no part of a key's path.
    if let own = keys.first(where: { folded($0) == word }) { return "; did you mean '\(own)'?" }
    if let within = pathsWithin[word], let own = keys.first(where: { within.contains(joinedPath(path, $0)) }) {
      return "; did you mean '\(own)'?"
    }
    var meant: [String] = []
    if let synonym = pathsBySynonym[word] {
      let own = keys.first { joinedPath(path, $0) == synonym }
      if let own { return "; did you mean '\(own)'?" }
      meant.append("'\(synonym)'")
    }
    if let near = nearestName(to: key, in: keys) { meant.append("'\(near)'") }
    for place in meant.isEmpty ? placesOfKeys[word] ?? [] : [] where meant.count < 2 {
      let kinds = place.kinds.isEmpty ? "" : " of \(place.kinds.prefix(3).joined(separator: ", "))"
      if !meant.contains("'\(place.path)'") { meant.append("'\(place.path)'\(kinds)") }
    }
    if meant.isEmpty { return misplaced(key, argument: nil) ?? "" }
    return "; did you mean \(meant.joined(separator: ", or "))?"
  }

  /// What a component that is none of `names` was likely meant to be; "" where nothing is near. A component of another
  /// catalog is told with the key under which it stands.
  func componentHint(_ name: String, argument: String? = nil, among names: [String]) -> String {
    let word = folded(name)
    if let own = names.first(where: { folded($0) == word }) { return "; did you mean '\(own)'?" }
    if let hint = misplaced(name, argument: argument) { return hint }
    return nearestName(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// "; fedbn is a norm: `norm: fedbn`" for a component of any catalog; nil where there is none of that name.
  func misplaced(_ name: String, argument: String?) -> String? {
    let word = folded(name)
    guard !word.isEmpty else { return nil }
    var found: [String] = []
    for place in componentPlaces {
      guard let component = place.components.first(where: { folded($0.name) == word }) else { continue }
      let written = place.example(component, argument: argument)
      found.append("\(component.name) is \(article(place.family)) \(place.family): `\(written)`")
    }
    if let layer = layerCatalog.names.first(where: { folded($0) == word }) {
      found.append("\(layer) is a layer: `model: {input: …, layers: [\(layer), …]}`")
    }
    return found.isEmpty ? nil : "; " + found.joined(separator: ", and ")
  }

  /// The article of a noun.
  func article(_ noun: String) -> String {
    noun.unicodeScalars.first.map { "aeiou".unicodeScalars.contains($0) } == true ? "an" : "a"
  }
}

extension ComponentPlace {
  /// How a scenario has a component here: `replace_norm: group(8)`, `data: {partition: {kind: iid, clients: 8}}`.
  fileprivate func example(_ component: Component, argument: String?) -> String {
    let required = component.options.filter { $0.defaultValue == nil && !$0.isOptional }
    var value = component.name
    if let option = component.shorthand, required.allSatisfy({ $0.name == option }),
      argument != nil || !required.isEmpty
    {
      let example = required.first?.kind.example?.text ?? "…"
      value += "(" + (argument.map { shownText($0, limit: 20) } ?? example) + ")"
    } else if !required.isEmpty {
      let options = required.map { "\($0.name): \($0.kind.example?.text ?? "…")" }.joined(separator: ", ")
      value = "{\(kindKey): \(component.name), \(options)}"
    }
    let keys = path.split(separator: ".").map(String.init)
    if keys == ["data"], !value.hasPrefix("{") { value = "{\(kindKey): \(value)}" }
    return keys.dropLast().reversed().reduce("\(keys.last ?? ""): \(value)") { inner, key in "\(key): {\(inner)}" }
  }
}
