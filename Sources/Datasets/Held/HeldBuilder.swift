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
  /// Whether they are classes, by number or name.
  var areClasses: Bool {
    switch self {
    case .numbers, .names: true
    case .values, .tokens: false
    }
  }

  /// What messages call them.
  var words: String {
    switch self {
    case .numbers, .names: "labels"
    case .values(_, let width): width == 1 ? "a number an example" : "\(width) numbers an example"
    case .tokens: "tokens"
    }
  }
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
  /// What of the inputs was made of all training examples.
  var fitted: [String] = []
  /// How the remark on numbers of classes that don't occur ends.
  private static let gapEnding = "' says that it is meant"

  init(shape: Shape) { self.shape = shape }

  /// The data; nothing is left in the builder.
  ///
  /// Inputs are moved part by part, so that they are in memory once.
  ///
  /// - Throws: `DataFileError` for labels that no class has, inputs or targets of several kinds, and examples whose domain
  ///   nobody says; `OptionProblem` for classes that don't fit.
  mutating func data() throws -> HeldData {
    parts.removeAll { $0.count == 0 }
    try checkKinds()
    var remarks = self.remarks
    let (target, classNames, numbered) = try numberedTargets(&remarks)
    for place in parts.indices { parts[place].targets = .tokens([]) }
    var data = HeldData(shape: shape, splits: [:], target: target)
    data.classes = classNames
    var clients = Units(order: clientOrder, known: knownClients)
    var domains = Units(order: domainOrder.isEmpty ? .sorted : .asRead, known: domainOrder)
    var groups = Units(order: .sorted)
    for part in parts {
      clients.add(part.clients)
      domains.add(part.domains)
      groups.add(part.groups)
    }
    for (units, kind) in [(clients, "client"), (domains, "domain"), (groups, "group")] {
      guard let name = units.twice else { continue }
      throw DataFileError.malformed(
        path: parts.first?.targetPlace ?? "",
        reason:
          "the \(kind) '\(printable(name))' is written in two ways that look alike and differ in their bytes (Unicode's composed and decomposed forms; allowed: one of them)"
      )
    }
    (data.clients, data.groups) = (clients.sorted(), groups.sorted())
    let names = domains.sorted()
    data.domains = names.isEmpty ? ["all"] : names
    if !names.isEmpty, let part = parts.first(where: { $0.domains.isEmpty }) {
      throw DataFileError.malformed(
        path: part.targetPlace,
        reason:
          "has \(part.split.rawValue) examples without a domain, and others have one (allowed: a domain for each example, or for none)"
      )
    }
    data.features = features
    data.vocabulary = vocabulary
    data.files = files
    data.fitted = fitted
    for split in DataSplit.allCases {
      let own = parts.indices.filter { parts[$0].split == split }
      guard let first = own.first else { continue }
      var held = HeldSplit(
        inputs: parts[first].inputs.emptied, targets: numbered[first].emptied,
        count: own.reduce(0) { $0 + parts[$1].count })
      if own.count == 1 {
        (held.inputs, held.targets) = (parts[first].inputs, numbered[first])
        parts[first].inputs = held.inputs.emptied
      } else {
        held.reserve(own.reduce(0) { $0 + parts[$1].inputs.count })
        for index in own {
          held.append(parts[index].inputs, numbered[index])
          parts[index].inputs = held.inputs.emptied
        }
      }
      func column(_ units: Units, _ names: (HeldPart) -> [String?]) -> [Int32] {
        guard !units.names.isEmpty else { return [] }
        var column: [Int32] = []
        column.reserveCapacity(held.count)
        for index in own { units.append(names(parts[index]), count: parts[index].count, to: &column) }
        return column
      }
      held.clients = column(clients) { $0.clients }
      held.domains = column(domains) { $0.domains }
      held.groups = column(groups) { $0.groups }
      data.splits[split] = held
    }
    data.remarks = remarks
    data.gapRemark = remarks.first { $0.hasSuffix(Self.gapEnding) }
    parts = []
    return data
  }

  /// Names of units and their numbers.
  private struct Units {
    let order: ClientOrder
    private(set) var names: [String] = []
    /// A name that is written in two ways, which look alike and are the same text to most programs.
    private(set) var twice: String?
    private var numbers: [String: Int32] = [:]

    init(order: ClientOrder, known: [String] = []) {
      self.order = order
      add(known)
    }

    mutating func add(_ all: [String?]) {
      // Neighbours are mostly of one unit.
      var last: String?
      for name in all {
        guard let name, name != last || !(last?.isSpelled(as: name) ?? true) else { continue }
        last = name
        if let number = numbers[name] {
          if twice == nil, !names[Int(number)].isSpelled(as: name) { twice = name }
          continue
        }
        numbers[name] = Int32(names.count)
        names.append(name)
      }
    }

    /// The names in order, by which they are numbered from now on.
    mutating func sorted() -> [String] {
      if order == .sorted {
        names = NameOrder.sortedAsClients(names)
        for (number, name) in names.enumerated() { numbers[name] = Int32(number) }
      }
      return names
    }

    /// Puts the numbers of names behind others, −1 for nobody's.
    func append(_ all: [String?], count: Int, to column: inout [Int32]) {
      guard !all.isEmpty else {
        column += repeatElement(-1, count: count)
        return
      }
      var last: (name: String, number: Int32)?
      for name in all {
        if let last, last.name == name {
          column.append(last.number)
          continue
        }
        let number = name.flatMap { numbers[$0] } ?? -1
        column.append(number)
        last = name.map { ($0, number) }
      }
    }
  }

  private static func numbers(_ names: [String]) -> [String: Int32] {
    Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
  }

  // MARK: Targets

  /// Checks that all parts have inputs and targets of one kind.
  private func checkKinds() throws {
    guard let first = parts.first else { return }
    for part in parts {
      let hasLikeTargets =
        switch (first.targets, part.targets) {
        case (.values(_, let width), .values(let values, let own)): width == own && values.count == part.count * own
        case (.tokens, .tokens): true
        case (.numbers, .numbers), (.names, .names), (.numbers, .names), (.names, .numbers): true
        default: false
        }
      guard hasLikeTargets else {
        throw DataFileError.malformed(
          path: part.targetPlace,
          reason:
            "has \(part.targets.words), and \(first.targetPlace) has \(first.targets.words) (allowed: one kind of target)"
        )
      }
      switch (first.inputs, part.inputs) {
      case (.bytes, .bytes), (.floats, .floats), (.tokens, .tokens): break
      default:
        throw DataFileError.malformed(
          path: part.targetPlace,
          reason:
            "has inputs of another type than \(first.targetPlace): bytes are values/255 and numbers are taken as they are, so that both together would be on two scales (allowed: one type of all)"
        )
      }
    }
  }

  private func numberedTargets(
    _ remarks: inout [String]
  ) throws -> (TargetKind, [String], [HeldTargets]) {
    if let first = parts.first?.targets, !first.areClasses, classes != .asFound {
      throw OptionProblem("classes", "has no meaning for targets that are no classes (allowed: with 'label')")
    }
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
      // Names that are all whole numbers are numbers, unless the scenario's own names are these.
      var isNamed = !fileClasses.isEmpty
      if case .names(let given) = classes {
        let given = Set(given)
        isNamed = parts.allSatisfy { part in
          if case .names(let names) = part.targets { names.allSatisfy(given.contains) } else { false }
        }
      }
      if !isNamed, let numbers = wholeNumbers() { return try numberedClasses(numbers, &remarks) }
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
    // A hexadecimal number or an exponent is a name.
    guard text.utf8.allSatisfy({ (0x2B...0x39).contains($0) }), let value = Double(text), value.magnitude < 9e15,
      value == value.rounded()
    else { return nil }
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
    if Set(names).count < names.count, fileClasses.isEmpty { throw OptionProblem("classes", "names a class twice") }
    var seen: [String: String] = [:]
    for name in fileClasses + texts.joined() {
      if let first = seen.updateValue(name, forKey: name), !first.isSpelled(as: name) {
        throw DataFileError.malformed(
          path: parts.first?.targetPlace ?? "",
          reason:
            "the class '\(printable(name))' is written in two ways that look alike and differ in their bytes (Unicode's composed and decomposed forms; allowed: one of them)"
        )
      }
    }
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
      for (place, number) in numbers.enumerated() where number < 0 || number > largest && classes != .compact {
        throw DataFileError.malformed(
          path: part.targetPlace,
          reason:
            "has the label \(number) at [\(place)] (allowed: 0 to \(largest)\(number < 0 ? "" : "; 'classes: compact' allows any"))"
        )
      }
    }
    let found = Set(all.joined()).sorted()
    if classes == .compact {
      guard found.count <= largest + 1 else {
        throw OptionProblem("classes", "would be \(found.count) (allowed: up to \(largest + 1))")
      }
      let numbers = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1, Int32($0)) })
      let numbered = all.map { HeldTargets.classes($0.map { numbers[$0] ?? 0 }) }
      return (.classes(found.count), found.map(String.init), numbered)
    }
    let names: [String]
    switch classes {
    case .count(let given):
      guard fileClasses.count <= given else {
        throw OptionProblem(
          "classes", "is \(given), and the files name \(fileClasses.count) classes (\(listed(fileClasses)))")
      }
      names = fileClasses + (fileClasses.count..<given).map { fileClasses.isEmpty ? "\($0)" : "class \($0)" }
    case .names(let given):
      guard Set(given).count == given.count else { throw OptionProblem("classes", "names a class twice") }
      names = given
    default:
      names = fileClasses.isEmpty ? (0..<(found.last ?? -1) + 1).map(String.init) : fileClasses
      if fileClasses.isEmpty, found.count < names.count {
        let there = Set(found)
        let gaps = names.indices.filter { !there.contains(Int64($0)) }
        remarks.append(
          "\(gaps.count) of the classes 0 to \(names.count - 1) \(gaps.count == 1 ? "has" : "have") no example: \(gaps.prefix(10).map(String.init).joined(separator: ", "))\(gaps.count > 10 ? ", …" : ""); 'classes: compact' leaves such out, and 'classes: \(names.count)\(Self.gapEnding)"
        )
      }
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

extension String {
  /// Whether two texts that are equal are so to the byte: Unicode has several ways to write some letters.
  func isSpelled(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
