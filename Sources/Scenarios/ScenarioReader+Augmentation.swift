internal import Catalogs
internal import Datasets
internal import Federation

extension ScenarioReader {
  /// What becomes of training images each time that they are trained on: an augmentation, or a list in its order in which no
  /// kind stands twice; nil when something is wrong.
  mutating func augmentation(_ node: ScenarioNode?) -> [Named<any Augmentation>]? {
    guard let node else { return [] }
    let path = augmentationAxis.place.path
    let elements = node.entries(at: path)
    var read: [Named<any Augmentation>] = []
    for element in elements {
      guard let made = component(element.node, augmentationAxis, path: element.path) else { return nil }
      if read.contains(where: { $0.name == made.name }) {
        report(element.node.mark, element.path, "names '\(made.name)' twice")
        return nil
      }
      read.append(Named(made.name, made.product))
    }
    if !read.isEmpty {
      resolved.append(
        ResolvedValue(path, elements.map { $0.node.canonical(at: path).flowText }.joined(separator: ", ")))
    }
    return read
  }
}
