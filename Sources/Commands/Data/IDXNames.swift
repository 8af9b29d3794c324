/// What the files of a folder seem to be by names such as `har-train-signals-idx3-float.gz`, `har-train-labels-idx1-ubyte.gz`
/// and MNIST's own `t10k-images-idx3-ubyte.gz`.
struct IDXNames {
  private struct File {
    let name: String
    /// What stands before the split: `har`.
    let set: String
    let split: String
    /// The key of `data` that it is for.
    let key: String
    /// What the file says it holds: `signals`.
    let content: String

    init?(_ name: String) {
      let stem = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
      guard let match = stem.wholeMatch(of: #/(?:(.+)-)?(train|val|test|t10k)-([A-Za-z_]+)[-.]idx([1-9])-[a-z0-9]+/#)
      else { return nil }
      (self.name, set, content) = (name, String(match.1 ?? ""), String(match.3))
      split = match.2 == "t10k" ? "test" : String(match.2)
      switch match.3.lowercased() {
      case "label", "labels", "classes", "targets": key = "label"
      case "client", "clients", "subject", "subjects", "user", "users", "writer", "writers": key = "client"
      case "domain", "domains", "site", "sites": key = "domain"
      default:
        guard match.4 != "1" else { return nil }
        key = "inputs"
      }
    }
  }

  /// The files of each key by split, in the order of the keys.
  let files: [(key: String, files: [(split: String, names: [String])])]

  /// - Returns: Nil where not every file of inputs has its labels, or where files hold inputs of several kinds.
  init?(_ names: [String]) {
    // A plain file stands before the same one with `.gz`.
    let known = Set(names)
    let all = names.filter { !$0.hasSuffix(".gz") || !known.contains(String($0.dropLast(3))) }.sorted()
      .compactMap(File.init)
    let inputs = all.filter { $0.key == "inputs" }
    guard Set(inputs.map(\.content)).count == 1, inputs.contains(where: { $0.split == "train" }) else { return nil }
    var files: [(key: String, files: [(split: String, names: [String])])] = []
    for key in ["inputs", "label", "client", "domain"] {
      var own: [(split: String, names: [String])] = []
      var isWhole = true
      for split in ["train", "val", "test"] {
        let wanted = inputs.filter { $0.split == split }
        let found = wanted.compactMap { input in
          key == "inputs" ? input : all.first { $0.key == key && $0.split == split && $0.set == input.set }
        }
        isWhole = isWhole && found.count == wanted.count
        if !found.isEmpty { own.append((split, found.map(\.name))) }
      }
      guard isWhole else {
        if key == "label" { return nil }
        continue
      }
      files.append((key, own))
    }
    self.files = files
  }

  /// What files of a key do, as in "'a', 'b' hold the inputs".
  static func meaning(_ key: String) -> String {
    switch key {
    case "inputs": "hold the inputs"
    case "label": "say the class of each example"
    case "client": "say who holds each example"
    default: "say the domain of each example"
    }
  }
}
