extension Comparison {
  /// Takes all measures of all arms, compares them with the baseline's and corrects the p values of `test` for all of
  /// them together.
  static func measured(
    _ arms: [ArmSummary], _ measures: [ComparedMeasure], baseline: String?, test: PairedTest, frame: ComparisonFrame
  ) -> [ArmSummary] {
    var arms = arms
    let reference = arms.first { $0.arm == baseline }?.results ?? []
    for index in arms.indices {
      arms[index].measures = measures.map { measure in
        let values = arms[index].results.map { finite(measure.value($0, frame)) }
        // What bounds what can be reached competes with nobody: no test, and none of the family that is corrected for.
        let isTested = arms[index].difference != nil && arms[index].bound == .none
        let comparison = isTested ? compared(arms[index], reference, measure, frame) : nil
        return MeasureSummary(measure: measure, values: values, comparison: comparison)
      }
    }
    let places = arms.indices.flatMap { arm in measures.indices.map { (arm: arm, measure: $0) } }
    let corrected = Holm.corrected(
      places.map { arms[$0.arm].measures[$0.measure].comparison?.result(test).pValue })
    for (place, value) in zip(places, corrected) {
      arms[place.arm].measures[place.measure].comparison?.corrected = value
    }
    return arms
  }

  private static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The pairs of one measure; nil where one of the paired runs has no value.
  private static func compared(
    _ arm: ArmSummary, _ reference: [SeedResult], _ measure: ComparedMeasure, _ frame: ComparisonFrame
  ) -> PairedComparison? {
    var pairs: [(own: Double, baseline: Double)] = []
    var censored = [0, 0, 0]
    for own in arm.results where arm.pairedSeeds.contains(own.run.seed) {
      guard let other = reference.first(where: { $0.run.seed == own.run.seed }),
        let value = finite(measure.value(own, frame)), let base = finite(measure.value(other, frame))
      else { return nil }
      pairs.append((value, base))
      if let isCensored = measure.isCensored {
        censored[(isCensored(own, frame) ? 1 : 0) + (isCensored(other, frame) ? 1 : 0)] += 1
      }
    }
    return PairedComparison(pairs, oneCensored: censored[1], bothCensored: censored[2])
  }

  /// How many p values the correction is over.
  package var familySize: Int {
    arms.flatMap(\.measures).count { $0.comparison?.corrected != nil }
  }
}
