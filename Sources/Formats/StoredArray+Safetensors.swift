package import Tensors

extension StoredArray {
  /// A tensor of a safetensors file.
  ///
  /// F16 and BF16 become floats without loss.
  ///
  /// - Throws: `DataFileError` when there is no such tensor, the file changed since it was opened, a U64 is above
  ///   `Int64.max` or a BOOL is neither 0 nor 1.
  package init(_ name: String, in file: SafetensorsFile) throws(DataFileError) {
    do throws(SafetensorsError) {
      guard let entry = file.entries[name] else { throw .noSuchTensor(path: file.path, name: name) }
      let values: Values
      switch entry.type {
      case .uint8: values = .bytes(try file.contents(name).1)
      case .bool: values = .bools(try file.integers(name).map { UInt8(truncatingIfNeeded: $0) })
      case .uint16: values = .words(try file.integers(name).map { UInt16(truncatingIfNeeded: $0) })
      case .int8, .int16, .int32, .int64, .uint32, .uint64: values = .integers(try file.integers(name))
      case .float16, .bfloat16, .float32: values = .floats(try file.floats(name))
      case .float64: values = .doubles(littleEndianDoubles(try file.contents(name).1))
      }
      self.init(name: name, shape: entry.shape, typeText: entry.type.rawValue, values: values)
    } catch { throw DataFileError(error) }
  }
}

extension DataFileError {
  /// The same error in the words of data files.
  package init(_ error: SafetensorsError) {
    switch error {
    case .missing(let path): self = .missing(path: path)
    case .unreadable(let path, let reason): self = .unreadable(path: path, reason: reason)
    case .foreign(let path, let kind):
      let text = String("\(error)".dropFirst(path.count + 2))
      let hint = ForeignFormat.converterCommand(of: kind).map {
        "; the converter covey-data \($0) turns it into arrays"
      }
      self = .malformed(path: path, reason: text + (hint ?? ""))
    case .notSafetensors(let path, _), .truncated(let path, _, _), .badTensor(let path, _, _),
      .noSuchTensor(let path, _):
      self = .malformed(path: path, reason: String("\(error)".dropFirst(path.count + 2)))
    }
  }
}

private func littleEndianDoubles(_ bytes: [UInt8]) -> [Double] {
  bytes.withUnsafeBytes { raw in
    (0..<raw.count / 8).map { place in
      Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)))
    }
  }
}
