/// What a vacuum did to a database's files, in bytes.
public struct VacuumResult: Sendable, Equatable {
  /// The file and its log before.
  public var bytesBefore: Int
  /// The file and its log after.
  public var bytesAfter: Int
  /// Whether the log is empty; it is not while another program reads the database, and the file shrinks later then.
  public var isLogEmpty: Bool
}
