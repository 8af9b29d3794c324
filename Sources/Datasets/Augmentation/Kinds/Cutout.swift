internal import Catalogs
internal import Randomness
internal import Tensors

/// Makes a square black whose middle is anywhere in the image; what of it lies outside is nothing.
///
///     a ← uniform on 0, …, H − 1; b ← uniform on 0, …, W − 1
///     output(i, j) = black where a − ⌊s/2⌋ ≤ i < a − ⌊s/2⌋ + s and b − ⌊s/2⌋ ≤ j < b − ⌊s/2⌋ + s
///
/// Source: DeVries & Taylor, "Improved regularization of convolutional neural networks with Cutout", 2017.
/// Differs: of an odd s its code blackens s − 1 rows and columns. It fills with 0 behind the normalization, which is the mean of the
/// data; here with black, as `crop` and `rotate` do.
struct Cutout: Augmentation {
  let size: Int

  func problem(with shape: Shape) -> String? {
    if let problem = imageProblem(shape) { return problem }
    let least = min(shape[0], shape[1])
    guard size > least else { return nil }
    return "cuts out \(size) × \(size) of images of \(shape[0]) × \(shape[1]) (allowed: 0 to \(least))"
  }

  func apply(to image: TrainingImage, _ random: inout RandomStream) {
    let top = random.index(below: image.height) - size / 2
    let left = random.index(below: image.width) - size / 2
    for row in max(0, top)..<max(0, min(image.height, top + size)) {
      for column in max(0, left)..<max(0, min(image.width, left + size)) { image.blacken(row, column) }
    }
  }

  static let entry = CatalogEntry<any Augmentation>(
    "cutout", "a black square anywhere", source: "DeVries & Taylor 2017",
    options: [.required("size", .integer(0...256), "pixels of a side")], shorthand: "size"
  ) { Cutout(size: $0.integer("size")) }
}
