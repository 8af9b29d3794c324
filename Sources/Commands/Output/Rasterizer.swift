internal import func Catalogs.plainWords
internal import Foundation
internal import RunStore

/// `rsvg-convert`, which makes pixels of an SVG.
struct Rasterizer {
  private static let program = "rsvg-convert"
  private let executable: URL

  /// Finds the program in the folders of PATH.
  ///
  /// - Throws: `CommandFailure` that names the package where it is in none of them.
  init() throws {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    // A relative folder would depend on where the user stands.
    let candidates = folders.filter { $0.hasPrefix("/") }.map {
      URL(fileURLWithPath: $0).appendingPathComponent(Self.program)
    }
    guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
      throw CommandFailure(
        lines: [
          "error: a PNG needs \(Self.program), which is not in PATH",
          "Debian and Ubuntu have it in the package librsvg2-bin: apt-get install librsvg2-bin; an SVG needs nothing",
        ], status: .cannotCreate)
    }
    executable = found
  }

  /// Returns an SVG as a PNG.
  ///
  /// - Parameter scale: Pixels of the image for each pixel of the drawing.
  /// - Throws: `CommandFailure` when the program fails.
  func png(_ svg: String, scale: Double) throws -> Data {
    // Through files: with pipes at both ends each side could wait for the other.
    let process = Process()
    do {
      let scratch = try ScratchFolder(for: "plot")
      defer { scratch.remove() }
      let folder = URL(fileURLWithPath: scratch.path)
      let input = folder.appendingPathComponent("figure.svg")
      let output = folder.appendingPathComponent("figure.png")
      try Data(svg.utf8).write(to: input)
      process.executableURL = executable
      process.arguments = ["--format", "png", "--zoom", String(scale), "--output", output.path, input.path]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw CommandFailure("error: \(executable.path) failed with status \(process.terminationStatus)", .cannotCreate)
      }
      return try Data(contentsOf: output)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure("error: \(executable.path) could not be used: \(plainWords(of: error))", .cannotCreate)
    }
  }
}
