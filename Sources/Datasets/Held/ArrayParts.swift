internal import Formats
internal import Tensors

/// Parts of a source made of arrays, whose examples all have one shape.
struct ArrayParts {
  let rules: InputRules
  /// What was made so far, in order.
  var parts: [HeldPart] = []
  /// What the user should know.
  var remarks = FileRemarks()
  private var first: (shape: Shape, path: String)?

  init(_ rules: InputRules) { self.rules = rules }

  /// One example's shape; of arrays without any, that of a number.
  var shape: Shape { first?.shape ?? [1] }

  /// Inputs and targets of two arrays as one part.
  ///
  /// - Parameters:
  ///   - path: What messages call the file of the inputs.
  ///   - targetPath: The same of the targets.
  ///   - targetPlace: What messages call the targets once examples are put together.
  /// - Throws: `DataFileError` for what is no input or target, for counts that differ, and for examples of another shape
  ///   than before.
  mutating func part(
    _ inputs: consuming StoredArray, _ targets: StoredArray, isTarget: Bool, split: DataSplit, path: String,
    targetPath: String, targetPlace: String
  ) throws -> HeldPart {
    if inputs.shape.first == 0 { remarks.add("array \(inputs.described) has no examples", path: path) }
    let read = try rules.inputs(of: inputs, path: path, remarks: &remarks)
    if let first, first.shape != read.shape {
      throw DataFileError.malformed(
        path: path,
        reason: "has examples of \(read.shape), and \(first.path) has examples of \(first.shape) (allowed: one shape)")
    }
    first = first ?? (read.shape, path)
    let stored =
      try isTarget
      ? storedTargets(targets, count: read.count, path: targetPath)
      : storedLabels(targets, count: read.count, path: targetPath)
    return HeldPart(
      split: split, inputs: read.inputs, targets: stored, count: read.count, targetPlace: targetPlace)
  }
}
