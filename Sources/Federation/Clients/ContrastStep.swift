/// A step of a client's training whose loss depends on what a layer reads: the representations of a batch, under the
/// model that trains and under others.
public struct ContrastStep {
  let input: UnsafePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let others: [[Float]]
  /// Examples in the batch.
  public let rowCount: Int
  /// Numbers in a representation.
  public let width: Int

  /// The representation of an example in the training pass.
  public func representation(_ row: Int) -> [Float] {
    precondition(row >= 0 && row < rowCount, "example \(row) of \(rowCount)")
    return Array(UnsafeBufferPointer(start: input + row * width, count: width))
  }

  /// The representation of an example under one of the other states, by its number.
  public func other(_ number: Int, _ row: Int) -> [Float] {
    precondition(row >= 0 && row < rowCount, "example \(row) of \(rowCount)")
    return Array(others[number][(row * width)..<((row + 1) * width)])
  }

  /// Adds to the gradient of the mean loss by an example's representation.
  ///
  /// - Precondition: As many numbers as a representation has.
  public func add(_ row: Int, _ vector: [Float]) {
    precondition(row >= 0 && row < rowCount && vector.count == width, "\(vector.count) values for example \(row)")
    for (place, value) in vector.enumerated() { gradient[row * width + place] += value }
  }
}
