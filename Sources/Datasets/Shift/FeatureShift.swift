public import Randomness
public import Tensors

/// Something that makes the examples of clients look different, by a level of [0, 1] that each client, domain or group has.
///
/// It is applied before normalization, to training, validation and test examples alike.
public protocol FeatureShift: Sendable {
  /// Whether it is for values of [0, 1]: they are clipped to that behind it. `true` unless said.
  var isOfUnitRange: Bool { get }
  /// Why examples of a shape can't be changed so, in words that follow the kind's name; nil, unless said, where they can.
  func problem(with shape: Shape) -> String?
  /// Changes the values of an example; clipping is not its business.
  func apply(to example: ShiftedExample)
}

extension FeatureShift {
  public var isOfUnitRange: Bool { true }
  public func problem(with shape: Shape) -> String? { nil }
}

/// An example that is being changed, and whose it is.
public struct ShiftedExample {
  /// The values, channels last; they are changed in place.
  public let values: UnsafeMutableBufferPointer<Float>
  /// Room for as many values, of any content.
  public let scratch: UnsafeMutableBufferPointer<Float>
  /// The shape of the example.
  public let shape: Shape
  /// ℓ: the level of the client, domain or group that it belongs to.
  public let level: Double
  /// What random numbers go by.
  let seed: UInt64
  let client: Int
  /// The example's place in its source, as a number.
  let number: UInt64
  /// The entry's place in the list of shifts.
  let entry: Int

  /// Random numbers of this client and example, the same whenever the example is made.
  public var stream: RandomStream { RandomStream(seed: seed, .shift, UInt64(client), number, UInt64(entry)) }

  /// Random numbers of this client, the same for all its examples.
  public var clientStream: RandomStream { RandomStream(seed: seed, .shift, UInt64(client), UInt64(entry)) }
}

/// What has a level of its own.
public enum ShiftUnit: String, Sendable, CaseIterable {
  /// Each client.
  case client
  /// Each domain.
  case domain
  /// Each group of the source; the domain where there is none.
  case group
}

/// An entry of `data.shift`: what is changed, and whose levels it goes by.
public struct ShiftEntry: Sendable {
  /// The kind's name.
  public let name: String
  /// What is changed.
  public let shift: any FeatureShift
  /// Whose levels; nil where there is none.
  public let unit: ShiftUnit?
  /// Whether levels are drawn by the seed, rather than spread evenly.
  public let isDrawn: Bool
  /// The kind and all its options as a scenario would write them: equal texts mean equal changes.
  public let text: String

  /// Makes an entry.
  public init(_ name: String, _ shift: any FeatureShift, by unit: ShiftUnit?, isDrawn: Bool = false, text: String) {
    (self.name, self.shift, self.unit, self.isDrawn, self.text) = (name, shift, unit, isDrawn, text)
  }
}

/// Why examples can't be changed as asked.
public struct ShiftProblem: Error, Equatable, CustomStringConvertible {
  /// The entry to point at, from 0.
  public let entry: Int
  /// What is wrong.
  public let description: String

  init(_ entry: Int, _ description: String) { (self.entry, self.description) = (entry, description) }
}
