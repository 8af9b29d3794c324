import Catalogs
import Testing

@testable import Scenarios

/// What the field writes otherwise is recognised: keys under other names or in other places, components on other axes.
@Suite("hints")
struct HintTests {
  /// The hint of the only complaint, without what is allowed.
  private static func hint(_ more: String) -> String {
    let said = complaints(small(more)).split(separator: "\n").first.map(String.init) ?? ""
    let start = said.range(of: "; ")?.upperBound ?? said.endIndex
    return String(said[start...].prefix(upTo: said.range(of: " (allowed:")?.lowerBound ?? said.endIndex))
  }

  @Test(
    "a component that stands on another axis",
    arguments: [
      ("strategy: fedbn", "fedbn is a norm: `norm: fedbn`"),
      ("norm: group", "group is a replacement: `replace_norm: group(8)`"),
      ("norm: group(4)", "group is a replacement: `replace_norm: group(4)`"),
      ("cohort: dirichlet", "dirichlet is a partition: `data: {partition: {kind: dirichlet, clients: 8}}`"),
      ("client: {optimizer: fedadam}", "fedadam is a strategy: `strategy: fedadam`"),
      ("strategy: {kind: adam}", "adam is an optimizer: `client: {optimizer: adam}`"),
      ("norm: {kind: scaffold}", "scaffold is a strategy: `strategy: scaffold`"),
      ("norm: batch_norm", "batch_norm is a layer: `model: {input: …, layers: [batch_norm, …]}`"),
      ("replace_norm: FedBN", "fedbn is a norm: `norm: fedbn`"),
      ("loss: uniform", "uniform is a cohort: `cohort: uniform`"),
      ("weights: dirichlet", "dirichlet is a partition: `data: {partition: {kind: dirichlet, clients: 8}}`"),
      ("quirks: silobn", "silobn is a norm: `norm: silobn`"),
      ("fedprox: {mu: 1}", "fedprox is a strategy: `strategy: fedprox`"),
      (
        "strategy: pooled",
        "pooled is a norm: `norm: pooled`, and pooled is a norm source: `evaluation: {norm_source: pooled}`"
      ),
    ])
  func components(more: String, expected: String) { #expect(Self.hint(more + "\n") == expected) }

  @Test("partitions and sources that stand for a model")
  func models() {
    #expect(
      complaints("name: a\nrounds: 1\nmodel: iid\n").hasPrefix(
        "f.yaml:3:8: model: unknown model 'iid'; iid is a partition: `data: {partition: {kind: iid, clients: 8}}` (allowed: "
      ))
    #expect(
      complaints("name: a\nrounds: 1\nmodel: synthetic-digits\n").contains(
        "; synthetic-digits is a source: `data: {source: synthetic-digits}` ("))
  }

  @Test("every component of every catalog is recognised on every other axis, and its example can be read")
  func walk() throws {
    for place in componentPlaces {
      for component in place.components {
        for other in componentPlaces where other[component.name] == nil {
          let hint = ScenarioReader(isRecorded: false).componentHint(
            component.name, among: other.components.map(\.name))
          #expect(hint.contains("\(component.name) is a"), "\(component.name) at \(other.path): \(hint)")
          #expect(
            hint.contains("\(place.path.split(separator: ".")[0]): "), "\(component.name) at \(other.path): \(hint)")
        }
      }
    }
  }

  @Test(
    "keys that the field calls otherwise or that stand elsewhere",
    arguments: [
      ("client: {lr: 0.1}", "did you mean 'client.optimizer.learning_rate'?"),
      ("lr: 0.1", "did you mean 'client.optimizer.learning_rate'?"),
      ("client: {optimizer: {lr: 0.1}}", "did you mean 'learning_rate'?"),
      ("learning_rate: 0.1", "did you mean 'client.optimizer.learning_rate'?"),
      ("num_rounds: 3", "did you mean 'rounds'?"), ("numRounds: 3", "did you mean 'rounds'?"),
      ("local_epochs: 3", "did you mean 'client.epochs'?"), ("client: {local_epochs: 3}", "did you mean 'epochs'?"),
      ("epochs: 3", "did you mean 'client.epochs', or 'personal.epochs' of ditto?"),
      ("client: {batchsize: 3}", "did you mean 'batch_size'?"), ("batchsize: 3", "did you mean 'client.batch_size'?"),
      ("batch_size: 3", "did you mean 'client.batch_size'?"),
      (
        "client: {momentum: 0.9}",
        "did you mean 'client.optimizer.momentum' of sgd, rmsprop, or 'strategy.momentum' of fedavgm?"
      ),
      (
        "strategy: {kind: fedavg, momentum: 0.9}",
        "did you mean 'client.optimizer.momentum' of sgd, rmsprop, or 'strategy.momentum' of fedavgm?"
      ),
      ("optimizer: adam", "did you mean 'client.optimizer'?"),
      ("dataset: idx", "did you mean 'data.source', or 'data'?"),
      ("partition: iid", "did you mean 'data.partition'?"), ("alpha: 0.1", "did you mean 'data.partition.alpha'?"),
      ("mu: 0.1", "did you mean 'strategy.mu'?"), ("num_clients: 10", "did you mean 'data.partition.clients'?"),
      ("cohort: {kind: uniform, clients_per_round: 3}", "did you mean 'count'?"),
      ("cohort: {kind: uniform, frac: 0.1}", "did you mean 'fraction'?"),
      ("algorithm: fedprox", "did you mean 'strategy'?"),
      ("arms: [{name: x, weight_decay: 0.1}]", "did you mean 'client.optimizer.weight_decay'?"),
      ("clients: 3", "did you mean 'data.partition.clients', or 'client'?"),
      ("eval_every: 3", "did you mean 'evaluation.every'?"), ("seed: 3", "did you mean 'seeds'?"),
    ])
  func keys(more: String, expected: String) {
    let said = Self.hint(more + "\n")
    #expect(said == expected)
  }

  @Test("every synonym leads to a key that there is")
  func words() {
    var paths = Set(keysOfMappings.flatMap { path, keys in keys.map { joinedPath(path, $0) } })
    for place in componentPlaces {
      paths.insert(joinedPath(place.path, place.kindKey))
      for component in place.components { paths.formUnion(component.options.map { joinedPath(place.path, $0.name) }) }
    }
    for (path, words) in synonyms {
      #expect(paths.contains(path), "\(path)")
      for word in words {
        #expect(ScenarioReader(isRecorded: false).keyHint(word, among: [], path: "x").contains("'\(path)'"), "\(word)")
      }
    }
  }
}
