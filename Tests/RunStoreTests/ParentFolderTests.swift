import Testing

@testable import RunStore

struct ParentFolderTests {
  @Test(
    "a path without its last part",
    arguments: [
      ("a/b/c", "a/b"), ("/c", "/"), ("c", "."), ("cc", "."), ("", "."), ("/", "/"), ("//", "/"), ("a/", "."),
      ("a/b/", "a"), ("a//b", "a"), ("/a/b", "/a"), ("./x", "."), ("ü/ñ", "ü"), ("\n", "."),
    ])
  func parents(path: String, folder: String) { #expect(parentFolder(of: path) == folder) }
}
