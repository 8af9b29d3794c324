internal import Foundation
package import Randomness

/// Divides examples over clients of one size, each with a mix of classes of its own from a Dirichlet distribution.
///
/// With the prior p_c = n_c/n of class c among all n examples:
///
///     q_k ~ Dirichlet(α·p)                          one mix a client
///     sizes differ by at most one; the lower-numbered clients have the larger ones
///     in rounds, the clients that lack examples in random order: class c ~ q_k among the classes that have examples left,
///     and a random example of it
///
/// Where a client's mix has nothing left, classes are drawn in proportion to the examples that they have left.
///
/// Source: Hsu, Qi & Brown 2019, "Measuring the effects of non-identical data distribution for federated visual
/// classification", section 3.
/// Differs: there clients draw with nobody in their way. Here every example has an owner, so the mixes of all clients sum to
/// the prior, and what a client wants may be gone; drawing in rounds, as FedLab does one by one, spreads that evenly instead
/// of leaving the last clients what the others did not want.
///
/// - Returns: Each client's examples in ascending order; every example once.
/// - Throws: `PartitionProblem`.
/// - Precondition: classCount and clients ≥ 1, concentration > 0 and finite, minimumSize ≥ 0.
/// - Complexity: O(n · classes).
package func dirichletMixPartition(
  labels: [Int], classCount: Int, clients: Int, concentration: Double, minimumSize: Int, stream: inout RandomStream
) throws(PartitionProblem) -> [[Int]] {
  precondition(classCount >= 1 && clients >= 1, "\(classCount) classes over \(clients) clients")
  precondition(concentration > 0 && concentration.isFinite, "concentration \(concentration) is not above 0")
  precondition(minimumSize >= 0, "minimum size \(minimumSize) is negative")
  var classes = try examplesByClass(labels, classCount: classCount, clients: clients, minimumSize: minimumSize)
  if labels.isEmpty { return [[Int]](repeating: [], count: clients) }
  for label in classes.indices { stream.shuffle(&classes[label]) }
  let prior = classes.map { Double($0.count) / Double(labels.count) }
  let isThere = classes.map { !$0.isEmpty }
  var mixes: [Mix] = []
  // With fewer examples than clients the last clients get none, and need no mix.
  let owning = min(clients, labels.count)
  mixes.reserveCapacity(owning)
  for _ in 0..<owning { mixes.append(Mix(drawnMix(prior, concentration, &stream), isThere)) }
  var owners = [Int](repeating: 0, count: labels.count)
  let (share, larger) = labels.count.quotientAndRemainder(dividingBy: clients)
  for round in 0..<share + (larger > 0 ? 1 : 0) {
    var order = Array(0..<(round < share ? clients : larger))
    stream.shuffle(&order)
    for client in order {
      let label = mixes[client].draw(&stream, stocks: classes.map(\.count))
      if let example = classes[label].popLast() { owners[example] = client }
      if classes[label].isEmpty { for client in mixes.indices { mixes[client].remove(label) } }
    }
  }
  return examples(ofOwners: owners, clients: clients)
}

/// A point of the Dirichlet distribution with the concentrations α·p; 0 where p is 0.
private func drawnMix(_ prior: [Double], _ concentration: Double, _ stream: inout RandomStream) -> [Double] {
  // Normalized in the logarithm, as `RandomStream.dirichlet` does.
  let logs = prior.map { $0 > 0 ? stream.logGamma(shape: max(concentration * $0, 1e-300)) : -.infinity }
  let largest = logs.max() ?? 0
  let shares = logs.map { exp($0 - largest) }
  let sum = shares.reduce(0, +)
  return shares.map { $0 / sum }
}
