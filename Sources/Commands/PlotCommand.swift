internal import ArgumentParser
internal import Figures
internal import Foundation
internal import Pages
internal import Tables

/// `covey plot`.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Writes one figure as SVG or PNG.",
    discussion: """
      The figures are those of 'covey report'; 'covey list figures' lists them. PNG needs rsvg-convert, which Debian and Ubuntu have in \
      the package librsvg2-bin. Without a RUN, the newest experiment. A file that is there is replaced.

      Examples:
        covey plot accuracy
        covey plot differences quickstart -o differences.svg --theme light
        covey plot clients quickstart -o clients.png --width 900 --scale 3
        covey plot accuracy -o - | rsvg-convert --format pdf > accuracy.pdf
        covey plot accuracy --format json
      """)

  @Argument(
    help: ArgumentHelp("The figure, as accuracy.", valueName: "figure"), completion: .list(figureCatalog.names))
  var figure: String

  @Argument(
    help: ArgumentHelp("Runs: an id, 'latest', experiment, experiment/arm or experiment/arm/seed.", valueName: "run"),
    completion: RunCompletion.kind)
  var names: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write, ending in .svg or .png, or - for SVG on standard output (default: the figure's name and .svg).",
      valueName: "file"), completion: .file())
  var output: String?

  @Option(help: ArgumentHelp("The width in pixels, 240 to 4000.", valueName: "pixels"))
  var width = 760

  @Option(
    help: ArgumentHelp("The height in pixels, 120 to 8000 (default: what suits the figure).", valueName: "pixels"))
  var height: Int?

  @Option(help: "The colours: light or dark (default: in an SVG what its reader prefers, in a PNG light).")
  var theme: ThemeName?

  enum ThemeName: String, ExpressibleByArgument, CaseIterable {
    case light
    case dark

    var theme: Theme { self == .light ? .light : .dark }
  }

  @Option(help: ArgumentHelp("A PNG's pixels for each pixel of the figure, 0.5 to 8.", valueName: "factor"))
  var scale: Double?

  @OptionGroup var page: PageOptions

  @Option(help: "What is said about the file: table (a line on standard error) or json, with the figure's numbers.")
  var format: DocumentFormat = .table

  private var path: String { output ?? figure + ".svg" }
  private var isImage: Bool { path.lowercased().hasSuffix(".png") }

  func validate() throws {
    guard (240...4000).contains(width) else {
      throw ValidationError("'--width \(width)' is not allowed (allowed: a whole number from 240 to 4000)")
    }
    if let height, !(120...8000).contains(height) {
      throw ValidationError("'--height \(height)' is not allowed (allowed: a whole number from 120 to 8000)")
    }
    if let scale, !(0.5...8).contains(scale) {
      throw ValidationError("'--scale \(scale)' is not allowed (allowed: a number from 0.5 to 8)")
    }
    guard path == "-" || isImage || path.lowercased().hasSuffix(".svg") else {
      throw ValidationError("'--output \(path)' ends neither in .svg nor in .png")
    }
    if path == "-", format == .json {
      throw ValidationError("'--format json' can't be combined with '--output -'")
    }
    if scale != nil, !isImage { throw ValidationError("'--scale' needs an output that ends in .png") }
  }

  func run() throws {
    let store = try page.database.read()
    let made = try RunPage(store, page.query(of: names, figures: [figure]))
    guard let figure = made.figure(figure) else { return }
    if let absence = figure.absence {
      throw CommandFailure("error: there is nothing to draw: \(absence)", .missingInput)
    }
    let svg = figure.svg(
      width: Double(width), height: height.map(Double.init), theme: theme?.theme ?? (isImage ? .light : nil))
    if path == "-" { return StandardOutput.write(svg) }
    let data = isImage ? try Rasterizer().png(svg, scale: scale ?? 2) : Data(svg.utf8)
    try OutputFile.write(data, to: path)
    switch format {
    case .table: StandardError.write("wrote \(path): \(figure.title)")
    case .json:
      var json = JSONDocument()
      json.add("path", .text(path))
      json.add("bytes", .integer(data.count))
      json.add("figure", .text(figure.id))
      json.add("title", .text(figure.title))
      json.add(
        "columns",
        Table(
          columns: [.words("key"), .words("header")],
          rows: figure.table.columns.map { [.text($0.key), .text($0.header)] }))
      json.add("values", figure.table)
      StandardOutput.write(json.json())
    }
  }
}
