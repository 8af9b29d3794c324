public import Catalogs

/// Every layer by the name that a scenario gives it.
public let layerCatalog: Catalog<any Layer> = Catalog(
  kind: "layer",
  [
    Conv2D.entry,
    ConvTranspose2D.entry,
    Dense.entry,
    Embedding.entry,
    LSTM.entry,
    GRU.entry,
    BatchNorm.entry,
    GroupNorm.entry,
    LayerNorm.entry,
    InstanceNorm.entry,
    ReLU.entry,
    LeakyReLU.entry,
    Tanh.entry,
    Sigmoid.entry,
    GELU.entry,
    MaxPool2D.entry,
    AvgPool2D.entry,
    GlobalAvgPool2D.entry,
    Flatten.entry,
    Dropout.entry,
    Residual.entry,
  ])

/// Every rewrite of normalization layers.
public let replacementCatalog = Catalog<any NormReplacement>(
  kind: "replacement",
  [
    KeepReplacement.entry, GroupReplacement.entry, LayerReplacement.entry, InstanceReplacement.entry,
    NoneReplacement.entry, WeightStandardizedReplacement.entry,
  ])

/// Every named model.
public let modelCatalog = Catalog<ModelRecipe>(
  kind: "model", [MLP.entry, CNN.entry, DigitsSmall.entry, DigitsPaper.entry, ResNet18.entry])

/// Every objective, by the name that a scenario's `loss` gives it.
public let lossCatalog = Catalog<any Objective>(
  kind: "loss",
  [CrossEntropy.entry, Focal.entry, BinaryCrossEntropy.entry, SquaredError.entry, AbsoluteError.entry, Huber.entry])

/// Every local optimizer.
public let optimizerCatalog = Catalog<any Optimizer>(
  kind: "optimizer", [SGD.entry, Adam.entry, AdamW.entry, Adagrad.entry, RMSprop.entry])

/// Every form of a learning rate over the rounds of a run or the steps of a round.
public let learningRateCatalog = Catalog<LearningRateSchedule>(
  kind: "learning-rate schedule",
  [ConstantCurve.entry, StepCurve.entry, ExponentialCurve.entry, CosineCurve.entry, LinearCurve.entry])
