/// `path` as a shell takes it for one word.
func shellQuoted(_ path: String) -> String {
  let safe = path.unicodeScalars.allSatisfy {
    ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
      || "/._-+=:,@%".unicodeScalars.contains($0)
  }
  return safe && !path.isEmpty ? path : "'" + path.replacing("'", with: "'\\''") + "'"
}
