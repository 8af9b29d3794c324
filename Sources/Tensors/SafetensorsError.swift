/// Why a safetensors file or one of its tensors could not be read.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  /// There is no file at `path`.
  case missing(path: String)
  /// The file exists but the system does not let it be read, or it is not a regular file.
  case unreadable(path: String, reason: String)
  /// The file is not in the safetensors format.
  case notSafetensors(path: String, reason: String)
  /// The file is something else, which its first bytes tell.
  case foreign(path: String, kind: String)
  /// The file has `actual` bytes where its header describes `expected`.
  case truncated(path: String, expected: Int, actual: Int)
  /// The header describes a tensor that can't be, or the tensor can't be read as what was asked for.
  case badTensor(path: String, name: String, reason: String)
  /// The file has no tensor called `name`.
  case noSuchTensor(path: String, name: String)

  /// One line: the path, what is wrong and what was expected.
  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such file"
    case .unreadable(let path, let reason): "\(path): can't be read: \(reason)"
    case .notSafetensors(let path, let reason): "\(path): is not a safetensors file: \(reason)"
    case .foreign(let path, let kind):
      "\(path): is not a safetensors file: it is \(kind) (allowed: a safetensors file, as safetensors.torch.save_file or safetensors.numpy.save_file writes it)"
    case .truncated(let path, let expected, let actual):
      "\(path): is truncated: it has \(actual) bytes, its header describes \(expected)"
    case .badTensor(let path, let name, let reason): "\(path): tensor \(quoted(name)): \(reason)"
    case .noSuchTensor(let path, let name): "\(path): has no tensor \(quoted(name))"
    }
  }
}

extension SafetensorsError {
  /// Whether the bytes are not as the format wants them, so that the file may be something else.
  var isAboutFormat: Bool {
    switch self {
    case .notSafetensors, .truncated: true
    case .missing, .unreadable, .foreign, .badTensor, .noSuchTensor: false
    }
  }
}

/// `text` in quotes, cut after 80 characters, with what would break a line or hide text escaped.
func quoted(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(80) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
      shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return "'\(shown)\(text.unicodeScalars.dropFirst(80).isEmpty ? "" : "…")'"
}
