internal import Tensors

/// An array of a file, in C order, with the values as they are stored.
package struct StoredArray: Sendable, Equatable {
  /// The elements, outermost extent first.
  package enum Values: Sendable, Equatable {
    /// Unsigned bytes.
    case bytes([UInt8])
    /// 0 or 1.
    case bools([UInt8])
    /// Unsigned 16-bit numbers.
    case words([UInt16])
    /// Integers of all other types.
    case integers([Int64])
    /// Floating-point numbers of 16 and 32 bits; may be infinite or not numbers.
    case floats([Float])
    /// Floating-point numbers of 64 bits; may be infinite or not numbers.
    case doubles([Double])
    /// Texts.
    case texts([String])
  }

  /// What the file, or the member, calls the array.
  package let name: String
  /// The extents, outermost first; empty for a single value.
  package let shape: [Int]
  /// As many elements as the product of the extents.
  package let values: Values
  /// The type in the words of the format: `|u1`, `F32`.
  package let typeText: String

  /// Makes an array.
  ///
  /// - Precondition: The values are as many as the shape says.
  package init(name: String, shape: [Int], typeText: String, values: Values) {
    (self.name, self.shape, self.typeText, self.values) = (name, shape, typeText, values)
    precondition(checkedProduct(shape) == count, "\(count) values are not of shape \(shape)")
  }

  /// The number of elements.
  package var count: Int {
    switch values {
    case .bytes(let values), .bools(let values): values.count
    case .words(let values): values.count
    case .integers(let values): values.count
    case .floats(let values): values.count
    case .doubles(let values): values.count
    case .texts(let values): values.count
    }
  }

  /// The values, which nothing else holds then if nothing else held the array.
  package consuming func takeValues() -> Values { values }

  /// The array in words: `'x' (2000×28×28 |u1)`.
  package var described: String {
    "'\(printable(name))' (\(shape.isEmpty ? "a single value of" : timesText(shape)) \(typeText))"
  }

  /// All elements as finite numbers of 32 bits, the nearest ones.
  ///
  /// - Parameter path: What messages call the file.
  /// - Returns: As many as `count`, in the same order; bools are 0 and 1, bytes 0…255.
  /// - Throws: `DataFileError.malformed` for texts, and for the first value that is infinite, not a number or beyond 32
  ///   bits, with its place.
  /// - Complexity: O(count), at the speed of memory; floats are not copied.
  package func floats(path: String) throws(DataFileError) -> [Float] {
    let floats: [Float]
    switch values {
    case .bytes(let values), .bools(let values): return values.map { Float($0) }
    case .words(let values): return values.map { Float($0) }
    case .integers(let values): return values.map { Float($0) }
    case .floats(let values): floats = values
    case .doubles(let values): floats = values.map { Float($0) }
    case .texts:
      throw .malformed(path: path, reason: "array \(described) holds texts, expected numbers")
    }
    let wrong = floats.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.flatMap { Kernels.firstNonFinite($0, count: buffer.count) }
    }
    if let wrong {
      var allowed = "finite numbers"
      var value = "\(floats[wrong])"
      if case .doubles(let values) = values {
        value = "\(values[wrong])"
        if values[wrong].isFinite { allowed = "up to ±3.4e+38, what 32 bits can hold" }
      }
      throw .malformed(
        path: path,
        reason: "array \(described) has the value \(value) at \(place(wrong)) (allowed: \(allowed))")
    }
    return floats
  }

  /// All elements as whole numbers, such as labels; floats are taken where they are whole.
  ///
  /// - Parameter path: What messages call the file.
  /// - Throws: `DataFileError.malformed` for texts, and for the first value that is no whole number of 64 bits, with its
  ///   place.
  package func wholeNumbers(path: String) throws(DataFileError) -> [Int64] {
    func whole(_ values: [some BinaryFloatingPoint]) throws(DataFileError) -> [Int64] {
      var whole: [Int64] = []
      whole.reserveCapacity(values.count)
      for (place, value) in values.enumerated() {
        guard let number = Int64(exactly: value) else {
          throw .malformed(
            path: path,
            reason: "array \(described) has the value \(value) at \(self.place(place)) (allowed: whole numbers)")
        }
        whole.append(number)
      }
      return whole
    }
    switch values {
    case .bytes(let values), .bools(let values): return values.map { Int64($0) }
    case .words(let values): return values.map { Int64($0) }
    case .integers(let values): return values
    case .floats(let values): return try whole(values)
    case .doubles(let values): return try whole(values)
    case .texts: throw .malformed(path: path, reason: "array \(described) holds texts, expected whole numbers")
    }
  }

  /// An element's place by extents and by its number: `[3, 14, 8], element 1000`.
  private func place(_ place: Int) -> String {
    shape.count < 2 ? placeText(place, in: shape) : "\(placeText(place, in: shape)), element \(place)"
  }
}
