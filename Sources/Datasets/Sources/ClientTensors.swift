internal import Catalogs
internal import Formats
internal import Tensors

/// Which tensors of a safetensors file belong to which client, by their names: `client<i>.<part>`.
struct ClientTensors {
  /// What a client may have.
  enum Part: String, CaseIterable {
    case x, y
    case valX = "val_x"
    case valY = "val_y"
    case testX = "test_x"
    case testY = "test_y"

    /// The inputs and the targets of a split.
    static func pair(_ split: DataSplit) -> (x: Part, y: Part) {
      switch split {
      case .train: (.x, .y)
      case .validation: (.valX, .valY)
      case .test: (.testX, .testY)
      }
    }
  }

  /// Test examples that belong to no client.
  static let unionNames: Set<String> = ["union.test_x", "union.test_y"]

  /// Whether the file has test examples that belong to no client.
  var hasUnion: Bool { !names.isDisjoint(with: Self.unionNames) }

  /// How many clients there are: those from 0 on of which each has a part.
  let count: Int
  /// What is passed over, in words; empty when nothing is.
  let remarks: [String]
  private let names: Set<String>
  private let path: String

  /// Sorts the tensors of `file`.
  ///
  /// - Throws: `DataFileError.malformed` when there is no client, when one stands behind a gap, or when a name is
  ///   nearly that of a part that its client lacks: all of these would leave examples out in silence.
  init(_ file: SafetensorsFile) throws(DataFileError) {
    path = file.path
    names = Set(file.entries.keys)
    var parts: [Int: Set<Part>] = [:]
    var others: [(name: String, client: Int, part: String)] = []
    var strangers: [String] = []
    for name in names.sorted() where !Self.unionNames.contains(name) {
      guard let (client, part) = Self.split(name) else {
        strangers.append(name)
        continue
      }
      if let known = Part(rawValue: part) {
        parts[client, default: []].insert(known)
      } else {
        others.append((name, client, part))
      }
    }
    var clients = 0
    while parts[clients] != nil { clients += 1 }
    count = clients
    let passed = strangers + others.map(\.name)
    let shown = passed.prefix(3).map(quotedName).joined(separator: ", ") + (passed.count > 3 ? ", …" : "")
    remarks =
      passed.isEmpty
      ? []
      : [
        "\(file.path): \(passed.count) tensor\(passed.count == 1 ? " is" : "s are") passed over: \(shown) (read are client<i>.x, .y, .val_x, .val_y, .test_x and .test_y)"
      ]
    guard clients > 0 else {
      let isLater = !parts.isEmpty || others.contains { $0.client > 0 }
      throw lack(of: "client0.x", isLater ? "; clients are numbered from 0" : "")
    }
    for other in others {
      let absent = Part.allCases.filter { !(parts[other.client] ?? []).contains($0) }
      guard let meant = absent.first(where: { Self.resembles(other.part, $0.rawValue) }) else { continue }
      throw .malformed(
        path: path,
        reason:
          "has a tensor \(quotedName(other.name)) and no '\(name(other.client, meant))'; did you mean that? (allowed: x, y, val_x, val_y, test_x, test_y)"
      )
    }
    // A client behind a gap would be left out in silence.
    if let first = names.filter({
      Self.split($0).map { $0.client > clients && Part(rawValue: $0.part) != nil } ?? false
    })
    .min() {
      throw .malformed(path: path, reason: "has a tensor '\(first)' but no 'client\(clients).x'")
    }
  }

  /// The name of a client's part.
  func name(_ client: Int, _ part: Part) -> String { "client\(client).\(part.rawValue)" }

  /// Whether the file has a client's part.
  func has(_ client: Int, _ part: Part) -> Bool { names.contains(name(client, part)) }

  /// The error of a tensor that is not there, with the nearest that are.
  func lack(of name: String, _ remark: String = "") -> DataFileError {
    guard !names.isEmpty else { return .malformed(path: path, reason: "has no tensor '\(name)': it has none at all") }
    let near = Self.nearest(to: name, in: names)
    let more = names.count > near.count ? " and \(names.count - near.count) more" : ""
    return .malformed(
      path: path,
      reason: "has no tensor '\(name)' (nearest there: \(near.map(quotedName).joined(separator: ", "))\(more))\(remark)"
    )
  }

  /// `client3.test_x` as 3 and `test_x`.
  private static func split(_ name: String) -> (client: Int, part: String)? {
    guard name.hasPrefix("client"), let dot = name.firstIndex(of: ".") else { return nil }
    let digits = name[name.index(name.startIndex, offsetBy: 6)..<dot]
    guard let client = Int(digits), client >= 0, "\(client)" == digits else { return nil }
    return (client, String(name[name.index(after: dot)...]))
  }

  /// Whether a part's name was probably meant for a known one: the same words in another order or run together, with
  /// `train` in front, or other words for inputs, labels and tests.
  private static func resembles(_ part: String, _ known: String) -> Bool {
    let testWords: Set = ["test", "tests", "testing", "eval"]
    let validationWords: Set = ["val", "valid", "validation", "dev"]
    var words = wordsOf(part).flatMap { word -> [String] in
      for long in ["test", "train", "val"] where word != long && !testWords.contains(word) {
        if word.hasPrefix(long), word.count == long.count + 1 { return [long, String(word.suffix(1))] }
        if word.hasSuffix(long), word.count == long.count + 1 { return [String(word.prefix(1)), long] }
      }
      return [word]
    }
    let isTest = words.contains { testWords.contains($0) }
    let isValidation = words.contains { validationWords.contains($0) }
    words.removeAll {
      testWords.contains($0) || validationWords.contains($0) || ["train", "training"].contains($0)
    }
    guard isTest == known.hasPrefix("test"), isValidation == known.hasPrefix("val"), words.count == 1,
      let word = words.first
    else { return false }
    let inputs: Set = ["x", "xs", "input", "inputs", "image", "images", "data", "feature", "features"]
    let targets: Set = ["y", "ys", "label", "labels", "target", "targets", "class", "classes"]
    return (known.hasSuffix("x") ? inputs : targets).contains(word)
  }

  /// The words of a name in lower case.
  private static func wordsOf(_ name: String) -> [String] {
    name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  /// The three names that are most like `name`: those of the same words first, then by letters, then by the alphabet.
  static func nearest(to name: String, in names: Set<String>) -> [String] {
    // A hostile file may have a hundred thousand names.
    let candidates = names.sorted().prefix(2000)
    let words = Set(wordsOf(name))
    let same = candidates.filter { Set(wordsOf($0)) == words && $0 != name }
    let alike = nearestNames(to: name, in: candidates, limit: 3)
    var found: [String] = []
    for candidate in same + alike + candidates where !found.contains(candidate) && found.count < 3 {
      found.append(candidate)
    }
    return found
  }
}

/// A tensor's name in quotes, fit to be printed.
private func quotedName(_ name: String) -> String { "'\(printable(name))'" }
