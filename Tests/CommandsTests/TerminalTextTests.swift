import Foundation
import Testing

@testable import Commands

/// What reaches a terminal is text, newlines, tabs and our own styles.
struct TerminalTextTests {
  @Test func hiddenCharactersBecomeSpaces() {
    let name = "a\u{1B}[31mb\u{7}c\u{9B}2Jd\u{202E}e\u{200B}f\u{FEFF}g\u{7F}h\r"
    #expect(TerminalText.safe(name) == "a [31mb c 2Jd e f g h ")
    #expect(TerminalText.safe("é 漢 e\u{301} 👩\u{200D}🚀\tx\n") == "é 漢 e\u{301} 👩\u{200D}🚀\tx\n")
    #expect(TerminalText.safe("plain") == "plain")
  }

  @Test func onlyOurOwnSequencesAreStyle() {
    let styled = "\u{1B}[1mbold\u{1B}[0m \u{1B}[36mcyan\u{1B}[0m"
    #expect(TerminalText.safe(styled, style: .ansi) == styled)
    #expect(TerminalText.safe(styled) == " [1mbold [0m  [36mcyan [0m")
    for foreign in ["\u{1B}[2J", "\u{1B}]0;title\u{7}", "\u{1B}[5m", "\u{1B}[1;31m", "\u{1B}", "\u{1B}[", "\u{1B}[1"] {
      let safe = TerminalText.safe(foreign, style: .ansi)
      #expect(!safe.contains("\u{1B}") && !safe.contains("\u{7}"), "\(safe)")
    }
  }
}
