internal import Catalogs
package import Questions
internal import Records
internal import Reports

/// What a page shows. Its items are the fields of an address: with them a page can be asked for again as it is.
package struct PageQuery: Sendable, Equatable {
  /// Which runs are shown, and what of them is compared.
  package var question = RunQuestion()
  /// The clients that figures of single clients show; none is all.
  package var clients: [Int] = []
  /// The domains whose clients figures of single clients show; none is all.
  package var domains: [String] = []
  /// The rounds that curves show; nil is all.
  package var rounds: ClosedRange<Int>?
  /// The figures to show, by their names in `figureCatalog`; none is all.
  package var figures: [String] = []

  /// Asks for everything of the newest experiment.
  package init() {}

  /// The fields that there are, each with what it may hold.
  private static let allowed: KeyValuePairs<String, String> = [
    "run": "an id, 'latest', experiment, experiment/arm or experiment/arm/seed", "arm": "an arm's name",
    "seed": "a whole number ≥ 0", "client": "a whole number ≥ 0", "domain": "a domain's name",
    "rounds": "10..20, 10.., ..20 or 10", "metric": ComparedMetric.names.joined(separator: ", "),
    "baseline": "an arm's name", "at": "a whole number ≥ 0", "subject": words(EvaluationSubject.self),
    "model": words(EvaluationModel.self), "phase": words(EvaluationPhase.self),
    "norm-source": words(NormSource.self), "split": words(JudgedSplit.self), "figure": "a figure's name",
  ]

  /// Reads the fields of an address; `run`, `arm`, `seed`, `client`, `domain` and `figure` may be there several times.
  /// Fields without a value are as if they were not there, as forms send them.
  ///
  /// - Throws: `PageQueryError` for a field that there is not, and for a value that is not allowed.
  package init(items: [(name: String, value: String)]) throws(PageQueryError) {
    var subject: EvaluationSubject?
    var model: EvaluationModel?
    var phase: EvaluationPhase?
    var source: NormSource?
    var split: JudgedSplit?
    var single: Set<String> = []
    for (name, value) in items where !value.isEmpty {
      guard let allowed = Self.allowed.first(where: { $0.key == name })?.value else {
        let names = Self.allowed.map(\.key)
        throw .unknownField(name, nearest: nearestName(to: name, in: names), allowed: names)
      }
      let error = PageQueryError.badValue(field: name, value: value, allowed: allowed)
      switch name {
      case "run": question.names.append(value)
      case "arm": question.filter.arms.append(value)
      case "domain": domains.append(value)
      case "figure": figures += value.split(separator: ",").map(String.init)
      case "seed":
        guard let seed = UInt64(value) else { throw error }
        question.filter.seeds.append(seed)
      case "client":
        guard let client = Int(value), client >= 0 else { throw error }
        clients.append(client)
      default:
        guard single.insert(name).inserted else { throw .repeated(field: name) }
        switch name {
        case "rounds":
          guard let range = Self.rounds(value) else { throw error }
          rounds = range
        case "metric":
          guard let metric = ComparedMetric(value) else { throw error }
          question.metric = metric
        case "baseline": question.baseline = value
        case "at":
          guard let round = Int(value), round >= 0 else { throw error }
          question.at = round
        case "subject": subject = try Self.word(value, error)
        case "model": model = try Self.word(value, error)
        case "phase": phase = try Self.word(value, error)
        case "split": split = try Self.word(value, error)
        default: source = try Self.word(value, error)
        }
      }
    }
    if subject != nil || model != nil || phase != nil || source != nil || split != nil {
      question.evaluations = EvaluationSelection(
        subject: subject ?? .client, model: model, phase: phase ?? .afterAggregation, normSource: source,
        split: split ?? .test)
    }
  }

  /// The fields of an address that asks for the same.
  package var items: [(name: String, value: String)] {
    var items: [(name: String, value: String)] = []
    items += question.names.map { ("run", $0) }
    items += question.filter.arms.map { ("arm", $0) }
    items += question.filter.seeds.map { ("seed", String($0)) }
    items += clients.map { ("client", String($0)) }
    items += domains.map { ("domain", $0) }
    if let rounds { items.append(("rounds", "\(rounds.lowerBound)..\(rounds.upperBound)")) }
    if question.metric != .accuracy { items.append(("metric", question.metric.name)) }
    if let baseline = question.baseline { items.append(("baseline", baseline)) }
    if let at = question.at { items.append(("at", String(at))) }
    if let evaluations = question.evaluations {
      items.append(("subject", evaluations.subject.rawValue))
      items.append(("model", evaluations.model.rawValue))
      items.append(("phase", evaluations.phase.rawValue))
      if let source = evaluations.normSource { items.append(("norm-source", source.rawValue)) }
      if evaluations.split != .test { items.append(("split", evaluations.split.rawValue)) }
    }
    items += figures.map { ("figure", $0) }
    return items
  }

  private static func word<Word: RawRepresentable<String>>(
    _ text: String, _ error: PageQueryError
  ) throws(PageQueryError) -> Word {
    guard let word = Word(rawValue: text) else { throw error }
    return word
  }

  private static func words<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> String {
    type.allCases.map(\.rawValue).joined(separator: ", ")
  }

  /// `10..20`, `10..`, `..20` or `10`.
  private static func rounds(_ text: String) -> ClosedRange<Int>? {
    guard let dots = text.firstRange(of: "..") else {
      return Int(text).flatMap { $0 >= 0 ? $0...$0 : nil }
    }
    let lower = text[..<dots.lowerBound]
    let upper = text[dots.upperBound...]
    guard let first = lower.isEmpty ? 0 : Int(lower), let last = upper.isEmpty ? Int(Int32.max) : Int(upper),
      first >= 0, first <= last
    else { return nil }
    return first...last
  }
}
