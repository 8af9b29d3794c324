import Formats
import Foundation
import Testing

private func read(_ bytes: [UInt8], limit: Int = 1 << 24) throws(DataFileError) -> StoredArray {
  try NPYFile.read(bytes: bytes, path: "d/f.npy", limit: limit)
}

private func message(_ bytes: [UInt8], limit: Int = 1 << 24) -> String {
  MadeFiles.message { () throws(DataFileError) in try read(bytes, limit: limit) }
}

@Suite("NumPy arrays")
struct NPYTests {
  @Test("all types, both orders of bytes")
  func types() throws {
    func values(_ descr: String, _ content: [UInt8], _ shape: String = "(2,)") throws -> StoredArray.Values {
      let array = try read(MadeFiles.npy("'\(descr)'", shape, content))
      #expect(array.name == "f" && array.typeText == descr && array.shape == [2] && array.count == 2)
      return array.values
    }
    let small: [UInt8] = [1, 0xFE]
    #expect(try values("|u1", small) == .bytes([1, 254]))
    #expect(try values("|i1", small) == .integers([1, -2]))
    #expect(try values("|b1", [1, 0]) == .bools([1, 0]))
    #expect(try values("<u2", [1, 2, 0xFF, 0xFF]) == .words([0x201, 0xFFFF]))
    #expect(try values(">u2", [1, 2, 0xFF, 0xFE]) == .words([0x102, 0xFFFE]))
    #expect(try values("<i2", [1, 2, 0xFF, 0xFF]) == .integers([0x201, -1]))
    #expect(try values(">i2", [1, 2, 0xFF, 0xFE]) == .integers([0x102, -2]))
    #expect(try values("<i4", MadeFiles.little([7, -7] as [Int32])) == .integers([7, -7]))
    #expect(try values(">i4", [0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF]) == .integers([256, -1]))
    #expect(try values("<u4", MadeFiles.little([7, .max] as [UInt32])) == .integers([7, 0xFFFF_FFFF]))
    #expect(try values("<i8", MadeFiles.little([.min, .max] as [Int64])) == .integers([.min, .max]))
    #expect(try values(">i8", [0, 0, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 0xFF, count: 8)) == .integers([256, -1]))
    #expect(try values("<u8", MadeFiles.little([7, 1 << 62] as [UInt64])) == .integers([7, 1 << 62]))
    #expect(try values("<f2", [0, 0x3C, 0, 0xC0]) == .floats([1, -2]))
    #expect(try values(">f2", [0x3C, 0, 0x7C, 0]) == .floats([1, .infinity]))
    #expect(try values("<f4", [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0]) == .floats([1, -2.5]))
    #expect(try values(">f4", [0x3F, 0x80, 0, 0, 0xC0, 0x20, 0, 0]) == .floats([1, -2.5]))
    #expect(try values("<f8", MadeFiles.little([1.5, -0.1].map(\.bitPattern))) == .doubles([1.5, -0.1]))
    #expect(try values(">f8", [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) == .doubles([1.5, 0]))
    let wide = MadeFiles.little([0x61, 0, 0x7A, 0x1F600] as [UInt32])
    #expect(try values("<U2", wide) == .texts(["a", "z😀"]))
    #expect(try values(">U1", [0, 0, 0, 0x61, 0, 0, 0, 0]) == .texts(["a", ""]))
    #expect(try values("|S3", Array("ab\0z\0\0".utf8)) == .texts(["ab", "z"]))
  }

