import Testing

@testable import Tensors

@Suite("places of elements")
struct ElementPlaceTests {
  @Test("an element's number by extents, outermost first")
  func places() {
    #expect(placeText(0, in: [4, 3]) == "[0, 0]")
    #expect(placeText(11, in: [4, 3]) == "[3, 2]")
    #expect(placeText(1, in: []) == "[]")
    var place = 0
    for i in 0..<2 {
      for j in 0..<3 {
        for k in 0..<5 {
          #expect(placeText(place, in: [2, 3, 5]) == "[\(i), \(j), \(k)]")
          place += 1
        }
      }
    }
  }
}
