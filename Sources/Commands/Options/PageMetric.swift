internal import ArgumentParser
internal import Reports

/// What the figures of a page compare.
enum PageMetric: String, ExpressibleByArgument, CaseIterable {
  case accuracy
  case loss

  var compared: ComparedMetric { self == .accuracy ? .accuracy : .loss }
}
