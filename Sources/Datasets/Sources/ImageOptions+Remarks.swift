internal import Formats

extension ImageOptions {
  /// What is doubtful of `mean` and `std`, and of images of floats.
  ///
  /// `mean` and `std` are of values of [0, 1]. Images of floats may have other values, which they are then of.
  ///
  /// - Parameters:
  ///   - ranges: The domains with images of floats, each with the smallest and the largest value.
  ///   - hasOthers: Whether there are images of [0, 1] beside them.
  func remarks(ofFloats ranges: [(domain: String, range: ClosedRange<Float>)], hasOthers: Bool) -> [String] {
    let wide = ranges.filter { $0.range.lowerBound < -0.01 || $0.range.upperBound > 1.01 }
    var remarks: [String] = []
    if hasOthers || wide.count < ranges.count {
      remarks += misfits(to: 0...1, "values are of [0, 1]; bytes are divided by 255 before")
    }
    guard let first = wide.first else { return remarks }
    let range = wide.reduce(first.range) {
      min($0.lowerBound, $1.range.lowerBound)...max($0.upperBound, $1.range.upperBound)
    }
    let domains = Set(wide.map(\.domain)).count
    let name = "domain '\(printable(first.domain))'" + (domains > 1 ? " and \(domains - 1) more" : "")
    let values = "images of floats of \(name) reach from \(range.lowerBound + 0) to \(range.upperBound + 0)"
    if (mean + deviation).allSatisfy({ $0 == 0.5 }) {
      remarks.append(
        "\(values) and are taken as they are, but 'image.mean' and 'image.std' are 0.5, for values of [0, 1]: set both to what these images have"
      )
    } else {
      remarks += misfits(to: Double(range.lowerBound)...Double(range.upperBound), values)
    }
    return remarks
  }

  /// What of `mean` and `std` can't be that of values in `range`.
  private func misfits(to range: ClosedRange<Double>, _ why: String) -> [String] {
    let span = range.upperBound - range.lowerBound
    var remarks: [String] = []
    if let wrong = mean.first(where: { !range.contains($0) }) {
      remarks.append("'image.mean' is \(wrong), which can't be the mean: \(why)")
    }
    if let wrong = deviation.first(where: { $0 > span || $0 < span / 100 }) {
      remarks.append("'image.std' is \(wrong), which can't be the standard deviation: \(why)")
    }
    return remarks
  }
}
