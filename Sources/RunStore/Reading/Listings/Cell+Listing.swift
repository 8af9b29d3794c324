internal import Foundation
package import Tables

extension Table.Column {
  /// Makes the column that shows a listing's.
  package init(_ column: Listing.Column) {
    self.init(
      column.key, header: column.header, alignment: column.kind == .name || column.kind == .word ? .leading : .trailing,
      audience: column.audience == .programs ? .programs : .all, canShrink: column.kind == .name,
      isName: column.kind == .name)
  }
}

extension Cell {
  /// Makes the cell that shows a value of a kind; a text where a number should be stays a text.
  package init(_ value: ListedValue, _ kind: Listing.Column.Kind) {
    switch (value, kind) {
    case (.missing, _): self = .missing
    case (.integer(let number), .seed): self = .unsigned(UInt64(bitPattern: number))
    case (.integer(let number), .integer): self = .integer(Int(number))
    case (.integer(let number), _): self.init(Double(number), kind)
    case (.number(let number), _): self.init(number, kind)
    case (.text(let text), .date): self = (try? Date(text, strategy: .iso8601)).map { .time($0) } ?? .text(text)
    case (.text(let text), _): self = .text(text)
    }
  }

  private init(_ number: Double, _ kind: Listing.Column.Kind) {
    switch kind {
    case .fraction: self = .percent(number)
    case .bytes: self = .bytes(number)
    case .seconds: self = .duration(number)
    case .number(let digits): self = .number(number, digits: digits)
    case .integer, .seed, .date, .word, .name: self = .number(number, digits: 4)
    }
  }
}
