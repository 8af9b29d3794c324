internal import ArgumentParser
internal import Catalogs
internal import Datasets
internal import Federation
internal import Measures
internal import Networks
internal import Pages
internal import Tables

/// `covey list`.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists what can be named: strategies, norms, models, layers, …, and the figures of reports.",
    discussion: """
      Examples:
        covey list
        covey list norms
        covey list layers --format json
      """)

  @Argument(
    help: ArgumentHelp("One kind: \(Self.kinds.joined(separator: ", ")).", valueName: "kind"),
    completion: .list(Self.kinds))
  var kind: String?

  @ArgumentParser.Option(help: "The form of the list: table, json or csv.")
  var format: OutputFormat = .table

  private struct Component {
    let kind: String
    let name: String
    let summary: String
    let source: String?
    let options: [Catalogs.Option]
  }

  private static func components<Product>(_ kind: String, _ catalog: Catalog<Product>) -> [Component] {
    catalog.entries.map {
      Component(kind: kind, name: $0.name, summary: $0.summary, source: $0.source, options: $0.options)
    }
  }

  private static var all: [Component] {
    components("strategies", strategyCatalog) + components("aggregators", aggregatorCatalog)
      + components("transforms", transformCatalog) + components("personal", personalCatalog)
      + components("norms", normCatalog) + components("quirks", quirkCatalog)
      + components("replacements", replacementCatalog) + components("models", modelCatalog)
      + components("layers", layerCatalog) + components("datasets", datasetCatalog)
      + components("partitions", partitionCatalog) + components("shifts", shiftCatalog)
      + components("normalizations", normalizationCatalog)
      + components("augmentations", augmentationCatalog)
      + components("cohorts", cohortCatalog) + components("schedules", scheduleCatalog)
      + components("devices", deviceCatalog) + components("availability", availabilityCatalog)
      + components("dropouts", dropoutCatalog) + components("optimizers", optimizerCatalog)
      + components("learning-rates", learningRateCatalog) + components("losses", lossCatalog)
      + components("measures", measureCatalog)
      + components("norm-sources", normSourceCatalog) + components("figures", figureCatalog)
  }

  static let kinds = [
    "strategies", "aggregators", "transforms", "personal", "norms", "quirks", "norm-sources", "replacements", "models",
    "layers", "datasets", "partitions", "shifts", "normalizations", "augmentations",
    "cohorts", "schedules", "devices", "availability", "dropouts", "optimizers", "learning-rates", "losses", "measures",
    "figures",
  ]

  func validate() throws {
    guard let kind, !Self.kinds.contains(kind) else { return }
    let hint = nearestName(to: kind, in: Self.kinds).map { "; did you mean '\($0)'?" } ?? ""
    throw ValidationError("unknown kind '\(kind)'\(hint) (allowed: \(Self.kinds.joined(separator: ", ")))")
  }

  func run() throws {
    let components = Self.all.filter { kind == nil || $0.kind == kind }
    switch format {
    case .table:
      for kind in Self.kinds where components.contains(where: { $0.kind == kind }) {
        StandardOutput.write((self.kind == nil ? "\(kind)\n" : "") + text(components.filter { $0.kind == kind }))
      }
    case .csv: StandardOutput.writeRaw(table(components).csv())
    case .json: StandardOutput.write(table(components).json())
    }
  }

  private func text(_ components: [Component]) -> String {
    components.map { component in
      let summary = "  \(component.name)  \(component.summary)" + (component.source.map { " (\($0))" } ?? "")
      let options = component.options.map { "      \($0.name): \(describe($0))" }
      let width = StandardOutput.limit
      return Paragraph.wrapped(summary, width: width, indent: 4)
        + options.map { Paragraph.wrapped($0, width: width, indent: 8) }.joined()
    }.joined()
  }

  private func describe(_ option: Catalogs.Option) -> String {
    let isRequired = option.defaultValue == nil && !option.isOptional
    let others = option.alternatives.first.map { " unless '\($0)' is set" } ?? ""
    let value = option.defaultValue.map { ", default \($0.text)" } ?? (isRequired ? ", required\(others)" : "")
    return "\(option.summary) [\(option.kind.allowed)\(value)]"
  }

  private func table(_ components: [Component]) -> Table {
    Table(
      columns: [.words("kind"), .words("name"), .words("summary"), .words("source"), .words("options")],
      rows: components.map { component in
        [
          .text(component.kind), .text(component.name), .text(component.summary), .text(component.source),
          .text(component.options.map { "\($0.name): \(describe($0))" }.joined(separator: "; ")),
        ]
      })
  }
}
