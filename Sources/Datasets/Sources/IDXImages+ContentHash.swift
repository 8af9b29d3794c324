internal import Formats

extension IDXImages {
  /// The hash of the images, plain or packed.
  var contentHash: String {
    var hash = ContentHash()
    let shape = [count, height, width, channels]
    switch values {
    case .bytes(let bytes): hash.add("images", shape: shape, bytes)
    case .floats(let floats): hash.add("images", shape: shape, floats)
    }
    return hash.finished()
  }
}

/// The hash of labels, plain or packed.
func contentHash(labels: [Int]) -> String {
  var hash = ContentHash()
  hash.add("labels", labels: labels.map { Int32($0) })
  return hash.finished()
}
