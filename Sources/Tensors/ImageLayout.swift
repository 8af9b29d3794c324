/// How a batch of images lies in memory. Vectors and sequences have their last axis last in either.
package enum ImageLayout: Sendable, Hashable {
  /// `N × H × W × C`.
  case channelsLast
  /// `N × C/16 × H × W × 16`: the channels in blocks of 16, which is what oneDNN's Winograd convolution takes. The
  /// channels are a multiple of 16.
  case blocked

  /// Channels in a block.
  package static let blockChannels = 16
}
