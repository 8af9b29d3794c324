/// Numbers that a model or a pass holds, for reading; valid until the call returns that lent them.
public struct Values: RandomAccessCollection {
  package let base: UnsafePointer<Float>
  public let count: Int

  package init(_ base: UnsafePointer<Float>, count: Int) {
    self.base = base
    self.count = count
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(place: Int) -> Float {
    precondition(place >= 0 && place < count, "value \(place) of \(count)")
    return base[place]
  }

  /// The difference of two vectors of the same length, as something that `MutableValues.add` takes.
  public static func - (a: Values, b: Values) -> ValueDifference {
    precondition(a.count == b.count, "the difference of \(a.count) and \(b.count) values")
    return ValueDifference(a: a, b: b)
  }
}

/// a − b of two vectors that are lent.
public struct ValueDifference {
  let a: Values
  let b: Values
}

/// Numbers that a step may change; valid until the call returns that lent them.
public struct MutableValues {
  package let base: UnsafeMutablePointer<Float>
  /// How many there are.
  public let count: Int

  package init(_ base: UnsafeMutablePointer<Float>, count: Int) {
    self.base = base
    self.count = count
  }

  /// One of the numbers.
  public subscript(place: Int) -> Float {
    get {
      precondition(place >= 0 && place < count, "value \(place) of \(count)")
      return base[place]
    }
    nonmutating set {
      precondition(place >= 0 && place < count, "value \(place) of \(count)")
      base[place] = newValue
    }
  }

  /// self += factor·vector, from the first number on.
  ///
  /// - Precondition: The vector has as many numbers or fewer: one over the shared values adds to these alone.
  public func add(_ factor: Float, _ vector: [Float]) {
    precondition(vector.count <= count, "\(vector.count) values on \(count)")
    Kernels.addScaled(vector, count: vector.count, factor: factor, to: base)
  }

  /// self += factor·vector, from the first number on.
  ///
  /// - Precondition: The vector has as many numbers or fewer.
  public func add(_ factor: Float, _ vector: Values) {
    precondition(vector.count <= count, "\(vector.count) values on \(count)")
    Kernels.addScaled(vector.base, count: vector.count, factor: factor, to: base)
  }

  /// self += factor·(a − b), from the first number on.
  ///
  /// - Precondition: The vectors have as many numbers or fewer.
  public func add(_ factor: Float, _ difference: ValueDifference) {
    precondition(difference.a.count <= count, "\(difference.a.count) values on \(count)")
    Kernels.addScaledDifference(
      difference.a.base, difference.b.base, count: difference.a.count, factor: factor, to: base)
  }
}
