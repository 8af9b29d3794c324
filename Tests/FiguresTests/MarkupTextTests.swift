import Testing

@testable import Figures

struct MarkupTextTests {
  @Test func specialCharactersBecomeReferences() {
    #expect(
      MarkupText.escaped("<script>alert('a' & \"b\")</script>")
        == "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;")
  }

  @Test func whatXMLForbidsAndWhatTurnsTextAroundBecomesASpace() {
    #expect(MarkupText.escaped("a\u{0}b\u{1B}c\u{202E}d\u{FFFE}e\tf\u{2066}g") == "a b c d e f g")
    #expect(MarkupText.escaped("a\nb") == "a\nb")
    #expect(MarkupText.escaped("שלום 漢字 🙂") == "שלום 漢字 🙂")
  }

  @Test func noTextEndsAScriptOrItsString() {
    #expect(
      MarkupText.scriptString("</script><!-- \" \\ & \u{2028}")
        == #""\u003c/script\u003e\u003c!-- \" \\ \u0026  ""#)
    #expect(MarkupText.scriptString("a\nb") == #""a b""#)
  }

  @Test func textIsShortenedInTheMiddle() {
    #expect(TextWidth.fitted("short", size: 11, in: 100) == "short")
    let long = String(repeating: "a", count: 10_000) + "z"
    let fitted = TextWidth.fitted(long, size: 11, in: 100)
    #expect(fitted.count < 20)
    #expect(fitted.hasPrefix("aaa"))
    #expect(fitted.hasSuffix("z"))
    #expect(fitted.contains("…"))
    #expect(TextWidth.of(fitted, size: 11) <= 100)
  }
}
