import Catalogs
import Foundation
import Tensors
import Testing

@testable import Datasets

/// Folders of images and of binary files as sources.
@Suite("images and cifar as sources")
struct FolderSourceTests {
  private let folder: MadeFolder

  init() throws { folder = try MadeFolder() }

  private func image(_ options: [String: OptionValue]) -> [String: OptionValue] {
    ["root": .text("i"), "image": .group(options)]
  }

  @Test("files of one size are as they are; of several a size has to be said")
  func sizes() throws {
    try folder.write("i/cat/1.png", Made.png(width: 3, height: 2, [0, 1, 2, 3, 4, 5]))
    try folder.write("i/Dog/1.png", Made.png(width: 3, height: 2, [6, 7, 8, 9, 10, 11]))
    try folder.write("i/.hidden/1.png", [1])
    try folder.write("i/cat/notes.txt", "notes")
    let plain = try folder.open("images", ["root": .text("i")])
    #expect(plain.sampleShape == [2, 3, 1] && plain.data.classes == ["Dog", "cat"])
    #expect(plain.values() == [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5] && plain.targets() == [0, 1])
    #expect(
      plain.remarks.map { $0.replacing(folder.path + "/", with: "") } == [
        "i: 1 hidden file or folder is passed over",
        "i: 1 file is of no kind that is read, and passed over: 'cat/notes.txt'",
      ])
    try folder.write("i/cat/2.png", Made.png(width: 2, height: 2, channels: 3, [UInt8](repeating: 9, count: 12)))
    #expect(
      folder.said("images", ["root": .text("i")])
        == "i/cat/2.png: is 2×2, and Dog/1.png is 3×2: images of several sizes need 'data.image.width' and 'data.image.height'"
    )
    #expect(
      folder.said("images", image(["width": .integer(4)])) == "image: needs both 'width' and 'height', or neither")
    let sized = try folder.open("images", image(["width": .integer(2), "height": .integer(2)]))
    #expect(sized.sampleShape == [2, 2, 3] && sized.data.splits[.train]?.count == 3)
    #expect(sized.remarks.contains("\(folder.path)/i: 2 of 3 images are of another size than 2×2, and are stretched"))
    for fit in ["crop", "pad"] {
      let source = try folder.open(
        "images", image(["width": .integer(2), "height": .integer(2), "fit": .text(fit), "channels": .text("1")]))
      #expect(source.sampleShape == [2, 2, 1] && source.values().allSatisfy { 0...1 ~= $0 }, "\(fit)")
    }
    let small = image(["width": .integer(2), "height": .integer(2)]).setting("memory", .integer(100))
    #expect(
      folder.said("images", small)
        == "i: 3 images of 2×2×3 take 144 bytes (allowed: 100; a smaller 'data.image' takes less, and 'data.memory' allows more)"
    )
  }

  @Test("levels say what folders stand for; 'invert' and classes are as elsewhere")
  func levels() throws {
    for (place, name) in ["train/b/u/x", "train/a/v/y", "test/a/v/x", "val/b/u/y"].enumerated() {
      try folder.write("i/\(name)/1.png", Made.png(width: 1, height: 1, [UInt8(place * 51)]))
    }
    let levels: OptionValue = .list(["split", "domain", "client", "class"].map { .text($0) })
    let source = try folder.open("images", ["root": .text("i"), "levels": levels])
    #expect(
      source.data.domains == ["a", "b"] && source.data.clients == ["u", "v"] && source.data.classes == ["x", "y"])
    #expect(source.values() == [51, 0] && source.domainNames() == ["a", "b"] && source.clients() == ["v", "u"])
    #expect(source.values(.test) == [102] && source.values(.validation) == [153])
    let inverted = try folder.open("images", ["root": .text("i"), "levels": levels, "invert": .boolean(true)])
    #expect(inverted.values() == [0.8, 1])
    #expect(
      folder.said("images", ["root": .text("i"), "levels": .list([.text("class"), .text("domain")])])
        == "levels: end with 'class' and name nothing twice")
    let given = try folder.open(
      "images", ["root": .text("i"), "levels": levels, "classes": .list([.text("y"), .text("x"), .text("z")])])
    #expect(given.data.classes == ["y", "x", "z"] && given.targets() == [0, 1])
    #expect(folder.said("images", ["root": .text("none")]) == "none: no such file or folder")
  }

  @Test("CIFAR: batches in the order of their numbers, names where there are some, coarse classes of CIFAR-100 alone")
  func cifar() throws {
    func record(_ labels: [UInt8], _ value: UInt8) -> [UInt8] { labels + [UInt8](repeating: value, count: 3072) }
    try folder.write("c/data_batch_2.bin", record([3], 2))
    try folder.write("c/data_batch_1.bin", record([1], 0) + record([0], 1))
    let ten = try folder.open("cifar", ["root": .text("c")])
    #expect(ten.sampleShape == [32, 32, 3] && ten.targets() == [1, 0, 3])
    #expect(ten.values().enumerated().allSatisfy { $0.element == Float($0.offset / 3072) })
    #expect(
      ten.remarks.map { $0.replacing(folder.path + "/", with: "") } == [
        "c: 2 of the 5 batches of CIFAR-10 are there (data_batch_1.bin, …)",
        "1 of the classes 0 to 3 has no example: 2; 'classes: compact' leaves such out, and 'classes: 4' says that it is meant",
      ])
    for word in ["label", "domain", "group"] {
      #expect(
        folder.said("cifar", ["root": .text("c"), word: .text("coarse")])
          == "c: holds CIFAR-10, which has one kind of class (allowed: no 'data.\(word)')")
    }
    let names = (0..<10).map { "n\($0)" }
    try folder.write("c/batches.meta.txt", names.joined(separator: "\n") + "\n\n")
    #expect(try folder.open("cifar", ["root": .text("c")]).data.classes == names)
    #expect(
      folder.said("cifar", ["root": .text("c"), "classes": .integer(5)]).hasPrefix(
        "classes: is 5, and the files name 10 classes ('n0', "))
    #expect(
      try folder.open("cifar", ["root": .text("c"), "classes": .integer(11)]).data.classes == names + ["class 10"])
    let grey = try folder.open("cifar", ["root": .text("c"), "image": .group(["channels": .text("1")])])
    #expect(grey.sampleShape == [32, 32, 1])
    try folder.write("h/train.bin", record([19, 99], 7) + record([0, 4], 8))
    try folder.write("h/test.bin", record([0, 4], 9))
    let hundred = try folder.open(
      "cifar", ["root": .text("h"), "domain": .text("coarse"), "classes": .integer(100)])
    #expect(
      hundred.targets() == [99, 4] && hundred.data.domains == ["0", "19"] && hundred.domainNames(.test) == ["0"])
    let coarse = try folder.open("cifar", ["root": .text("h"), "label": .text("coarse"), "classes": .integer(20)])
    #expect(coarse.targets() == [19, 0])
    #expect(
      folder.said("cifar", ["root": .text("i")]) == "i: no such file or folder")
    try folder.write("e/readme.txt", "")
    #expect(
      folder.said("cifar", ["root": .text("e")])
        == "e: has no file 'data_batch_1.bin' (allowed: the binary version of CIFAR-10, or of CIFAR-100 with 'train.bin')"
    )
  }

  @Test("HAR: by subject, or train and test as they are; a file that the folder lacks is the folder's fault")
  func har() throws {
    let made = try SmallSources(URL(fileURLWithPath: folder.path))
    var options = try #require(made.options["har"])
    let clients = try folder.open("har", options)
    #expect(clients.sampleShape == [128, 9] && clients.data.classes == ["SITTING", "STANDING"])
    #expect(
      clients.clients() == ["1", "1"] && clients.clients(.test) == ["2", "2"] && clients.data.features.count == 9)
    #expect(clients.values()[9] == 0.125 && clients.targets() == [0, 1])
    options["client"] = nil
    let plain = try folder.open("har", options)
    #expect(plain.data.clients.isEmpty && plain.data.domains == ["all"])
    try FileManager.default.removeItem(atPath: "\(folder.path)/har/train/subject_train.txt")
    #expect(
      folder.said("har", options)
        == "har: lacks a file of the set: \(folder.path)/har/train/subject_train.txt".replacing(
          folder.path + "/", with: ""))
    #expect(folder.said("har", ["root": .text("none")]) == "none: no such file or folder")
  }
}
