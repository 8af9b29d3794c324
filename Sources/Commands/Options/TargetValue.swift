internal import ArgumentParser

/// A value to reach: `0.8`, or `80%` of an accuracy.
struct TargetValue: ExpressibleByArgument {
  let text: String
  let value: Double

  init?(argument: String) {
    let isPercentage = argument.hasSuffix("%")
    // The exponent moves the point in the text: 9.7 / 100 is not 0.097.
    let number = isPercentage ? String(argument.dropLast()) + "e-2" : argument
    guard let value = Double(number), value.isFinite else { return nil }
    self.value = value
    text = argument
  }
}
