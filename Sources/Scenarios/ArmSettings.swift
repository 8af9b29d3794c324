internal import Catalogs
internal import Datasets
internal import Federation
internal import Networks
internal import Records

/// One arm of a scenario, checked as far as it can be without data.
struct ArmSettings {
  /// How a client's examples come about.
  struct Data {
    let source: SourceRecipe
    /// What the scenario calls it.
    let sourceName: String
    let partitioner: any Partitioner
    /// What the scenario calls it.
    let partitionName: String
    let trainPerClient: Int?
    let testPerClient: Int?
    let heldOut: HeldOutShares
    let unseen: UnseenClients?
    /// What makes clients' examples look different, in order.
    let shift: [ShiftEntry]
    let normalization: Normalization
    /// Equal texts mean equal data, so that arms can share them.
    let identity: String
    /// The source and its options, but for how examples are given to the model: equal texts mean that a source that
    /// makes its examples makes the same ones.
    let recipe: String
    /// Files that a manifest names with what they should hold.
    let manifestFiles: [ManifestFile]
    let node: ScenarioNode
  }

  /// What clients do in a round.
  struct Client {
    let work: LocalWork
    let optimizer: any Optimizer
    /// How its learning rate goes on.
    let learningRateSchedule: LearningRateSchedule?
    /// Which values its weight decay is meant for.
    let decayedValues: DecayedValues
    let gradientClip: GradientClip?
    /// What stands at `client.optimizer`, which overrides stand over.
    let optimizerNode: ScenarioNode?
    /// What some clients do otherwise, later ones over earlier ones.
    let overrides: [OverrideEntry]
    /// What stands there.
    let overridesNode: ScenarioNode?
    /// Layers or blocks that nobody changes.
    let frozen: [FrozenName]
    /// What becomes of training images each time that they are trained on, in order.
    let augment: [Named<any Augmentation>]
  }

  /// The name of a layer or block that nobody changes, and where it stands.
  struct FrozenName {
    let name: String
    let mark: SourceMark
    let path: String
  }

  /// What is said of some clients.
  struct OverrideEntry {
    /// Of whom.
    enum Subject {
      /// Clients by their names or numbers.
      case clients([ScenarioNode])
      /// All clients of some domains.
      case domains([ScenarioNode])
    }

    let subject: Subject
    /// Where the subject stands: the key, and whether it is a list.
    let subjectPath: String
    let isList: Bool
    let batchSize: (size: Int, mark: SourceMark)?
    let amount: LocalWork.Amount?
    /// What stands over `client.optimizer`.
    let optimizer: ScenarioNode?
    /// As `client.overrides[0]`.
    let path: String
    let mark: SourceMark
  }

  /// How the arrays of the initial file become those of the model.
  struct Naming {
    var prefix = ""
    /// The path of the key that says it.
    var prefixKey = "init_prefix"
    /// Beginnings of names in the order of the file, with what replaces them.
    var renamings: [(from: String, to: String, mark: SourceMark)] = []
    /// Patterns of names that may be missing.
    var allowMissing: [(pattern: String, mark: SourceMark, path: String)] = []

    /// The same for the reading of a file.
    var naming: ArrayNaming {
      ArrayNaming(
        prefix: prefix, renamings: renamings.map { ArrayNaming.Renaming(from: $0.from, to: $0.to) },
        allowMissing: allowMissing.map { NamePattern($0.pattern) }, prefixKey: prefixKey)
    }
  }

  /// What the network is made of.
  enum Model {
    case named(ModelRecipe)
    case inline(input: [Int], layers: [any Layer], node: ScenarioNode)
  }

  var name: String
  var nameMark: SourceMark
  /// All that it says.
  var node: ScenarioNode
  var seeds: [UInt64]
  /// Whether the seeds are a number and no list.
  var hasBareSeed: Bool
  var rounds: Int
  var data: Data
  var model: Model
  var modelMark: SourceMark
  /// Where an inline model's input stands.
  var inputMark: SourceMark
  /// Equal texts mean equal models.
  var modelIdentity: String
  var client: Client
  var workMark: SourceMark
  /// What training minimizes, with what the scenario calls it.
  var loss: Named<any Objective>
  /// Where the loss stands.
  var lossNode: ScenarioNode
  var weighting: Weighting
  var bound: Bound
  /// Keys of the scenario that the bound leaves aside.
  var leftAside: [String]
  var cohort: any CohortSampler
  var cohortMark: SourceMark
  var recording: Recording
  var evaluation: EvaluationChoice
  /// Where the evaluations stand.
  var evaluationNode: ScenarioNode
  /// When runs end before their last round.
  var stop: StopRule?
  /// Where that stands.
  var stopNode: ScenarioNode
  var retention: CheckpointRetention
  /// What it chose at the axes of `runAxes`.
  var choices: [RunChoice]
  var norm: Named<any NormPolicy>
  var normMark: SourceMark
  /// What becomes of the model's normalization layers.
  var replacement: Named<any NormReplacement>
  var replacementMark: SourceMark
  /// Equal texts mean equal replacements.
  var replacementIdentity: String
  var initFile: ScenarioNode?
  var initNaming: Naming
}
