public import Records

/// One participation of a client as it is known before anyone trains.
public struct PlannedParticipation: Sendable, Equatable {
  /// The client's number.
  public let client: Int
  /// How manieth start of the client it is, from 1.
  public let turn: Int
  /// The version of the server's state that it starts from; 0 is the initial one.
  public let baseVersion: Int
  /// When it starts, in seconds since the run began; nil where no time is simulated.
  public let startedAt: Double?
  /// When it arrives, or would if it were not lost; nil where no time is simulated.
  public let dueAt: Double?
  /// How it ends.
  public internal(set) var outcome: ParticipationOutcome
  /// How many versions were made between its base and the one that takes it; nil where none does.
  public internal(set) var lag: Int?
  /// s(τ), what its update counts for being late; 1 in a synchronous schedule.
  public internal(set) var weightFactor: Double
  /// What it takes of the device.
  public let cost: ParticipationCost

  /// When it arrives; nil where it does not, or no time is simulated.
  public var arrivedAt: Double? { outcome == .dropped ? nil : dueAt }
  /// Bytes that leave the client: those of an update that counts.
  public var bytesUp: Int { outcome == .reported ? cost.bytesUp : 0 }
  /// Bytes that the client receives.
  public var bytesDown: Int { cost.bytesDown }
  /// Whether its update goes into the server's state, so that it has to be trained.
  public var isTaken: Bool { outcome == .reported }
}

/// One version of the server's state: what it is made of, and when.
public struct ServerStep: Sendable, Equatable {
  /// Its number, which is that of the round; the first is 1.
  public let version: Int
  /// When the version before it was made; nil where no time is simulated.
  public let beganAt: Double?
  /// When it is made; nil where no time is simulated.
  public let madeAt: Double?
  /// The participations that end with it: in a synchronous schedule by client, else in the order in which they arrive.
  public let participations: [PlannedParticipation]
  /// The participations that start from the version before it, as they are known at their start: whether an update will
  /// come of them that the server can use, but not when it is taken. They can be trained as soon as that version is there.
  public let starts: [PlannedParticipation]
  /// The versions that are needed after it, in ascending order: those that clients in training started from, and itself.
  public let neededVersions: [Int]

  /// Seconds since the version before; nil where no time is simulated.
  public var seconds: Double? {
    if let beganAt, let madeAt { madeAt - beganAt } else { nil }
  }

  /// The participations whose updates it is made of, in their order.
  public var taken: [PlannedParticipation] { participations.filter(\.isTaken) }
}
