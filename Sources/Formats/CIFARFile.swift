/// Images of the binary version of CIFAR-10 or CIFAR-100.
///
/// Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", and the set's page, "Binary
/// version".
/// Differs: the planes of red, green and blue become interleaved channels.
package struct CIFARFile: Sendable, Equatable {
  /// Which of the two sets a file belongs to.
  package enum Kind: String, Sendable, CaseIterable {
    /// A label and 3,072 values a record.
    case ten = "CIFAR-10"
    /// A coarse label, a fine one and 3,072 values a record.
    case hundred = "CIFAR-100"

    /// The files of the training examples, in order.
    package var trainFiles: [String] {
      switch self {
      case .ten: (1...5).map { "data_batch_\($0).bin" }
      case .hundred: ["train.bin"]
      }
    }

    /// The file of the test examples.
    package var testFile: String {
      switch self {
      case .ten: "test_batch.bin"
      case .hundred: "test.bin"
      }
    }

    /// The file with the names of the classes, the fine ones.
    package var classFile: String {
      switch self {
      case .ten: "batches.meta.txt"
      case .hundred: "fine_label_names.txt"
      }
    }

    /// The file with the names of the coarse classes.
    package var coarseClassFile: String? {
      switch self {
      case .ten: nil
      case .hundred: "coarse_label_names.txt"
      }
    }

    /// The bytes of a record before its image.
    var labelCount: Int {
      switch self {
      case .ten: 1
      case .hundred: 2
      }
    }
  }

  /// Rows, columns and channels of every image.
  package static let shape = [32, 32, 3]

  /// `[N, 32, 32, 3]`, 0…255.
  package let pixels: [UInt8]
  /// The classes, the fine ones, from 0.
  package let labels: [Int]
  /// The coarse classes, from 0; nil for CIFAR-10.
  package let coarseLabels: [Int]?

  /// Reads the file at `path`.
  ///
  /// - Throws: `DataFileError` as `init(bytes:path:kind:)` does, or when the file can't be read.
  package static func read(
    path: String, kind: Kind, limit: Int = MemoryLimit.standard
  ) throws(DataFileError) -> CIFARFile {
    try CIFARFile(bytes: fileBytes(path, limit: limit), path: path, kind: kind)
  }

  /// Parses a file that is in memory.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` when the file is something else, as the Python version's pickle; when it is
  ///   empty, its size is no multiple of a record's, or a label is above the set's last.
  package init(bytes: [UInt8], path: String, kind: Kind) throws(DataFileError) {
    func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: reason) }
    let size = kind.labelCount + Self.pixelCount
    let count = bytes.count / size
    do throws(DataFileError) {
      guard bytes.count % size == 0, count > 0 else {
        throw problem("has \(bytes.count) bytes, which are no \(kind.rawValue) records of \(size) bytes each")
      }
      // Labels before images: in a file that is something else they are wrong.
      var (fine, coarse): ([Int], [Int]) = ([], [])
      for record in 0..<count {
        let start = record * size
        fine.append(Int(bytes[start + kind.labelCount - 1]))
        if kind == .hundred { coarse.append(Int(bytes[start])) }
      }
      let classCount = kind == .ten ? 10 : 100
      if let wrong = fine.firstIndex(where: { $0 >= classCount }) {
        throw problem("record \(wrong) has the label \(fine[wrong]) (allowed: 0…\(classCount - 1))")
      }
      if let wrong = coarse.firstIndex(where: { $0 >= 20 }) {
        throw problem("record \(wrong) has the coarse label \(coarse[wrong]) (allowed: 0…19)")
      }
      (labels, coarseLabels) = (fine, kind == .hundred ? coarse : nil)
    } catch {
      throw DataFileError.foreign(
        path: path, start: bytes, wanted: "a file of \(kind.rawValue)",
        allowed: "the binary version of \(kind.rawValue), \(kind.trainFiles[0])") ?? error
    }
    pixels = Self.interleaved(bytes, labelCount: kind.labelCount, count: count)
  }

  /// The names of a file with one a line, in order; empty lines at its end are passed over.
  ///
  /// - Throws: `DataFileError` when the file can't be read, is no text, has no names, or has one twice or an empty one.
  package static func names(path: String) throws(DataFileError) -> [String] {
    try textNames(path: path)
  }

  private static let pixelCount = 3072

  /// Images with their planes as channels.
  private static func interleaved(_ bytes: [UInt8], labelCount: Int, count: Int) -> [UInt8] {
    let plane = pixelCount / 3
    return bytes.withUnsafeBufferPointer { input in
      [UInt8](unsafeUninitializedCapacity: count * pixelCount) { output, filled in
        for record in 0..<count {
          let start = record * (labelCount + pixelCount) + labelCount
          let target = record * pixelCount
          for place in 0..<plane {
            output[target + 3 * place] = input[start + place]
            output[target + 3 * place + 1] = input[start + plane + place]
            output[target + 3 * place + 2] = input[start + 2 * plane + place]
          }
        }
        filled = count * pixelCount
      }
    }
  }
}

/// The lines of a text file of names, one a line.
///
/// - Throws: `DataFileError` when the file can't be read, is no text, has no names, or has one twice or an empty one.
func textNames(path: String) throws(DataFileError) -> [String] {
  let limit = 1 << 20
  let text = String(
    decoding: try textBytes(fileBytes(path, limit: limit), path: path, wanted: "a text of names", limit: limit),
    as: UTF8.self)
  var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
    String(line.trimming(while: { $0 == " " || $0 == "\t" }))
  }
  while lines.last?.isEmpty == true { lines.removeLast() }
  guard !lines.isEmpty else { throw .malformed(path: path, reason: "has no names, expected one a line") }
  var seen: Set<String> = []
  for (place, name) in lines.enumerated() {
    guard !name.isEmpty, name.utf8.count <= 200 else {
      throw .malformed(path: path, reason: "line \(place + 1) is no name (allowed: 1 to 200 bytes)")
    }
    guard seen.insert(name).inserted else {
      throw .malformed(path: path, reason: "line \(place + 1): '\(printable(name))' stands there twice")
    }
  }
  return lines
}

extension Substring {
  /// Without the characters at its beginning and its end that `isLeftOut` takes.
  fileprivate func trimming(while isLeftOut: (Character) -> Bool) -> Substring {
    var trimmed = drop(while: isLeftOut)
    while let last = trimmed.last, isLeftOut(last) { trimmed.removeLast() }
    return trimmed
  }
}
