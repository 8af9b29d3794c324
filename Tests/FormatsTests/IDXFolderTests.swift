import Formats
import Foundation
import Testing

/// A folder of empty files that is removed at the end of the test.
private func withFolder(of names: [String], _ body: (String) throws -> Void) throws {
  let root = FileManager.default.temporaryDirectory.appendingPathComponent("idx-\(UUID())")
  try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: root) }
  for name in names { try Data().write(to: root.appendingPathComponent(name)) }
  try body(root.path)
}

@Suite("IDX folder")
struct IDXFolderTests {
  @Test("finds files by domain, split and content")
  func finds() throws {
    try withFolder(of: [
      "mnist-train-images-idx3-ubyte.gz", "mnist-train-images-idx3-ubyte", "mnist-train-labels-idx1-ubyte.gz",
      "a-b-test-images-idx4-float", "readme.txt", "mnist-test-images-idx2-ubyte", "-train-labels-idx1-ubyte",
    ]) { root in
      let folder = try IDXFolder(root: root)
      #expect(folder.domains == ["a-b", "mnist"])
      #expect(try folder.path(domain: "mnist", .train, .images) == root + "/mnist-train-images-idx3-ubyte")
      #expect(try folder.path(domain: "mnist", .train, .labels) == root + "/mnist-train-labels-idx1-ubyte.gz")
      #expect(try folder.path(domain: "a-b", .test, .images) == root + "/a-b-test-images-idx4-float")
    }
  }

  @Test("a missing domain names the pattern, the nearest name and what is there")
  func missing() throws {
    try withFolder(of: ["mnist-train-images-idx3-ubyte", "usps-train-images-idx3-ubyte"]) { root in
      let folder = try IDXFolder(root: root)
      func message(_ domain: String, _ content: IDXFolder.Content) -> String {
        do throws(DataFileError) { return try folder.path(domain: domain, .train, content) } catch {
          #expect(error.isMissing)
          return "\(error)"
        }
      }
      #expect(
        message("mnits", .images)
          == "\(root): no file mnits-train-images-idx{3,4}-{ubyte,float}[.gz]; did you mean 'mnist'? "
          + "(domains there: mnist, usps)"
      )
      #expect(
        message("mnist", .labels)
          == "\(root): no file mnist-train-labels-idx1-ubyte[.gz] (domains there: mnist, usps)")
      #expect(
        message("../\n", .labels)
          == "\(root): no file ../\\u{a}-train-labels-idx1-ubyte[.gz] (domains there: mnist, usps)")
    }
    try withFolder(of: ["train-images-idx3-ubyte", "train-labels.idx1-ubyte.gz", "mnist-readme.txt", "notes.txt"]) {
      root in
      #expect(
        throws: DataFileError.missingDomain(
          root: root, pattern: "mnist-train-images-idx{3,4}-{ubyte,float}[.gz]", nearest: nil, domains: [],
          files: ["mnist-readme.txt", "train-images-idx3-ubyte", "train-labels.idx1-ubyte.gz"])
      ) { try IDXFolder(root: root).path(domain: "mnist", .train, .images) }
      #expect(
        "\(DataFileError.missingDomain(root: "r", pattern: "p", nearest: nil, domains: [], files: ["a\n", "b", "c", "d"]))"
          == "r: no file p (domains there: none; other files there: 'a\\u{a}', 'b', 'c', …)")
    }
    #expect(throws: DataFileError.missing(path: "/nowhere")) { try IDXFolder(root: "/nowhere") }
    #expect(throws: DataFileError.unreadable(path: "/dev/null", reason: "it is not a folder")) {
      try IDXFolder(root: "/dev/null")
    }
  }

  @Test("a domain may have test files only, but not beside files that are meant for training")
  func testOnly() throws {
    let tests = ["a-test-images-idx3-ubyte", "a-test-labels-idx1-ubyte"]
    try withFolder(of: tests + ["b-train-images-idx3-ubyte"]) { root in
      let folder = try IDXFolder(root: root)
      #expect(folder.isTestOnly(domain: "a") && !folder.isTestOnly(domain: "b") && !folder.isTestOnly(domain: "c"))
    }
    for other in ["a-train-labels-idx1-ubyte", "a-train-images.idx3-ubyte.gz", "a-training-images", "a_Train.npz"] {
      try withFolder(of: tests + [other]) { root in
        let folder = try IDXFolder(root: root)
        #expect(!folder.isTestOnly(domain: "a"), "\(other)")
      }
    }
  }

  @Test("files of two formats are ambiguous")
  func ambiguous() throws {
    try withFolder(of: ["x-test-images-idx3-ubyte.gz", "x-test-images-idx4-ubyte"]) { root in
      let folder = try IDXFolder(root: root)
      #expect(
        throws: DataFileError.malformed(
          path: root,
          reason: "has both x-test-images-idx3-ubyte.gz and x-test-images-idx4-ubyte, expected one of them")
      ) { try folder.path(domain: "x", .test, .images) }
    }
  }
}

/// Where the digit files are: in `COVEY_DATA`, else beside the repository.
private let digits: String = {
  let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data").path
  return (ProcessInfo.processInfo.environment["COVEY_DATA"] ?? beside) + "/digits"
}()

@Suite("real digits")
struct RealDigitsTests {
  /// Counts of training and test images, then height, width and channels.
  static let domains: [(name: String, shape: [Int])] = [
    ("mnist", [6000, 2000, 28, 28, 1]), ("usps", [7291, 2007, 16, 16, 1]), ("mnistm", [3000, 1000, 32, 32, 3]),
    ("fonts", [6600, 1720, 28, 28, 1]), ("meter", [651, 216, 32, 32, 3]),
  ]

  @Test(
    "five domains have their shapes and labels",
    .enabled(if: FileManager.default.fileExists(atPath: digits), "needs the digit files: set COVEY_DATA"),
    arguments: domains)
  func shapes(domain: (name: String, shape: [Int])) throws {
    let folder = try IDXFolder(root: digits)
    for (index, split) in IDXFolder.Split.allCases.enumerated() {
      let images = try IDXImages.read(path: folder.path(domain: domain.name, split, .images))
      let labels = try IDXFile.readLabels(path: folder.path(domain: domain.name, split, .labels))
      let shape: [Int] = [images.count, images.height, images.width, images.channels]
      #expect(shape == [domain.shape[index]] + domain.shape[2...])
      #expect(labels.count == images.count)
      #expect(Set(labels) == Set(0..<10))
      let resized = images.resized(height: 28, width: 28)
      #expect(resized.count == images.count * 28 * 28 * images.channels)
      #expect(resized.allSatisfy { (0...255).contains($0) })
    }
  }
}
