internal import Foundation
package import Tensors

/// What the last models of a reference federated run make of each client's examples, computed in fp64 from the case's own
/// tensors: which examples they get right for sure, and which lie so near a tie that the tolerance decides.
///
/// A case holds how many examples are right, and no more. An example of which two classes come out nearly equal may go
/// either way within the tolerance of the weights, so that only those count whose margin is above it.
package struct GoldenPredictions {
  /// Examples that are right whatever the tolerance does.
  package let right: Int
  /// Examples that may be right or wrong within it.
  package let undecided: Int
  /// The mean cross entropy, to hold against the case's own.
  package let loss: Double

  /// Whether so many right answers are those of the model, within the tolerance.
  package func allow(_ correct: Int) -> Bool { (right...(right + undecided)).contains(correct) }

  /// Looks at a client's examples with `final.client<i>`.
  ///
  /// - Parameters:
  ///   - groups: Into how many groups each of the two layers divides channels; nil is batch normalization.
  ///   - epsilon: What is added to variances.
  ///   - absolute: The tolerance of a value, beside `relative` times its magnitude.
  package init(
    _ file: SafetensorsFile, client: Int, groups: [Int]?, epsilon: Double, absolute: Double = 1e-4,
    relative: Double = 1e-3
  ) throws {
    func tensor(_ name: String) throws -> (values: [Double], shape: [Int]) {
      let full = "final.client\(client).\(name)"
      return (try file.floats(full).map(Double.init), file.entries[full]?.shape ?? [])
    }
    let images = try file.floats("client\(client).x").map(Double.init)
    let shape = file.entries["client\(client).x"]?.shape ?? []
    let labels = try file.integers("client\(client).y").map { Int($0) }
    let norms = try ["norm1", "norm2"].enumerated().map { number, name in
      ChannelNorm(
        gamma: try tensor("\(name).weight").values, beta: try tensor("\(name).bias").values,
        mean: groups == nil ? try tensor("\(name).running_mean").values : [],
        variance: groups == nil ? try tensor("\(name).running_var").values : [], groups: groups?[number],
        epsilon: epsilon)
    }
    let (kernel, bias) = (try tensor("conv1.weight"), try tensor("conv1.bias").values)
    let (hidden, hiddenBias) = (try tensor("fc1.weight"), try tensor("fc1.bias").values)
    let (last, lastBias) = (try tensor("fc2.weight"), try tensor("fc2.bias").values)
    let size = shape.dropFirst().reduce(1, *)
    var (right, undecided, loss) = (0, 0, 0.0)
    for (number, label) in labels.enumerated() {
      var x = Self.convolved(
        Array(images[(number * size)..<((number + 1) * size)]), (shape[1], shape[2], shape[3]), kernel, bias)
      norms[0].apply(to: &x, positions: shape[2] * shape[3])
      x = Self.pooled(x.map { max(0, $0) }, (kernel.shape[0], shape[2], shape[3]))
      x = Self.product(hidden, x, hiddenBias)
      norms[1].apply(to: &x, positions: 1)
      x = x.map { max(0, $0) }
      let outputs = Self.product(last, x, lastBias)
      let largest = outputs.max() ?? 0
      var sum = 0.0
      for output in outputs { sum += exp(output - largest) }
      loss += log(sum) + largest - outputs[label]
      // As far as each output moves where the last layer's numbers move by their tolerance.
      let moves = outputs.indices.map { unit in
        x.indices.reduce(absolute + relative * abs(lastBias[unit])) {
          $0 + abs(x[$1]) * (absolute + relative * abs(last.values[unit * x.count + $1]))
        }
      }
      let others = outputs.indices.filter { $0 != label }
      if others.allSatisfy({ outputs[label] - outputs[$0] > moves[label] + moves[$0] }) {
        right += 1
      } else if others.allSatisfy({ outputs[$0] - outputs[label] <= moves[label] + moves[$0] }) {
        undecided += 1
      }
    }
    (self.right, self.undecided, self.loss) = (right, undecided, loss / Double(max(1, labels.count)))
  }

  /// A convolution of stride 1 whose padding keeps the size; channels × rows × columns.
  private static func convolved(
    _ x: [Double], _ size: (channels: Int, height: Int, width: Int), _ kernel: (values: [Double], shape: [Int]),
    _ bias: [Double]
  ) -> [Double] {
    let (filters, channels, rows, columns) = (kernel.shape[0], kernel.shape[1], kernel.shape[2], kernel.shape[3])
    var y: [Double] = []
    for filter in 0..<filters {
      for row in 0..<size.height {
        for column in 0..<size.width {
          var sum = bias[filter]
          for channel in 0..<channels {
            for i in 0..<rows {
              for j in 0..<columns {
                let (r, c) = (row + i - rows / 2, column + j - columns / 2)
                guard (0..<size.height).contains(r), (0..<size.width).contains(c) else { continue }
                sum +=
                  kernel.values[((filter * channels + channel) * rows + i) * columns + j]
                  * x[(channel * size.height + r) * size.width + c]
              }
            }
          }
          y.append(sum)
        }
      }
    }
    return y
  }

  private static func pooled(_ x: [Double], _ size: (channels: Int, height: Int, width: Int)) -> [Double] {
    var y: [Double] = []
    for channel in 0..<size.channels {
      for row in 0..<(size.height / 2) {
        for column in 0..<(size.width / 2) {
          let start = (channel * size.height + 2 * row) * size.width + 2 * column
          y.append(max(x[start], x[start + 1], x[start + size.width], x[start + size.width + 1]))
        }
      }
    }
    return y
  }

  private static func product(
    _ weights: (values: [Double], shape: [Int]), _ x: [Double], _ bias: [Double]
  ) -> [Double] {
    bias.indices.map { unit in
      x.indices.reduce(bias[unit]) { $0 + weights.values[unit * x.count + $1] * x[$1] }
    }
  }
}

/// Batch or group normalization of one example, channels × positions.
private struct ChannelNorm {
  let gamma: [Double]
  let beta: [Double]
  let mean: [Double]
  let variance: [Double]
  let groups: Int?
  let epsilon: Double

  func apply(to x: inout [Double], positions: Int) {
    for channel in gamma.indices {
      var (center, spread) = (0.0, 0.0)
      if let groups {
        let size = gamma.count / groups
        let own = (channel / size * size * positions)..<((channel / size + 1) * size * positions)
        if channel % size != 0 { continue }
        center = own.reduce(0) { $0 + x[$1] } / Double(own.count)
        spread = own.reduce(0) { $0 + (x[$1] - center) * (x[$1] - center) } / Double(own.count)
        for place in own {
          let c = place / positions
          x[place] = (x[place] - center) / (spread + epsilon).squareRoot() * gamma[c] + beta[c]
        }
      } else {
        (center, spread) = (mean[channel], variance[channel])
        for place in (channel * positions)..<((channel + 1) * positions) {
          x[place] = (x[place] - center) / (spread + epsilon).squareRoot() * gamma[channel] + beta[channel]
        }
      }
    }
  }
}
