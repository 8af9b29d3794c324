public import Catalogs

/// Every measure, in the order in which tables show them.
public let measureCatalog = Catalog<Measure>(
  kind: "measure",
  [
    Measure.balancedAccuracyEntry,
    Measure.topKAccuracyEntry,
    Measure.macroF1Entry,
    Measure.macroPrecisionEntry,
    Measure.macroRecallEntry,
    Measure.microF1Entry,
    Measure.microPrecisionEntry,
    Measure.microRecallEntry,
    Measure.exactMatchEntry,
    Measure.labelAccuracyEntry,
    Measure.rocAUCEntry,
    Measure.meanAveragePrecisionEntry,
    Measure.logLossEntry,
    Measure.perplexityEntry,
    Measure.brierEntry,
    Measure.eceEntry,
    Measure.rmseEntry,
    Measure.maeEntry,
    Measure.r2Entry,
    Measure.precisionEntry,
    Measure.recallEntry,
    Measure.f1Entry,
    Measure.confusionEntry,
    Measure.calibrationEntry,
  ])
