import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An SVG that is well-formed, taken apart.
final class DrawnFigure: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
    var text = ""
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  /// Reads an SVG.
  ///
  /// - Throws: The parser's error where it is not well-formed.
  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if let last = open.last { elements[last].text += text }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  /// The elements with a class.
  func marks(_ style: String) -> [Element] {
    elements.filter { ($0.attributes["class"] ?? "").split(separator: " ").contains(Substring(style)) }
  }

  /// The texts that are drawn.
  var texts: [String] { elements.filter { $0.name == "text" }.map(\.text) }

  /// The plot of a panel: x, y, width, height.
  func plot(_ panel: Int = 0) -> [Double] {
    let node = elements.first { $0.attributes["data-panel"] == String(panel) }
    return (node?.attributes["data-plot"] ?? "").split(separator: " ").compactMap { Double($0) }
  }

  /// The points of a path that only moves and draws lines.
  static func points(_ path: String) -> [[Double]] {
    path.split(whereSeparator: { "MLZ".contains($0) }).map { $0.split(separator: " ").compactMap { Double($0) } }
  }
}
