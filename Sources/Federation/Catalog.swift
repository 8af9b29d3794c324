public import Catalogs

/// Every strategy by the name that a scenario gives it.
public let strategyCatalog = Catalog<any Strategy>(
  kind: "strategy",
  [
    FedAvg.entry,
    FedProx.entry,
    FedAvgM.entry,
    FedOpt.entry("fedadam", .adam),
    FedOpt.entry("fedyogi", .yogi),
    FedOpt.entry("fedadagrad", .adagrad),
    Scaffold.entry,
    FedNova.entry,
    FedDyn.entry,
    MOON.entry,
  ])

/// Every way to make one update of those of a cohort.
public let aggregatorCatalog = Catalog<any Aggregator>(
  kind: "aggregator", [Mean.entry, Median.entry, Krum.entry])

/// Everything that can happen to updates on their way.
public let transformCatalog = Catalog<any UpdateTransform>(
  kind: "transform", [Clip.entry, Noise.entry, TopK.entry])

/// Every norm policy.
public let normCatalog = Catalog<any NormPolicy>(
  kind: "norm",
  [
    AveragingPolicy.entry,
    PooledPolicy.entry,
    FedBNPolicy.entry,
    SiloBNPolicy.entry,
    LocalAffinePolicy.entry,
    FixBN.entry,
    FedTAN.entry,
    HybridBN.entry,
    FBN.entry,
    RecalibratedPolicy.entry,
    DroppedPolicy.entry,
    FrozenPolicy.entry,
    FedAP.entry,
    NormMatrix.entry,
  ])

/// Every source of the normalization values of an evaluation, in the order of `NormSource`.
public let normSourceCatalog = Catalog<any NormValueSource>(
  kind: "norm source",
  [
    OwnValues.entry, GlobalValues.entry, AverageValues.entry, PooledValues.entry, NearestValues.entry,
    RecalibratedValues.entry, BatchValues.entry, InitialValues.entry,
  ])

/// Every convention of public code that changes a norm policy.
public let quirkCatalog = Catalog<Quirk>(
  kind: "quirk", [MedAirQuirk.entry, FlowerQuirk.entry, PFLlibQuirk.entry, FLBenchQuirk.entry])

/// Every way to choose who takes part.
public let cohortCatalog = Catalog<any CohortSampler>(
  kind: "cohort",
  [
    Everyone.entry, UniformCohort.entry, ListedCohort.entry, PoissonCohort.entry, RoundRobin.entry,
    WeightedCohort.entry,
  ])

/// Every way to say how long clients take.
public let deviceCatalog = Catalog<any DeviceModel>(
  kind: "devices", [ListedDevices.entry, ProfiledDevices.entry, LognormalDevices.entry])

/// Every way to say when clients are there.
public let availabilityCatalog = Catalog<any Availability>(
  kind: "availability", [ListedAvailability.entry, FileAvailability.entry, MarkovAvailability.entry])

/// Every way to say which participations are lost.
public let dropoutCatalog = Catalog<any Dropouts>(kind: "dropouts", [RandomDropouts.entry, ListedDropouts.entry])

/// Every schedule of the server.
public let scheduleCatalog = Catalog<any Schedule>(
  kind: "schedule", [SynchronousSchedule.entry, FedAsync.entry, FedBuff.entry, SemiAsync.entry])

/// Every function of what an update counts by its lag.
public let stalenessCatalog = Catalog<any StalenessWeight>(
  kind: "staleness", [ConstantStaleness.entry, PolynomialStaleness.entry, HingeStaleness.entry])

/// Every way for clients to have something for themselves.
public let personalCatalog = Catalog<any PersonalMethod>(
  kind: "personal method",
  [
    NoPersonalMethod.entry, LocalOnly.entry, LocalLayers.layersEntry, LocalLayers.fedPerEntry, SharedLayers.entry,
    Ditto.entry, APFL.entry, Mixing.entry,
  ])
