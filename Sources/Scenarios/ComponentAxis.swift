internal import Catalogs
internal import Datasets
internal import Federation
internal import Networks

/// A place of a scenario in which a component stands: its catalog, and which kind is meant where none is named.
///
/// The reader, the merging of arms and the hints of messages take kinds and defaults from here.
struct ComponentAxis<Product>: Sendable {
  /// What is the same for all axes.
  let place: ComponentPlace
  /// Its components.
  let catalog: Catalog<Product>

  /// Makes an axis.
  ///
  /// - Parameters:
  ///   - implied: The kind of a mapping that names none; nil where one has to.
  ///   - isImpliedByOptions: Whether options that no other kind has mean the implied kind, whatever stands below them.
  ///   - listOption: The option of the implied kind that a bare list stands for.
  ///   - absent: The kind where nothing stands; nil where there is no component then, or one must stand.
  ///   - others: Keys of the mapping beside its kind and its options.
  init(
    _ path: String, _ catalog: Catalog<Product>, kindKey: String = "kind", implied: String? = nil,
    isImpliedByOptions: Bool = false, listOption: String? = nil, absent: String? = nil, besides others: [String] = []
  ) {
    place = ComponentPlace(
      path: path, family: catalog.kind, kindKey: kindKey, impliedKind: implied,
      isImpliedByOptions: isImpliedByOptions, listOption: listOption, absentKind: absent, otherKeys: others,
      components: catalog.entries.map {
        ComponentPlace.Component(name: $0.name, options: $0.options, shorthand: $0.shorthand)
      })
    self.catalog = catalog
  }
}

/// What is the same for the axes of all kinds of components.
struct ComponentPlace: Sendable {
  /// A component without what it makes.
  struct Component: Sendable {
    let name: String
    let options: [Option]
    let shorthand: String?
  }

  /// The path of its key, as `client.optimizer`.
  let path: String
  /// What its components are called, as `optimizer`.
  let family: String
  /// The key that names the kind in a mapping.
  let kindKey: String
  /// The kind of a mapping that names none.
  let impliedKind: String?
  /// Whether options that the kind below lacks and the implied kind has mean the implied kind.
  let isImpliedByOptions: Bool
  /// The option of the implied kind that a bare list stands for.
  let listOption: String?
  /// The kind where nothing stands.
  let absentKind: String?
  /// Keys of the mapping beside its kind and its options.
  let otherKeys: [String]
  /// Its components in the order of the catalog.
  let components: [Component]

  /// The places within: options that hold a component. One within another is no place of its own.
  var inner: [ComponentPlace] {
    components.flatMap { component in
      component.options.compactMap { option in
        guard case .component(let family) = option.kind,
          let outer = componentPlaces.first(where: { $0.family == family })
        else { return nil }
        return ComponentPlace(
          path: joinedPath(path, option.name), family: family, kindKey: outer.kindKey, impliedKind: nil,
          isImpliedByOptions: false, listOption: nil, absentKind: nil, otherKeys: [], components: outer.components)
      }
    }
  }

  /// The component that is called so, or nil.
  subscript(name: String) -> Component? { components.first { $0.name == name } }
}

let dataAxis = ComponentAxis(
  "data", datasetCatalog, kindKey: "source", implied: "synthetic-digits", absent: "synthetic-digits",
  besides: dataKeys)
let partitionAxis = ComponentAxis("data.partition", partitionCatalog, absent: "by-domain")
let shiftAxis = ComponentAxis("data.shift", shiftCatalog)
let normalizationAxis = ComponentAxis("data.normalize", normalizationCatalog, absent: "none")
let modelAxis = ComponentAxis("model", modelCatalog, besides: modelKeys)
let optimizerAxis = ComponentAxis(
  "client.optimizer", optimizerCatalog, implied: "sgd", absent: "sgd", besides: optimizerKeys)
let learningRateAxis = ComponentAxis("client.optimizer.learning_rate_schedule", learningRateCatalog)
let augmentationAxis = ComponentAxis("client.augment", augmentationCatalog)
let lossAxis = ComponentAxis("loss", lossCatalog, absent: "cross-entropy")
let cohortAxis = ComponentAxis("cohort", cohortCatalog, absent: "everyone")
let normAxis = ComponentAxis("norm", normCatalog, implied: "matrix", isImpliedByOptions: true, absent: "fedavg")
let quirkAxis = ComponentAxis("quirks", quirkCatalog)
let replacementAxis = ComponentAxis("replace_norm", replacementCatalog, absent: "keep")
let normSourceAxis = ComponentAxis("evaluation.norm_source", normSourceCatalog)

/// All axes.
let componentPlaces: [ComponentPlace] =
  [
    dataAxis.place, partitionAxis.place, shiftAxis.place, normalizationAxis.place, modelAxis.place, optimizerAxis.place,
    learningRateAxis.place, augmentationAxis.place, lossAxis.place, cohortAxis.place,
  ] + runAxes.map(\.place) + [normAxis.place, quirkAxis.place, replacementAxis.place, normSourceAxis.place]

/// The axes by their paths, with the options of components that hold a component of their own.
let componentPlacesByPath = Dictionary(
  (componentPlaces + componentPlaces.flatMap(\.inner)).map { ($0.path, $0) }
) { first, _ in first }

/// The parts of `name(argument)`; a mere name has no argument.
func componentCall(_ text: String) -> (name: String, argument: String?) {
  guard text.utf8.last == UInt8(ascii: ")"), let bracket = text.utf8.firstIndex(of: UInt8(ascii: "(")) else {
    return (text, nil)
  }
  return (String(text[..<bracket]), String(text[text.utf8.index(after: bracket)...].dropLast()))
}
