internal import Catalogs
public import Datasets
internal import Formats

/// Windows that stand in a file of comma-separated values with the columns client, from and to, in any order; a client
/// without one is always there. Other columns are passed over.
public struct FileAvailability: Availability, FileComponent {
  /// The largest file: 256 MiB.
  private static let largestFile = 1 << 28
  /// As long may a line be in bytes.
  private static let longestLine = 4096

  /// Where the file is.
  public let path: String

  /// Makes the availability of a file that is not read yet.
  public init(path: String) { self.path = path }

  /// Nobody is there as long as the file is not read.
  public func window(
    of client: Int, after moment: Double, seed: UInt64, memory: inout AvailabilityMemory?
  ) -> AvailabilityWindow? { nil }

  public func read(in folder: String) throws -> (component: any RunComponent, inputs: [SourceInput]) {
    let place = path.hasPrefix("/") ? path : folder + "/" + path
    let listed = ListedAvailability(try Self.windows(fileBytes(place, limit: Self.largestFile), path: place))
    return (listed, [SourceInput(name: path, sha256: listed.contentHash)])
  }

  /// The windows that the content of a file says.
  ///
  /// - Throws: `DataFileError.malformed` with the file and the line.
  static func windows(_ bytes: [UInt8], path: String) throws -> [(client: Int, window: AvailabilityWindow)] {
    var places: [Int]?
    var windows: [(client: Int, window: AvailabilityWindow)] = []
    // A byte order mark, as spreadsheets write it.
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    for (index, line) in content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      func problem(_ words: String) -> DataFileError { .malformed(path: "\(path):\(index + 1)", reason: words) }
      let line = line.last == 0x0D ? line.dropLast() : line
      if line.isEmpty { continue }
      guard line.count <= longestLine else { throw problem("has \(line.count) bytes (allowed: \(longestLine))") }
      guard let text = String(validating: line, as: UTF8.self) else { throw problem("is no UTF-8") }
      let fields = text.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
      guard let places else {
        places = try ["client", "from", "to"].map { name in
          guard let place = fields.firstIndex(of: name) else {
            throw problem("has no column '\(name)' (needed: client, from, to; there: \(shownText(text)))")
          }
          return place
        }
        continue
      }
      guard let last = places.max(), last < fields.count else {
        throw problem("has \(fields.count) fields (needed: client, from and to)")
      }
      let (client, from, to) = (fields[places[0]], fields[places[1]], fields[places[2]])
      guard let number = Int(client), (0...9_999_999).contains(number) else {
        throw problem("client '\(shownText(client))' (allowed: a whole number from 0 to 9999999)")
      }
      let (start, end) = (Double(from) ?? .nan, Double(to) ?? .nan)
      guard start.isFinite, start >= 0 else { throw problem("from '\(shownText(from))' (allowed: a number ≥ 0)") }
      guard end > start else { throw problem("to '\(shownText(to))' (allowed: a number > \(shortText(start)))") }
      windows.append((number, AvailabilityWindow(from: start, to: end)))
    }
    guard places != nil else {
      throw DataFileError.malformed(path: "\(path):1", reason: "has no line with the columns")
    }
    return windows
  }

  private static func trimmed(_ field: Substring) -> String {
    let inner = field.drop { $0 == " " || $0 == "\t" }
    let text = String(inner.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    return text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
  }

  static let entry = CatalogEntry<any Availability>(
    "file", "when clients are there, from a file of comma-separated values",
    options: [.required("file", .text, "a file with the columns client, from and to")], shorthand: "file"
  ) { FileAvailability(path: $0.text("file")) }
}
