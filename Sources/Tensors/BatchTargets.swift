/// Where the targets of the examples of a batch lie, those of one example after those of another.
public enum BatchTargets {
  /// Whole numbers: a class an example, or one for each of its steps.
  case classes(UnsafeMutablePointer<Int32>)
  /// Numbers: the labels, 0 or 1, or the values of each example.
  case numbers(UnsafeMutablePointer<Float>)

  /// Those behind the first `count` whole numbers or numbers.
  public func advanced(by count: Int) -> BatchTargets {
    switch self {
    case .classes(let base): .classes(base + count)
    case .numbers(let base): .numbers(base + count)
    }
  }
}
