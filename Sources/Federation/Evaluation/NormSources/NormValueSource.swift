public import Networks
public import Records

/// Where an evaluation takes the values of normalization layers from.
public protocol NormValueSource: Sendable {
  /// The word under which rows are recorded.
  var word: NormSource { get }

  /// How a scenario names it, with its options; the word unless said.
  var description: String { get }

  /// Where layers that normalize over the batch take statistics from; `running` unless said.
  var statistics: PassMode.Statistics { get }

  /// Why there are no such values in a setting; nil when there are.
  func problem(_ setting: EvaluationSetting) -> String?

  /// Puts the values into a model that has its own place for them.
  ///
  /// - Returns: False when the subject has too few examples for it, and is not evaluated.
  /// - Throws: `LibraryError` when oneDNN can't plan a layer, or what makes the clients' values unreadable.
  func setValues(of model: EvaluatedModel) throws -> Bool
}

extension NormValueSource {
  public var description: String { word.rawValue }
  public var statistics: PassMode.Statistics { .running }
}
