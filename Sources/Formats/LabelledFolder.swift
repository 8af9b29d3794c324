internal import Catalogs

/// What a level of folders below a root stands for.
package enum FolderLevel: String, Sendable, CaseIterable {
  /// What the examples are used for: `FolderSplit`.
  case split
  /// What looks alike.
  case domain
  /// Who holds the examples.
  case client
  /// The label.
  case `class`
}

/// What examples are used for.
package enum FolderSplit: String, Sendable, CaseIterable {
  /// Training.
  case train
  /// Choosing a round, a rate or an arm.
  case val
  /// Testing.
  case test

  /// The names that files and folders use.
  package static let names: [(name: String, split: FolderSplit)] = [
    ("train", .train), ("val", .val), ("test", .test), ("validation", .val), ("valid", .val), ("dev", .val),
  ]

  /// The split that a file or folder of this name is for; nil where it is none of `names`.
  package init?(name: String) {
    guard let found = Self.names.first(where: { $0.name == name }) else { return nil }
    self = found.split
  }
}

/// The files below a root, each with a split, a domain, a client and a class by the folders it lies in; nothing of them
/// is read.
package struct LabelledFolder: Sendable {
  /// A file.
  package struct File: Sendable, Equatable {
    /// The path below the root, with `/` between its parts.
    package let path: String
    /// What it is used for; nil where no level says so.
    package let split: FolderSplit?
    /// The number of its domain in `domains`; nil where no level says so.
    package let domain: Int?
    /// The number of its client in `clients`; nil where no level says so.
    package let client: Int?
    /// The number of its class in `classes`.
    package let label: Int
  }

  /// Things that were passed over.
  package struct PassedOver: Sendable, Equatable {
    /// How many.
    package internal(set) var count = 0
    /// The first of them, below the root, at most five.
    package internal(set) var first: [String] = []

    mutating func add(_ path: String) {
      count += 1
      if first.count < 5 { first.append(path) }
    }
  }

  /// The folder, as it was given.
  package let root: String
  /// What the folders stand for, from the root down; the last is `class`.
  package let levels: [FolderLevel]
  /// All files, sorted by their paths component by component.
  package let files: [File]
  /// The names of the classes that have files, over all domains, clients and splits, sorted by code points.
  package let classes: [String]
  /// The names of the domains that have files, sorted as clients are; empty without such a level.
  package let domains: [String]
  /// The names of the clients that have files, sorted by number where all are whole numbers, else by code points; empty
  /// without such a level. A name is one client, in whatever split or domain.
  package let clients: [String]
  /// How many files and folders begin with a dot.
  package let hiddenCount: Int
  /// Files that are of no kind that is looked for.
  package let others: PassedOver
  /// Folders of a class without any file.
  package let emptyFolders: PassedOver

  /// What is to be done with a file by its name.
  enum Choice {
    case take
    case passOver
    /// An error; the text says what it is.
    case refuse(String)
  }

  /// The path of a file.
  package func path(of file: File) -> String { root + "/" + file.path }

  /// Lists `root`.
  ///
  /// - Parameters:
  ///   - noun: What is looked for: "images".
  ///   - hasFileClasses: Whether the file's name, without its last extension, is the last level, in place of a folder's.
  ///     Where files of one folder share a name but for the extension, the whole name is.
  ///   - isOutsideWrong: Whether a file that is looked for must not lie above the folders of classes.
  ///   - choose: What to do with a file of that name.
  /// - Throws: `DataFileError` as `FolderListing` does, and `.malformed` for levels that don't fit the folder and where
  ///   no file is found.
  /// - Precondition: `levels` end with `class` and name nothing twice.
  init(
    root: String, levels: [FolderLevel], noun: String, hasFileClasses: Bool, isOutsideWrong: Bool,
    choose: (String) -> Choice
  ) throws(DataFileError) {
    precondition(
      levels.last == .class && Set(levels).count == levels.count, "levels \(levels) don't end with class, or repeat")
    guard let realRoot = FolderListing.realPath(root) else { throw .missing(path: root) }
    var walk = FolderWalk(
      root: root, realRoot: realRoot, levels: levels, noun: noun, hasFileClasses: hasFileClasses,
      isOutsideWrong: isOutsideWrong)
    try walk.visit("", depth: 0, real: [realRoot], choose)
    (self.root, self.levels) = (root, levels)
    (hiddenCount, others, emptyFolders) = (walk.hiddenCount, walk.others, walk.emptyFolders)
    guard !walk.found.isEmpty else {
      let words = levels.map(\.rawValue).joined(separator: ", ")
      let other = walk.others.first.first
      let example = other.map { "; of other kinds: \(walk.others.count), as '\(printable($0))'" } ?? ""
      throw .malformed(path: root, reason: "holds no \(noun) in folders by \(words)\(example)")
    }
    var places: [[Int]] = []
    var names: [[String]] = []
    for (level, interned) in zip(levels, walk.names) {
      let sorted =
        level == .class ? interned.used.sorted(by: NameOrder.precedes) : NameOrder.sortedAsClients(interned.used)
      names.append(sorted)
      let numbers = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { (Array($1.utf8), $0) })
      places.append(interned.names.map { numbers[Array($0.utf8)] ?? 0 })
    }
    func number(_ level: FolderLevel, _ file: FolderWalk.Found) -> Int? {
      levels.firstIndex(of: level).map { places[$0][file.numbers[$0]] }
    }
    let splitLevel = levels.firstIndex(of: .split)
    let listed = walk.found.map { file in
      File(
        path: file.path, split: splitLevel.flatMap { FolderSplit(name: walk.names[$0].names[file.numbers[$0]]) },
        domain: number(.domain, file), client: number(.client, file), label: number(.class, file) ?? 0)
    }
    func named(_ level: FolderLevel) -> [String] { levels.firstIndex(of: level).map { names[$0] } ?? [] }
    (files, classes, domains, clients) = (listed, named(.class), named(.domain), named(.client))
  }
}

