/// Characters that are no text: they move a terminal's cursor, colour or name it, turn the direction of the words around
/// them, or take no room, so that a name can look like another.
///
/// Whatever shows text that comes from a scenario or a record, a terminal or a page, leaves them out by asking here. A
/// combining accent and the joiners of emoji and scripts are text.
package enum HiddenCharacters {
  /// Whether a character is one of them.
  package static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Controls of ASCII and of Latin-1, of which terminals take both.
    case 0...0x1F, 0x7F...0x9F: true
    // Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x206F: true
    // What takes no room: spaces, operators, annotations, tags, and the mark of a byte order.
    case 0x200B, 0x2060...0x2065, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
    case 0xFFFE, 0xFFFF: true
    default: false
    }
  }
}
