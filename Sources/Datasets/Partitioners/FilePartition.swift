internal import Catalogs
internal import Formats
public import Randomness

/// Who has which examples stands in a file: one that `covey data split` wrote, a mapping of clients to rows, or what
/// another tool wrote of its own division.
///
/// Rows count from 0 among the source's training examples in the order of its files. A list of test or validation examples
/// stands in place of what the source has for that. Nothing is drawn.
public struct FilePartition: Partitioner {
  /// Where the file is, as the scenario has it.
  public let path: String
  /// Whether rows count on through the source's test examples, behind the training examples.
  public let countsTestExamples: Bool
  /// The columns of a table: with rows, which is the line unless given, and with clients, which is `client` unless given.
  public let columns: (row: String?, client: String?)
  private let contents: SplitContents?
  public let inputs: [SourceInput]

  /// Makes the partitioner of a file that is not read yet.
  public init(
    path: String, countsTestExamples: Bool = false, columns: (row: String?, client: String?) = (nil, nil)
  ) {
    self.init(path: path, countsTestExamples: countsTestExamples, columns: columns, contents: nil, inputs: [])
  }

  private init(
    path: String, countsTestExamples: Bool, columns: (row: String?, client: String?), contents: SplitContents?,
    inputs: [SourceInput]
  ) {
    self.path = path
    self.countsTestExamples = countsTestExamples
    self.columns = columns
    self.contents = contents
    self.inputs = inputs
  }

  public var joinsTestExamples: Bool { countsTestExamples }
  /// None before the file is read.
  public func clientCount(_ units: SourceUnits) -> Int { contents?.clients.count ?? 0 }

  public func opened(in folder: String) throws -> any Partitioner {
    let place = resolvedPath(path, in: folder)
    let bytes = try fileBytes(place, limit: MemoryLimit.standard)
    return FilePartition(
      path: path, countsTestExamples: countsTestExamples, columns: columns,
      contents: try SplitContents(bytes, path: place, columns: columns),
      inputs: [SourceInput(name: path, sha256: hashOfBytes(bytes))])
  }

  public func divide(_ examples: ExampleTable, stream: inout RandomStream) throws -> Partition {
    guard let contents else { throw PartitionProblem.lacking("the file \(path) was not opened") }
    return try contents.partition(of: examples, shownName: path)
  }

  static let entry = CatalogEntry<any Partitioner>(
    "file", "who has which examples stands in a file",
    options: [
      .required("path", .text, "a file of covey data split, JSON, CSV, or a NumPy archive"),
      Option(
        "rows", .choice(["train", "all"]), default: .text("train"),
        "what rows count: training examples, or all: training, then test"),
      .optional("row", .text, "CSV: the column with rows; the line unless set"),
      .optional("client", .text, "CSV: the column with clients; 'client' unless set"),
    ]
  ) {
    FilePartition(
      path: $0.text("path"), countsTestExamples: $0.text("rows") == "all",
      columns: ($0.optionalText("row"), $0.optionalText("client")))
  }
}
