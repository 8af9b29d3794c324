public import Catalogs

/// Every source of examples by the name that a scenario gives it.
public let datasetCatalog = Catalog<SourceRecipe>(
  kind: "source",
  [
    SyntheticDigits.entry, SyntheticPatterns.entry, NPZSource.entry, CSVSource.entry, ImagesSource.entry,
    CIFARSource.entry, TFFSource.entry, LEAFSource.entry, HARSource.entry, TextSource.entry, SafetensorsSource.entry,
    IDXSource.entry,
  ])

/// Every way to divide examples over clients.
public let partitionCatalog: Catalog<any Partitioner> = Catalog(
  kind: "partition",
  [
    ByDomain.entry, ByGroup.entry, Natural.entry, IID.entry, Dirichlet.entry, Shards.entry, Pathological.entry,
    Quantity.entry, Pachinko.entry, Mixed.entry, FilePartition.entry,
  ])
