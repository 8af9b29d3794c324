internal import ArgumentParser
internal import Foundation

/// How many threads compute.
struct ThreadOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Worker threads (default: one for each core).", valueName: "n"))
  var threads: Int?

  /// The number of worker threads.
  var count: Int { threads ?? Self.usual }

  /// How many there are unless the command line says so.
  static var usual: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("'--threads \(threads)' is not allowed (allowed: 1 to 1024)")
    }
  }
}
