import Testing

@testable import Commands

@Suite struct ProgressTests {
  private static let line = "round 12/20 · 1 min 3 s left · 143 clients/s · accuracy 80.2%"

  @Test(arguments: [
    (5, "round"), (10, "round 12/2"), (11, "round 12/20"), (20, "round 12/20"), (30, "round 12/20 · 1 min 3 s left"),
    (40, "round 12/20 · 1 min 3 s left"), (44, "round 12/20 · 1 min 3 s left · 143 clients/s"), (80, line),
  ])
  func aNarrowTerminalGetsWholeParts(width: Int, expected: String) {
    let fitted = ProgressReport.fitted(Self.line, to: width)
    #expect(fitted == expected)
    #expect(fitted.count <= width)
  }
}
