extension HeldTargets {
  /// The same kind without values.
  var emptied: HeldTargets {
    switch self {
    case .classes: .classes([])
    case .values: .values([])
    case .tokens: .tokens([])
    }
  }
}

extension HeldSplit {
  /// Takes room for so many values of inputs.
  mutating func reserve(_ count: Int) {
    switch inputs {
    case .bytes(var own):
      own.reserveCapacity(count)
      inputs = .bytes(own)
    case .floats(var own):
      own.reserveCapacity(count)
      inputs = .floats(own)
    case .tokens(var own):
      own.reserveCapacity(count)
      inputs = .tokens(own)
    }
  }

  /// Puts inputs and targets of the same kinds behind those that are there.
  mutating func append(_ others: HeldInputs, _ targets: HeldTargets) {
    switch (inputs, others) {
    case (.bytes(var own), .bytes(let other)):
      inputs = .bytes([])
      own += other
      inputs = .bytes(own)
    case (.floats(var own), .floats(let other)):
      inputs = .floats([])
      own += other
      inputs = .floats(own)
    case (.tokens(var own), .tokens(let other)):
      inputs = .tokens([])
      own += other
      inputs = .tokens(own)
    default: break
    }
    switch (self.targets, targets) {
    case (.classes(var own), .classes(let other)):
      self.targets = .classes([])
      own += other
      self.targets = .classes(own)
    case (.values(var own), .values(let other)):
      self.targets = .values([])
      own += other
      self.targets = .values(own)
    case (.tokens(var own), .tokens(let other)):
      self.targets = .tokens([])
      own += other
      self.targets = .tokens(own)
    default: break
    }
  }
}
