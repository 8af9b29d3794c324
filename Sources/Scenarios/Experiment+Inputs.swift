internal import Datasets
internal import Federation
public import Records
internal import Tensors

extension Experiment.Run {
  /// What is recorded of the run before its first round.
  public var description: RunDescription {
    var description = configuration.description
    description.inputs = inputs
    return description
  }
}

extension Scenario {
  /// What the run of an arm and seed would read or make now, as far as they can be read: for a scenario whose data have
  /// become such that they don't fit it any more.
  public func inputs(arm name: String, seed: UInt64) -> [InputRecord] {
    guard let arm = arms.first(where: { $0.name == name }) else { return [] }
    let source = try? arm.data.source.open(baseDirectory, seed)
    var initHashes = InitHashes()
    if let file = arm.initFile?.scalar,
      let contents = try? SafetensorsFile(path: resolvedPath(file, in: baseDirectory))
    {
      try? initHashes.add(contents, of: arm)
    }
    let partitioner = try? arm.data.partitioner.opened(in: baseDirectory)
    let filesRead = arm.choices.flatMap { choice in
      choice.chosen.flatMap { chosen in
        ((try? (chosen.component as? any FileComponent)?.read(in: baseDirectory))?.inputs ?? [])
          .map { InputRecord($0, of: choice) }
      }
    }
    return arm.data.inputs(source) + (partitioner?.inputs ?? []).map(InputRecord.init) + initHashes.inputs(of: arm)
      + filesRead
  }
}

extension ArmSettings.Data {
  /// What is recorded of a source that was opened: the files that it read or, of one that makes its examples, how it makes
  /// them; nothing of one that could not be opened.
  func inputs(_ source: (any ExampleSource)?) -> [InputRecord] {
    guard let source else { return [] }
    func record(_ kind: String, _ text: String, name: String) -> InputRecord {
      var hash = ContentHash()
      let bytes = Array(text.utf8)
      hash.add(kind, shape: [bytes.count], bytes)
      return InputRecord(kind: .data, name: name, sha256: hash.finished())
    }
    // Examples that are changed otherwise are other data; those that are normalized otherwise are not.
    let changes =
      shift.isEmpty ? [] : [record("shift", shift.map(\.text).joined(separator: "\n"), name: RunInputs.shiftName)]
    if !source.inputs.isEmpty { return source.inputs.map(InputRecord.init) + changes }
    return [record("recipe", recipe, name: sourceName)] + changes
  }
}

extension InputRecord {
  /// What a source of examples has read.
  init(_ input: SourceInput) { self.init(kind: .data, name: input.name, sha256: input.sha256) }

  /// What a component at an axis of the run has read.
  init(_ input: SourceInput, of choice: RunChoice) {
    guard let kind = Kind(rawValue: choice.key) else {
      preconditionFailure("what is read for '\(choice.key)' has no kind in the record")
    }
    self.init(kind: kind, name: input.name, sha256: input.sha256)
  }
}

/// The hashes of files with initial models, each computed once.
struct InitHashes {
  /// A file and the prefix of its names that is looked at.
  private struct Key: Hashable {
    let file: String
    let prefix: String
  }

  private var known: [Key: String] = [:]

  private func key(_ arm: ArmSettings) -> Key? {
    arm.initFile?.scalar.map { Key(file: $0, prefix: arm.initNaming.prefix) }
  }

  /// Hashes the file that an arm starts from, unless that is done.
  ///
  /// - Throws: `SafetensorsError` when the file can't be read any more.
  mutating func add(_ file: SafetensorsFile, of arm: ArmSettings) throws(SafetensorsError) {
    guard let key = key(arm), known[key] == nil else { return }
    known[key] = try ContentHash.of(file, prefix: arm.initNaming.prefix)
  }

  /// What is recorded of the file that an arm starts from; nothing where it starts by its seed.
  func inputs(of arm: ArmSettings) -> [InputRecord] {
    guard let key = key(arm), let hash = known[key] else { return [] }
    return [InputRecord(kind: .initialModel, name: key.file, sha256: hash)]
  }
}
