import Federation

@testable import Scenarios

/// Everything of a run that a scenario decides, as text.
func dumped(_ run: Experiment.Run) -> String {
  let c = run.configuration
  let data = (0..<min(c.dataset.clientCount, 20)).map { client in
    let profile = c.dataset.profile(client)
    return "\(profile) \(c.dataset.examples(client, .test).labels)"
  }
  var pixels = [Float](repeating: 0, count: c.dataset.sampleShape.count)
  var label = Int32(0)
  if c.dataset.trainCount(0) > 0 {
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let base = pixels.baseAddress else { return }
      c.dataset.examples(0, .train).gather([0], values: base, labels: &label)
    }
  }
  let parts: [String] = [
    "\(c.arm) \(c.seed) \(c.rounds)", "\(data) \(pixels)",
    "\(c.network.layers.map { "\($0.name) \($0.layer) \($0.resolved.output)" })",
    "\(c.initialState.map { "\($0)" } ?? "none")", "\(c.strategy)", "\(c.norm)", "\(c.optimizer)",
    "\(c.learningRateSchedule.map { "\($0)" } ?? "none")", "\(c.decayedValues)",
    "\(c.gradientClip.map { "\($0)" } ?? "none")", "\(c.augment)", "\(c.loss)",
    "\(c.work)", "\(c.overrides.groups)", "\(c.frozen)",
    "\(c.weighting)", "\(c.cohort)", "\(c.recording)", "\(c.bound)", "\(c.aggregator)", "\(c.transforms)",
    "\(c.personal)", "\(c.schedule)", "\(c.devices.map { "\($0)" } ?? "none")",
    "\(c.availability.map { "\($0)" } ?? "none")", "\(c.dropouts.map { "\($0)" } ?? "none")",
    "\(c.evaluationPlan.evaluations.map(\.words))", "\(c.stop.map { "\($0)" } ?? "none")",
    "\(run.retention.last.map(String.init) ?? "all")\(run.retention.best ? "" : " best off")",
  ]
  return parts.joined(separator: "\n")
}
