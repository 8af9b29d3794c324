extension ScenarioReader {
  /// Why a name of an experiment or an arm can't be one, though its characters are allowed; nil where it can.
  ///
  /// What is recorded under such a name could not be asked for: the word means something else there.
  func nameProblem(_ name: String) -> String? {
    if isRecorded { return nil }
    if name.utf8.first == UInt8(ascii: "-") { return "it would be an option of the command line" }
    if name == "latest" { return "it means the newest run where runs are asked for" }
    if name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
      return "it means the run with that number where runs are asked for"
    }
    return nil
  }
}
