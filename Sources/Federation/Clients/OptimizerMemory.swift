internal import Networks

/// The slots of an optimizer whose memory outlives the round (`client.keep_optimizer`), under PyTorch's names.
extension RunConfiguration {
  /// The slot of the steps that it has taken.
  static let optimizerStep = "step"

  /// What each client remembers of its optimizer; where clients have different ones, what any of them does.
  var optimizerSlots: [MemorySlot] {
    guard work.keepsOptimizer else { return [] }
    var names: [String] = []
    for name in settings.flatMap(\.optimizer.slotNames) where !names.contains(name) { names.append(name) }
    return names.map { .trainable($0) } + [.scalars(Self.optimizerStep)]
  }

  /// A slot of clients that two components of the run declare, with their names; nil where there is none.
  public var sharedSlot: (slot: String, first: String, second: String)? {
    let declared =
      strategy.component.clientSlots.map { ($0.name, strategy.name) }
      + personalMethod.clientSlots.map { ($0.name, personal.name) }
      + transforms.flatMap { transform in transform.component.clientSlots.map { ($0.name, transform.name) } }
      + optimizerSlots.map { ($0.name, "client.keep_optimizer") }
    var owners: [String: String] = [:]
    for (slot, owner) in declared {
      if let other = owners.updateValue(owner, forKey: slot) { return (slot, other, owner) }
    }
    return nil
  }

  /// All that each client remembers.
  var clientSlots: [MemorySlot] {
    strategy.component.clientSlots + personalMethod.clientSlots + transforms.flatMap(\.component.clientSlots)
      + optimizerSlots
  }
}

extension NetworkWorkspace {
  /// Puts back the optimizer's memory of a client; returns the steps that it has taken, 0 where there is none.
  func restoreOptimizer(of setting: LocalSetting, _ slots: SlotMemory) -> Int {
    guard setting.work.keepsOptimizer, let step = slots[scalars: RunConfiguration.optimizerStep]?.first else {
      return 0
    }
    restoreOptimizerSlots(setting.optimizer.slotNames.map { slots[vector: $0] ?? [] })
    return Int(step)
  }

  /// Adds the optimizer's memory to what a client remembers, where it is kept.
  func takeOptimizer(of setting: LocalSetting, steps: Int, into slots: inout SlotMemory) {
    guard setting.work.keepsOptimizer else { return }
    for (name, values) in zip(setting.optimizer.slotNames, optimizerSlots(setting.optimizer)) {
      slots[vector: name] = values
    }
    slots[scalars: RunConfiguration.optimizerStep] = [Double(steps)]
  }
}
