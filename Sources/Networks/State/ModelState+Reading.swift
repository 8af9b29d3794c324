public import Tensors

/// A state that was read from a file, and what the file had to do with it.
public struct StateReading: Sendable {
  /// The state.
  public let state: ModelState
  /// Arrays of the model that the file lacks and that keep their initial values as `allowMissing` has it, in the order of
  /// the layers.
  public let kept: [String]
  /// Arrays of the file, behind the prefix, that the model has not, in the order of their names.
  public let passedOver: [String]
}

extension ModelState {
  /// A state whose arrays come from a safetensors file under the names of `layout`, behind `prefix`; otherwise as the
  /// other reading.
  ///
  /// - Throws: `StateFileError`.
  public init(file: SafetensorsFile, prefix: String, layout: StateLayout) throws {
    self = try Self.reading(file, ArrayNaming(prefix: prefix), layout: layout, seed: 0).state
  }

  /// A state whose arrays come from a safetensors file, and what of either is left.
  ///
  /// Counters may be absent and are 0 then, as in files of PyTorch before 0.4.1; they may have shape [1] and be floats
  /// with whole values, which PyTorch takes, too. The mixing of normalization layers may be absent, and starts as ever
  /// then.
  ///
  /// - Parameter seed: That of the initial values of what may be missing.
  /// - Throws: `StateFileError` that lists every array that is missing or has another shape or value, and names the
  ///   prefix behind which the model's arrays stand, or the arrays that the model has not.
  public static func reading(
    _ file: SafetensorsFile, _ naming: ArrayNaming, layout: StateLayout, seed: UInt64
  ) throws -> StateReading {
    let arrays = NamedArrays(file, naming)
    if let (first, second, name) = arrays.clash {
      throw StateFileError(
        path: file.path,
        problems: ["'\(shown(first))' and '\(shown(second))' both become '\(shown(name))'"], remark: nil)
    }
    var state =
      naming.allowMissing.isEmpty
      ? ModelState(
        values: [Float](repeating: 0, count: layout.valueCount),
        counters: [Int64](repeating: 0, count: layout.counterCount))
      : ModelState(initial: layout, seed: seed)
    var problems: [String] = []
    var kept: [String] = []
    for tensor in layout.tensors {
      // Where names are changed, that of the model is what can be said.
      let name = arrays.fileNames[tensor.name] ?? (naming.renamings.isEmpty ? naming.prefix : "") + tensor.name
      guard let entry = file.entries[name], arrays.fileNames[tensor.name] != nil else {
        if naming.allowMissing.contains(where: { $0.matches(tensor.name) }) {
          kept.append(tensor.name)
          continue
        }
        switch (tensor.role, tensor.initializer) {
        case (.batchCount, _): break
        case (.normMixing, .constant(let value)): for place in tensor.range { state.values[place] = value }
        default: problems.append("'\(name)' is missing")
        }
        continue
      }
      let isCounter = tensor.role == .batchCount
      guard entry.shape == tensor.shape || isCounter && entry.shape == [1] else {
        let needed = isCounter ? "[] or [1]" : "\(tensor.shape)"
        problems.append("'\(name)' has shape \(entry.shape), the model needs \(needed)")
        continue
      }
      if isCounter {
        guard let count = try wholeNumber(file, entry) else {
          problems.append("'\(name)' is \(try file.floats(name)[0]) (allowed: a number of batches)")
          continue
        }
        state.counters[tensor.range.lowerBound] = count
      } else {
        let source = try file.floats(name)
        state.values.withUnsafeMutableBufferPointer { values in
          for (place, value) in zip(tensor.range, source) { values[place] = value }
        }
      }
    }
    if problems.isEmpty, !kept.isEmpty, kept.count == layout.tensors.count {
      problems.append("it has no array of the model, all of which may be missing")
    }
    guard problems.isEmpty else {
      throw StateFileError(
        path: file.path, problems: problems, remark: remark(on: file, arrays, naming, layout: layout))
    }
    let wanted = Set(layout.tensors.map(\.name))
    let passedOver = arrays.fileNames.filter { !wanted.contains($0.key) }.values.sorted()
    return StateReading(state: state, kept: kept, passedOver: passedOver)
  }
}