  @Test("shapes, orders and versions")
  func shapes() throws {
    // NumPy's own: np.save(f, np.float32(3)).
    let single = try read(MadeFiles.npy("'<f4'", "()", [0, 0, 0x40, 0x40]))
    #expect(single.shape == [] && single.values == .floats([3]))
    let fortran = MadeFiles.npy("'|u1'", "(2, 3)", [0, 3, 1, 4, 2, 5], fortran: "True")
    #expect(try read(fortran).values == .bytes([0, 1, 2, 3, 4, 5]))
    // np.asfortranarray(np.arange(24).reshape(2, 3, 4)): element (i, j, k) is the (i + 2j + 6k)th.
    var cube = [UInt8](repeating: 0, count: 24)
    for (i, j, k) in (0..<24).map({ ($0 / 12, $0 / 4 % 3, $0 % 4) }) {
      cube[i + 2 * j + 6 * k] = UInt8(12 * i + 4 * j + k)
    }
    let ordered = try read(MadeFiles.npy("'|u1'", "(2, 3, 4)", cube, fortran: "True"))
    #expect(ordered.values == .bytes((0..<24).map { UInt8($0) }))
    #expect(
      try read(MadeFiles.npy("'<U1'", "(1, 2)", MadeFiles.little([0x61, 0x62] as [UInt32]), fortran: "True")).values
        == .texts(["a", "b"]))
    for version: UInt8 in [1, 2, 3] {
      #expect(try read(MadeFiles.npy("'|u1'", "(2,)", [1, 2], version: version)).values == .bytes([1, 2]))
    }
    #expect(try read(MadeFiles.npy("'|u1'", "(0, 3)", [])).shape == [0, 3])
    #expect(try read(MadeFiles.npy("'|u1'", "(0, 9223372036854775807)", [])).count == 0)
    #expect(try read(MadeFiles.npy("\"|u1\"", "(2L,)", [1, 2])).shape == [2])
    #expect(try read(MadeFiles.npy(header: "{\"shape\":(1,),'fortran_order':False,'descr':'|u1'}", [9])).count == 1)
  }

  @Test("each wrong array has its message")
  func wrong() {
    func npy(_ descr: String, _ shape: String, _ content: [UInt8], _ fortran: String = "False") -> [UInt8] {
      MadeFiles.npy(descr, shape, content, fortran: fortran)
    }
    #expect(
      message([0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0])
        == "d/f.npy: is not a NumPy array: it is a Python pickle (also torch.save of old) (allowed: an array as numpy.save writes it; the converter covey-data pickle turns it into arrays)"
    )
    #expect(
      message([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xFE])
        == "d/f.npy: the array is no NumPy array: it begins with 01 02 03 04 05 06, expected 93 'NUMPY'")
    #expect(message([1, 2]) == "d/f.npy: the array is no NumPy array: it has 2 bytes, expected at least 10")
    #expect(
      message(npy("'|O'", "(1,)", [1, 2]))
        == "d/f.npy: the array holds Python objects, a pickle, which is never opened (allowed: numbers and texts; the converter covey-data pickle turns it into arrays)"
    )
    #expect(
      message(npy("[('a', '<i4'), ('b', '<f4')]", "(1,)", [UInt8](repeating: 0, count: 8)))
        == "d/f.npy: the array has a structured type (allowed: u1 to u8, i1 to i8, f2 to f8, b1, U and S; save its fields as arrays of their own)"
    )
    for type in [
      "<c8", "<M8[s]", "|V2", "<f16", "<u3", "|u2", "<U0", "<U-1", "<U+1", "<", "x", "!u1", "<U99999999999999",
    ] {
      #expect(
        message(npy("'\(type)'", "(1,)", [0, 0]))
          == "d/f.npy: the array has the type '\(type)' (allowed: u1 to u8, i1 to i8, f2 to f8, b1, U and S)")
    }
    #expect(
      message(npy("'<f4'", "(2, 3)", [0, 0]))
        == "d/f.npy: the array is truncated: its header says 2×3 <f4, 24 bytes, and 2 follow")
    #expect(
      message(npy("'|u1'", "(2,)", [0, 0, 0]))
        == "d/f.npy: the array is too long: its header says 2 |u1, 2 bytes, and 3 follow")
    #expect(
      message(npy("'|u1'", "(9223372036854775807, 2)", [0]))
        == "d/f.npy: the array has a shape of more bytes than can be counted: 9223372036854775807×2 |u1")
    #expect(
      message(npy("'|u1'", "(-1,)", [0]))
        == "d/f.npy: the array has a damaged header: expected {'descr': …, 'fortran_order': …, 'shape': …}, found {'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }\\u{a}"
    )
    #expect(
      message(npy("'|u1'", "(True,)", [0]))
        == "d/f.npy: the array has a damaged header: an extent of its shape is no whole number ≥ 0")
    #expect(
      message(npy("'|u1'", "3", [0, 0, 0]))
        == "d/f.npy: the array has a damaged header: its order or its shape is no such thing")
    #expect(
      message(npy("'|u1'", "(1,)", [0], "__import__('os').system('true')")).hasPrefix(
        "d/f.npy: the array has a damaged header: expected {'descr'"))
    #expect(
      message(npy("'|u1'", "(\(String(repeating: "1,", count: 65)))", [0]))
        == "d/f.npy: the array has 65 extents (allowed: 64)")
    #expect(
      message([0x93] + Array("NUMPY".utf8) + [4, 0, 0, 0])
        == "d/f.npy: the array is a NumPy array of version 4.0 (allowed: 1.0, 2.0, 3.0)")
    #expect(
      message([0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0x7F])
        == "d/f.npy: the array has a header of 2147483647 bytes (allowed: 65536)")
    #expect(
      message([0x93] + Array("NUMPY".utf8) + [1, 0, 100, 0, 0x7B])
        == "d/f.npy: the array is truncated: its header has 110 bytes, all of it 11")
    #expect(
      message(npy("'|b1'", "(2,)", [1, 2]))
        == "d/f.npy: the array has a bool of 2 as element 1 (allowed: 0, 1)")
    #expect(
      message(npy("'<u8'", "(1,)", [UInt8](repeating: 0xFF, count: 8)))
        == "d/f.npy: the array has the value 18446744073709551615 as element 0 (allowed: up to 9223372036854775807)")
    #expect(
      message(npy("'<U1'", "(1,)", [0, 0xD8, 0, 0]))
        == "d/f.npy: the array has a text that is not Unicode as element 0")
    #expect(
      message(npy("'|S2'", "(1,)", [0xFF, 0])) == "d/f.npy: the array has a text that is not UTF-8 as element 0")
    #expect(
      message(npy("'|i1'", "(100,)", [UInt8](repeating: 0, count: 100)), limit: 799)
        == "d/f.npy: the array takes 800 bytes of memory (allowed: 799)")
  }

  @Test("numbers for a network and for labels, with the place of the first wrong one")
  func conversions() throws {
    func floats(_ values: StoredArray.Values, _ shape: [Int]) -> String {
      MadeFiles.message { () throws(DataFileError) in
        try StoredArray(name: "x", shape: shape, typeText: "t", values: values).floats(path: "f")
      }
    }
    func whole(_ values: StoredArray.Values) -> String {
      MadeFiles.message { () throws(DataFileError) in
        try StoredArray(name: "y", shape: [1, 2], typeText: "t", values: values).wholeNumbers(path: "f")
      }
    }
    let array = StoredArray(name: "x", shape: [2], typeText: "<f8", values: .doubles([0.1, -3]))
    #expect(try array.floats(path: "f") == [0.1, -3])
    #expect(
      try StoredArray(name: "x", shape: [2], typeText: "|u1", values: .bytes([0, 255])).floats(path: "f") == [0, 255])
    #expect(
      try StoredArray(name: "y", shape: [2], typeText: "<f4", values: .floats([3, -0])).wholeNumbers(path: "f") == [
        3, 0,
      ])
    #expect(
      try StoredArray(name: "y", shape: [2], typeText: "|b1", values: .bools([1, 0])).wholeNumbers(path: "f") == [1, 0])
    #expect(
      floats(.floats([0, 1, 2, .nan]), [2, 2])
        == "f: array 'x' (2×2 t) has the value nan at [1, 1], element 3 (allowed: finite numbers)")
    #expect(
      floats(.doubles([0, -.infinity]), [2]) == "f: array 'x' (2 t) has the value -inf at [1] (allowed: finite numbers)"
    )
    #expect(
      floats(.doubles([1e300]), [])
        == "f: array 'x' (a single value of t) has the value 1e+300 at [] (allowed: up to ±3.4e+38, what 32 bits can hold)"
    )
    #expect(floats(.texts(["a"]), [1]) == "f: array 'x' (1 t) holds texts, expected numbers")
    #expect(
      whole(.doubles([1, 2.5]))
        == "f: array 'y' (1×2 t) has the value 2.5 at [0, 1], element 1 (allowed: whole numbers)")
    #expect(
      whole(.floats([1, .nan]))
        == "f: array 'y' (1×2 t) has the value nan at [0, 1], element 1 (allowed: whole numbers)")
    #expect(whole(.texts(["a", "b"])) == "f: array 'y' (1×2 t) holds texts, expected whole numbers")
  }

  @Test("paths that are missing or folders are refused; files are read")
  func paths() throws {
    #expect(throws: DataFileError.missing(path: "/nowhere/x.npy")) { try NPYFile.read(path: "/nowhere/x.npy") }
    #expect(throws: DataFileError.unreadable(path: "/tmp", reason: "it is not a regular file")) {
      try NPYFile.read(path: "/tmp")
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).npy")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(MadeFiles.npy("'<i4'", "(70000,)", MadeFiles.little((0..<70000).map { Int32($0) }))).write(to: url)
    #expect(try NPYFile.read(path: url.path).values == .integers((0..<70000).map { Int64($0) }))
  }

  @Test("damaged arrays give a value or an error", .timeLimit(.minutes(1)))
  func damaged() {
    let samples = [
      MadeFiles.npy("'<f4'", "(2, 3)", [UInt8](repeating: 7, count: 24)),
      MadeFiles.npy("'<U2'", "(2,)", [UInt8](repeating: 0, count: 16), version: 2),
      MadeFiles.npy("'|u1'", "(2, 2)", [1, 2, 3, 4], fortran: "True", version: 3),
    ]
    let (counts, growth) = DamagedFiles.growth {
      DamagedFiles.give(samples, seed: 1) { bytes in (try? read(bytes)) != nil }
    }
    #expect(counts.1 > 0 && counts.1 < counts.0)
    #expect(growth < 1 << 30)
  }
}
