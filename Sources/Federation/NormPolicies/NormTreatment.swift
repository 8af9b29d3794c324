internal import Networks

/// What happens to one kind of a normalization layer's values between rounds.
public enum NormTreatment: String, Codable, Sendable, CaseIterable {
  /// They leave the client; the server averages each by itself.
  case averaged
  /// They leave the client; the server pools means and variances by the law of total variance. For statistics only.
  case pooled
  /// Those of the clients' training are forgotten: the clients measure the aggregated model, and the server pools what
  /// they find. For statistics only.
  case recalibrated
  /// They stay with the client, and the server's copy keeps its initial value.
  case local
  /// The client forgets them after each round, and the server's copy keeps its initial value. For statistics only.
  case dropped
  /// Nobody changes them: they keep the initial or imported value everywhere.
  case frozen

  /// Whether they leave the client.
  public var isShared: Bool {
    switch self {
    case .averaged, .pooled, .recalibrated: true
    case .local, .dropped, .frozen: false
    }
  }

  /// Who has what is treated so.
  var sharing: TensorSharing {
    switch self {
    case .averaged, .pooled, .recalibrated: .shared
    case .local: .local
    case .dropped: .dropped
    case .frozen: .frozen
    }
  }

  /// What γ and β can be.
  public static let forAffine: [NormTreatment] = [.averaged, .local, .frozen]
}
