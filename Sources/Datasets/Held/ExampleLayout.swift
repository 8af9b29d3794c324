internal import Tensors

/// How the values of one example lie in an array, and what they are.
struct ExampleLayout: Equatable {
  /// What an example is.
  enum Kind: Equatable {
    case image, sequence, vector
  }

  /// In which order an array has its axes.
  enum Order: String, CaseIterable {
    case channelsLast = "channels-last"
    case channelsFirst = "channels-first"
    case sequence
  }

  let kind: Kind
  /// One example's shape, channels last.
  let shape: Shape
  /// Whether the array has each image's channels first.
  let isChannelsFirst: Bool

  /// The layout of examples of an array.
  ///
  /// - Parameters:
  ///   - extents: Those of one example in the array, or as the scenario's `shape` has them.
  ///   - isGiven: Whether they are the scenario's.
  ///   - isPixels: Whether values are bytes or truth values, so that two extents are a grey image.
  ///   - order: What the scenario says.
  ///   - isFirstUnlessSaid: Whether channels come first where nothing is said; nil decides by the extents.
  /// - Returns: Nil where the order can't be told.
  init?(extents: [Int], isGiven: Bool, isPixels: Bool, order: Order?, isFirstUnlessSaid: Bool? = nil) {
    switch extents.count {
    case 0:
      self.init(.vector, [1])
    case 1:
      self.init(.vector, Shape(extents))
    case 2 where order == .sequence || (!isGiven && !isPixels && order == nil):
      self.init(.sequence, Shape(extents))
    case 2:
      self.init(.image, [extents[0], extents[1], 1])
    case 3 where extents.allSatisfy({ $0 >= 1 }):
      let isFirst: Bool
      switch order {
      case .channelsFirst: isFirst = true
      case .channelsLast: isFirst = false
      case .sequence: return nil
      case nil:
        if let isFirstUnlessSaid {
          isFirst = isFirstUnlessSaid
        } else {
          // A few channels at one end, and not at both.
          let (first, last) = (extents[0] <= 4, extents[2] <= 4)
          guard first != last else { return nil }
          isFirst = first
        }
      }
      if isFirst {
        self.init(.image, [extents[1], extents[2], extents[0]], isChannelsFirst: true)
      } else {
        self.init(.image, Shape(extents))
      }
    default: return nil
    }
  }

  private init(_ kind: Kind, _ shape: Shape, isChannelsFirst: Bool = false) {
    (self.kind, self.shape, self.isChannelsFirst) = (kind, shape, isChannelsFirst)
  }

  /// Values of examples, channels last.
  ///
  /// - Complexity: O(values), in place where nothing else holds them; nothing is done where they lie so already.
  func channelsLast<Value: BitwiseCopyable>(_ values: consuming [Value]) -> [Value] {
    let (channels, pixels) = (shape.channels, shape.positions)
    guard isChannelsFirst, channels > 1, pixels > 1 else { return values }
    let count = shape.count
    var all = consume values
    all.withUnsafeMutableBufferPointer { all in
      guard let first = all.first else { return }
      withUnsafeTemporaryAllocation(of: Value.self, capacity: count) { example in
        example.initialize(repeating: first)
        for start in stride(from: 0, to: all.count, by: count) {
          for place in 0..<count { example[place] = all[start + place] }
          for channel in 0..<channels {
            for pixel in 0..<pixels { all[start + pixel * channels + channel] = example[channel * pixels + pixel] }
          }
        }
      }
    }
    return all
  }
}
