/// Who has an array of a model, and who changes it.
public enum TensorSharing: Int, Sendable, CaseIterable {
  /// It leaves the clients, and the server makes the next one of theirs.
  case shared
  /// Each client has its own, which never leaves it; the server's copy keeps its initial value.
  case local
  /// Nobody changes it: it keeps the initial or imported value everywhere.
  case frozen
  /// Of statistics: clients change it and forget that after each round; the server's copy keeps its initial value.
  case dropped
}
