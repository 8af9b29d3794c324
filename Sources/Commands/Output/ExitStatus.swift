internal import ArgumentParser

/// The exit codes that this program uses beside 0; those of sysexits.h where it has one.
enum ExitStatus: Int32 {
  /// A run failed; it is recorded, and the others went on.
  case runFailed = 1
  /// The command line is wrong.
  case usage = 64
  /// A scenario or its data are wrong.
  case data = 65
  /// Something that was named is not there.
  case missingInput = 66
  /// Output can't be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// The user interrupted.
  case interrupted = 130

  var code: ExitCode { ExitCode(rawValue) }
}
