internal import Catalogs

/// What an arm has ended up with at one key, be it its own, inherited or the default.
struct ResolvedValue: Sendable, Hashable {
  /// The key's path, as `client.optimizer.learning_rate`.
  let key: String
  /// The value as a scenario would write it; the same for values that mean the same.
  let value: String

  /// Makes a value of a key.
  init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

extension ArmSettings {
  /// What stands at the keys that are no components and no options of components, with what the components have.
  func resolved(_ components: [ResolvedValue]) -> [ResolvedValue] {
    var values = [ResolvedValue("rounds", String(rounds))]
    func add(_ key: String, _ value: (any CustomStringConvertible)?) {
      if let value { values.append(ResolvedValue(key, value.description)) }
    }
    add("seeds", seeds.count == 1 ? "\(seeds[0])" : "[" + seeds.map(String.init).joined(separator: ", ") + "]")
    add("data.train_per_client", data.trainPerClient)
    add("data.test_per_client", data.testPerClient)
    add("data.test", data.heldOut.poolsTest ? "union" : data.heldOut.test.map(shortText))
    add("data.validation", data.heldOut.validation.map(shortText))
    switch data.unseen {
    case .names(let names)?: add("data.unseen.clients", "[" + names.joined(separator: ", ") + "]")
    case .domains(let names)?: add("data.unseen.domains", "[" + names.joined(separator: ", ") + "]")
    case .count(let count)?: add("data.unseen.clients", count)
    case .share(let share)?: add("data.unseen.clients", shortText(share))
    case nil: break
    }
    let work = client.work
    add("client.batch_size", work.batchSize)
    switch work.amount {
    case .epochs(let count): add("client.epochs", count)
    case .steps(let count): add("client.steps", count)
    }
    add("client.shuffle", work.shuffle)
    add("client.last_batch", work.lastBatch.rawValue)
    add("client.keep_optimizer", work.keepsOptimizer)
    switch client.gradientClip {
    case .norm(let bound)?: add("client.gradient_clip.norm", shortText(bound))
    case .value(let bound)?: add("client.gradient_clip.value", shortText(bound))
    case nil: break
    }
    if !client.overrides.isEmpty { add("client.overrides", client.overridesNode?.flowText) }
    if !client.frozen.isEmpty { add("client.frozen", "[" + client.frozen.map(\.name).joined(separator: ", ") + "]") }
    add("weights", weighting.rawValue)
    add("evaluation.every", recording.evaluateEvery)
    add("evaluation.subset", recording.evaluationSubset)
    func words(_ words: [String]?) -> String? { words.map { "[" + $0.joined(separator: ", ") + "]" } }
    add("evaluation.subject", words(evaluation.subjects?.map(\.rawValue)))
    add("evaluation.model", words(evaluation.models?.map(\.rawValue)))
    add("evaluation.phase", words(evaluation.phases?.map(\.rawValue)))
    add("evaluation.norm_source", words(evaluation.normSources?.map(\.description)))
    add("stop.measure", stop?.measure.name)
    if let stop { add("stop.on", stop.split?.rawValue ?? "validation where there is one") }
    switch stop?.condition {
    case .target(let target)?: add("stop.target", shortText(target))
    case .patience(let count, let minDelta)?:
      add("stop.patience", count)
      add("stop.min_delta", shortText(minDelta))
    case nil: break
    }
    add("checkpoint.every", retention.every)
    add("checkpoint.keep", retention.last.map(String.init) ?? "all")
    add("checkpoint.best", retention.best)
    add("record.drift", recording.driftEvery == 0 ? "off" : "every \(recording.driftEvery)")
    add("record.clients", recording.clientSample.map { "sample \($0)" } ?? "all")
    add("init", initFile?.scalar)
    // A mapping without one says none.
    if initFile != nil, initNaming.prefixKey == "init_prefix" || !initNaming.prefix.isEmpty {
      add(initNaming.prefixKey, initNaming.prefix)
    }
    if !initNaming.renamings.isEmpty {
      add("init.rename", initNaming.renamings.map { "\($0.from): \($0.to)" }.joined(separator: ", "))
    }
    if !initNaming.allowMissing.isEmpty {
      add("init.allow_missing", "[" + initNaming.allowMissing.map(\.pattern).joined(separator: ", ") + "]")
    }
    return values + components
  }
}

/// Where the arms of a scenario differ, and which do not.
struct ArmDifferences: Sendable {
  /// A key and the values that arms have there, each with its arms.
  struct Difference: Sendable {
    let key: String
    /// The values in the order in which they come first; nil where an arm has no such key.
    let values: [(text: String?, arms: [Int])]
  }

  /// The keys at which not all arms have the same value, in the order of a scenario's keys.
  private(set) var differences: [Difference] = []
  /// Arms that have the same values everywhere, where there are several such, by their places.
  private(set) var equalArms: [[Int]] = []

  /// Compares arms.
  ///
  /// - Complexity: O(n) in the number of values of all arms.
  init(_ arms: [[ResolvedValue]]) {
    var keys: [String] = []
    var places: [String: Int] = [:]
    // Of each key the values, and which arm has which.
    var values: [[(text: String, arms: [Int])]] = []
    var valuePlaces: [[String: Int]] = []
    var groups: [[ResolvedValue]: Int] = [:]
    var members: [[Int]] = []
    for (arm, resolved) in arms.enumerated() {
      if let group = groups[resolved] {
        members[group].append(arm)
      } else {
        groups[resolved] = members.count
        members.append([arm])
      }
      for value in resolved {
        let place = places[value.key] ?? keys.count
        if place == keys.count {
          keys.append(value.key)
          places[value.key] = place
          values.append([])
          valuePlaces.append([:])
        }
        let index = valuePlaces[place][value.value] ?? values[place].count
        if index == values[place].count {
          valuePlaces[place][value.value] = index
          values[place].append((value.value, []))
        }
        values[place][index].arms.append(arm)
      }
    }
    equalArms = members.filter { $0.count > 1 }
    for (key, values) in zip(keys, values) where values.count > 1 || values[0].arms.count < arms.count {
      var all: [(text: String?, arms: [Int])] = values.map { ($0.text, $0.arms) }
      let known = Set(values.flatMap(\.arms))
      if known.count < arms.count { all.append((nil, arms.indices.filter { !known.contains($0) })) }
      differences.append(Difference(key: key, values: all))
    }
    // In the order of the keys in the documents.
    func rank(_ key: String) -> Int { armKeys.firstIndex(of: String(key.prefix { $0 != "." })) ?? armKeys.count }
    differences = differences.enumerated().sorted { a, b in
      (rank(a.element.key), a.offset) < (rank(b.element.key), b.offset)
    }.map(\.element)
  }
}

/// A key at which not all arms of a scenario have the same value.
public struct KeyDifference: Sendable {
  /// The key's path, as `client.optimizer.learning_rate`.
  public let key: String
  /// The values that arms have there once what they inherit and the defaults are in them, in the order in which they
  /// come first, each with its arms; nil where arms have no such key.
  public let values: [(text: String?, arms: [String])]
}

extension Scenario {
  /// Where the arms differ; none where there is only one.
  public var differences: [KeyDifference] {
    armDifferences.differences.map { difference in
      KeyDifference(
        key: difference.key, values: difference.values.map { value in (value.text, value.arms.map { arms[$0].name }) })
    }
  }
}
