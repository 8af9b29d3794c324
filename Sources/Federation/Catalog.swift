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
  ])

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

/// Every way to choose a round's clients.
public let cohortCatalog = Catalog<any CohortSampler>(kind: "cohort", [Everyone.entry, UniformCohort.entry])
