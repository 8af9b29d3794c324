internal import Catalogs
internal import Formats
internal import Tensors

/// What files say of the targets of their examples, before classes are numbered.
enum StoredTargets {
  /// Numbers of classes.
  case numbers([Int64])
  /// Names of classes.
  case names([String])
  /// Numbers to be predicted, so many for each example.
  case values([Float], width: Int)
  /// A token for each token of the example.
  case tokens([Int32])

  var isNamed: Bool { if case .names = self { true } else { false } }
}

/// Which classes there are, as the scenario says.
enum ClassChoice: Sendable, Equatable {
  /// Those that the examples have: names sorted, numbers from 0 to the largest.
  case asFound
  /// Those numbers or names that occur, without gaps.
  case compact
  /// The numbers below.
  case count(Int)
  /// These names, in their order.
  case names([String])
}

/// Examples of one piece of what was read, a file or a split of it.
struct HeldPart {
  var split: DataSplit
  var inputs: HeldInputs
  var targets: StoredTargets
  var count: Int
  /// The client's name of each example; empty where there are none, nil for nobody's.
  var clients: [String?] = []
  /// The domain's name of each example; empty where there are none.
  var domains: [String] = []
  /// The group's name of each example; empty where there are none.
  var groups: [String?] = []
  /// What messages call the targets: the file, and the array or column.
  var targetPlace: String
}

/// Puts parts together: splits in the parts' order, units and classes numbered.
struct HeldBuilder {
  /// How a source orders its natural clients.
  enum ClientOrder {
    /// By number where all names are whole numbers, else by code points.
    case sorted
    /// As they come.
    case asRead
  }

  var shape: Shape
  var parts: [HeldPart] = []
  var classes = ClassChoice.asFound
  /// The names of classes that files give, in order, whether or not all occur.
  var fileClasses: [String] = []
  var clientOrder = ClientOrder.sorted
  /// The names of clients in order where they come as read, also of those without examples.
  var knownClients: [String] = []
  /// The names of domains in order, where it isn't that of clients.
  var domainOrder: [String] = []
  var features: [String] = []
  var vocabulary: [String] = []
  var vocabularySize = 0
  var files: [ReadFile] = []
  var remarks: [String] = []

  init(shape: Shape) { self.shape = shape }

  /// The data.
  ///
  /// - Throws: `DataFileError` for labels that no class has, `OptionProblem` for classes that don't fit.
  func data() throws -> HeldData {
    var remarks = self.remarks
    let (target, classNames, numbered) = try numberedTargets(&remarks)
    var data = HeldData(shape: shape, splits: [:], target: target)
    data.classes = classNames
    data.clients = names(of: knownClients + parts.flatMap { $0.clients.compactMap { $0 } }, order: clientOrder)
    var domains = names(of: parts.flatMap(\.domains), order: .sorted)
    if !domainOrder.isEmpty { domains = domainOrder }
    data.domains = domains.isEmpty ? ["all"] : domains
    data.groups = names(of: parts.flatMap { $0.groups.compactMap { $0 } }, order: .sorted)
    data.features = features
    data.vocabulary = vocabulary
    data.files = files
    let clientNumbers = Self.numbers(data.clients)
    let domainNumbers = Self.numbers(domains)
    let groupNumbers = Self.numbers(data.groups)
    for split in DataSplit.allCases {
      let own = parts.indices.filter { parts[$0].split == split && parts[$0].count > 0 }
      guard let first = own.first else { continue }
      var held = HeldSplit(inputs: parts[first].inputs, targets: numbered[first], count: parts[first].count)
      for index in own.dropFirst() {
        try held.append(parts[index], numbered[index])
      }
      func column(_ numbers: [String: Int32], _ names: (HeldPart) -> [String?]) -> [Int32] {
        guard !numbers.isEmpty else { return [] }
        return own.flatMap { index in
          let part = parts[index]
          let own = names(part)
          return own.isEmpty
            ? [Int32](repeating: -1, count: part.count) : own.map { $0.flatMap { numbers[$0] } ?? -1 }
        }
      }
      held.clients = column(clientNumbers) { $0.clients }
      held.domains = column(domainNumbers) { $0.domains }
      held.groups = column(groupNumbers) { $0.groups }
      data.splits[split] = held
    }
    data.remarks = remarks
    return data
  }

  private func names(of all: [String], order: ClientOrder) -> [String] {
    var seen: Set<String> = []
    let unique = all.filter { seen.insert($0).inserted }
    return order == .asRead ? unique : NameOrder.sortedAsClients(unique)
  }

