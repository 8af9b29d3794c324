internal import Crypto
internal import Figures
internal import Foundation

/// The frame of a page: head, style, scripts.
struct PageDocument {
  let title: String
  let revision: String
  let content: String
  let isLive: Bool

  /// The document. Nothing but its own style and scripts is allowed in it, by their hashes; a live page may also ask
  /// its own server.
  var html: String {
    let style = PageStyle.text
    let scripts = [PageScript.text] + (isLive ? [PageScript.live] : [])
    let hashes = scripts.map { "'\(Self.hash($0))'" }.joined(separator: " ")
    let policy =
      "default-src 'none'; style-src '\(Self.hash(style))'; script-src \(hashes); img-src data:; base-uri 'none'; "
      + "form-action \(isLive ? "'self'" : "'none'")" + (isLive ? "; connect-src 'self'" : "")
    let safeTitle = MarkupText.escaped(String(title.prefix(200)))
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="Covey">
      <title>\(safeTitle) · Covey</title>
      <style>\(style)</style>
      </head>
      <body>
      <main id="page" data-revision="\(revision)">
      \(content)
      </main>
      \(scripts.map { "<script>\($0)</script>" }.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private static func hash(_ text: String) -> String {
    "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
  }
}
