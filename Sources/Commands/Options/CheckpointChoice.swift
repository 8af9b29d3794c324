internal import ArgumentParser

/// The checkpoint that is meant: that of a round, or of the best round.
enum CheckpointChoice: ExpressibleByArgument, Equatable {
  case round(Int)
  case best

  init?(argument: String) {
    if argument == "best" {
      self = .best
    } else if let round = Int(argument), round >= 0 {
      self = .round(round)
    } else {
      return nil
    }
  }
}
