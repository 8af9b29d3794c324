import Catalogs
import Foundation
import Tensors

@testable import Datasets

/// Small valid files for every source that reads files, with options that read them.
struct SmallSources {
  /// By source; paths are below the folder.
  let options: [String: [String: OptionValue]]
  /// How many files each source reads.
  let inputCounts = [
    "npz": 1, "csv": 1, "images": 3, "cifar": 2, "tff": 1, "leaf": 2, "har": 23, "text": 1, "safetensors": 1,
  ]
  /// The files of each source whose bytes may be damaged.
  let files: [String: [String]]

  init(_ folder: URL) throws {
    func write(_ name: String, _ bytes: [UInt8]) throws {
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    let tensors: [(name: String, tensor: SafetensorsTensor)] = [
      ("client0.x", .floats(shape: [2, 2], [1, 2, 3, 4])), ("client0.y", .integers(shape: [2], [0, 1])),
      ("client1.test_x", .floats(shape: [1, 2], [1, 2])), ("client1.test_y", .integers(shape: [1], [0])),
    ]
    try write("small.safetensors", encodeSafetensors(tensors, metadata: [:]))
    try write(
      "small.npz",
      Made.npz([
        ("x", Made.bytes([4, 2, 2], Array(0..<16))), ("y", Made.integers([0, 1, 0, 1])),
        ("client", Made.texts(["a", "a", "b", "b"])), ("split", Made.texts(["train", "test", "train", "test"])),
      ]))
    try write(
      "small.csv", Array("age,sex,label,site\n1.5,m,0,a\n2,f,1,b\n,m,1,b\n\"3\",f,0,a\n".utf8))
    for (place, name) in ["a/1.png", "a/2.png", "b/1.png"].enumerated() {
      try write("images/\(name)", Made.png(width: 3, height: 2, [UInt8](repeating: UInt8(place), count: 6)))
    }
    for (name, count) in [("data_batch_1.bin", 2), ("test_batch.bin", 1)] {
      try write("cifar/\(name)", (0..<count).flatMap { [UInt8($0)] + [UInt8](repeating: 9, count: 3072) })
    }
    func digit(_ value: Float, _ label: UInt8) -> [UInt8] {
      Made.example([("pixels", .floats([value, 1, 0, 1])), ("label", .integers([label]))])
    }
    try? FileManager.default.removeItem(at: folder.appendingPathComponent("small.sqlite"))
    try Made.database(
      folder.appendingPathComponent("small.sqlite").path,
      [("train", "a", digit(0.5, 0)), ("train", "b", digit(0.25, 1)), ("test", "a", digit(1, 1))])
    for (split, y) in [("train", 0), ("test", 1)] {
      let text =
        "{\"users\": [\"u\"], \"num_samples\": [2], \"user_data\": {\"u\": {\"x\": [[1, 2], [0.5, 0]], \"y\": [\(y), 1]}}}"
      try write("leaf/\(split)/a.json", Array(text.utf8))
    }
    try write("har/activity_labels.txt", Array("1 SITTING\n2 STANDING\n".utf8))
    let row = (0..<128).map { "\(Float($0) / 8)" }.joined(separator: " ") + "\n"
    for (split, subject) in [("train", 1), ("test", 2)] {
      try write("har/\(split)/y_\(split).txt", Array("1\n2\n".utf8))
      try write("har/\(split)/subject_\(split).txt", Array("\(subject)\n\(subject)\n".utf8))
      for signal in ["body_acc", "body_gyro", "total_acc"].flatMap({ name in ["x", "y", "z"].map { "\(name)_\($0)" } })
      {
        try write("har/\(split)/Inertial Signals/\(signal)_\(split).txt", Array((row + row).utf8))
      }
    }
    try write(
      "small.jsonl",
      Array("{\"text\": \"A good film\", \"label\": 1}\n{\"text\": \"Not a good one\", \"label\": 0}\n".utf8))
    for (split, count) in [("train", 3), ("test", 2)] {
      let values = (0..<count * 4).map { Float($0) / 2 }
      try write("idx/\(split)-x", Made.idx([count, 2, 2], floats: values))
      try write("idx/\(split)-y", Made.idx([count], bytes: (0..<count).map { UInt8($0 % 2) }))
      try write("idx/\(split)-who", Made.idx([count], bytes: (0..<count).map { UInt8($0 / 2) }))
    }
    func bySplit(_ content: String) -> OptionValue {
      .group(["train": .text("train-\(content)"), "test": .list([.text("test-\(content)")])])
    }
    options = [
      "idx": [
        "root": .text("idx"), "inputs": bySplit("x"), "label": bySplit("y"), "client": bySplit("who"),
        "order": .text("sequence"),
      ],
      "safetensors": ["file": .text("small.safetensors")],
      "npz": ["file": .text("small.npz"), "client": .text("client"), "split": .text("split")],
      "csv": [
        "file": .text("small.csv"), "categories": .list([.text("sex")]), "missing": .text("mean"),
        "client": .text("site"),
      ],
      "images": ["root": .text("images")], "cifar": ["root": .text("cifar")],
      "tff": ["file": .text("small.sqlite"), "shape": .list([.integer(2), .integer(2)])],
      "leaf": ["root": .text("leaf")], "har": ["root": .text("har"), "client": .text("subject")],
      "text": ["file": .text("small.jsonl")],
    ]
    files = [
      "idx": ["idx/train-x", "idx/train-y", "idx/test-who"],
      "safetensors": ["small.safetensors"], "npz": ["small.npz"], "csv": ["small.csv"],
      "images": ["images/a/2.png"], "cifar": ["cifar/data_batch_1.bin"], "tff": ["small.sqlite"],
      "leaf": ["leaf/train/a.json"],
      "har": ["har/activity_labels.txt", "har/train/y_train.txt", "har/test/Inertial Signals/body_acc_x_test.txt"],
      "text": ["small.jsonl"],
    ]
  }
}