  private static func numbers(_ names: [String]) -> [String: Int32] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
  }

  // MARK: Targets

  private func numberedTargets(
    _ remarks: inout [String]
  ) throws -> (TargetKind, [String], [HeldTargets]) {
    if case .values(_, let width)? = parts.first?.targets {
      return (
        .values(width), [],
        parts.map { if case .values(let values, _) = $0.targets { .values(values) } else { .values([]) } }
      )
    }
    if case .tokens? = parts.first?.targets {
      return (
        .tokens(vocabulary: vocabularySize), [],
        parts.map { if case .tokens(let tokens) = $0.targets { .tokens(tokens) } else { .tokens([]) } }
      )
    }
    if parts.contains(where: { $0.targets.isNamed }) {
      // Names that are all whole numbers are numbers.
      if case .names = classes {
      } else if fileClasses.isEmpty, let numbers = wholeNumbers() {
        return try numberedClasses(numbers, &remarks)
      }
      return try namedClasses(&remarks)
    }
    return try numberedClasses(
      parts.map { if case .numbers(let numbers) = $0.targets { numbers } else { [] } }, &remarks)
  }

  /// All names as whole numbers; nil where one is not.
  private func wholeNumbers() -> [[Int64]]? {
    var all: [[Int64]] = []
    for part in parts {
      switch part.targets {
      case .numbers(let numbers): all.append(numbers)
      case .names(let names):
        var numbers: [Int64] = []
        numbers.reserveCapacity(names.count)
        for name in names {
          guard let number = Self.wholeNumber(name) else { return nil }
          numbers.append(number)
        }
        all.append(numbers)
      default: return nil
      }
    }
    return all
  }

  /// `3` and `3.0` as 3.
  static func wholeNumber(_ text: String) -> Int64? {
    if let number = Int64(text) { return number }
    guard let value = Double(text), value.magnitude < 9e15, value == value.rounded() else { return nil }
    return Int64(value)
  }

  private func namedClasses(_ remarks: inout [String]) throws -> (TargetKind, [String], [HeldTargets]) {
    let texts = parts.map { part -> [String] in
      switch part.targets {
      case .names(let names): names
      case .numbers(let numbers): numbers.map(String.init)
      default: []
      }
    }
    var names: [String]
    switch classes {
    case .names(let given): names = given
    case .count, .asFound, .compact:
      names = fileClasses.isEmpty ? Set(texts.joined()).sorted(by: NameOrder.precedes) : fileClasses
    }
    if case .count(let count) = classes {
      guard names.count <= count else {
        throw OptionProblem("classes", "is \(count), and the examples have \(names.count) classes (\(listed(names)))")
      }
      names += (names.count..<count).map { "class \($0)" }
    }
    guard Set(names).count == names.count else { throw OptionProblem("classes", "names a class twice") }
    let numbers = Self.numbers(names)
    var numbered: [HeldTargets] = []
    for (part, texts) in zip(parts, texts) {
      numbered.append(
        .classes(
          try texts.enumerated().map { place, name in
            guard let number = numbers[name] else {
              let hint = nearestName(to: name, in: names).map { "; did you mean '\(printable($0))'?" } ?? ""
              throw DataFileError.malformed(
                path: part.targetPlace,
                reason: "has the label '\(printable(name))' at [\(place)]\(hint) (allowed: \(listed(names)))")
            }
            return number
          }))
    }
    return (.classes(names.count), names, numbered)
  }

  private func numberedClasses(
    _ all: [[Int64]], _ remarks: inout [String]
  ) throws -> (TargetKind, [String], [HeldTargets]) {
    let largest = 65_535
    for (part, numbers) in zip(parts, all) {
      for (place, number) in numbers.enumerated() where number < 0 || number > largest {
        throw DataFileError.malformed(
          path: part.targetPlace, reason: "has the label \(number) at [\(place)] (allowed: 0 to \(largest))")
      }
    }
    let found = Set(all.joined()).sorted()
    if classes == .compact {
      let numbers = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1, Int32($0)) })
      let numbered = all.map { HeldTargets.classes($0.map { numbers[$0] ?? 0 }) }
      return (.classes(found.count), found.map(String.init), numbered)
    }
    var count = Int((found.last ?? -1) + 1)
    var names = (0..<count).map(String.init)
    if !fileClasses.isEmpty { names = fileClasses }
    switch classes {
    case .count(let given):
      names = fileClasses.isEmpty || given > fileClasses.count ? (0..<given).map(String.init) : fileClasses
      count = given
    case .names(let given): names = given
    default: break
    }
    if let last = found.last, last >= names.count {
      let place = zip(parts, all).first { $0.1.contains(last) }
      throw DataFileError.malformed(
        path: place?.0.targetPlace ?? "",
        reason: "has the label \(last), and there are \(names.count) classes (allowed: 0 to \(names.count - 1))")
    }
    let numbered = all.map { HeldTargets.classes($0.map { Int32($0) }) }
    return (.classes(names.count), names, numbered)
  }
}

extension HeldSplit {
  /// Puts the examples of a part behind those that are there.
  ///
  /// - Throws: `DataFileError` where one has bytes and the other numbers: a model would get them on two scales.
  mutating func append(_ part: HeldPart, _ targets: HeldTargets) throws {
    switch (inputs, part.inputs) {
    case (.bytes(var own), .bytes(let other)):
      inputs = .bytes([])
      own += other
      inputs = .bytes(own)
    case (.floats(var own), .floats(let other)):
      inputs = .floats([])
      own += other
      inputs = .floats(own)
    case (.tokens(var own), .tokens(let other)):
      inputs = .tokens([])
      own += other
      inputs = .tokens(own)
    default:
      throw DataFileError.malformed(
        path: part.targetPlace,
        reason:
          "has inputs of another type than the files before: bytes are values/255 and numbers are taken as they are, so that both together would be on two scales (allowed: one type in all files)"
      )
    }
    switch (self.targets, targets) {
    case (.classes(let own), .classes(let other)): self.targets = .classes(own + other)
    case (.values(let own), .values(let other)): self.targets = .values(own + other)
    case (.tokens(let own), .tokens(let other)): self.targets = .tokens(own + other)
    default: break
    }
    count += part.count
  }
}
