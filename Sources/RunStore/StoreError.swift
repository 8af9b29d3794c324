internal import Catalogs
internal import Foundation
internal import GRDB

/// Why the record of runs could not be read or written; its description is one line.
package enum StoreError: Error, Equatable, CustomStringConvertible {
  /// There is no such file, and it was to be read.
  case missingFile(path: String)
  /// The database was to be created in a folder that does not exist.
  case missingFolder(path: String, folder: String)
  /// The database was to be below something that is not a folder.
  case notAFolder(path: String, folder: String)
  /// The folder does not take a new file.
  case cannotCreate(path: String, folder: String)
  /// The path names a folder.
  case isFolder(path: String)
  /// The file is not an SQLite database.
  case notADatabase(path: String)
  /// The file is an SQLite database that belongs to another program.
  case foreignDatabase(path: String)
  /// The database has migrations that this version does not know, by name.
  case newerVersion(path: String, migrations: [String])
  /// The database lacks migrations, and it was to be read only.
  case olderVersion(path: String)
  /// The file cannot be opened.
  case cannotOpen(path: String, reason: String)
  /// The database's log holds rounds that are not in it yet, and nothing can be written beside it to read them.
  case unfinishedLog(path: String)
  /// The database was changed by somebody else while it was read as one that nobody writes to.
  case changed(path: String)
  /// The file can be read and not written.
  case notWritable(path: String)
  /// Another process or thread kept the database locked for longer than the store waits.
  case locked(path: String, seconds: Int)
  /// There is no space left for the database.
  case full(path: String)
  /// The system failed to read or write the file.
  case inputOutput(path: String, reason: String)
  /// The database, or a value in it, is not what was written.
  case damaged(path: String, reason: String)
  /// A record is there already or contradicts the others; nothing of its round was written.
  case rejected(path: String, reason: String)
  /// A value is larger than a database can hold.
  case tooLarge(path: String)
  /// Anything else that SQLite says.
  case failed(path: String, reason: String)
  /// There are no runs at all, or the file is empty.
  case noRuns(path: String)
  /// No run has this id or name; `experiments` are the newest names that there are, with "…" behind them if they are
  /// not all.
  case unknownRun(_ name: String, nearest: [String]? = nil, numbers: String? = nil, experiments: [String] = [])
  /// A database was to be merged into itself.
  case sameFile(path: String)
  /// Packing the database needs more room than the disk has left, in bytes.
  case noRoom(path: String, needed: Int, free: Int)
  /// No run has this tag.
  case unknownTag(_ tag: String, nearest: String?)
  /// This can't be a tag.
  case malformedTag(_ tag: String)
  /// A note of so many characters is too long.
  case longNote(characters: Int)
  /// The scenario of an experiment is not the one that was run: it does not fit its hash.
  case changedScenario(experiment: Int64, name: String)
  /// No experiment has this id.
  case unknownExperiment(id: Int64)
  /// A live process is computing the run; `process` is its number.
  case runIsActive(run: Int64, process: Int)
  /// The run is done and has nothing to resume.
  case runIsFinished(run: Int64)
  /// The run is not being computed by this process, which therefore may not write to it.
  case runIsNotOurs(run: Int64)
  /// The run has no checkpoint, or none of that round; `rounds` are those it has.
  case noCheckpoint(run: Int64, round: Int?, rounds: [Int])
  /// The bytes of a checkpoint are not those that were stored.
  case damagedCheckpoint(run: Int64, round: Int)

  /// The error in one line.
  package var description: String {
    switch self {
    case .missingFile(let path): "no database '\(path)': the file does not exist"
    case .missingFolder(let path, let folder): "cannot create database '\(path)': the folder '\(folder)' does not exist"
    case .notAFolder(let path, let folder): "cannot open database '\(path)': '\(folder)' is not a folder"
    case .cannotCreate(let path, let folder): "cannot create database '\(path)': the folder '\(folder)' is not writable"
    case .isFolder(let path): "cannot open database '\(path)': it is a folder"
    case .notADatabase(let path): "cannot open database '\(path)': it is not an SQLite database"
    case .foreignDatabase(let path): "cannot open database '\(path)': it is an SQLite database of another program"
    case .newerVersion(let path, let migrations):
      "cannot open database '\(path)': it was written by a newer version of covey "
        + "(it has \(migrations.map { "'\($0)'" }.joined(separator: ", ")), which this version does not know)"
    case .olderVersion(let path):
      "cannot read database '\(path)': it was written by an older version of covey; "
        + "any command that writes to it, as 'covey run' and 'covey resume', brings it up to date"
    case .cannotOpen(let path, let reason): "cannot open database '\(path)': \(reason)"
    case .unfinishedLog(let path):
      "cannot read database '\(path)': its log '\(path)-wal' holds rounds that are not in it yet, and the file or its folder "
        + "is read-only; copy both into a folder that you can write to, or let 'covey history' read it once as somebody who can"
    case .changed(let path): "database '\(path)' was changed while it was read; ask again"
    case .notWritable(let path): "cannot write to database '\(path)': the file or its folder is read-only"
    case .locked(let path, let seconds): "database '\(path)' is locked by another program; gave up after \(seconds) s"
    case .full(let path): "cannot write to database '\(path)': the disk is full"
    case .inputOutput(let path, let reason): "cannot read or write database '\(path)': \(reason)"
    case .damaged(let path, let reason): "database '\(path)' is damaged: \(reason)"
    case .rejected(let path, let reason): "database '\(path)' rejects a record: \(reason)"
    case .tooLarge(let path): "database '\(path)' rejects a record: a value is larger than SQLite can hold"
    case .failed(let path, let reason): "database '\(path)' failed: \(reason)"
    case .noRuns(let path): "database '\(path)' has no runs"
    case .unknownRun(let name, _, let numbers?, _): "unknown run \(name); the runs are \(numbers)"
    case .unknownRun(let name, let nearest?, nil, _) where !nearest.isEmpty:
      "unknown run '\(name)'" + Self.hint(nearest)
    case .unknownRun(let name, _, nil, let experiments):
      "unknown run '\(name)'" + Self.list(experiments)
    case .sameFile(let path): "cannot merge database '\(path)' into itself"
    case .noRoom(let path, let needed, let free):
      "cannot pack database '\(path)': that takes \(needed / 1_000_000 + 1) MB of its disk, which has "
        + "\(free / 1_000_000) MB left"
    case .unknownTag(let tag, let nearest):
      "no run has the tag '\(tag)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .malformedTag(let tag):
      "'\(tag)' can't be a tag (allowed: 1 to \(RunStore.longestTag) of the characters a-z, 0-9, '.', '_' and '-')"
    case .longNote(let characters):
      "a note of \(characters) characters is too long (allowed: up to \(RunStore.longestNote))"
    case .changedScenario(let experiment, let name):
      "the scenario of experiment \(experiment) (\(name)) was changed after it was run: it does not fit its recorded hash"
    case .unknownExperiment(let id): "unknown experiment \(id)"
    case .runIsActive(let run, let process): "run \(run) is being computed by process \(process)"
    case .runIsFinished(let run): "run \(run) is finished; there is nothing to resume"
    case .runIsNotOurs(let run): "run \(run) is not being computed by this process"
    case .noCheckpoint(let run, let round, let rounds):
      "run \(run) has no checkpoint" + (round.map { " of round \($0)" } ?? "")
        + (rounds.isEmpty ? "" : " (there are: \(rounds.map(String.init).joined(separator: ", ")))")
    case .damagedCheckpoint(let run, let round): "the checkpoint of round \(round) of run \(run) is damaged"
    }
  }
}

