internal import Tensors

/// Reads the elements of a NumPy array into memory once, and puts them in C order.
struct NPYValues {
  private let stream: any ByteStream
  private let header: NPYHeader
  private let what: String
  private let path: String

  init(_ stream: any ByteStream, _ header: NPYHeader, what: String, path: String) {
    (self.stream, self.header, self.what, self.path) = (stream, header, what, path)
  }

  /// The elements that follow a header.
  ///
  /// - Throws: `DataFileError` when they can't be read, a u8 is above `Int64.max`, a bool is neither 0 nor 1, or a text
  ///   is not valid.
  func values() throws(DataFileError) -> StoredArray.Values {
    switch (header.type.kind, header.type.size) {
    case (.unsigned, 1): return .bytes(try same(UInt8.self))
    case (.bool, _): return .bools(try bools())
    case (.unsigned, 2):
      return .words(try same(UInt16.self, \.byteSwapped))
    case (.unsigned, 4): return .integers(try widened(UInt32.self) { Int64($0) })
    case (.unsigned, _): return .integers(try unsigned())
    case (.signed, 1): return .integers(try widened(Int8.self) { Int64($0) })
    case (.signed, 2): return .integers(try widened(Int16.self) { Int64($0) })
    case (.signed, 4): return .integers(try widened(Int32.self) { Int64($0) })
    case (.signed, _):
      return .integers(try same(Int64.self, \.byteSwapped))
    case (.float, 2): return .floats(try widened(UInt16.self, floatOfHalf))
    case (.float, 4): return .floats(try same(Float.self, { Float(bitPattern: $0.bitPattern.byteSwapped) }))
    case (.float, _): return .doubles(try same(Double.self, { Double(bitPattern: $0.bitPattern.byteSwapped) }))
    case (.unicode, _), (.bytes, _): return .texts(try texts())
    }
  }

  /// Elements that are in memory as in the file.
  private func same<Value: BitwiseCopyable>(_: Value.Type) throws(DataFileError) -> [Value] {
    let values = try filledArray(of: Value.self, count: header.count) { (buffer) throws(DataFileError) in
      try stream.fill(UnsafeMutableRawBufferPointer(buffer))
    }
    return inOrder(values)
  }

  /// Elements that are in memory as in the file, with their bytes exchanged where the machine has them otherwise.
  private func same<Value: BitwiseCopyable>(
    _ type: Value.Type, _ swapped: (Value) -> Value
  ) throws(DataFileError) -> [Value] {
    guard header.type.isSwapped else { return try same(type) }
    let values = try filledArray(of: Value.self, count: header.count) { (buffer) throws(DataFileError) in
      try stream.fill(UnsafeMutableRawBufferPointer(buffer))
      for place in buffer.indices { buffer[place] = swapped(buffer[place]) }
    }
    return inOrder(values)
  }

  /// Elements that are wider in memory than in the file, read piece by piece.
  private func widened<Word: FixedWidthInteger & BitwiseCopyable, Value: BitwiseCopyable>(
    _: Word.Type, _ value: (Word) -> Value
  ) throws(DataFileError) -> [Value] {
    let isSwapped = header.type.isSwapped
    let values = try filledArray(of: Value.self, count: header.count) { (buffer) throws(DataFileError) in
      var done = 0
      while done < buffer.count {
        let piece = try filledArray(of: Word.self, count: min(1 << 15, buffer.count - done)) {
          (words) throws(DataFileError) in try stream.fill(UnsafeMutableRawBufferPointer(words))
        }
        for word in piece {
          buffer[done] = value(isSwapped ? word.byteSwapped : word)
          done += 1
        }
      }
    }
    return inOrder(values)
  }

  private func bools() throws(DataFileError) -> [UInt8] {
    let values = try same(UInt8.self)
    if let place = values.firstIndex(where: { $0 > 1 }) {
      throw problem("has a bool of \(values[place]) as element \(place) (allowed: 0, 1)")
    }
    return values
  }

  private func unsigned() throws(DataFileError) -> [Int64] {
    let values = try same(Int64.self, \.byteSwapped)
    if let place = values.firstIndex(where: { $0 < 0 }) {
      throw problem(
        "has the value \(UInt64(bitPattern: values[place])) as element \(place) (allowed: up to \(Int64.max))")
    }
    return values
  }

  private func texts() throws(DataFileError) -> [String] {
    let type = header.type
    var texts: [String] = []
    texts.reserveCapacity(header.count)
    let perPiece = max(1, (1 << 17) / type.size)
    while texts.count < header.count {
      let piece = try stream.bytes(min(perPiece, header.count - texts.count) * type.size)
      for start in stride(from: 0, to: piece.count, by: type.size) {
        let element = piece[start..<start + type.size]
        guard let text = type.kind == .bytes ? narrowText(element) : wideText(element) else {
          throw problem(
            "has a text that is not \(type.kind == .bytes ? "UTF-8" : "Unicode") as element \(texts.count)")
        }
        texts.append(text)
      }
    }
    return inOrder(texts)
  }

  private func narrowText(_ element: ArraySlice<UInt8>) -> String? {
    let end = element.lastIndex { $0 != 0 }.map { $0 + 1 } ?? element.startIndex
    return String(validating: element[..<end], as: UTF8.self)
  }

  private func wideText(_ element: ArraySlice<UInt8>) -> String? {
    var scalars: [Unicode.Scalar] = []
    for start in stride(from: element.startIndex, to: element.endIndex, by: 4) {
      let word = element[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let scalar = Unicode.Scalar(header.type.isSwapped ? word.byteSwapped : word) else { return nil }
      scalars.append(scalar)
    }
    while scalars.last?.value == 0 { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }

  /// The elements with the last extent varying fastest.
  private func inOrder<Value>(_ values: [Value]) -> [Value] {
    let shape = header.shape
    guard header.isFortranOrder, shape.count > 1, values.count > 1 else { return values }
    var strides = [1]
    for extent in shape.dropLast() { strides.append((strides.last ?? 1) * extent) }
    var index = [Int](repeating: 0, count: shape.count)
    let last = shape.count - 1
    var ordered: [Value] = []
    ordered.reserveCapacity(values.count)
    var start = 0
    while true {
      for step in 0..<shape[last] { ordered.append(values[start + step * strides[last]]) }
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        start += strides[axis]
        if index[axis] < shape[axis] { break }
        start -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return ordered }
    }
  }

  private func problem(_ reason: String) -> DataFileError { .malformed(path: path, reason: "\(what) \(reason)") }
}