/// The state of a walk through folders.
private struct FolderWalk {
  /// A file and the numbers of the names of its levels.
  struct Found {
    let path: String
    let numbers: [Int]
  }

  /// The names at one level, in the order in which they were met.
  struct Names {
    private(set) var names: [String] = []
    private(set) var isUsed: [Bool] = []
    // Strings are equal when they look alike; names of files are not.
    private var numbers: [[UInt8]: Int] = [:]

    var used: [String] { zip(names, isUsed).filter(\.1).map(\.0) }

    mutating func number(_ name: String) -> Int {
      let key = Array(name.utf8)
      if let number = numbers[key] { return number }
      numbers[key] = names.count
      names.append(name)
      isUsed.append(false)
      return names.count - 1
    }

    mutating func use(_ number: Int) { isUsed[number] = true }
  }

  /// Folders may lie in folders so deep.
  private static let greatestDepth = 64

  let root: String
  let realRoot: String
  let levels: [FolderLevel]
  let noun: String
  let isOutsideWrong: Bool
  let hasFileClasses: Bool
  var found: [Found] = []
  var names: [Names]
  var hiddenCount = 0
  var others = LabelledFolder.PassedOver()
  var emptyFolders = LabelledFolder.PassedOver()
  /// The numbers of the folders that are open, one a level.
  private var numbers: [Int] = []

  init(
    root: String, realRoot: String, levels: [FolderLevel], noun: String, hasFileClasses: Bool, isOutsideWrong: Bool
  ) {
    (self.root, self.realRoot, self.levels, self.noun) = (root, realRoot, levels, noun)
    (self.hasFileClasses, self.isOutsideWrong) = (hasFileClasses, isOutsideWrong)
    names = levels.map { _ in Names() }
  }

