internal import Figures

/// The style sheet of all pages.
enum PageStyle {
  static let text = "body{font-family:system-ui,sans-serif}\n.narrow{display:none}\n" + Palette.rules { "var(--\($0))" }
}
