import Foundation

/// Measurements as lines of a table or objects of a list.
enum Report {
  private static let columns: [(title: String, width: Int)] = [
    ("rounds/s", 10), ("clients/s", 11), ("samples/s", 11), ("GFLOP/s", 9), ("of peak", 8), ("memory MB", 10),
    ("start-up s", 11),
  ]

  static var header: String {
    padded("workload", 16, right: false) + columns.map { padded($0.title, $0.width) }.joined()
  }

  static func row(_ workload: Workload, _ measured: Measurement) -> String {
    let cells = [
      rate(measured.roundsPerSecond), rate(measured.clientsPerSecond), rate(measured.samplesPerSecond),
      String(format: "%.1f", measured.operationsPerSecond / 1e9),
      String(format: "%.0f %%", 100 * measured.shareOfPeak), String(format: "%.0f", Double(measured.peakBytes) / 1e6),
      String(format: "%.2f", measured.startupSeconds),
    ]
    return padded(workload.name, 16, right: false) + zip(cells, columns).map { padded($0, $1.width) }.joined()
  }

  static func json(_ workload: Workload, _ measured: Measurement, threads: Int) -> String {
    """
    {"workload":"\(workload.name)","threads":\(threads),"rounds":\(measured.rounds),"seconds":\(measured.seconds),\
    "recorded_seconds":\(measured.recordedSeconds),"client_updates":\(measured.clients),"samples":\(measured.samples),\
    "flops":\(measured.flops),"rounds_per_second":\(measured.roundsPerSecond),\
    "client_updates_per_second":\(measured.clientsPerSecond),"samples_per_second":\(measured.samplesPerSecond),\
    "gflops":\(measured.operationsPerSecond / 1e9),"peak_gflops":\(measured.peak / 1e9),\
    "share_of_peak":\(measured.shareOfPeak),"peak_memory_bytes":\(measured.peakBytes),\
    "startup_seconds":\(measured.startupSeconds)}
    """
  }

  /// Three significant digits, thousands in full.
  private static func rate(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = true) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}
