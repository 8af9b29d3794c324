import Foundation
import TestSupport
import Testing

@testable import Federation
@testable import Networks
@testable import Tensors

/// Memory that is not to be had, and how much there is.
@Suite struct MemoryTests {
  @Test func allocationsThatFailAreErrors() throws {
    #expect(throws: OutOfMemory(bytes: 4 << 50)) { try AlignedBuffer<Float>(asking: 1 << 50) }
    #expect(throws: OutOfMemory(bytes: .max)) { try AlignedBuffer<Float>(asking: .max) }
    #expect(throws: OutOfMemory.self) { try requireMemory(bytes: 1 << 50) }
    #expect(throws: OutOfMemory(bytes: .max)) { try requireMemory(bytes: .max) }
    try requireMemory(bytes: 1 << 20)
    let buffer = AlignedBuffer<Float>(capacity: 16)
    #expect(throws: OutOfMemory.self) { try buffer.grow(to: 1 << 50) }
    // There is room again as soon as less is asked for.
    try buffer.grow(to: 8)
    #expect(buffer.capacity >= 8 && buffer.base[7] == 0)
    #expect("\(OutOfMemory(bytes: 5))" == "out of memory: 5 bytes more are not to be had")
  }

  @Test func aPlanThatNothingHoldsIsAnErrorOfTheWorkspace() throws {
    let network = try Network(input: [65_536], layers: [ReLU(), Dense(units: 2)])
    let workspace = NetworkWorkspace()
    try workspace.makeRoom(for: network)
    workspace.load(ModelState(initial: network.layout, seed: 1), of: network)
    #expect(throws: OutOfMemory.self) { try workspace.plan(batch: 1 << 33, mode: .inference) }
    // Others go on in the same workspace.
    let plan = try workspace.plan(batch: 2, mode: .inference)
    for place in 0..<(2 * 65_536) { workspace.input(of: plan)[place] = 0 }
    try plan.forward(workspace.memory(of: plan))
    #expect(workspace.output(of: plan)[0].isFinite)
  }

  @Test func theLowestControlGroupCounts() throws {
    let folder = try TemporaryFolder()
    func write(_ text: String, _ path: String) throws {
      let file = folder.url.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try write("max\n", "memory.max")
    try write("3000000\n", "a/memory.max")
    try write("9000000\n", "a/b/memory.max")
    try write("5000000\n", "memory/docker/x/memory.limit_in_bytes")
    let root = folder.url.path
    #expect(MemoryLimit.controlGroup("0::/a/b\n", root: root)?.bytes == 3_000_000)
    #expect(MemoryLimit.controlGroup("0::/\n", root: root) == nil)
    #expect(MemoryLimit.controlGroup("5:cpu,memory:/docker/x\n1:name=systemd:/\n", root: root)?.bytes == 5_000_000)
    #expect(MemoryLimit.controlGroup("nonsense", root: root) == nil)
    #expect(MemoryLimit.current.bytes > 0x1p20)
  }

  @Test func shapesGiveLessThanPlansTake() throws {
    for (name, network) in [
      ("digits", try modelCatalog.make("digits-small").network(input: [28, 28, 3], outputs: 10)),
      ("resnet", try modelCatalog.make("resnet18").network(input: [32, 32, 3], outputs: 10)),
    ] {
      for isTraining in [true, false] {
        let plan = try NetworkPlan(network, batch: 8, mode: isTraining ? .training : .inference)
        let least = network.leastActivationBytes(batch: 8, isTraining: isTraining)
        let taken = 4 * Double(plan.arenaCount) + Double(plan.scratchBytes)
        #expect(least <= taken && taken <= 64 * least, "\(name): \(least) of \(taken)")
      }
    }
  }
}
