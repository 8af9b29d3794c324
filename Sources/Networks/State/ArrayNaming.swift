public import Tensors

/// Which arrays of a file become those of a model: the prefix is taken off the names that have it, then the longest of the
/// beginnings that are renamed is replaced, once.
public struct ArrayNaming: Sendable, Hashable {
  /// A beginning of names, and what stands in its place.
  public struct Renaming: Sendable, Hashable {
    /// What names of the file begin with, behind the prefix; "" is the beginning of all.
    public let from: String
    /// What stands there in names of the model.
    public let to: String

    /// Makes a renaming.
    public init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  /// What stands before the names; names without it are not looked at.
  public var prefix: String
  /// Beginnings that are replaced, each given once.
  public var renamings: [Renaming]
  /// Patterns of the model's names: what the file lacks of them keeps its initial values.
  public var allowMissing: [NamePattern]
  /// What messages call the prefix.
  public var prefixKey: String

  /// Makes a naming.
  public init(
    prefix: String = "", renamings: [Renaming] = [], allowMissing: [NamePattern] = [],
    prefixKey: String = "init_prefix"
  ) {
    self.prefix = prefix
    self.renamings = renamings
    self.allowMissing = allowMissing
    self.prefixKey = prefixKey
  }

  /// What an array of a file is called in the model, and the place of the renaming that says so; nil for one without the
  /// prefix.
  public func modelName(of name: String) -> (name: String, renaming: Int?)? {
    guard name.hasPrefix(prefix) else { return nil }
    let rest = name.dropFirst(prefix.count)
    let longest = renamings.indices.filter { rest.hasPrefix(renamings[$0].from) }
      .max { renamings[$0].from.count < renamings[$1].from.count }
    guard let longest else { return (String(rest), nil) }
    let renaming = renamings[longest]
    return (renaming.to + rest.dropFirst(renaming.from.count), longest)
  }
}

/// The arrays of a file under the names that they have in a model.
public struct NamedArrays: Sendable {
  /// The file's names by the model's.
  public private(set) var fileNames: [String: String] = [:]
  /// How often each renaming was used.
  public private(set) var uses: [Int]
  /// Two arrays that would be one, with the name; nil where there are none.
  public private(set) var clash: (first: String, second: String, name: String)?

  /// Names the arrays of a file.
  public init(_ file: SafetensorsFile, _ naming: ArrayNaming) {
    uses = [Int](repeating: 0, count: naming.renamings.count)
    for name in file.entries.keys.sorted() {
      guard let (own, renaming) = naming.modelName(of: name) else { continue }
      if let renaming { uses[renaming] += 1 }
      if let other = fileNames.updateValue(name, forKey: own) { clash = clash ?? (other, name, own) }
    }
  }
}
