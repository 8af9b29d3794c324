internal import Catalogs
internal import Scenarios
internal import Tables

extension PlanSummary {
  /// Keys that stand in the line of each arm.
  private static let toldKeys: Set<String> = ["strategy.kind", "norm.kind"]
  /// How many keys, values of a key and arms of a value are shown to a person.
  private static let (keyCount, valueCount, armCount) = (20, 12, 4)
  /// How long a value is shown.
  private static let valueLength = 400

  /// Where arms differ and no line of theirs says it: "client.optimizer.momentum: 0.9 in base, lr; 0 in plain".
  var differenceLines: [String] {
    let told = experiment.scenario.differences.filter { !Self.toldKeys.contains($0.key) }
    let lines = told.prefix(Self.keyCount).map { difference in
      let values = difference.values.prefix(Self.valueCount).map { value in
        "\(shownText(value.text ?? "none")) in \(Self.armWords(value.arms))"
      }
      let more = difference.values.count - values.count
      return "  \(difference.key): \(values.joined(separator: "; "))" + (more > 0 ? "; and \(more) more values" : "")
    }
    return lines + (told.count > Self.keyCount ? ["  … and \(told.count - Self.keyCount) more keys"] : [])
  }

  /// One row a key and value of those at which arms differ, with the arms that have it.
  ///
  /// - Parameter isWhole: Whether all rows and arms are there, as for programs, and not only what a person reads.
  func differenceTable(isWhole: Bool) -> Table {
    var table = Table(columns: [.name("key"), .words("value"), .words("arms")])
    for difference in experiment.scenario.differences {
      let count = isWhole ? difference.values.count : Self.valueCount
      for value in difference.values.prefix(count) {
        table.append([
          .text(difference.key), .text(value.text.map { shownText($0, limit: Self.valueLength) }),
          isWhole ? .list(value.arms) : .text(Self.armWords(value.arms)),
        ])
      }
      let more = difference.values.count - count
      if more > 0 { table.append([.text(difference.key), .text("and \(more) more"), .text(nil)]) }
    }
    return table
  }

  /// "base, lr and 7 more".
  private static func armWords(_ names: [String]) -> String {
    let more = names.count - armCount
    return names.prefix(armCount).map { shownText($0) }.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
