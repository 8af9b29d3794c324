import Foundation
import TestSupport
import Testing

/// The program as a whole with inputs that nobody wrote: whatever they are, it ends soon with a documented exit code,
/// says why, and leaves nothing half done.
///
/// `script/check-fuzz` runs many more of the same cases: COVEY_FUZZ_COUNT says how many, COVEY_FUZZ_SEED the number of
/// the first, COVEY_FUZZ_KEEP a folder for the files of those that fail.
@Suite("hostile inputs to the program", .serialized)
struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let count = environment["COVEY_FUZZ_COUNT"].flatMap(UInt64.init) ?? 60
  private static let first = environment["COVEY_FUZZ_SEED"].flatMap(UInt64.init) ?? 1

  @Test("what the cases change is sound")
  func bases() throws {
    let files = try (0..<6).flatMap {
      [try FuzzCase.idx($0, isSound: true), try FuzzCase.safetensors($0, isSound: true)]
    }
    let database = try FuzzCase(seed: 0)
    try database.folder.write(bytes: FuzzCase.soundDatabase(), to: "covey.sqlite")
    for arguments in FuzzCase.readers {
      let result = try CoveyProcess.run(arguments, in: database.folder.url)
      #expect(result.status == 0, "\(arguments): \(result.errors)")
    }
    for text in FuzzCase.bases {
      try database.folder.write(text, to: "x.yaml")
      let result = try CoveyProcess.run(["validate", "x.yaml"], in: database.folder.url)
      #expect(result.status == 0, "\(text): \(result.errors)")
    }
    for fuzz in files {
      for arguments in fuzz.commands {
        let result = try CoveyProcess.run(arguments, in: fuzz.folder.url)
        #expect(result.status == 0, "\(fuzz.seed) \(arguments): \(result.errors)")
      }
    }
  }

  @Test("each ends soon, with a documented exit code and a reason, and leaves nothing half done")
  func cases() throws {
    let sound = try FuzzCase.soundDatabase()
    for seed in Self.first..<(Self.first + Self.count) {
      let complaints = try Self.fuzz(seed, sound).complaints()
      for complaint in complaints {
        Issue.record("COVEY_FUZZ_SEED=\(seed) COVEY_FUZZ_COUNT=1: \(complaint)")
      }
      // The commands may have changed what they got.
      if !complaints.isEmpty { try Self.keep(Self.fuzz(seed, sound)) }
    }
  }

  private static func fuzz(_ seed: UInt64, _ sound: [UInt8]) throws -> FuzzCase {
    switch seed % 6 {
    case 0: try .scenario(seed)
    case 1: try .idx(seed)
    case 2: try .safetensors(seed)
    case 3, 4: try .database(seed, sound: sound)
    default: try .path(seed)
    }
  }

  /// Puts a case's files where they stay.
  private static func keep(_ fuzz: FuzzCase) throws {
    guard let folder = environment["COVEY_FUZZ_KEEP"] else { return }
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/bin/cp")
    // Pipes as pipes: reading them would never end.
    copy.arguments = ["-a", fuzz.folder.url.path, folder + "/\(fuzz.seed)"]
    try copy.run()
    copy.waitUntilExit()
  }
}
