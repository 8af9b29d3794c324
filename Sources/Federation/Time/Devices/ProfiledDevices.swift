internal import Catalogs

/// Devices of a few kinds: client k has the kind k mod their number. A participation takes
///
///     latency + D/down + flops/rate + latency + U/up
///
/// seconds, with D and U its bytes down and up.
public struct ProfiledDevices: DeviceModel {
  /// One kind of device.
  public struct Profile: Sendable, Equatable {
    /// Floating-point operations a second.
    public let flops: Double
    /// Bytes a second that it receives.
    public let down: Double
    /// Bytes a second that it sends.
    public let up: Double
    /// Seconds that pass before either begins.
    public let latency: Double

    /// Makes a kind.
    public init(flops: Double, down: Double, up: Double, latency: Double = 0) {
      self.flops = flops
      self.down = down
      self.up = up
      self.latency = latency
    }
  }

  /// The kinds.
  public let profiles: [Profile]
  /// Who is slower.
  public let slow: SlowClients?

  /// Makes the devices.
  ///
  /// - Precondition: There is a kind.
  public init(profiles: [Profile], slow: SlowClients? = nil) {
    precondition(!profiles.isEmpty, "devices without a profile")
    self.profiles = profiles
    self.slow = slow
  }

  public func seconds(client: Int, turn: Int, cost: ParticipationCost, seed: UInt64) -> Double {
    let profile = profiles[client % profiles.count]
    let received = profile.latency + Double(cost.bytesDown) / profile.down
    let trained = received + Double(cost.flops) / profile.flops
    let sent = trained + profile.latency + Double(cost.bytesUp) / profile.up
    return sent * (slow?.factor(client: client, seed: seed) ?? 1)
  }

  private static let options: [Option] = [
    .required("flops", .number(.above(0)), "floating-point operations a second"),
    .required("down", .number(.above(0)), "bytes a second that the client receives"),
    .required("up", .number(.above(0)), "bytes a second that it sends"),
    Option("latency", .number(.atLeast(0)), default: .number(0), "seconds before either begins"),
  ]

  static let entry = CatalogEntry<any DeviceModel>(
    "profiles", "kinds of devices by their speed, in turn over the clients",
    options: [
      .required(
        "profiles", .list(.group(options), count: 1...100_000), "the kinds; client k has the kind k mod their number"),
      SlowClients.option,
    ]
  ) { given in
    guard case .list(let values)? = given.value("profiles") else { return ProfiledDevices(profiles: []) }
    let profiles = try values.enumerated().map { index, value in
      guard case .group(let values) = value else { throw OptionProblem("profiles", "is no list of mappings") }
      do {
        let profile = try Options(declared: options, given: values)
        return Profile(
          flops: profile.number("flops"), down: profile.number("down"), up: profile.number("up"),
          latency: profile.number("latency"))
      } catch let problem as OptionProblem {
        throw OptionProblem("profiles", "'\(problem.option ?? "")' of profile \(index + 1) \(problem.message)")
      }
    }
    return ProfiledDevices(profiles: profiles, slow: try SlowClients.given(given))
  }
}
