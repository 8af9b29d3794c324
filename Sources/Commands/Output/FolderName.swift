internal import Records
internal import RunStore

/// A name as a folder can have it.
enum FolderName {
  /// The longest name in bytes; file systems take 255.
  private static let longest = 200

  /// Returns a name of letters, digits and `-_.=,+@()` that no other text gets.
  ///
  /// All other bytes become `%` and two hexadecimal digits, as does a point at the beginning; nothing becomes `%`. Of
  /// a long name the end becomes `%~` and the SHA-256 of the whole.
  static func encoding(_ text: String) -> String {
    if text.isEmpty { return "%" }
    var name = ""
    for byte in text.utf8 {
      let isAllowed = allowed.contains(byte) && !(name.isEmpty && byte == UInt8(ascii: "."))
      name += isAllowed ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte)
    }
    if name.utf8.count <= longest { return name }
    return name.prefix(longest - 66) + "%~" + RunStore.sha256(of: text)
  }

  /// Returns the folders of runs, as `experiment/arm/seed`; a run whose name another run before it has gets its number
  /// behind the seed, as `experiment/arm/1-12`.
  static func paths(of runs: [StoredRun]) -> [String] {
    var used: Set<String> = []
    return runs.map { run in
      let path = "\(encoding(run.experiment))/\(encoding(run.arm))/\(run.seed)"
      return used.insert(path).inserted ? path : "\(path)-\(run.id)"
    }
  }

  private static let allowed = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.=,+@()".utf8)

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }
}
