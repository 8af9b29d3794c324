public import Networks
public import Records

/// The keys by which a scenario says what is evaluated.
public enum EvaluationKey: String, Sendable, CaseIterable {
  /// Whose examples.
  case subject
  /// Which weights.
  case model
  /// When.
  case phase
  /// Which normalization values.
  case normSource = "norm_source"
}

/// What of the possible evaluations is wanted; nil is the default of a key.
public struct EvaluationChoice: Sendable {
  /// Whose examples; each client's, and those of unseen clients where there are some.
  public var subjects: [EvaluationSubject]?
  /// Which weights; personal for clients that train, global for the rest.
  public var models: [EvaluationModel]?
  /// When; after aggregation.
  public var phases: [EvaluationPhase]?
  /// Which normalization values; own for a personal model and average for a global one where the policy leaves
  /// something with the clients, else global; own after training.
  public var normSources: [any NormValueSource]?

  /// Makes a choice.
  public init(
    subjects: [EvaluationSubject]? = nil, models: [EvaluationModel]? = nil, phases: [EvaluationPhase]? = nil,
    normSources: [any NormValueSource]? = nil
  ) {
    self.subjects = subjects
    self.models = models
    self.phases = phases
    self.normSources = normSources
  }
}

/// One row of each evaluated subject.
public struct PlannedEvaluation: Sendable {
  /// Whose examples.
  public let subject: EvaluationSubject
  /// Which weights.
  public let model: EvaluationModel
  /// When.
  public let phase: EvaluationPhase
  /// Which normalization values.
  public let source: any NormValueSource

  /// `client personal own after-aggregation`: its values by which two are told apart.
  public var words: String { "\(subject.rawValue) \(model.rawValue) \(source.description) \(phase.rawValue)" }
}

/// A value of a choice that leads to no evaluation.
public struct EvaluationProblem: Error, Equatable {
  /// The key to point at.
  public let key: EvaluationKey
  /// The value to point at.
  public let value: String
  /// What is wrong, the value included, and what is allowed.
  public let message: String
}

/// The evaluations of a run: the product of what was chosen, less the combinations that can't be.
public struct EvaluationPlan: Sendable {
  /// The evaluations, phase by phase and subject by subject.
  public let evaluations: [PlannedEvaluation]
  /// What is wrong with values that were chosen and are in none of them.
  public let problems: [EvaluationProblem]

  /// A combination, whether possible or not, by the values of the keys.
  private struct Combination {
    let values: [EvaluationKey: String]
    let problem: EvaluationProblem?
  }

  /// Combines what was chosen.
  ///
  /// - Parameters:
  ///   - hasOwnModels: Whether clients have personal models that are no state of the federation.
  ///   - hasGlobalModel: Whether there is a model that somebody trained for all; without one, what would be evaluated of it is
  ///     left out.
  public init(
    _ choice: EvaluationChoice, norm: Named<any NormPolicy>, network: Network, hasUnseen: Bool,
    hasOwnModels: Bool = false, hasGlobalModel: Bool = true
  ) {
    var evaluations: [PlannedEvaluation] = []
    var combinations: [Combination] = []
    for phase in choice.phases ?? [.afterAggregation] {
      for subject in choice.subjects ?? (hasUnseen ? [.client, .unseen] : [.client]) {
        for model in choice.models ?? [subject == .client ? .personal : .global] {
          let setting = EvaluationSetting(
            subject, model, phase, norm: norm, network: network, hasOwnModels: hasOwnModels)
          let failure = setting.problem(hasUnseen: hasUnseen)
          for source in choice.normSources ?? [setting.defaultSource] {
            let values: [EvaluationKey: String] = [
              .phase: phase.rawValue, .subject: subject.rawValue, .model: model.rawValue,
              .normSource: source.word.rawValue,
            ]
            var problem = failure.map {
              EvaluationProblem(key: $0.key, value: values[$0.key] ?? "", message: $0.message)
            }
            if problem == nil { problem = Self.problem(source, setting) }
            combinations.append(Combination(values: values, problem: problem))
            guard problem == nil, hasGlobalModel || model == .personal else { continue }
            evaluations.append(PlannedEvaluation(subject: subject, model: model, phase: phase, source: source))
          }
        }
      }
    }
    self.evaluations = evaluations
    var problems = Self.problems(choice, combinations)
    if !hasGlobalModel, evaluations.isEmpty, problems.isEmpty, let subject = choice.subjects?.first {
      problems.append(
        EvaluationProblem(
          key: .subject, value: subject.rawValue,
          message:
            "'\(subject.rawValue)' needs a global model, and under 'bound: local' nothing is aggregated (allowed: client)"
        ))
    }
    self.problems = problems
  }

