internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// UCI's "Human Activity Recognition Using Smartphones": nine signals of 128 steps, thirty subjects.
///
/// The subjects of its test examples never train: by subject they are unseen clients.
enum HARSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "har", "UCI's smartphone activities: nine signals of 128 steps", source: "Anguita et al. 2013",
    options: [
      .root, .optional("client", .choice(["subject"]), "the subjects as natural clients"),
      .optional("domain", .choice(["subject"]), "the subjects as domains"), .classes, .pixels,
    ]
  ) { options in
    let image = try options.group("image")
    return SourceRecipe(hasClients: options.value("client") != nil) { folder, _ in
      let root = options.text("root")
      var files = SourceFiles(folder: folder)
      let whole = files.path(root)
      guard FileManager.default.fileExists(atPath: whole) else { throw DataFileError.missing(path: whole) }
      let har = try inFolder(whole) { try HARFolder(root: whole) }
      var builder = HeldBuilder(shape: [HARFolder.stepCount, HARFolder.signals.count])
      builder.classes = options.classChoice
      builder.fileClasses = har.activities
      builder.features = HARFolder.signals
      var names = ["activity_labels.txt"]
      for (name, split) in [("train", DataSplit.train), ("test", .test)] {
        guard split == .train || FileManager.default.fileExists(atPath: "\(whole)/\(name)") else { continue }
        let read = try inFolder(whole) { try har.split(name) }
        names += ["\(name)/y_\(name).txt", "\(name)/subject_\(name).txt"]
        names += HARFolder.signals.map { "\(name)/Inertial Signals/\($0)_\(name).txt" }
        var part = HeldPart(
          split: split, inputs: .floats(read.values), targets: .numbers(read.labels.map(Int64.init)),
          count: read.count, targetPlace: "\(whole)/\(name)/y_\(name).txt")
        let subjects = read.subjects.map(String.init)
        if options.value("client") != nil { part.clients = subjects }
        if options.value("domain") != nil { part.domains = subjects }
        builder.parts.append(part)
      }
      for name in names { try files.note("\(whole)/\(name)", name: name, shownName: "\(root)/\(name)") }
      builder.files = files.read
      return try builder.data().source(image)
    }
  }

  /// Reads files of a folder that is there: what is missing then is the folder's fault.
  private static func inFolder<Value>(_ root: String, _ read: () throws -> Value) throws -> Value {
    do { return try read() } catch DataFileError.missing(let path) {
      throw DataFileError.malformed(path: root, reason: "lacks a file of the set: \(path)")
    }
  }
}
