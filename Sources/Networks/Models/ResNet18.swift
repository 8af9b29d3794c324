internal import Catalogs

/// ResNet-18 for small images: `conv1 bn1`, `layer1.0` to `layer4.1`, `fc`; 11,173,962 parameters on 32×32×3 with ten
/// classes.
///
/// conv3×3 64 without bias, BN, ReLU; four stages of two blocks with 64, 128, 256 and 512 filters, the last three
/// halving height and width; mean over all positions, fc. A block is conv3×3, BN, ReLU, conv3×3, BN, plus its input, then
/// ReLU; where the shape changes, the input passes a conv1×1 and BN.
///
/// Source: He et al., CVPR 2016; names as torchvision's `resnet18`.
/// Differs: torchvision's begins with conv7×7 of stride 2 and a max pooling, made for images of 224×224.
enum ResNet18 {
  static let entry = CatalogEntry<ModelRecipe>(
    "resnet18", "residual network of 18 layers with batch normalization, for small images",
    source: "He et al., CVPR 2016"
  ) { _ in
    ModelRecipe { _, outputs in layers(widths: [64, 128, 256, 512], outputs: outputs) }
  }

  /// The layers with so many filters in each stage.
  static func layers(widths: [Int], outputs: Int) -> [any Layer] {
    func convolution(_ name: String, _ filters: Int, stride: Int = 1) -> Conv2D {
      Conv2D(
        name: name, filters: filters, kernel: [3, 3], stride: [stride, stride], padding: .each(height: 1, width: 1),
        hasBias: false)
    }
    func block(_ name: String, _ filters: Int, stride: Int, changesShape: Bool) -> [any Layer] {
      let shortcut: [any Layer] = [
        Conv2D(name: "downsample.0", filters: filters, kernel: [1, 1], stride: [stride, stride], hasBias: false),
        BatchNorm(name: "downsample.1"),
      ]
      let layers: [any Layer] = [
        convolution("conv1", filters, stride: stride), BatchNorm(name: "bn1"), ReLU(),
        convolution("conv2", filters), BatchNorm(name: "bn2"),
      ]
      return [Residual(name: name, layers: layers, shortcut: changesShape ? shortcut : []), ReLU()]
    }
    var layers: [any Layer] = [convolution("conv1", widths[0]), BatchNorm(name: "bn1"), ReLU()]
    for (index, width) in widths.enumerated() {
      layers += block("layer\(index + 1).0", width, stride: index == 0 ? 1 : 2, changesShape: index > 0)
      layers += block("layer\(index + 1).1", width, stride: 1, changesShape: false)
    }
    return layers + [GlobalAvgPool2D(), Dense(name: "fc", units: outputs)]
  }
}
