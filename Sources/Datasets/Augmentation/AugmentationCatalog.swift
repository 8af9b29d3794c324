public import Catalogs

/// Everything that changes training images at random.
public let augmentationCatalog = Catalog<any Augmentation>(
  kind: "augmentation", [RandomFlip.entry, RandomCrop.entry, RandomTurn.entry, Cutout.entry])
