internal import Datasets
internal import Tensors

/// Room of a worker for the targets of a batch; what was gathered stays until the next batch. Not for two threads at once.
final class TargetRoom {
  private let classes = AlignedBuffer<Int32>()
  private let numbers = AlignedBuffer<Float>()

  /// Room for the targets of `examples` examples of data.
  func room(for examples: Int, of dataset: FederatedDataset) -> BatchTargets {
    let count = examples * dataset.targetCount
    if dataset.target.isWhole {
      classes.reserve(count)
      return .classes(classes.base)
    }
    numbers.reserve(count)
    return .numbers(numbers.base)
  }
}
