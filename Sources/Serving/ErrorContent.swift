internal import Figures

/// What a page shows when it can't show what it was asked for.
struct ErrorContent {
  let title: String
  let words: String
  /// Whether the page is the list of runs, to which others link back.
  var isList = false

  var html: String {
    """
    <header><div data-theme-place></div>\(isList ? "" : "<p class=\"back\"><a href=\"/\">All runs</a></p>")
    <h1>\(MarkupText.escaped(title))</h1></header>
    <section class="card" role="status"><p>\(MarkupText.escaped(String(words.prefix(2000))))</p></section>

    """
  }
}
