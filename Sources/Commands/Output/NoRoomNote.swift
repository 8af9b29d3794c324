/// Says on standard error that a database is changed without a log, and what is left if that is cut off.
func noteNoRoom(copy: String?) {
  StandardError.write(
    "the disk has no room for the database's log, so the file itself is changed; "
      + (copy.map { "until that is done, a copy of it is '\($0)'" }
        ?? "a power cut, or a process that is killed, would damage it now"))
}
