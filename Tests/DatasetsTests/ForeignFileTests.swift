import Formats
import Foundation
import Tensors
import Testing

@testable import Datasets

/// The beginnings of files that are something else, and what they are called.
private let foreign: [(bytes: [UInt8], name: String)] = [
  (Array("label,x0,x1\n0,0.5,1\n1,0.25,3\n".utf8), "a CSV text"),
  (Array("5;3;1\n0;1;1\n".utf8), "a CSV text"),
  (Array("x\ty\n1\t2\n".utf8), "a text of columns (TSV)"),
  (member("x.npy"), "a NumPy archive (.npz)"), (member("client0/x.npy"), "a NumPy archive (.npz)"),
  (member("archive/data.pkl"), "a PyTorch file (torch.save)"),
  (member("weights/data.pkl"), "a PyTorch file (torch.save)"),
  (member("[Content_Types].xml"), "an Office document (.xlsx)"), (member("metadata.json"), "a Keras file"),
  (member("digits/7.png"), "a zip archive"), ([0x50, 0x4B, 0x03, 0x04], "a zip archive"),
  ([0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0], "a NumPy array (.npy)"),
  ([0x80, 0x04, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x7D], "a Python pickle (also torch.save of old)"),
  ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], "a Python pickle (also torch.save of old)"),
  ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0], "an HDF5 file (also Keras .h5)"),
  ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], "a PNG image"),
  ([0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10, 0x4A, 0x46, 0x49, 0x46], "a JPEG image"),
  (Array("RIFF".utf8) + [1, 0, 0, 0] + Array("WEBPVP8 ".utf8), "a WebP image"),
  (Array("MATLAB 5.0 MAT-file, Platform: GLNXA64".utf8), "a MATLAB file (.mat)"),
  (Array("PAR1".utf8) + [0x15, 4, 0, 0, 0], "a Parquet file"),
  (Array("ARROW1".utf8) + [0, 0, 0], "an Arrow or Feather file"),
  (Array("SQLite format 3\0".utf8), "an SQLite database"), (Array("GGUF".utf8) + [3, 0, 0, 0, 0], "a GGUF file"),
  (Array("a.txt".utf8) + [UInt8](repeating: 0, count: 252) + Array("ustar  ".utf8) + [0], "a tar archive"),
  (Array("<!DOCTYPE html>\n<html>404".utf8), "an HTML page, as of a download that failed"),
  (Array("{\"client0\": {\"x\": [1, 2]}}".utf8), "a JSON text"), (Array("[[1, 2], [3, 4]]".utf8), "a JSON text"),
  (Array("name: a\nrounds: 1\ndata:\n  source: idx\n".utf8), "a YAML text"),
  (
    Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8),
    "a Git LFS pointer, not the file itself (git lfs pull fetches it)"
  ),
  (Array("1 3:0.5 7:1\n-1 2:0.25\n".utf8), "a LIBSVM text"), (Array("0.5 1 2\n3 4 5\n".utf8), "a text of numbers"),
  (Array("Dear reader, this is no data\nat all.\n".utf8), "a text"),
  ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26], "a bzip2 file"),
  ([0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0], "a Zstandard file"),
  ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4], "an xz file"), ([], "empty"),
  ([UInt8](repeating: 0, count: 64), "full of zeros"),
]

/// The beginning of a zip archive whose first member is called so.
private func member(_ name: String) -> [UInt8] {
  [0x50, 0x4B, 0x03, 0x04, 20, 0] + [UInt8](repeating: 0, count: 20) + [UInt8(name.utf8.count), 0, 0, 0]
    + Array(name.utf8)
    + [1, 2, 3]
}

private let safetensorsHint =
  "(allowed: a safetensors file, as safetensors.torch.save_file or safetensors.numpy.save_file writes it)"
private func idxHint(_ name: String) -> String {
  let converter = ForeignFormat.converterCommand(of: name).map {
    "; the converter covey-data \($0) turns it into arrays"
  }
  return "(allowed: an IDX file, plain or gzip; with 'source: safetensors' a safetensors file\(converter ?? ""))"
}

/// What reading the bytes as a safetensors file says.
private func asSafetensors(_ bytes: [UInt8]) -> String {
  do throws(SafetensorsError) {
    _ = try SafetensorsFile(bytes: bytes, path: "f")
    return "no error"
  } catch { return "\(error)" }
}

private func asIDX(_ bytes: [UInt8]) -> String {
  do throws(DataFileError) {
    _ = try IDXFile(bytes: bytes, path: "f")
    return "no error"
  } catch { return "\(error)" }
}

/// Files of other formats where data or weights are expected.
@Suite("files that are something else")
struct ForeignFileTests {
  @Test("each is called by its name, by every reader", arguments: foreign.indices)
  func names(index: Int) {
    let (bytes, name) = foreign[index]
    #expect(asSafetensors(bytes) == "f: is not a safetensors file: it is \(name) \(safetensorsHint)")
    #expect(asIDX(bytes) == "f: is not an IDX file: it is \(name) \(idxHint(name))")
  }

  @Test("the two readers know each other's files, and gzip")
  func eachOther() {
    let idx: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2]
    #expect(asSafetensors(idx) == "f: is not a safetensors file: it is an IDX file \(safetensorsHint)")
    let tensors = encodeSafetensors([("client0.x", .floats(shape: [1, 1], [1]))], metadata: [:])
    #expect(asIDX(tensors) == "f: is not an IDX file: it is a safetensors file \(idxHint(""))")
    let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    #expect(asSafetensors(gzip) == "f: is not a safetensors file: it is a gzip file \(safetensorsHint)")
    // A file that says nothing keeps the reader's own words.
    #expect(
      asIDX([1, 0xFE, 3, 4, 5])
        == "f: is not an IDX file: it begins with 01 FE 03 04, expected 00 00, a type and a rank")
    #expect(asSafetensors([1, 0, 3]) == "f: is not a safetensors file: it has 3 bytes, expected at least 8")
    #expect(asSafetensors(tensors.dropLast()).hasPrefix("f: is truncated: "))
  }

  @Test("long texts that are cut within a line or a character are known, too")
  func longTexts() {
    let rows = (0..<400).map { "\($0),0.5,Zürich\n" }.joined()
    #expect(asIDX(Array(rows.utf8)).contains("it is a CSV text "))
    for padding in 0..<4 {
      let text = String(repeating: "a", count: padding) + String(repeating: "ü", count: 2000)
      #expect(asSafetensors(Array(text.utf8)).contains("it is a text "), "\(padding)")
    }
    let line = (0..<3000).map { "\($0)" }.joined(separator: ",")
    #expect(asSafetensors(Array(line.utf8)).contains("it is a CSV text "))
  }

  @Test("random bytes are never called a text or an archive")
  func noise() {
    var state: UInt64 = 1
    for _ in 0..<500 {
      let bytes = (0..<200).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(state >> 56)
      }
      let name = ForeignFormat.name(of: [1] + bytes)
      #expect(name == nil, "\(name ?? "")")
    }
  }
}