/// The only element of a tensor, be it an integer or a float with a whole value; nil for other floats.
private func wholeNumber(_ file: SafetensorsFile, _ entry: SafetensorsEntry) throws(SafetensorsError) -> Int64? {
  guard entry.type.isFloatingPoint else { return try file.integers(entry.name)[0] }
  // A Float holds whole numbers up to 2²⁴ alone.
  if let wide = try file.double(entry.name, at: 0) { return Int64(exactly: wide) }
  return Int64(exactly: try file.floats(entry.name)[0])
}

/// What explains why arrays are missing: another prefix behind which more of them stand, or else the arrays of the
/// file that the model has not.
private func remark(
  on file: SafetensorsFile, _ arrays: NamedArrays, _ naming: ArrayNaming, layout: StateLayout
) -> String? {
  let names = layout.tensors.filter { tensor in
    tensor.role != .batchCount && tensor.role != .normMixing
      && !naming.allowMissing.contains { $0.matches(tensor.name) }
  }.map(\.name)
  let given = names.count { arrays.fileNames[$0] != nil }
  guard given < names.count else { return nil }
  var hits: [String: Int] = [:]
  let wanted = Set(names)
  // Where names are changed, the prefix says too little.
  for name in file.entries.keys where naming.renamings.isEmpty {
    // Names of a model have few parts, so that only the last ones of a long name may be one.
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    for count in 0..<parts.count where parts.count - count <= 12 {
      if wanted.contains(parts[count...].joined(separator: ".")) {
        hits[parts[..<count].map { $0 + "." }.joined(), default: 0] += 1
      }
    }
  }
  let best = hits.max { ($0.value, $1.key.count, $1.key) < ($1.value, $0.key.count, $0.key) }
  if let best, best.value > given {
    let rivals = hits.filter { $0.value == best.value && $0.key != best.key }.keys.sorted()
    let share = best.value == names.count ? "the model's arrays" : "\(best.value) of the model's \(names.count) arrays"
    if let rival = rivals.first {
      let all = ([best.key, rival] + rivals.dropFirst()).prefix(3).map { "'\(shown($0))'" }.joined(separator: " and ")
      return "\(share) are there behind \(all): choose one with '\(naming.prefixKey)'"
    }
    if best.key.isEmpty { return "\(share) are there without a prefix: leave out '\(naming.prefixKey)'" }
    return "\(share) are there behind '\(shown(best.key))': write '\(naming.prefixKey): \(shown(best.key))'"
  }
  let taken = Set(layout.tensors.compactMap { arrays.fileNames[$0.name] })
  let unused = file.entries.values.filter { !taken.contains($0.name) }.sorted { $0.name < $1.name }
  guard !unused.isEmpty else { return "a file must have every array of the model" }
  let list = unused.prefix(4).map { "'\(shown($0.name))' \($0.shape)" }.joined(separator: ", ")
  return "the file has besides: \(list)" + (unused.count > 4 ? " and \(unused.count - 4) more" : "")
}

/// A name from a file, cut after 80 characters and without control characters.
private func shown(_ name: String) -> String {
  let scalars = name.unicodeScalars.prefix(80).map { scalar -> Character in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: "�"
    default: Character(scalar)
    }
  }
  return String(scalars) + (name.unicodeScalars.dropFirst(80).isEmpty ? "" : "…")
}

/// A file whose arrays don't fit a model.
public struct StateFileError: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with each array.
  public let problems: [String]
  /// What explains it, where something does.
  public let remark: String?

  public var description: String {
    let shown = problems.prefix(4).joined(separator: "; ")
    return "\(path): does not fit the model: \(shown)" + (problems.count > 4 ? "; and \(problems.count - 4) more" : "")
      + (remark.map { "; \($0)" } ?? "")
  }
}
