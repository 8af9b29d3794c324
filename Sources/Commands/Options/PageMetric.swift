internal import ArgumentParser
internal import Reports

/// What the figures of a page compare.
struct PageMetric: ExpressibleByArgument {
  static let accuracy = PageMetric(compared: .accuracy)
  static var allValueStrings: [String] { ComparedMetric.names }
  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

  let compared: ComparedMetric

  var defaultValueDescription: String { compared.name }

  private init(compared: ComparedMetric) { self.compared = compared }

  init?(argument: String) {
    guard let metric = ComparedMetric(argument) else { return nil }
    compared = metric
  }
}
