internal import Catalogs
internal import Tensors

/// Makes an image smaller and large again, as a camera of fewer pixels would have it.
///
///     h = max(1, ⌊pH + ½⌋), w = max(1, ⌊pW + ½⌋)
///     small(i, j) = mean of rows ⌊iH/h⌋ ..< ⌈(i+1)H/h⌉ and columns ⌊jW/w⌋ ..< ⌈(j+1)W/w⌉
///     output(i, j) = small at ((i + ½)h/H − ½, (j + ½)w/W − ½), clamped, bilinear
///
/// Source: PyTorch's `interpolate`, `area`, then `bilinear` with `align_corners=False`.
struct ResolutionLoss: FeatureShift {
  let range: LevelRange

  func problem(with shape: Shape) -> String? { imageProblem(shape) }

  func apply(to example: ShiftedExample) {
    let (height, width, channels) = (example.shape[0], example.shape[1], example.shape.channels)
    let share = range.value(at: example.level)
    func smaller(_ extent: Int) -> Int {
      min(extent, max(1, Int((share * Double(extent) + 0.5).rounded(.down))))
    }
    let (rows, columns) = (smaller(height), smaller(width))
    guard rows < height || columns < width else { return }
    let (values, small) = (example.values, example.scratch)
    for row in 0..<rows {
      let from = row * height / rows..<((row + 1) * height + rows - 1) / rows
      for column in 0..<columns {
        let across = column * width / columns..<((column + 1) * width + columns - 1) / columns
        for channel in 0..<channels {
          var sum = 0.0
          for y in from { for x in across { sum += Double(values[(y * width + x) * channels + channel]) } }
          small[(row * columns + column) * channels + channel] = Float(sum / Double(from.count * across.count))
        }
      }
    }
    func place(_ index: Int, _ extent: Int, _ small: Int) -> BilinearPlace {
      BilinearPlace((Double(index) + 0.5) * Double(small) / Double(extent) - 0.5, extent: small)
    }
    for row in 0..<height {
      let y = place(row, height, rows)
      for column in 0..<width {
        let x = place(column, width, columns)
        for channel in 0..<channels {
          values[(row * width + column) * channels + channel] = Float(
            bilinear(small, x, y, width: columns, channels: channels, channel))
        }
      }
    }
  }

  static let entry = CatalogEntry<ShiftEntry>.shift(
    "resolution", "makes images smaller and large again",
    options: [
      LevelRange.option("range", .init(0, 1, lowerIsOpen: true), "the shares of rows and columns at levels 0 and 1")
    ]
  ) { ResolutionLoss(range: LevelRange($0, "range")) }
}
