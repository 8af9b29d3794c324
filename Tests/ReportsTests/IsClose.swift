/// Whether both are equal to `tolerance` relative, or where the reference is 0, to 1e-300.
func isClose(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
  guard let value else { return false }
  return abs(value - expected) <= max(tolerance * abs(expected), 1e-300)
}