extension StoreError {
  /// "; did you mean 'a', 'b' or 'c'?"
  private static func hint(_ names: [String]) -> String {
    guard let last = names.last else { return "" }
    let others = names.dropLast().map { "'\($0)'" }.joined(separator: ", ")
    return "; did you mean " + (others.isEmpty ? "" : others + " or ") + "'\(last)'?"
  }

  /// " (the experiments are: a, b)"; "" of none.
  private static func list(_ experiments: [String]) -> String {
    if experiments.isEmpty { return "" }
    let words = experiments.count == 1 ? "the experiment is" : "the experiments are"
    return " (\(words): \(experiments.joined(separator: ", ")))"
  }

  /// What `error` means for the database at `path`.
  init(_ error: any Error, path: String, waited seconds: Int) {
    if let error = error as? StoreError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self =
        error is RowDecodingError
        ? .damaged(path: path, reason: "it holds a value of another kind than is ever written")
        : .failed(path: path, reason: plainWords(of: error))
      return
    }
    let reason = error.message ?? "\(error.resultCode)"
    self =
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: .locked(path: path, seconds: seconds)
      case .SQLITE_FULL: .full(path: path)
      case .SQLITE_READONLY: .notWritable(path: path)
      case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .cannotOpen(path: path, reason: systemReason(path) ?? reason)
      case .SQLITE_NOTADB: .notADatabase(path: path)
      case .SQLITE_CORRUPT: .damaged(path: path, reason: reason)
      // The file that programs share can't be made as large as it has to be.
      case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: .full(path: path)
      case .SQLITE_IOERR: .inputOutput(path: path, reason: reason)
      case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: .rejected(path: path, reason: reason)
      case .SQLITE_TOOBIG: .tooLarge(path: path)
      default: .failed(path: path, reason: reason)
      }
  }
}

/// Why the system does not let this process read the file at `path`, in its own words; nil when it does.
///
/// The file is not opened: closing it would take away the locks that SQLite's connections of this process have on it.
private func systemReason(_ path: String) -> String? {
  access(path, R_OK) == 0 ? nil : String(cString: strerror(errno)).lowercased()
}
