/// What a federation is compared with.
public enum Bound: String, Codable, Sendable, CaseIterable {
  /// Nothing: it is a federation.
  case none
  /// One client holds the training examples of all, in the clients' order; nothing travels, and the model is evaluated
  /// on every client.
  case central
  /// Each client trains alone, as under `personal: local-only`.
  case local
}
