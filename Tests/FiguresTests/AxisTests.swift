import Figures
import Testing

struct AxisTests {
  @Test(arguments: [(10.0, 5, 2.0), (1, 4, 0.5), (0.37, 4, 0.1), (7, 7, 1), (0, 4, 1)])
  func stepsAreRound(span: Double, count: Int, step: Double) {
    #expect(abs(Axis.step(span, count: count) - step) < 1e-12)
  }
}
