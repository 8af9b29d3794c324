internal import Federation

/// What an arm chose at an axis of its runs.
struct RunChoice {
  /// A component that was chosen.
  struct Chosen {
    let name: String
    let mark: SourceMark
    let component: any RunComponent
  }

  /// The key of the axis.
  let key: String
  /// The components: one, or those of a list in their order.
  let chosen: [Chosen]
  /// Puts them into a run.
  let apply: @Sendable (inout RunConfiguration) -> Void
  /// Puts a component of the same kind in the place of the one at an index of `chosen`, into a run that has them.
  var replace: @Sendable (inout RunConfiguration, Int, any RunComponent) -> Void = { _, _, _ in }
}

/// An axis of a run whose components a scenario names: where they stand, and where they go.
struct RunAxis: Sendable {
  /// What merging and messages need of it.
  let place: ComponentPlace
  /// Reads what stands in an arm; nil when it is wrong, which was reported.
  let read: @Sendable (_ reader: inout ScenarioReader, _ arm: ScenarioNode) -> RunChoice?
}

/// The axes of a run that are one component or a list of components. A new one is a line here, a catalog and a property
/// of `RunConfiguration`.
let runAxes: [RunAxis] = [
  .one(ComponentAxis("strategy", strategyCatalog, absent: "fedavg"), \.strategy) { $0 },
  .one(ComponentAxis("aggregator", aggregatorCatalog, absent: "mean"), \.aggregator) { $0 },
  .one(
    ComponentAxis("personal", personalCatalog, implied: "layers", listOption: "layers", absent: "none"), \.personal
  ) { $0 },
  .list(ComponentAxis("transforms", transformCatalog), \.transforms) { $0 },
  .one(
    ComponentAxis("schedule", scheduleCatalog, implied: "synchronous", absent: "synchronous"), \.schedule
  ) { $0 },
  .optional(ComponentAxis("devices", deviceCatalog), \.devices) { $0 },
  .optional(ComponentAxis("availability", availabilityCatalog), \.availability) { $0 },
  .optional(ComponentAxis("dropouts", dropoutCatalog), \.dropouts) { $0 },
]

extension RunAxis {
  /// An axis of one component.
  static func one<Product>(
    _ axis: ComponentAxis<Product>, _ property: any WritableKeyPath<RunConfiguration, Named<Product>> & Sendable,
    _ component: @escaping @Sendable (Product) -> any RunComponent
  ) -> RunAxis {
    RunAxis(place: axis.place) { reader, arm in
      let node = arm[axis.place.path]
      guard let read = reader.component(node, axis) else { return nil }
      let named = Named(read.name, read.product)
      return RunChoice(
        key: axis.place.path,
        chosen: [
          RunChoice.Chosen(name: read.name, mark: node?.mark ?? arm.mark, component: component(read.product))
        ],
        apply: { $0[keyPath: property] = named },
        replace: { $0[keyPath: property] = Named(read.name, sameKind($2)) })
    }
  }

  /// An axis of one component or none.
  static func optional<Product>(
    _ axis: ComponentAxis<Product>, _ property: any WritableKeyPath<RunConfiguration, Named<Product>?> & Sendable,
    _ component: @escaping @Sendable (Product) -> any RunComponent
  ) -> RunAxis {
    RunAxis(place: axis.place) { reader, arm in
      let key = axis.place.path
      guard let node = arm[key] else { return RunChoice(key: key, chosen: [], apply: { _ in }) }
      guard let read = reader.component(node, axis) else { return nil }
      let named = Named(read.name, read.product)
      return RunChoice(
        key: key,
        chosen: [RunChoice.Chosen(name: read.name, mark: node.mark, component: component(read.product))],
        apply: { $0[keyPath: property] = named },
        replace: { $0[keyPath: property] = Named(read.name, sameKind($2)) })
    }
  }

  /// An axis of a list whose order counts, in which no kind stands twice; a single component is a list of one.
  static func list<Product>(
    _ axis: ComponentAxis<Product>, _ property: any WritableKeyPath<RunConfiguration, [Named<Product>]> & Sendable,
    _ component: @escaping @Sendable (Product) -> any RunComponent
  ) -> RunAxis {
    RunAxis(place: axis.place) { reader, arm in
      let path = axis.place.path
      var elements: [(node: ScenarioNode, path: String)] = []
      if let node = arm[path] {
        if case .list(let nodes) = node.content {
          elements = nodes.enumerated().map { ($1, "\(path)[\($0)]") }
        } else {
          elements = [(node, path)]
        }
      }
      var read: [(named: Named<Product>, mark: SourceMark)] = []
      for element in elements {
        guard let made = reader.component(element.node, axis, path: element.path) else { return nil }
        if read.contains(where: { $0.named.name == made.name }) {
          reader.report(element.node.mark, element.path, "names '\(made.name)' twice")
          return nil
        }
        read.append((Named(made.name, made.product), element.node.mark))
      }
      reader.resolved.append(
        ResolvedValue(path, elements.map { $0.node.canonical(at: path).flowText }.joined(separator: ", ")))
      let components = read.map(\.named)
      return RunChoice(
        key: path,
        chosen: read.map {
          RunChoice.Chosen(name: $0.named.name, mark: $0.mark, component: component($0.named.component))
        },
        apply: { $0[keyPath: property] = components },
        replace: { $0[keyPath: property][$1] = Named(components[$1].name, sameKind($2)) })
    }
  }

  /// What a component of an axis became, which is one of that axis, too.
  private static func sameKind<Product>(_ component: any RunComponent) -> Product {
    guard let product = component as? Product else {
      preconditionFailure("\(type(of: component)) is no \(Product.self)")
    }
    return product
  }
}
