/// How sure a model is of its predictions, and how often these are right, in 15 bins (a, b] of equal width, of which the
/// first also holds 0. Source: Guo et al., ICML 2017, section 2.
public enum Calibration {
  /// How many bins there are.
  public static let binCount = 15

  /// The bins that hold a row, ascending: of each its number, how many rows it holds, how many of these were predicted
  /// rightly, and the sum of their confidences.
  public static func bins(of outputs: EvaluatedOutputs) -> [[Double]] {
    guard let classes = outputs.classes else { return [] }
    var bins = [(rows: Int, right: Int, confidence: Double)](repeating: (0, 0, 0), count: binCount)
    let probabilities = outputs.probabilities
    for (row, actual) in classes.enumerated() {
      let predicted = outputs.predicted[row]
      let confidence = probabilities[row * outputs.classCount + predicted]
      let bin = min(binCount, max(1, Int((confidence * Double(binCount)).rounded(.up)))) - 1
      bins[bin].rows += 1
      if predicted == Int(actual) { bins[bin].right += 1 }
      bins[bin].confidence += confidence
    }
    return bins.enumerated().filter { $0.element.rows > 0 }.map { number, bin in
      [Double(number), Double(bin.rows), Double(bin.right), bin.confidence]
    }
  }
}
