// Everything that a Swift program needs to build and run a federation: `import CoveyLibrary`.
@_exported public import Catalogs
@_exported public import Datasets
@_exported public import Federation
@_exported public import Measures
@_exported public import Networks
@_exported public import Records
@_exported public import Scenarios
@_exported public import Tensors
