internal import Formats

extension LabelledFolder {
  /// What was passed over, in sentences without a full stop.
  var remarks: [String] {
    func sentence(_ passed: PassedOver, _ one: String, _ many: String, _ why: String) -> String? {
      guard passed.count > 0 else { return nil }
      let shown = passed.first.prefix(3).map { "'\(printable($0))'" }.joined(separator: ", ")
      return
        "\(root): \(passed.count) \(passed.count == 1 ? one : many) \(why): \(shown)\(passed.count > 3 ? ", …" : "")"
    }
    return [
      hiddenCount > 0
        ? "\(root): \(hiddenCount) hidden \(hiddenCount == 1 ? "file or folder is" : "files and folders are") passed over"
        : nil,
      sentence(others, "file is", "files are", "of no kind that is read, and passed over"),
      sentence(emptyFolders, "folder has", "folders have", "no file"),
    ].compactMap { $0 }
  }
}
