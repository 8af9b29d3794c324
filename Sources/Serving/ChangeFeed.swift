/// Who waits for changes, each told at most once for all that happened since it last looked.
actor ChangeFeed {
  private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextNumber = 0

  /// How many may listen.
  static let limit = 48

  /// A listener's signals, the first at once; nil when there are too many listeners.
  func listen() -> (number: Int, signals: AsyncStream<Void>)? {
    guard listeners.count < Self.limit else { return nil }
    let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    nextNumber += 1
    listeners[nextNumber] = continuation
    continuation.yield()
    return (nextNumber, signals)
  }

  /// Ends a listener's signals.
  func leave(_ number: Int) { listeners.removeValue(forKey: number)?.finish() }

  /// Wakes one listener.
  func nudge(_ number: Int) { listeners[number]?.yield() }

  /// Wakes everyone.
  func announce() { for listener in listeners.values { listener.yield() } }
}
