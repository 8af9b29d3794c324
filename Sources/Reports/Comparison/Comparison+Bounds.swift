package import Records
package import Tables

/// How far an arm is from a bound, in pairs of one seed.
package struct BoundDistance: Sendable, Equatable {
  /// The arm that is the bound.
  package let bound: String
  /// Which bound it is.
  package let kind: Bound
  /// The arm's values minus the bound's, in the unit of the metric.
  package let difference: PairedDifference
}

extension Comparison {
  /// The arms that are bounds: those of which any run is one, because an earlier version did not record it.
  static func bounds(_ runs: [ComparedRun]) -> [String: Bound] {
    var bounds: [String: Bound] = [:]
    for run in runs where run.bound != .none && bounds[run.arm] == nil { bounds[run.arm] = run.bound }
    return bounds
  }

  /// Pairs each arm with each other one that is a bound. What has other data, or no seed in common, is no pair.
  static func addDistances(to arms: inout [ArmSummary]) {
    let bounds = arms.filter { $0.bound != .none && !$0.results.isEmpty }
    for index in arms.indices {
      arms[index].distances = bounds.compactMap { bound in
        guard bound.arm != arms[index].arm, mismatch(arms[index].results, bound.results) == nil else { return nil }
        let values = Dictionary(bound.results.map { ($0.run.seed, $0.value) }) { first, _ in first }
        let pairs = arms[index].results.compactMap { result in
          values[result.run.seed].map { (own: result.value, bound: $0) }
        }
        guard !pairs.isEmpty else { return nil }
        return BoundDistance(
          bound: bound.arm, kind: bound.bound,
          difference: PairedDifference(pairs.map(\.own), minus: pairs.map(\.bound)))
      }
    }
  }

  /// The arms that compete: all but bounds, and the baseline whatever it is.
  var contest: [ArmSummary] { arms.filter { $0.bound == .none || $0.arm == baseline } }

  /// The arms' names for people, by name.
  var titles: [String: String] { Dictionary(arms.map { ($0.arm, $0.title) }) { first, _ in first } }
}

extension ArmSummary {
  /// The arm's name for people, which says whether it is a bound: "central (bound)", "all data (central bound)".
  package var title: String {
    if bound == .none { return arm }
    return arm == bound.rawValue ? "\(arm) (bound)" : "\(arm) (\(bound.rawValue) bound)"
  }

  /// Why an arm that is not the baseline has no p value, whatever its numbers, for programs; nil where nothing is in the way.
  var missingReason: String? { mismatch != nil ? "other-data" : bound != .none ? "bound" : nil }

  /// Returns cells as they are, dimmed if the arm is a bound.
  func steppingBack(_ cells: [Cell]) -> [Cell] { bound == .none ? cells : cells.map { $0.emphasized(.dim) } }

  /// The distance to the one bound of a kind; nil where there is none, or several.
  package func distance(to kind: Bound) -> BoundDistance? {
    let known = distances.filter { $0.kind == kind }
    return known.count == 1 ? known[0] : nil
  }
}

extension Comparison {
  /// The distance of an arm to the one bound of a kind; nil where there are several of the kind, though the arm may have
  /// pairs with one alone.
  func distance(_ arm: ArmSummary, to kind: Bound) -> BoundDistance? {
    shownBounds.count { $0.bound == kind } == 1 ? arm.distance(to: kind) : nil
  }

  /// What of the way from `local` to `central` an arm has gone, in the seeds that all three have; nil where one of the two is
  /// missing or there are several, and without a seed in common.
  func gap(_ arm: ArmSummary) -> (own: PairedDifference, whole: PairedDifference)? {
    guard let central = distance(arm, to: .central), let local = distance(arm, to: .local) else { return nil }
    func values(_ name: String) -> [UInt64: Double] {
      let results = shownBounds.first { $0.arm == name }?.results ?? []
      return Dictionary(results.map { ($0.run.seed, $0.value) }) { first, _ in first }
    }
    let (upper, lower) = (values(central.bound), values(local.bound))
    let all = arm.results.compactMap { result in
      upper[result.run.seed].flatMap { upper in
        lower[result.run.seed].map { (own: result.value, upper: upper, lower: $0) }
      }
    }
    guard !all.isEmpty else { return nil }
    return (
      PairedDifference(all.map(\.own), minus: all.map(\.lower)),
      PairedDifference(all.map(\.upper), minus: all.map(\.lower))
    )
  }

