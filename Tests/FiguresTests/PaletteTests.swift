import Foundation
import Testing

@testable import Figures

/// Colours by WCAG's contrast and by distance in OKLab, also as people see them who lack a kind of cone.
struct PaletteTests {
  typealias Colour = [Double]

  private func linear(_ hex: String) throws -> Colour {
    let digits = Array(hex.dropFirst())
    return try [0, 2, 4].map { place in
      let value = Double(try #require(Int(String(digits[place...(place + 1)]), radix: 16))) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  /// WCAG 2.2: (L₁ + 0.05)/(L₂ + 0.05).
  private func contrast(_ a: String, _ b: String) throws -> Double {
    let luminances = try [a, b].map { hex in
      let colour = try linear(hex)
      return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
    }.sorted()
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)
  }

  /// Machado, Oliveira & Fernandes 2009, severity 1, in linear RGB.
  private static let sights: [String: [Colour]] = [
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
  ]

  private func product(_ matrix: [Colour], _ vector: Colour) -> Colour {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Ottosson 2020.
  private func oklab(_ linear: Colour) -> Colour {
    let cones = product(
      [
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ], linear.map { min(max($0, 0), 1) })
    return product(
      [
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
      ], cones.map(cbrt))
  }

  private static let themes = [Palette.light, Palette.dark]

  @Test(arguments: [0, 1]) func linesAndWordsStandOutFromTheSurface(theme: Int) throws {
    let colours = Self.themes[theme]
    #expect(colours.series.count == Palette.colourCount)
    for colour in colours.series { #expect(try contrast(colour, colours.surface) >= 3, "\(colour)") }
    #expect(try contrast(colours.ink, colours.surface) >= 7)
    #expect(try contrast(colours.muted, colours.surface) >= 4.5)
    #expect(try contrast(colours.heat, colours.surface) >= 4.5)
  }

  @Test(arguments: [0, 1], sights.keys.sorted()) func coloursCanBeToldApart(theme: Int, sight: String) throws {
    let matrix = try #require(Self.sights[sight])
    let series = Self.themes[theme].series
    let seen = try series.map { oklab(product(matrix, try linear($0))) }
    for a in seen.indices {
      for b in seen.indices where a < b {
        let squares = zip(seen[a], seen[b]).map { ($0 - $1) * ($0 - $1) }
        #expect(squares.reduce(0, +).squareRoot() >= 0.06, "\(series[a]) and \(series[b])")
      }
    }
  }

  @Test func seriesBeyondTheColoursHavePatterns() {
    #expect(Palette.stroke(0) == "s0")
    #expect(Palette.stroke(8) == "s0 d1")
    #expect(Palette.stroke(31) == "s7 d3")
    #expect((0..<4).map { Palette.stroke(Palette.bound($0)) } == ["sb d1", "sb d2", "sb d3", "sb d1"])
    #expect(Palette.fill(Palette.bound(2)) == "fb" && Palette.solidStroke(Palette.bound(2)) == "sb")
    #expect(Set((0..<32).map(Palette.stroke)).count == 32)
  }
}
