internal import Crypto
internal import Figures
internal import Foundation

/// The frame of a page: head, style, scripts.
package struct PageDocument {
  private let title: String
  private let revision: String
  private let content: String
  private let live: String?

  /// Makes a page.
  ///
  /// - Parameters:
  ///   - title: In the browser's tab.
  ///   - revision: Changes whenever the content does.
  ///   - content: What lies inside its `<main>`, as HTML.
  ///   - live: Where a page that follows its server gets its content again; nil for one that stays as it is.
  package init(title: String, revision: String, content: String, live: String?) {
    self.title = title
    self.revision = revision
    self.content = content
    self.live = live
  }

  private var style: String { PageStyle.text + (live == nil ? "" : PageStyle.live) }
  private var scripts: [String] { [PageScript.text] + (live == nil ? [] : [PageScript.live]) }

  /// What a browser may do with the page: nothing but its own style and scripts, by their hashes; a live page may also
  /// ask its own server.
  package var policy: String {
    let hashes = scripts.map { "'\(Self.hash($0))'" }.joined(separator: " ")
    return "default-src 'none'; style-src '\(Self.hash(style))'; script-src \(hashes); img-src data:; base-uri 'none'; "
      + (live == nil ? "form-action 'none'" : "form-action 'self'; connect-src 'self'")
  }

  /// The document.
  package var html: String {
    let safeTitle = MarkupText.escaped(String(title.prefix(200)))
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="Covey">
      \(live == nil ? "" : "<link rel=\"icon\" href=\"\(Self.icon)\">\n")<title>\(safeTitle) · Covey</title>
      <style>\(style)</style>
      </head>
      <body>
      <main id="page" data-revision="\(revision)"\(live.map { " data-source=\"\($0)\"" } ?? "")>
      \(content)
      </main>
      \(scripts.map { "<script>\($0)</script>" }.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  /// A small flight of birds, for a server's pages: without one, a browser asks for a file.
  private static let icon =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath fill='none' stroke='%232b7fd4' "
    + "stroke-width='3' stroke-linecap='round' d='M4 12q5-5 7 1q2-6 7-1M15 24q4-4 6 1q2-5 6-1'/%3E%3C/svg%3E"

  private static func hash(_ text: String) -> String {
    "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
  }
}
