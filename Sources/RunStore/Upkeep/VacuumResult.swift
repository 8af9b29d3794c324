/// What a vacuum did to a database's files, in bytes.
package struct VacuumResult: Sendable, Equatable {
  /// The file and its log before.
  package var bytesBefore: Int
  /// The file and its log after.
  package var bytesAfter: Int
  /// Whether the log is empty; it is not while another program reads the database, and the file shrinks later then.
  package var isLogEmpty: Bool
}
