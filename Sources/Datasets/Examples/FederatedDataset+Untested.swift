extension FederatedDataset {
  /// Which clients have training examples and no test examples, so that nothing can be said of how good their models
  /// are, in a sentence; nil where all that train have test examples.
  public var untestedWords: String? {
    let sentences = [
      untestedClientCount == 0 ? nil : untestedSentence(0..<clientCount, kind: ""),
      untestedSentence(clientCount..<(clientCount + unseenCount), kind: "unseen "),
    ].compactMap { $0 }
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

  private func untestedSentence(_ clients: Range<Int>, kind: String) -> String? {
    var (count, total) = (0, 0)
    // A client without any example is in no evaluation.
    for client in clients where trainCount(client) > 0 {
      total += 1
      if testCount(client) == 0 { count += 1 }
    }
    if count == 0 { return nil }
    if count == total {
      return "no \(kind)client has test examples: there is no test value, no mean over test data and no best round"
    }
    let isOne = count == 1
    return "\(count) of \(total) \(kind)clients \(isOne ? "has" : "have") no test examples: "
      + "\(isOne ? "it has no test value and is" : "they have no test value and are") in no mean"
  }
}
