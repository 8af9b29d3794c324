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
      let fuzz =
        switch seed % 6 {
        case 0: try FuzzCase.scenario(seed)
        case 1: try FuzzCase.idx(seed)
        case 2: try FuzzCase.safetensors(seed)
        case 3, 4: try FuzzCase.database(seed, sound: sound)
        default: try FuzzCase.path(seed)
        }
      let kept = Self.environment["COVEY_FUZZ_KEEP"].map { URL(fileURLWithPath: $0).appendingPathComponent("\(seed)") }
      // The commands may change what they get.
      if let kept, FileManager.default.fileExists(atPath: kept.deletingLastPathComponent().path) {
        try? FileManager.default.removeItem(at: kept)
        try? FileManager.default.copyItem(at: fuzz.folder.url, to: kept)
      }
      let complaints = try fuzz.complaints()
      for complaint in complaints {
        Issue.record("COVEY_FUZZ_SEED=\(seed) COVEY_FUZZ_COUNT=1: \(complaint)")
      }
      if let kept, complaints.isEmpty { try? FileManager.default.removeItem(at: kept) }
    }
  }
}
