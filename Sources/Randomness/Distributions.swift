internal import Foundation

extension RandomStream {
  /// A number of [0, 1) with 24 random bits.
  @inline(__always)
  public mutating func uniformFloat() -> Float { Float(next32() >> 8) * 0x1p-24 }

  /// values = numbers of [−bound, bound), as many calls of `uniformFloat()` would give them, at a fraction of the time.
  public mutating func fill(_ values: UnsafeMutableBufferPointer<Float>, uniformWithin bound: Float) {
    var place = 0
    while place < values.count, used < 4 {
      values[place] = (2 * uniformFloat() - 1) * bound
      place += 1
    }
    while place + 4 <= values.count {
      let block = SIMD4<Float>(nextBlock() &>> 8) * 0x1p-24
      let scaled = (2 * block - 1) * bound
      for lane in 0..<4 { values[place + lane] = scaled[lane] }
      place += 4
    }
    while place < values.count {
      values[place] = (2 * uniformFloat() - 1) * bound
      place += 1
    }
  }

  /// A number of [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number of [lower, upper).
  public mutating func uniform(_ lower: Double, _ upper: Double) -> Double { lower + (upper - lower) * uniform() }

  /// A whole number of 0..<bound, each equally likely.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 2019.
  /// - Precondition: 0 < bound ≤ 2³².
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0 && bound <= 1 << 32, "bound \(bound) is not in 1...2^32")
    let range = UInt64(bound)
    var product = UInt64(next32()) * range
    if product & 0xFFFF_FFFF < range {
      let threshold = (1 << 32) % range
      while product & 0xFFFF_FFFF < threshold { product = UInt64(next32()) * range }
    }
    return Int(product >> 32)
  }

  /// A number of the standard normal distribution (Marsaglia's polar method).
  public mutating func normal() -> Double {
    while true {
      let u = uniform(-1, 1)
      let v = uniform(-1, 1)
      let s = u * u + v * v
      if s > 0, s < 1 { return u * (-2 * log(s) / s).squareRoot() }
    }
  }

  /// A number of the gamma distribution with `shape` > 0 and scale 1.
  ///
  /// Source: Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 2000. For shape < 1 the
  /// logarithm of the boosted variable is used, so that tiny shapes do not underflow: see `logGamma(shape:)`.
  public mutating func gamma(shape: Double) -> Double { exp(logGamma(shape: shape)) }

  /// The logarithm of a gamma variable, finite also where the variable itself underflows.
  public mutating func logGamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "shape \(shape) is not above 0")
    if shape < 1 {
      // X(a) = X(a + 1) · U^(1/a)
      let boosted = logGamma(shape: shape + 1)
      return boosted + log(1 - uniform()) / shape
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let t = 1 + c * x
      if t <= 0 { continue }
      let v = t * t * t
      if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return log(d * v) }
    }
  }

  /// A point of the simplex from the symmetric Dirichlet distribution: `count` shares that sum to 1.
  ///
  /// The shares are normalised in the logarithm, so that a concentration of 0.001 gives one share of 1 and not 0/0.
  public mutating func dirichlet(concentration: Double, count: Int) -> [Double] {
    precondition(count > 0, "a Dirichlet point needs at least one share")
    var logs: [Double] = []
    logs.reserveCapacity(count)
    for _ in 0..<count { logs.append(logGamma(shape: concentration)) }
    let largest = logs.max() ?? 0
    let shares = logs.map { exp($0 - largest) }
    let sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }

  /// Puts `values` into a random order, each equally likely (Fisher–Yates).
  public mutating func shuffle<Value>(_ values: inout [Value]) {
    var last = values.count - 1
    while last > 0 {
      values.swapAt(last, index(below: last + 1))
      last -= 1
    }
  }

  /// `count` different numbers of 0..<population in ascending order, each set equally likely; memory is that of the
  /// sample.
  ///
  /// Source: Floyd's algorithm (Bentley & Floyd, CACM 1987).
  public mutating func sample(_ count: Int, of population: Int) -> [Int] {
    precondition(count >= 0 && count <= population, "can't draw \(count) of \(population)")
    var chosen = Set<Int>(minimumCapacity: count)
    for last in (population - count)..<population {
      let candidate = index(below: last + 1)
      if !chosen.insert(candidate).inserted { chosen.insert(last) }
    }
    return chosen.sorted()
  }
}
