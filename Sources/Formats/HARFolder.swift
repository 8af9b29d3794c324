internal import Foundation

/// The folder of UCI HAR: inertial signals of a phone at 50 Hz, 128 steps an example, with activities and subjects.
///
/// Source: Anguita et al., ESANN 2013, and the set's README.
package struct HARFolder: Sendable {
  /// The examples of one split, in the order of its files.
  package struct Split: Sendable, Equatable {
    /// The number of examples.
    package let count: Int
    /// Steps of an example.
    package let stepCount: Int
    /// `[count, stepCount, signals]`.
    package let values: [Float]
    /// The activities, from 0.
    package let labels: [Int]
    /// Who wore the phone, one an example.
    package let subjects: [Int]
  }

  /// The signals, in the order of an example's channels.
  package static let signals = [
    "body_acc_x", "body_acc_y", "body_acc_z", "body_gyro_x", "body_gyro_y", "body_gyro_z", "total_acc_x", "total_acc_y",
    "total_acc_z",
  ]

  /// Steps of an example.
  package static let stepCount = 128

  /// The folder.
  package let root: String
  /// The names of the activities, those of the labels 0, 1, ….
  package let activities: [String]

  /// Opens the folder and reads the names of the activities.
  ///
  /// - Throws: `DataFileError`, `.malformed` when `activity_labels.txt` does not have the lines `1 NAME`, `2 NAME`, … in
  ///   any order.
  package init(root: String) throws(DataFileError) {
    self.root = root
    let path = URL(fileURLWithPath: root).appendingPathComponent("activity_labels.txt").relativePath
    var names: [Int: String] = [:]
    let lines = try textNames(path: path)
    for (place, line) in lines.enumerated() {
      let parts = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
      guard parts.count == 2, let number = Int(parts[0]), (1...lines.count).contains(number), names[number] == nil
      else {
        throw .malformed(
          path: path,
          reason:
            "line \(place + 1) is '\(printable(line))' (allowed: a number of 1…\(lines.count), each once, and a name)")
      }
      names[number] = String(parts[1].drop { $0 == " " || $0 == "\t" })
    }
    activities = names.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Reads the examples of a split.
  ///
  /// - Parameter name: `train` or `test`, as the folder and the files have it.
  /// - Throws: `DataFileError` when a file can't be read or is no such table, when files differ in their lines, or a
  ///   label is no activity.
  package func split(_ name: String) throws(DataFileError) -> Split {
    let folder = URL(fileURLWithPath: root).appendingPathComponent(name)
    let labelPath = folder.appendingPathComponent("y_\(name).txt").relativePath
    let labels = try SignalTable.wholeNumbers(path: labelPath, least: 1)
    if let wrong = labels.firstIndex(where: { $0 > activities.count }) {
      throw .malformed(
        path: labelPath,
        reason: "line \(wrong + 1) has \(labels[wrong]) (allowed: 1…\(activities.count), the activities)")
    }
    let subjectPath = folder.appendingPathComponent("subject_\(name).txt").relativePath
    let subjects = try SignalTable.wholeNumbers(path: subjectPath, least: 0)
    guard subjects.count == labels.count else {
      throw .malformed(
        path: subjectPath, reason: "has \(subjects.count) lines, y_\(name).txt has \(labels.count)")
    }
    let channelCount = Self.signals.count
    var values = [Float](repeating: 0, count: labels.count * Self.stepCount * channelCount)
    for (channel, signal) in Self.signals.enumerated() {
      let path = folder.appendingPathComponent("Inertial Signals/\(signal)_\(name).txt").relativePath
      let table = try SignalTable.read(path: path, columnCount: Self.stepCount)
      guard table.rowCount == labels.count else {
        throw .malformed(path: path, reason: "has \(table.rowCount) lines, y_\(name).txt has \(labels.count)")
      }
      for place in table.values.indices { values[place * channelCount + channel] = table.values[place] }
    }
    return Split(
      count: labels.count, stepCount: Self.stepCount, values: values, labels: labels.map { $0 - 1 }, subjects: subjects)
  }
}
