/// A small scenario with something of everything that YAML offers and Covey reads, for tests that change it at random.
package let mixedScenario = """
  name: mutated
  description: "two arms"
  seeds: [1, 2]
  rounds: 3
  data: {source: synthetic-digits, domains: [ink, street], image: {width: 28, mean: [0.5, 0.5, 0.5]}, train_per_client: 4, test_per_client: 2, partition: {kind: by-domain, clients_per_domain: 2}}
  model:
    input: [28, 28, 3]
    layers:
      - {conv2d: {name: c1, filters: 4, kernel: [3, 3], padding: same}}
      - {batch_norm: {momentum: cumulative}}
      - relu
      - {max_pool2d: 2}
      - flatten
      - {dense: 10}
  client: {batch_size: 2, epochs: 1, optimizer: {kind: adam, learning_rate: 1e-3}, keep_optimizer: true}
  cohort: {kind: uniform, count: 2}
  evaluation: {every: 2, subset: 1}
  record: {drift: every 5, clients: sample 2}
  arms:
    - {name: a, norm: &n {affine: local}}
    - {name: b, norm: *n, strategy: {kind: fedprox, mu: 0.1}}
  sweep: {client.optimizer.learning_rate: [0.1, 1e-2]}
  """
