internal import Tables

extension Table {
  /// Writes the table in a form to standard output.
  func write(_ format: OutputFormat) {
    switch format {
    case .table: StandardOutput.write(text(style: StandardOutput.style, width: StandardOutput.limit))
    case .csv: StandardOutput.writeRaw(csv())
    case .json: StandardOutput.write(json())
    }
  }
}
