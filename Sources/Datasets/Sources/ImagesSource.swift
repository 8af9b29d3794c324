internal import Catalogs
internal import Formats
internal import Foundation
internal import Tensors

/// Folders of PNG and JPEG.
enum ImagesSource {
  static let entry = CatalogEntry<SourceRecipe>(
    "images", "folders of PNG and JPEG, by class",
    options: [
      .root,
      Option(
        "levels", .list(.choice(["split", "domain", "client", "class"]), count: 1...4),
        default: .list([.text("class")]), "what the folders stand for, from the root down; the last is 'class'"),
      .classes, .invert,
      .optional(
        "image",
        .group([
          .optional("width", .integer(1...4096), "columns; the files' unless set"),
          .optional("height", .integer(1...4096), "rows; the files' unless set"),
          .optional("channels", .choice(["1", "3"]), "1 (grey) or 3 (colour); 1 where all files are grey unless set"),
          Option(
            "fit", .choice(["stretch", "crop", "pad"]), default: .text("stretch"),
            "how a file of another shape becomes one: stretched, cut at the centre, or padded"),
          Option(
            "orientation", .choice(["exif", "stored"]), default: .text("exif"),
            "as a person sees it, or as it is stored"),
          Option(
            "mean", .either([.number(.any), .list(.number(.any), count: 1...3)]), default: .number(0),
            "subtracted from values of [0, 1]"),
          Option(
            "std", .either([.number(.above(0)), .list(.number(.above(0)), count: 1...3)]), default: .number(1),
            "then divided by"),
        ]), "size and scale of the images"),
      .optional(
        "memory", .integer(1...(1 << 50)), "bytes that decoded images may take; half of the machine's unless set"),
    ]
  ) { options in
    let levels = (options.texts("levels") ?? ["class"]).compactMap(FolderLevel.init)
    guard levels.last == .class, Set(levels).count == levels.count else {
      throw OptionProblem("levels", "end with 'class' and name nothing twice")
    }
    let image = try options.group("image")
    if (image.value("width") == nil) != (image.value("height") == nil) {
      throw OptionProblem("image", "needs both 'width' and 'height', or neither")
    }
    return SourceRecipe(hasClients: levels.contains(.client)) { folder, _ in
      try data(options, levels, folder: folder).source(image)
    }
  }

  private static func data(_ options: Options, _ levels: [FolderLevel], folder: String) throws -> HeldData {
    let root = options.text("root")
    var files = SourceFiles(folder: folder)
    let listing = try ImageFolder.list(root: files.path(root), levels: levels)
    let image = try options.group("image")
    let size = image.optionalInteger("width").flatMap { width in
      image.optionalInteger("height").map { (height: $0, width: width) }
    }
    let decoded = try DecodedFolder(
      listing, size: size, channels: image.optionalText("channels").flatMap { Int($0) },
      fit: ImageFit(rawValue: image.text("fit")) ?? .stretch, isUpright: image.text("orientation") == "exif",
      isInverted: options.boolean("invert"), limit: options.optionalInteger("memory") ?? MemoryLimit.standard)
    for (file, read) in zip(listing.files, decoded.files) {
      files.add(ReadFile(name: file.path, shownName: "\(root)/\(file.path)", size: read.size, sha256: read.sha256))
    }
    var builder = HeldBuilder(shape: decoded.shape)
    builder.classes = options.classChoice
    if case .names = builder.classes {} else { builder.fileClasses = listing.classes }
    let all = listing.files
    var part = HeldPart(
      split: .train, inputs: decoded.inputs, targets: .names(all.map { listing.classes[$0.label] }), count: all.count,
      targetPlace: listing.root)
    if levels.contains(.domain) { part.domains = all.map { $0.domain.map { listing.domains[$0] } ?? "" } }
    if levels.contains(.client) { part.clients = all.map { $0.client.map { listing.clients[$0] } } }
    let splits = all.map { file -> DataSplit in
      switch file.split {
      case .val: .validation
      case .test: .test
      default: .train
      }
    }
    builder.parts = part.divided(by: splits, each: decoded.shape.count)
    builder.files = files.read
    builder.remarks = decoded.remarks + listing.remarks
    return try builder.data()
  }
}
