internal import Crypto
package import Tensors

/// A file, or one of several of a folder, that a source of examples or a model was read from.
public struct SourceInput: Sendable, Equatable {
  /// Its name as the scenario has it.
  public let name: String
  /// SHA-256, in hexadecimal, over what was read.
  public let sha256: String

  /// Makes a value.
  public init(name: String, sha256: String) {
    self.name = name
    self.sha256 = sha256
  }
}

/// SHA-256 over numbers that were read, whatever the form of the file was: a file that is packed anew, renamed or moved has
/// the same hash, and so has one whose numbers are kept in another type and come out the same.
///
/// An array is its name, its shape and its elements. Texts and lists stand behind their lengths, numbers are little-endian.
package struct ContentHash {
  private var hash = SHA256()

  /// Begins an empty hash.
  package init() { add(text: "covey input 1") }

  /// Adds an array of floating-point numbers.
  package mutating func add(_ name: String, shape: [Int], _ values: [Float]) {
    begin(name, type: "F", shape)
    addBytes(of: values)
  }

  /// Adds an array of bytes.
  package mutating func add(_ name: String, shape: [Int], _ values: [UInt8]) {
    begin(name, type: "B", shape)
    addBytes(of: values)
  }

  /// Adds an array of whole numbers.
  package mutating func add(_ name: String, shape: [Int], _ values: [Int64]) {
    begin(name, type: "I", shape)
    addBytes(of: values)
  }

  /// Adds a list of labels.
  package mutating func add(_ name: String, labels: [Int32]) {
    begin(name, type: "L", [labels.count])
    addBytes(of: labels)
  }

  /// The hash in hexadecimal.
  package func finished() -> String { hexadecimal(hash.finalize()) }

  private mutating func begin(_ name: String, type: String, _ shape: [Int]) {
    add(text: name)
    add(text: type)
    add(number: shape.count)
    for extent in shape { add(number: extent) }
  }

  private mutating func add(text: String) {
    add(number: text.utf8.count)
    hash.update(data: Array(text.utf8))
  }

  private mutating func add(number: Int) {
    withUnsafeBytes(of: UInt64(number).littleEndian) { hash.update(bufferPointer: $0) }
  }

  /// All processors that are supported are little-endian.
  private mutating func addBytes<Element: BitwiseCopyable>(of values: [Element]) {
    values.withUnsafeBytes { hash.update(bufferPointer: $0) }
  }
}

extension ContentHash {
  /// The hash of all tensors of a file whose names begin with `prefix`, in the order of their names.
  ///
  /// - Throws: `SafetensorsError` when the file can't be read any more.
  package static func of(_ file: SafetensorsFile, prefix: String = "") throws(SafetensorsError) -> String {
    var hash = ContentHash()
    for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
      switch entry.type {
      case .float64, .float32, .float16, .bfloat16: hash.add(name, shape: entry.shape, try file.floats(name))
      default:
        // Numbers that no Int64 holds are nothing that is read.
        do {
          hash.add(name, shape: entry.shape, try file.integers(name))
        } catch SafetensorsError.badTensor {
          hash.add(name, shape: entry.shape, [UInt8]())
        }
      }
    }
    return hash.finished()
  }
}
