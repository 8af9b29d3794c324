/// The scripts of pages.
enum PageScript {
  /// What every page does: tips, legends, the theme. `window.covey.attach(element)` does it for content that came later.
  static let text = """
    "use strict";
    window.covey = {attach: function (root) {}};
    window.covey.attach(document);
    """
}
