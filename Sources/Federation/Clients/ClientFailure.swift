/// What went wrong as something was done for a client.
struct ClientFailure: Error {
  /// Whose; nil is all clients together.
  let client: Int?
  let error: any Error
}

/// Does something for a client.
///
/// - Throws: `ClientFailure` with what `body` throws, and whose it is.
func blaming<Value>(_ client: Int?, _ body: () throws -> Value) throws(ClientFailure) -> Value {
  do {
    return try body()
  } catch let failure as ClientFailure {
    throw failure
  } catch {
    throw ClientFailure(client: client, error: error)
  }
}
