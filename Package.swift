// swift-tools-version: 6.1
import PackageDescription

// SwiftPM compiles C at -O0 in debug builds; kernels are always optimised.
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-Wall", "-Wextra"])]
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("ExistentialAny"),
]

let algorithms = Target.Dependency.product(name: "Algorithms", package: "swift-algorithms")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let sockets = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies + [.target(name: "TestSupport")], exclude: exclude,
    swiftSettings: strict)
}

let package = Package(
  name: "covey",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "covey", targets: ["covey"]),
    .library(name: "Covey", targets: ["CoveyLibrary"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
  ],
  targets: [
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"]), .brew(["xz"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CKernels", cSettings: kernelSettings, linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "COneDNN", dependencies: ["CDNNL"], cSettings: kernelSettings, linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CImageCodecs", dependencies: ["CJPEG", "CPNG"], cSettings: kernelSettings),
    module("Catalogs", []),
    module("Locks", []),
    module("Randomness", []),
    module("Records", []),
    module("Measures", ["Records", "Catalogs"]),
    module("Zlib", ["CZlib"]),
    module("Tensors", ["CKernels", "COneDNN"]),
    module("Networks", ["Tensors", "Randomness", "Catalogs"]),
    module("Formats", ["CImageCodecs", "CLZMA", "Tensors", "Catalogs", "Zlib", sqlite]),
    module("Datasets", ["Formats", "Tensors", "Randomness", "Catalogs", "Locks", crypto]),
    module(
      "Federation",
      ["Networks", "Datasets", "Formats", "Records", "Measures", "Randomness", "Catalogs", "Tensors", "Locks"]),
    module("Scenarios", ["Federation", "Networks", "Datasets", "Formats", "Catalogs", "Records", yams]),
    module("Tables", []),
    module(
      "RunStore", ["Records", "Measures", "Tables", "Zlib", "Catalogs", "Locks", algorithms, grdb, sqlite, crypto]),
    module("Reports", ["Records", "Measures", "Randomness", "Tables", algorithms]),
    module("Questions", ["Reports", "Records", "Measures", "RunStore", "Catalogs", algorithms]),
    module("Figures", ["Tables", algorithms]),
    module(
      "Pages",
      ["Figures", "Questions", "Reports", "Tables", "Records", "Measures", "RunStore", "Catalogs", algorithms, crypto]),
    module(
      "Serving",
      [
        "Pages", "Figures", "Questions", "Reports", "Tables", "Records", "RunStore", "Locks", "Catalogs", algorithms,
        sockets,
      ]),
    module(
      "Commands",
      [
        "Scenarios", "Federation", "Networks", "Datasets", "Formats", "Tensors", "Catalogs", "Records", "Measures",
        "RunStore", "Reports", "Questions", "Tables", "Figures", "Pages", "Serving", "Locks", algorithms,
        argumentParser,
      ]
    ),
    .executableTarget(name: "covey", dependencies: ["Commands"], swiftSettings: strict),
    // Times kernels that only this package sees, so it can't be in the nested package; it is no product.
    .executableTarget(
      name: "KernelBenchmark", dependencies: ["Tensors"], path: "Benchmarks/Sources/KernelBenchmark",
      swiftSettings: strict),
    // Times whole federations; here so that the tests run it as they built it. No product either.
    .executableTarget(
      name: "WorkloadBenchmark", dependencies: ["CoveyLibrary"], path: "Benchmarks/Sources/WorkloadBenchmark",
      swiftSettings: strict),
    // Makes a large database by the store's own means, and times the documented queries on it; no product either.
    .executableTarget(
      name: "LargeDatabase", dependencies: ["Commands", "RunStore", "TestSupport", argumentParser],
      path: "Benchmarks/Sources/LargeDatabase", swiftSettings: strict),
    module(
      "CoveyLibrary", ["Federation", "Networks", "Datasets", "Tensors", "Catalogs", "Records", "Measures", "Scenarios"]),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "Networks", "Records", "RunStore"], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("Zlib", ["Zlib", "Randomness"]),
    tests("Tensors", ["Tensors", "CKernels", "Randomness"]),
    tests("Formats", ["Formats", "Tensors", "Zlib", "Randomness", sqlite]),
    tests("Datasets", ["Datasets", "Formats", "Randomness", "Catalogs", "Tensors", sqlite]),
    tests("Catalogs", ["Catalogs"]),
    tests("Randomness", ["Randomness"]),
    tests("Measures", ["Measures", "Records", "Catalogs", "Tensors"]),
    tests("Networks", ["Networks", "Tensors", "Randomness", "Catalogs"]),
    tests(
      "Federation",
      ["Federation", "Scenarios", "Networks", "Datasets", "Formats", "Tensors", "Catalogs", "Records", "Randomness"]),
    tests("AddedComponents", ["Federation", "Networks", "Datasets", "Tensors", "Catalogs", "Records", "Randomness"]),
    tests(
      "Scenarios", ["Scenarios", "Federation", "Networks", "Datasets", "Tensors", "Catalogs", "Records", "Randomness"]),
    tests("RunStore", ["RunStore", "Records"]),
    tests(
      "Commands",
      [
        "Commands", "covey", "Tensors", "RunStore", "Records", "Measures", "Scenarios", "Federation", "Zlib",
        "Questions", "Reports", "Pages",
      ],
      exclude: ["Fixtures"]),
    tests("Tables", ["Tables"]),
    tests("Reports", ["Reports", "Tables", "Records"], exclude: ["Fixtures"]),
    tests("Questions", ["Questions", "Reports", "Records", "RunStore"]),
    tests("Figures", ["Figures", "Tables"]),
    tests("Serving", ["Serving", "Pages", "Records", "RunStore"]),
    tests("Pages", ["Pages", "Figures", "Questions", "Reports", "Tables", "Records", "RunStore", "Catalogs", crypto]),
  ]
)