  /// The share of the gap between `local` and `central` that an arm closes: 0 is as good as `local`, 1 as `central`; nil where
  /// there is no such gap, or it may be luck: where `central` is not better, or its 95 % interval holds 0.
  package func gapClosed(_ arm: ArmSummary) -> Double? {
    guard arm.bound == .none, let gap = gap(arm), let own = gap.own.mean, let whole = gap.whole.mean,
      metric.isBetter(whole, than: 0), !Self.mayBeLuck(gap.whole)
    else { return nil }
    return own / whole
  }

  /// Whether the interval of a difference holds 0; one pair has none.
  private static func mayBeLuck(_ difference: PairedDifference) -> Bool {
    difference.interval.map { $0.contains(0) } ?? false
  }
}

/// What is said of bounds.
extension Comparison {
  /// What the bounds say of the best arm by the metric; nil without bounds, where there are several of a kind, and where the
  /// arms are compared by something else.
  var boundsSentence: String? {
    let measure = measures[0]
    let ranked = contest.filter { $0.bound == .none && $0.mismatch == nil && !$0.results.isEmpty }
    guard measure == metric.measure, let arm = best(of: ranked) else { return nil }
    let central = distance(arm, to: .central)
    let local = distance(arm, to: .local)
    if let local, let mean = local.difference.mean, !metric.isBetter(mean, than: 0) {
      return aloneSentence(arm, local)
    }
    guard let central else { return local.map { placeSentence(arm, $0) } ?? nil }
    guard let local, let gap = gap(arm) else { return placeSentence(arm, central) }
    guard let own = gap.own.mean, let whole = gap.whole.mean else { return nil }
    let (upper, lower) = (central.bound, local.bound)
    if !metric.isBetter(whole, than: 0) {
      return
        "\(upper) is no better than \(lower) alone (\(points(whole)), \(Self.seeds(gap.whole.pairCount))): there is no "
        + "gap to close."
    }
    if let interval = gap.whole.interval, Self.mayBeLuck(gap.whole) {
      return "The gap between \(lower) and \(upper) may be luck: \(points(whole)) (95% interval "
        + "\(intervalWords(interval, measure)), \(Self.seeds(gap.whole.pairCount)))."
    }
    let share = NumberText.fixed(100 * own / whole, digits: 0)
    let luck = Self.mayBeLuck(gap.own) ? "the \(metric.differenceWords(own)) may be luck, " : ""
    return "\(arm.arm) closes \(share)% of the gap between \(lower) and \(upper): \(metric.differenceWords(own)) of "
      + "\(points(whole)) (\(luck)\(Self.seeds(gap.whole.pairCount)))."
  }

  /// That clients who train alone are not worse off.
  private func aloneSentence(_ arm: ArmSummary, _ local: BoundDistance) -> String {
    let count = Self.seeds(local.difference.pairCount)
    let mean = -(local.difference.mean ?? 0)
    guard let interval = local.difference.interval else {
      return "\(local.bound) alone is not worse than \(arm.arm): \(points(mean)) (\(count))."
    }
    let other = -interval.upperBound...(-interval.lowerBound)
    let sure = "(95% interval \(intervalWords(other, measures[0])), \(count))"
    return Self.mayBeLuck(local.difference) || mean == 0
      ? "\(local.bound) alone is not worse than \(arm.arm): \(points(mean)) \(sure). That federating is worth it is not shown."
      : "\(local.bound) alone is better than \(arm.arm): \(points(mean)) \(sure). Federating is not worth it here."
  }

