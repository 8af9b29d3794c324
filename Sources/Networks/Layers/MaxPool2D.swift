internal import Catalogs
internal import Tensors

/// The largest value of each window, or not a number where one of its values is none.
///
/// Source: PyTorch `torch.nn.MaxPool2d`; of equal values the first wins.
public struct MaxPool2D: Pooling2D {
  public static let kind = "max_pool2d"
  public static let namePrefix = "maxpool"
  public let name: String?
  let kernel: [Int]
  let stride: [Int]
  let padding: [Int]
  var pooling: PoolingKind { .max }

  /// Makes the layer; the stride is the kernel unless given.
  public init(name: String? = nil, kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0, 0]) {
    self.name = name
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }

  static let entry = CatalogEntry<any Layer>(
    kind, "largest value of each window", source: "torch.nn.MaxPool2d", options: poolingOptions, shorthand: "kernel"
  ) {
    MaxPool2D(
      name: $0.optionalText("name"), kernel: $0.pair("kernel"), stride: $0.optionalPair("stride"),
      padding: $0.pair("padding"))
  }
}
