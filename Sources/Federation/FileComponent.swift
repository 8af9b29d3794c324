public import Datasets

/// A component that stands for what is in a file: what takes part in a run is what it becomes once that is read.
public protocol FileComponent: RunComponent {
  /// Reads the file.
  ///
  /// - Parameter folder: Where relative paths begin.
  /// - Returns: The component that it makes, of the same kind as this one, and what was read, with a `ContentHash` over it.
  /// - Throws: `DataFileError`.
  func read(in folder: String) throws -> (component: any RunComponent, inputs: [SourceInput])
}
