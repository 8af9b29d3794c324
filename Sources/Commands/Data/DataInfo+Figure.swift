internal import func Catalogs.visibleText
internal import Datasets
internal import Figures
internal import Tables

extension DataInfo {
  /// Clients and classes that are drawn at most, the first ones.
  private static let shownCount = 200

  /// Who has which classes: a cell a client and class, or a client and split where targets are no classes. Clients that never
  /// train are drawn by their test examples.
  var figure: Figure {
    let shown = clients.prefix(Self.shownCount)
    let hasClasses = !target.names.isEmpty && shown.contains { $0.train?.labels != nil || $0.test?.labels != nil }
    let names: [String]
    let values: [[Double?]]
    if hasClasses {
      names = target.names.prefix(Self.shownCount).map(visibleText)
      values = names.indices.map { place in
        shown.map { client in
          (client.isUnseen ? client.test ?? client.train : client.train)?.labels.map { Double($0[place]) }
        }
      }
    } else {
      let filled = DataSplit.allCases.filter { self.splits[$0.rawValue] != nil }
      names = filled.map(\.rawValue)
      values = filled.map { split in shown.map { Double($0.part(split)?.examples ?? 0) } }
    }
    let titles = shown.map { client in
      let name = visibleText(client.name)
      let domain = client.domain.flatMap { $0 == client.name ? nil : " · " + visibleText($0) } ?? ""
      return name + domain + (client.isUnseen ? " (never trains: test examples)" : "")
    }
    let scale = HeatScale(
      values.flatMap { $0.compactMap { $0 } }, name: hasClasses ? "training examples" : "examples", format: .count)
    var words = [hasClasses ? "Training examples of each class." : "Examples of each split."]
    if hasClasses, clients.contains(where: \.isUnseen) {
      words.append("Of clients that never train, their test examples.")
    }
    if clients.count > shown.count { words.append("The first \(shown.count) of \(clients.count) clients.") }
    if hasClasses, target.names.count > names.count {
      words.append("The first \(names.count) of \(target.names.count) classes.")
    }
    return Figure(
      id: "data", title: "Who has what: \(visibleText(source)), partition \(visibleText(partition))",
      caption: words.joined(separator: " "),
      panels: [
        Figure.Panel(
          "", .heat(HeatMap(rows: names, columns: titles, columnName: "client", values: values, scale: scale)))
      ],
      table: Table(
        columns: [.words("client")] + names.indices.map { Table.Column("value_\($0)", header: names[$0]) },
        rows: titles.indices.map { client in
          [.text(titles[client])] + names.indices.map { .integer(values[$0][client].map { Int($0) }) }
        }))
  }
}
