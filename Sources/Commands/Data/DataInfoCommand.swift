internal import ArgumentParser
internal import func Catalogs.visibleText
internal import Datasets
internal import Figures
internal import Foundation
internal import Scenarios
internal import Tables

/// `covey data info`.
struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Shows what data are read as, and which client has what.",
    discussion: """
      Of a scenario, what 'data' says with its first seed; of a file or folder, what it seems to be, which is said. What \
      such a file leaves open is set with --set: which column is the label, and who are the clients.

      Sums are of the values as they are stored, before any scaling: two readings that differ in a value differ in them.

      Examples:
        covey data info my.yaml
        covey data info heart.csv --set data.label=disease --set data.client=hospital
        covey data info heart.csv --set data.label=disease --scenario heart.yaml
        covey data info my.yaml --figure split.svg
      """)

  @Argument(help: ArgumentHelp("A data file, a folder of such, or a scenario.", valueName: "path"))
  var path: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a key: a dotted path, as data.label=disease; may be repeated.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "The form: table or json.")
  var format: DocumentFormat = .table

  @Option(
    name: .customLong("scenario"),
    help: ArgumentHelp("Write a scenario that compares FedAvg and FedBN on these data.", valueName: "file"))
  var scenarioPath: String?

  @Option(
    help: ArgumentHelp(
      "Draw who has which classes, into a file that ends in .svg or .png.", valueName: "file"), completion: .file())
  var figure: String?

  func validate() throws {
    guard let figure, ![".svg", ".png"].contains(where: figure.lowercased().hasSuffix) else { return }
    throw ValidationError("'--figure \(figure)' ends neither in .svg nor in .png")
  }

  func run() throws {
    let isScenario = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    let draft = try isScenario ? nil : ScenarioDraft(dataAt: path, settings: settings)
    let opened =
      try draft.map { try loadData($0, isWhole: false) }
      ?? loadData(path, ScenarioEdits(settings: settings), isWhole: false)
    let info = DataInfo(
      opened.dataset, source: opened.source, partition: opened.partition,
      notes: (draft?.assumptions ?? []) + opened.notes)
    if let scenarioPath {
      guard let draft else {
        throw CommandFailure("error: '\(path)' is a scenario already; '--scenario' writes one of a data file", .usage)
      }
      try OutputFile.write(draft.text(for: info, at: scenarioPath).utf8, to: scenarioPath)
    }
    let drawn = figure.map { (path: $0, figure: info.figure) }
    if let drawn { try Self.draw(drawn.figure, to: drawn.path) }
    switch format {
    case .json: StandardOutput.write(try Self.json(info))
    case .table: Self.show(info)
    }
    if let drawn { StandardError.write("wrote \(drawn.path): \(drawn.figure.title)") }
    if let scenarioPath { StandardOutput.writeParagraph("\(scenarioPath): written; try 'covey run \(scenarioPath)'") }
  }

  private static func draw(_ figure: Figure, to path: String) throws {
    let isImage = path.lowercased().hasSuffix(".png")
    let svg = figure.svg(width: 900, height: nil, theme: isImage ? .light : nil)
    try OutputFile.write(isImage ? Rasterizer().png(svg, scale: 2) : Data(svg.utf8), to: path)
  }

  private static func json(_ info: DataInfo) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(info), as: UTF8.self) + "\n"
  }

  // MARK: For people

  private static func show(_ info: DataInfo) {
    let style = StandardOutput.style
    let width = StandardOutput.limit
    let shape = info.example.shape.map(String.init).joined(separator: "×")
    StandardOutput.writeParagraph(
      "\(info.source): \(counted(info.clients.count, "client")) (partition \(info.partition)), examples of \(shape) \(info.example.type), \(targetWords(info.target))"
    )
    for note in info.notes { StandardOutput.writeParagraph("note: \(visibleText(note))") }
    StandardOutput.write("\n" + splitTable(info).text(style: style, width: width))
    StandardOutput.write("\nClients\n" + clientTable(info).text(style: style, width: width))
    if let table = domainTable(info) { StandardOutput.write("\nDomains\n" + table.text(style: style, width: width)) }
    if !info.target.names.isEmpty {
      StandardOutput.write("\nTraining examples by class\n" + classTable(info).text(style: style, width: width))
    }
    if let hash = info.dataHash { StandardOutput.write("\ndata_hash \(hash)\n") }
  }

  private static func targetWords(_ target: DataInfo.Target) -> String {
    switch target.kind {
    case "classes":
      let names = target.names.prefix(8).joined(separator: ", ") + (target.names.count > 8 ? ", …" : "")
      return "\(target.classes) classes (\(visibleText(names)))"
    case "values": return target.classes == 1 ? "a number to be predicted" : "\(target.classes) numbers to be predicted"
    default: return "the next of \(target.classes) tokens to be predicted"
    }
  }

  private static func splitTable(_ info: DataInfo) -> Table {
    let names = DataSplit.allCases.map(\.rawValue).filter { info.splits[$0] != nil }
    return Table(
      columns: [.words("split"), Table.Column("examples"), Table.Column("clients"), Table.Column("sum")],
      rows: names.map { name in
        let part = info.splits[name]
        let clients = info.clients.count { client in
          DataSplit(rawValue: name).flatMap { client.part($0) } != nil
        }
        return [
          .text(name), .integer(part?.examples ?? 0), .integer(clients),
          part?.sum.map { Cell(.number($0, digits: 3, signed: false)) } ?? .missing,
        ]
      })
  }

  private static func clientTable(_ info: DataInfo) -> Table {
    let shown = info.clients.prefix(60)
    let hasGroups = info.clients.contains { $0.group != nil }
    let hasDomains = info.clients.contains { $0.domain != nil && $0.domain != $0.name }
    let hasValidation = info.clients.contains { $0.validation != nil }
    var columns: [Table.Column] = [.words("client")]
    if hasDomains { columns.append(.words("domain")) }
    if hasGroups { columns.append(.words("group")) }
    columns.append(Table.Column("train"))
    if hasValidation { columns.append(Table.Column("validation")) }
    columns += [Table.Column("test"), .words("trains"), .words("classes")]
    var rows = shown.map { client -> [Cell] in
      var row: [Cell] = [.text(client.name)]
      if hasDomains { row.append(.text(client.domain)) }
      if hasGroups { row.append(.text(client.group)) }
      row.append(.integer(client.train?.examples ?? 0))
      if hasValidation { row.append(.integer(client.validation?.examples ?? 0)) }
      row.append(.integer(client.test?.examples ?? 0))
      row.append(.text(client.isUnseen ? "never" : "yes"))
      row.append(.text(bars(client.train?.labels ?? client.test?.labels ?? [])))
      return row
    }
    if info.clients.count > shown.count {
      rows.append([.text("… \(info.clients.count - shown.count) more")] + columns.dropFirst().map { _ in .missing })
    }
    return Table(columns: columns, rows: rows)
  }

  /// What the clients of each domain have together; nil where domains are clients, or there is one or none.
  private static func domainTable(_ info: DataInfo) -> Table? {
    let groups = Dictionary(grouping: info.clients.filter { $0.domain != nil }) { $0.domain ?? "" }
    var seen: Set<String> = []
    let order = info.clients.compactMap(\.domain).filter { seen.insert($0).inserted }
    guard order.count > 1, order.count < info.clients.count else { return nil }
    let splits = DataSplit.allCases.filter { info.splits[$0.rawValue] != nil }
    return Table(
      columns: [.words("domain"), Table.Column("clients")] + splits.map { Table.Column($0.rawValue) }
        + [.words("classes")],
      rows: order.prefix(60).map { name in
        let own = groups[name] ?? []
        // Of clients that never train, what they are tested on, where nobody of the domain trains.
        let trained = own.compactMap { $0.train?.labels }
        let labels = trained.isEmpty ? own.compactMap { $0.test?.labels } : trained
        let sums = labels.dropFirst().reduce(labels.first ?? []) { sum, next in zip(sum, next).map { $0 + $1 } }
        return [.text(name), .integer(own.count)]
          + splits.map { split in .integer(own.reduce(0) { $0 + ($1.part(split)?.examples ?? 0) }) }
          + [.text(bars(sums))]
      })
  }

  private static func classTable(_ info: DataInfo) -> Table {
    let labels = info.splits["train"]?.labels ?? []
    let most = max(1, labels.max() ?? 1)
    let shown = info.target.names.indices.prefix(40)
    return Table(
      columns: [.words("class"), Table.Column("examples"), Table.Column("clients"), .words("")],
      rows: shown.map { place in
        let count = labels.indices.contains(place) ? labels[place] : 0
        let clients = info.clients.count { ($0.train?.labels?[place] ?? 0) > 0 }
        return [
          .text(info.target.names[place]), .integer(count), .integer(clients),
          .text(String(repeating: "█", count: Int((24 * Double(count) / Double(most)).rounded()))),
        ]
      })
  }

  /// A bar of its own for each class: how many examples a client has, at most forty of them.
  private static func bars(_ labels: [Int]) -> String {
    let marks = Array(" ▁▂▃▄▅▆▇█")
    let most = max(1, labels.max() ?? 1)
    return String(
      labels.prefix(40).map { $0 == 0 ? "·" : marks[max(1, Int((8 * Double($0) / Double(most)).rounded()))] })
  }
}
