import Testing

@testable import Randomness

@Suite struct PhiloxTests {
  // Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds.
  @Test func knownAnswers() {
    #expect(
      Philox.block(SIMD4(repeating: 0), key: (0, 0)) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    let ones = UInt32.max
    #expect(
      Philox.block(SIMD4(repeating: ones), key: (ones, ones))
        == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    #expect(
      Philox.block(SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: (0xA409_3822, 0x299F_31D0))
        == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }
}

@Suite struct RandomStreamTests {
  private func numbers(_ stream: RandomStream, _ count: Int = 8) -> [UInt64] {
    var stream = stream
    return (0..<count).map { _ in stream.next() }
  }

  @Test func theSameNameIsTheSameStream() {
    #expect(numbers(RandomStream(seed: 7, .cohort, 1, 2)) == numbers(RandomStream(seed: 7, .cohort, 1, 2)))
  }

  @Test func seedPurposeAndEachIndexMakeOthers() {
    var seen: Set<UInt64> = []
    var streams: [RandomStream] = []
    for purpose in RandomPurpose.allCases {
      for seed: UInt64 in [0, 1, 1 << 32, .max] {
        streams.append(RandomStream(seed: seed, purpose))
        for a: UInt64 in [0, 1, 2, .max] {
          streams.append(RandomStream(seed: seed, purpose, a))
          for b: UInt64 in [0, 1, 2] {
            streams.append(RandomStream(seed: seed, purpose, a, b))
            streams.append(RandomStream(seed: seed, purpose, a, b, 0))
            streams.append(RandomStream(seed: seed, purpose, a, b, 5))
          }
        }
      }
    }
    for stream in streams { seen.formUnion(numbers(stream, 2)) }
    #expect(seen.count == 2 * streams.count)
  }

  @Test func purposesHaveNumbersOfTheirOwn() {
    #expect(Set(RandomPurpose.allCases.map(\.rawValue)).count == RandomPurpose.allCases.count)
  }

  /// A change of these changes every recorded run. The values come from another program written to the same definition.
  @Test func theNumbersStayWhatTheyWere() {
    #expect(numbers(RandomStream(seed: 0, .weights), 2) == [0xB020_A70F_6B1B_B9FD, 0x76C5_B235_F2AD_2A28])
    #expect(numbers(RandomStream(seed: 42, .cohort, 3, 1), 2) == [0xB75B_C3A6_1528_DB93, 0x9E8F_8F3F_7679_1F7B])
    #expect(nameHash("") == 0xCBF2_9CE4_8422_2325)
    // FNV-1a's published values.
    #expect(nameHash("a") == 0xAF63_DC4C_8601_EC8C)
    #expect(nameHash("foobar") == 0x8594_4171_F739_67E8)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 11, 64]) func fillingGivesTheSameNumbers(count: Int) {
    for before in 0..<5 {
      var one = RandomStream(seed: 5, .weights, 1)
      for _ in 0..<before { _ = one.next32() }
      var other = one
      var values = [Float](repeating: 9, count: count)
      values.withUnsafeMutableBufferPointer { one.fill($0, uniformWithin: 0.25) }
      #expect(values == (0..<count).map { _ in (2 * other.uniformFloat() - 1) * 0.25 })
      #expect(one.next() == other.next())
    }
  }

  @Test func halvesOfNeighbouringStreamsAreNotAlike() {
    // Bits of neighbouring streams agree as often as not.
    for shift in 0..<3 {
      var agreeing = 0
      for index in 0..<1000 {
        var a = RandomStream(seed: UInt64(index), .noise, 4)
        var b = RandomStream(
          seed: UInt64(index + (shift == 0 ? 1 : 0)), shift == 1 ? .strategy : .noise, shift == 2 ? 5 : 4)
        agreeing += 64 - (a.next() ^ b.next()).nonzeroBitCount
      }
      #expect(abs(Double(agreeing) / 64_000 - 0.5) < 0.01)
    }
  }
}
