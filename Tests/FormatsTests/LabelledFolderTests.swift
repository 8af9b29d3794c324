import Formats
import Foundation
import Testing

@Suite("Folders of images and texts")
struct LabelledFolderTests {
  private func message(_ folder: TemporaryFolder, _ levels: [FolderLevel] = [.class]) -> String {
    refusal(folder.path) { () throws(DataFileError) in _ = try ImageFolder.list(root: folder.path, levels: levels) }
      .replacingOccurrences(of: folder.path, with: "ROOT")
  }

  @Test("files are sorted component by component by code points, in any case of the extension")
  func sorted() throws {
    let folder = try TemporaryFolder()
    for name in ["a/x.PNG", "a b/1.jpg", "a/deep/y.jpeg", "Z/1.Jpg", "10/1.png", "2/1.png", "ä/1.png", "a/.x.png"] {
      try folder.write(name)
    }
    try folder.write("a/notes.txt")
    try folder.write("README.md")
    try folder.write(".ipynb_checkpoints/x.png")
    try folder.makeFolder("empty/in")
    let found = try ImageFolder.list(root: folder.path)
    #expect(
      found.files.map(\.path)
        == ["10/1.png", "2/1.png", "Z/1.Jpg", "a/deep/y.jpeg", "a/x.PNG", "a b/1.jpg", "ä/1.png"])
    #expect(found.classes == ["10", "2", "Z", "a", "a b", "ä"])
    #expect(found.files.map(\.label) == [0, 1, 2, 3, 3, 4, 5])
    #expect(found.files.allSatisfy { $0.split == nil && $0.domain == nil && $0.client == nil })
    #expect(found.hiddenCount == 2)
    #expect((found.others.count, found.others.first) == (2, ["README.md", "a/notes.txt"]))
    #expect(found.emptyFolders.first == ["empty"])
    #expect(found.path(of: found.files[0]) == folder.path + "/10/1.png")
  }

  @Test("levels give split, domain, client and class; clients that are all numbers are sorted by number")
  func levels() throws {
    let folder = try TemporaryFolder()
    for name in [
      "train/north/10/cat/1.png", "train/north/9/dog/1.png", "valid/south/9/cat/1.png", "test/a/3/cat/1.png",
    ] {
      try folder.write(name)
    }
    let found = try ImageFolder.list(root: folder.path, levels: [.split, .domain, .client, .class])
    #expect(found.classes == ["cat", "dog"])
    #expect(found.domains == ["a", "north", "south"])
    #expect(found.clients == ["3", "9", "10"])
    let places = found.files.map { [$0.domain, $0.client, $0.label] }
    #expect(places == [[0, 0, 0], [1, 2, 0], [1, 1, 1], [2, 1, 0]])
    #expect(found.files.map(\.split) == [.test, .train, .train, .val])
    #expect(found.files[1].path == "train/north/10/cat/1.png")
  }

  @Test("names that look alike but differ in code points are two")
  func lookAlikes() throws {
    let folder = try TemporaryFolder()
    try folder.write("\u{E9}/1.png")
    try folder.write("e\u{301}/1.png")
    // Some file systems make one of them.
    let count = try FileManager.default.contentsOfDirectory(atPath: folder.path).count
    #expect(try ImageFolder.list(root: folder.path).classes.count == count)
  }

  @Test("each wrong folder has its message")
  func refusals() throws {
    #expect(
      refusal { () throws(DataFileError) in _ = try ImageFolder.list(root: "/none/at/all") }
        == "/none/at/all: no such file or folder")
    let empty = try TemporaryFolder()
    try empty.write("cat/a.txt")
    #expect(
      message(empty) == "ROOT: holds no images in folders by class; of other kinds: 1, as 'cat/a.txt'")
    let outside = try TemporaryFolder()
    try outside.write("a.png")
    #expect(message(outside) == "a.png: lies outside of the folders by class")
    try outside.write("b/a.png")
    #expect(message(outside, [.domain, .class]) == "a.png: lies outside of the folders by domain, class")
    let others = try TemporaryFolder()
    try others.write("cat/a.png")
    for (name, kind) in [("b.GIF", "GIF"), ("b.bmp", "BMP"), ("b.tiff", "TIFF"), ("b.webp", "WebP")] {
      let path = try others.write("cat/" + name)
      #expect(message(others) == "cat/\(name): is a \(kind) image (allowed: PNG, JPEG)")
      try FileManager.default.removeItem(atPath: path)
    }
    let splits = try TemporaryFolder()
    try splits.write("trian/cat/a.png")
    #expect(
      message(splits, [.split, .class])
        == "ROOT: has the folder 'trian', which is no split; did you mean 'train'? (allowed: train, val, test, validation, valid, dev)"
    )
    let twice = try TemporaryFolder()
    try twice.write("dev/cat/a.png")
    try twice.write("val/cat/a.png")
    #expect(message(twice, [.split, .class]) == "ROOT: has the split 'val' twice: 'dev' and 'val'")
    let file = try outside.write("file")
    #expect(
      refusal(outside.path) { () throws(DataFileError) in _ = try ImageFolder.list(root: file) }
        == "file: can't be read: it is not a folder")
  }

  @Test("symbolic links may point within the root only, and not to what they lie in")
  func links() throws {
    let folder = try TemporaryFolder()
    let elsewhere = try TemporaryFolder()
    try folder.write("a/1.png")
    try folder.link("a/2.png", to: "1.png")
    try folder.link("b", to: "a")
    let found = try ImageFolder.list(root: folder.path)
    #expect(found.files.map(\.path) == ["a/1.png", "a/2.png", "b/1.png", "b/2.png"])
    try folder.link("c", to: elsewhere.path)
    #expect(message(folder) == "c: is a symbolic link that leaves the folder ROOT")
    try FileManager.default.removeItem(atPath: folder.path + "/c")
    try folder.link("c", to: "nothing")
    #expect(message(folder) == "c: is a symbolic link to nothing")
    try FileManager.default.removeItem(atPath: folder.path + "/c")
    try folder.link("a/up", to: "../a")
    #expect(message(folder) == "a/up: is a symbolic link to a folder that it lies in")
    let root = try TemporaryFolder()
    try root.link("data", to: folder.path + "/b")
    #expect(message(root, [.class]) == "data: is a symbolic link that leaves the folder ROOT")
  }

  @Test("a folder that is too deep is refused")
  func depth() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/" + String(repeating: "b/", count: 70) + "1.png")
    #expect(message(folder).hasSuffix(": lies more than 64 folders deep"))
  }

  @Test("texts are files of classes, or lines of files that are classes")
  func texts() throws {
    let folder = try TemporaryFolder()
    try folder.write("imdb/pos/1.txt", Array("good\r\n".utf8))
    try folder.write("imdb/neg/2", Array("bad\nfilm".utf8))
    try folder.write("README")
    let found = try TextFolder.list(root: folder.path, levels: [.domain, .class])
    #expect(found.files.map(\.path) == ["imdb/neg/2", "imdb/pos/1.txt"])
    #expect((found.classes, found.domains, found.others.count) == (["neg", "pos"], ["imdb"], 1))
    #expect(try TextFolder.texts(path: found.path(of: found.files[1]), limit: 99) == ["good"])
    #expect(try TextFolder.texts(path: found.path(of: found.files[0]), example: .line, limit: 99) == ["bad", "film"])

    let lines = try TemporaryFolder()
    try lines.write("Polish.txt")
    try lines.write("Czech.v2.txt")
    try lines.write("README.md")
    #expect(try TextFolder.list(root: lines.path, example: .line).classes == ["Czech.v2", "Polish"])
    try lines.write("Polish.csv")
    #expect(
      try TextFolder.list(root: lines.path, example: .line).classes == ["Czech.v2.txt", "Polish.csv", "Polish.txt"])
    try lines.makeFolder("more")
    #expect(
      refusal(lines.path) { () throws(DataFileError) in _ = try TextFolder.list(root: lines.path, example: .line) }
        == "more: is a folder, where files are classes")
  }

  @Test("10,000 images are listed in less than a second")
  func speed() throws {
    let folder = try TemporaryFolder()
    for place in 0..<100 { try folder.makeFolder("domain\(place % 10)/class\(place / 10)") }
    for place in 0..<10_000 {
      let path = "\(folder.path)/domain\(place % 10)/class\(place / 10 % 10)/image\(place).png"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
    }
    let duration = try ContinuousClock().measure {
      let found = try ImageFolder.list(root: folder.path, levels: [.domain, .class])
      #expect(found.files.count == 10_000)
    }
    print("10,000 images listed in \(duration)")
    #expect(duration < .seconds(1))
  }
}
