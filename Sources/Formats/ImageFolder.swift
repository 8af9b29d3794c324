/// Folders of images: `root/class/file`, with levels for split, domain and client above.
///
/// Names are sorted by code points, component by component. Passed over, and counted, are what begins with a dot, such
/// as `.ipynb_checkpoints` and `._a.png`, and files that are no images. Folders within that of a class are walked.
/// Extensions count in any case.
package enum ImageFolder {
  /// The extensions of the images that are read.
  private static let readable: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif"]

  /// Images that are not read, by their extensions; they are refused, since leaving them out would change the data.
  private static let unreadable: [String: String] = [
    "gif": "GIF", "bmp": "BMP", "dib": "BMP", "tif": "TIFF", "tiff": "TIFF", "webp": "WebP", "heic": "HEIF",
    "heif": "HEIF", "avif": "AVIF", "jxl": "JPEG XL", "jp2": "JPEG 2000", "j2k": "JPEG 2000", "ppm": "PPM",
    "pgm": "PGM", "pbm": "PBM", "pnm": "PNM", "tga": "TGA", "psd": "Photoshop", "svg": "SVG", "ico": "icon",
    "exr": "OpenEXR", "dcm": "DICOM", "nii": "NIfTI",
  ]

  /// Lists the images below `root`; none of them is opened.
  ///
  /// - Parameter levels: What the folders stand for, from the root down.
  /// - Throws: `DataFileError.missing` when there is no such folder, `.unreadable` when a folder can't be listed, and
  ///   `.malformed` when there is no image, an image lies above the folders of classes, an image is of a kind that is
  ///   not read, a symbolic link leaves the root or a folder at the level of splits has another name.
  /// - Complexity: O(n·log n) in the number of files; the system is not asked about each.
  /// - Precondition: `levels` end with `class` and name nothing twice.
  package static func list(root: String, levels: [FolderLevel] = [.class]) throws(DataFileError) -> LabelledFolder {
    try LabelledFolder(root: root, levels: levels, noun: "images", hasFileClasses: false, isOutsideWrong: true) {
      name in
      let found = lowerExtension(name)
      if readable.contains(found) { return .take }
      guard let kind = unreadable[found] else { return .passOver }
      return .refuse("is a \(kind) image (allowed: PNG, JPEG)")
    }
  }
}
