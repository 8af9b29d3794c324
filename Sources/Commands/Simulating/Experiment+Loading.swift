internal import Scenarios

/// Reads scenarios and their data; all that is wrong with any of them is told at once.
func loadExperiments(_ files: [String], _ edits: ScenarioEdits) throws -> [Experiment] {
  var experiments: [Experiment] = []
  var lines: [String] = []
  var count = 0
  var isMissing = true
  for file in files {
    do throws(ScenarioError) {
      experiments.append(try Experiment(Scenario(path: file, edits: edits)))
    } catch {
      lines += error.lines
      count += error.diagnostics.count
      isMissing = isMissing && error.isMissingInput
    }
  }
  guard lines.isEmpty else {
    throw CommandFailure(
      lines: lines + ["\(count) error\(count == 1 ? "" : "s"); nothing was run"],
      status: isMissing ? .missingInput : .data)
  }
  return experiments
}