  /// Where an arm stands to the one bound that there is.
  private func placeSentence(_ arm: ArmSummary, _ distance: BoundDistance) -> String? {
    guard let mean = distance.difference.mean else { return nil }
    let interval = distance.difference.interval.map { "95% interval \(intervalWords($0, measures[0])), " } ?? ""
    return "\(arm.arm) is at \(points(mean)) from \(distance.bound) "
      + "(\(interval)\(Self.seeds(distance.difference.pairCount)))."
  }

  private func points(_ difference: Double) -> String {
    metric.differenceWords(difference) + metric.differenceUnit
  }

  /// What is said where no arm is anything but a bound; nil where one is.
  var boundsAlone: String? {
    guard !arms.isEmpty, arms.allSatisfy({ $0.bound != .none }) else { return nil }
    let values = arms.compactMap { arm in arm.mean.map { "\(arm.arm) has \(metric.words($0)) \(metric.title)" } }
    return values.isEmpty
      ? nil : "there are only bounds, and no arm to compare with them: \(Self.list(values, limit: 4))."
  }

  /// What must be known of bounds beside the tables.
  var boundNotes: [String] {
    let bounds = shownBounds
    guard !bounds.isEmpty else { return [] }
    let names = Self.list(bounds.map(\.arm), limit: 4)
    let who = bounds.count == 1 ? "\(names) is a bound and takes" : "\(names) are bounds and take"
    var notes = [
      "\(who) no part in the comparison: no p value, no verdict, no part in Holm's correction. Distances to "
        + "\(bounds.count == 1 ? "it" : "them") are in pairs of one seed."
    ]
    for arm in arms where !arm.results.isEmpty {
      let missing = bounds.filter { bound in
        bound.arm != arm.arm && !arm.distances.contains { $0.bound == bound.arm }
      }
      if !missing.isEmpty, ends.isPairable {
        notes.append(
          "No distance of \(arm.arm) to \(Self.list(missing.map(\.arm), limit: 4)): other data, or no seed in common.")
      }
    }
    return notes
  }
}

/// Columns of distances.
extension Comparison {
  /// The columns for people, one a bound: "to central", of several bounds of a kind "to" and the arm's name.
  var distanceColumns: [Table.Column] {
    let bounds = shownBounds
    return bounds.enumerated().map { index, bound in
      let isOnly = bounds.count { $0.bound == bound.bound } == 1
      let name = isOnly ? bound.bound.rawValue : TerminalWidth.truncated(TerminalWidth.printable(bound.arm), to: 18)
      return Table.Column("distance_text_\(index)", header: "to \(name)", audience: .people)
    }
  }

  /// An arm's cells of `distanceColumns`.
  func distanceCells(_ arm: ArmSummary) -> [Cell] {
    shownBounds.map { bound in
      metric.differenceCell(arm.distances.first { $0.bound == bound.arm }?.difference.mean)
    }
  }

  /// The columns of bounds for programs.
  static let boundKeys = [
    "bound", "distance_central", "distance_central_pairs", "distance_local", "distance_local_pairs", "gap_closed",
  ]

  /// An arm's cells of `boundKeys`.
  func boundCells(_ arm: ArmSummary) -> [Cell] {
    let distances = [Bound.central, .local].map { distance(arm, to: $0)?.difference }
    return [.text(arm.bound.rawValue)]
      + distances.flatMap { [metric.differenceCell($0?.mean), .integer($0?.pairCount)] }
      + [.number(gapClosed(arm), digits: 3)]
  }

  /// How far each arm is from each bound, a row each, for programs.
  package var distanceTable: Table {
    let columns: [Table.Column] = [
      .words("arm"), .words("bound_arm"), .words("bound"), Table.Column("distance"), Table.Column("distance_low"),
      Table.Column("distance_high"), Table.Column("pairs"),
    ]
    let rows = arms.flatMap { arm in
      arm.distances.map { distance -> [Cell] in
        [
          .text(arm.arm), .text(distance.bound), .text(distance.kind.rawValue),
          metric.differenceCell(distance.difference.mean),
          metric.differenceCell(distance.difference.interval?.lowerBound),
          metric.differenceCell(distance.difference.interval?.upperBound), .integer(distance.difference.pairCount),
        ]
      }
    }
    return Table(columns: columns, rows: rows)
  }
}
