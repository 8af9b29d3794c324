internal import Foundation

/// Returns what an error says in one line of plain words, whoever made it.
///
/// Errors of this package describe themselves. Those of the system and of Foundation would show their domain, their number
/// and all that is known of them; of these only the system's own words stay.
package func plainWords(of error: any Error) -> String {
  guard let system = systemError(error) else { return "\(error)" }
  var cause = system
  while let deeper = cause.userInfo[NSUnderlyingErrorKey] as? NSError { cause = deeper }
  if cause.domain == NSPOSIXErrorDomain, let code = Int32(exactly: cause.code) {
    return String(cString: strerror(code)).lowercased()
  }
  guard system.domain == NSCocoaErrorDomain else { return "the system failed (error \(system.code))" }
  return switch CocoaError.Code(rawValue: system.code) {
  case .fileNoSuchFile, .fileReadNoSuchFile: "no such file or directory"
  case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
  case .fileWriteFileExists: "file exists"
  case .fileWriteOutOfSpace: "the disk is full"
  case .fileWriteVolumeReadOnly: "read-only file system"
  case .fileReadCorruptFile, .fileReadInapplicableStringEncoding: "the file can't be read as what it should be"
  default: "the system failed (error \(system.code))"
  }
}

/// The error as an error object of Foundation; nil where it is an error of Swift.
private func systemError(_ error: any Error) -> NSError? {
  switch error {
  case is CocoaError, is POSIXError, is URLError: error as NSError
  default: type(of: error) is NSError.Type ? error as NSError : nil
  }
}
