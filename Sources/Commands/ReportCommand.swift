internal import ArgumentParser
internal import Foundation
internal import Pages
internal import Tables

/// `covey report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes runs as one HTML file: verdict, tables, figures.",
    discussion: """
      The file needs nothing else and fetches nothing. It shows what a comparison comes to, curves with seed bands, single clients, drift, \
      communication, time, the data, the scenario and the runs; under each figure is the table behind it. Without a RUN, the newest experiment. \
      A file that is there is replaced. 'covey list figures' says which figures there are.

      Examples:
        covey report
        covey report quickstart -o quickstart.html --baseline fedavg
        covey report quickstart/fedavg quickstart/fedbn --figures accuracy,differences
        covey report --metric loss --rounds 10.. -o - > report.html
      """)

  @Argument(
    help: ArgumentHelp("Runs: an id, 'latest', experiment, experiment/arm or experiment/arm/seed.", valueName: "run"),
    completion: RunCompletion.kind)
  var names: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write, - for standard output (default: the experiment's name and .html).", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: ArgumentHelp("Only these figures, as accuracy,loss (default: all).", valueName: "list"),
    completion: WordListCompletion.kind(figureCatalog.names))
  var figures: WordList?

  @OptionGroup var page: PageOptions

  @Option(help: "What is said about the file: table (a line on standard error) or json.")
  var format: DocumentFormat = .table

  func validate() throws {
    if output == "-", format == .json {
      throw ValidationError("'--format json' can't be combined with '--output -'")
    }
  }

  func run() throws {
    let store = try page.database.read()
    let report = try RunPage(store, page.query(of: names, figures: figures?.values ?? []))
    let document = Data(report.document().utf8)
    if output == "-" { return FileHandle.standardOutput.write(document) }
    let path = output ?? PageName.file(report.title) + ".html"
    try OutputFile.write(document, to: path)
    switch format {
    case .table:
      let drawn = report.figures.count { !$0.isEmpty }
      let size =
        document.count < 1_000_000
        ? "\((document.count + 999) / 1000) kB" : "\(NumberText.megabytes(Double(document.count))) MB"
      StandardError.write("wrote \(path): \(drawn) figure\(drawn == 1 ? "" : "s"), \(size)")
    case .json:
      var json = JSONDocument()
      json.add("path", .text(path))
      json.add("bytes", .integer(document.count))
      json.add("figures", list: report.figures.filter { !$0.isEmpty }.map { .text($0.id) })
      StandardOutput.write(json.json())
    }
  }
}
