internal import Networks

/// The slots of an optimizer whose memory outlives the round (`client.keep_optimizer`), under PyTorch's names.
extension RunConfiguration {
  /// The slot of the steps that it has taken, by network.
  static let optimizerStep = "step"

  /// What each client remembers of its optimizer; where clients have different ones, what any of them does.
  var optimizerSlots: [MemorySlot] {
    guard work.keepsOptimizer else { return [] }
    var names: [String] = []
    for name in settings.flatMap(\.optimizers).flatMap(\.slotNames) where !names.contains(name) { names.append(name) }
    return names.map { .trainable($0) } + [.scalars(Self.optimizerStep, count: network.parts.count)]
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
  /// Puts back what a client remembers of its optimizers, where it is kept.
  func restoreOptimizers(of setting: LocalSetting, _ slots: SlotMemory) {
    guard setting.work.keepsOptimizer, let steps = slots[scalars: RunConfiguration.optimizerStep] else { return }
    restoreOptimizers(stepCounts: steps.map { Int($0) }) { slots[vector: $0] }
  }

  /// Adds what the optimizers remember to what a client does, where it is kept.
  func takeOptimizers(of setting: LocalSetting, into slots: inout SlotMemory) {
    guard setting.work.keepsOptimizer else { return }
    for slot in optimizerSlots { slots[vector: slot.name] = slot.values }
    slots[scalars: RunConfiguration.optimizerStep] = stepCounts.map { Double($0) }
  }
}
