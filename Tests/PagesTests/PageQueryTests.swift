import Pages
import Testing

struct PageQueryTests {
  @Test func itemsAreKept() throws {
    let items = [("run", "a/b"), ("arm", "x&y"), ("rounds", "3..9"), ("metric", "loss"), ("figure", "loss")]
    let query = try PageQuery(items: items.map { (name: $0.0, value: $0.1) })
    #expect(try PageQuery(items: query.items) == query)
  }
}