  private static func problem(_ source: any NormValueSource, _ setting: EvaluationSetting) -> EvaluationProblem? {
    guard let reason = source.problem(setting) else { return nil }
    let allowed = normSourceCatalog.entries.compactMap { try? normSourceCatalog.make($0.name) }
      .filter { $0.problem(setting) == nil }.map(\.word.rawValue)
    var place = ""
    if setting.phase == .afterTraining {
      place = " in phase 'after-training'"
    } else if setting.subject != .client || setting.model == .global {
      place = " for subject '\(setting.subject.rawValue)' and model '\(setting.model.rawValue)'"
    }
    return EvaluationProblem(
      key: .normSource, value: source.word.rawValue,
      message:
        "'\(source.word.rawValue)' can't be used\(place): \(reason) (allowed: \(allowed.joined(separator: ", ")))")
  }

  /// Of each chosen value that is in no possible combination, why not.
  private static func problems(_ choice: EvaluationChoice, _ combinations: [Combination]) -> [EvaluationProblem] {
    var chosen: [(EvaluationKey, [String])] = []
    if let subjects = choice.subjects { chosen.append((.subject, subjects.map(\.rawValue))) }
    if let models = choice.models { chosen.append((.model, models.map(\.rawValue))) }
    if let phases = choice.phases { chosen.append((.phase, phases.map(\.rawValue))) }
    if let sources = choice.normSources { chosen.append((.normSource, sources.map(\.word.rawValue))) }
    var problems: [EvaluationProblem] = []
    for (key, values) in chosen {
      for value in values {
        let with = combinations.filter { $0.values[key] == value }
        guard !with.contains(where: { $0.problem == nil }), let problem = with.lazy.compactMap(\.problem).first,
          !problems.contains(problem)
        else { continue }
        problems.append(problem)
      }
    }
    return problems
  }
}

extension RunConfiguration {
  /// What is evaluated.
  public var evaluationPlan: EvaluationPlan {
    evaluationPlan(hasGlobalModel: bound != .local)
  }

  private func evaluationPlan(hasGlobalModel: Bool) -> EvaluationPlan {
    EvaluationPlan(
      evaluation, norm: norm, network: network, hasUnseen: dataset.unseenCount > 0,
      hasOwnModels: personalMethod.model != nil, hasGlobalModel: hasGlobalModel)
  }

  /// The subjects of which nothing is evaluated because nobody trains a model for all, in their order.
  public var withoutGlobalModel: [EvaluationSubject] {
    let kept = Set(evaluationPlan.evaluations.map(\.subject))
    let asked = Set(evaluationPlan(hasGlobalModel: true).evaluations.map(\.subject))
    return EvaluationSubject.allCases.filter { asked.contains($0) && !kept.contains($0) }
  }

  /// The initial values of a range that belongs to normalization layers alone.
  func initialValues(of range: Range<Int>) -> [Float] {
    if let initialState { return Array(initialState.values[range]) }
    var values = [Float](repeating: 0, count: range.count)
    for tensor in network.layout.tensors where tensor.role != .batchCount && tensor.range.overlaps(range) {
      guard case .constant(let value) = tensor.initializer else {
        preconditionFailure("'\(tensor.name)' of a normalization layer starts at random")
      }
      for place in tensor.range { values[place - range.lowerBound] = value }
    }
    return values
  }
}
