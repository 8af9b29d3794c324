import Tensors

@testable import Networks

extension Objective {
  /// What the objective makes of outputs and classes, one of these for each `width` outputs.
  func value(
    _ outputs: UnsafePointer<Float>, classes: [Int32], width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    var classes = classes
    let rows = classes.count
    return classes.withUnsafeMutableBufferPointer { classes in
      guard let base = classes.baseAddress else { preconditionFailure("a batch without classes") }
      return evaluate(
        outputs: outputs, targets: .classes(base), rows: rows, width: width, gradient: gradient, scratch: scratch)
    }
  }

  /// What the objective makes of outputs and as many numbers, `width` a row.
  func value(
    _ outputs: UnsafePointer<Float>, numbers: [Float], width: Int, gradient: UnsafeMutablePointer<Float>?,
    scratch: UnsafeMutablePointer<Float>
  ) -> ObjectiveValue {
    var numbers = numbers
    let rows = numbers.count / width
    return numbers.withUnsafeMutableBufferPointer { numbers in
      guard let base = numbers.baseAddress else { preconditionFailure("a batch without numbers") }
      return evaluate(
        outputs: outputs, targets: .numbers(base), rows: rows, width: width, gradient: gradient, scratch: scratch)
    }
  }
}