  /// Visits a folder and those in it.
  ///
  /// - Parameters:
  ///   - path: Below the root; empty for the root.
  ///   - real: The real paths of this folder and those it was reached through.
  mutating func visit(
    _ path: String, depth: Int, real: [String], _ choose: (String) -> LabelledFolder.Choice
  ) throws(DataFileError) {
    let full = path.isEmpty ? root : root + "/" + path
    guard depth <= Self.greatestDepth else {
      throw .malformed(path: full, reason: "lies more than \(Self.greatestDepth) folders deep")
    }
    let listing = try FolderListing(full, root: realRoot)
    hiddenCount += listing.hiddenCount
    let level = numbers.count
    // With classes by files, the last level has no folder.
    let folderLevelCount = levels.count - (hasFileClasses ? 1 : 0)
    let sharesStems = hasFileClasses && level == folderLevelCount && Self.sharesStems(listing)
    for entry in listing.entries {
      let below = path.isEmpty ? entry.name : path + "/" + entry.name
      guard entry.isFolder else {
        try visitFile(entry.name, below, isInside: level == folderLevelCount, keepsExtension: sharesStems, choose)
        continue
      }
      let target = entry.target ?? (real.last ?? realRoot) + "/" + entry.name
      guard !real.contains(target) else {
        throw .malformed(path: root + "/" + below, reason: "is a symbolic link to a folder that it lies in")
      }
      if level < folderLevelCount {
        if levels[level] == .split { try checkSplit(entry.name, in: full) }
        numbers.append(names[level].number(entry.name))
        let countBefore = found.count
        try visit(below, depth: depth + 1, real: real + [target], choose)
        numbers.removeLast()
        if levels[level] == .class, found.count == countBefore { emptyFolders.add(below) }
      } else if hasFileClasses {
        throw .malformed(path: root + "/" + below, reason: "is a folder, where files are classes")
      } else {
        try visit(below, depth: depth + 1, real: real + [target], choose)
      }
    }
  }

  private mutating func visitFile(
    _ name: String, _ path: String, isInside: Bool, keepsExtension: Bool, _ choose: (String) -> LabelledFolder.Choice
  ) throws(DataFileError) {
    switch choose(name) {
    case .passOver: others.add(path)
    case .refuse(let reason): throw .malformed(path: root + "/" + path, reason: reason)
    case .take where isInside:
      let last = hasFileClasses ? [names[levels.count - 1].number(keepsExtension ? name : stem(name))] : []
      let all = numbers + last
      for (level, number) in all.enumerated() { names[level].use(number) }
      found.append(Found(path: path, numbers: all))
    case .take where isOutsideWrong:
      let missing = levels[numbers.count...].map(\.rawValue).joined(separator: ", ")
      throw .malformed(path: root + "/" + path, reason: "lies outside of the folders by \(missing)")
    case .take: others.add(path)
    }
  }

  /// Whether two files differ in nothing but the last extension.
  private static func sharesStems(_ listing: FolderListing) -> Bool {
    let stems = listing.entries.filter { !$0.isFolder }.map { Array(stem($0.name).utf8) }
    return Set(stems).count < stems.count
  }

  private func checkSplit(_ name: String, in folder: String) throws(DataFileError) {
    let allowed = FolderSplit.names.map(\.name)
    guard let split = FolderSplit(name: name) else {
      let hint = nearestName(to: name, in: allowed).map { "; did you mean '\($0)'?" } ?? ""
      throw .malformed(
        path: folder,
        reason:
          "has the folder '\(printable(name))', which is no split\(hint) (allowed: \(allowed.joined(separator: ", ")))"
      )
    }
    let level = numbers.count
    if let other = names[level].names.first(where: { $0 != name && FolderSplit(name: $0) == split }) {
      throw .malformed(path: folder, reason: "has the split '\(split.rawValue)' twice: '\(other)' and '\(name)'")
    }
  }
}

/// A file's name without its last extension.
func stem(_ name: String) -> String {
  guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
  return String(name[..<dot])
}

/// A file's last extension in small letters, without the dot; empty where it has none.
func lowerExtension(_ name: String) -> String {
  guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
  return name[name.index(after: dot)...].lowercased()
}
