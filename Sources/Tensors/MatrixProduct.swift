internal import CKernels
internal import COneDNN

/// c = alpha · op(a) · op(b) + beta · c on row-major matrices; c is `rows × columns`, the sum runs over `inner`.
///
/// oneDNN's `dnnl_sgemm`, on one thread.
///
/// - Parameters:
///   - aStride: The distance of a's rows as they lie in memory; nil is without gaps. The same for b and c.
/// - Throws: `LibraryError` when oneDNN has no memory for what it copies.
package func matrixProduct(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, transposesA: Bool = false, transposesB: Bool = false, rows: Int,
  columns: Int, inner: Int, alpha: Float = 1, beta: Float = 0, into c: UnsafeMutablePointer<Float>, aStride: Int? = nil,
  bStride: Int? = nil, cStride: Int? = nil
) throws(LibraryError) {
  let status = covey_matrix_product(
    transposesA ? 1 : 0, transposesB ? 1 : 0, Int64(rows), Int64(columns), Int64(inner), alpha, a,
    Int64(aStride ?? (transposesA ? rows : inner)), b, Int64(bStride ?? (transposesB ? inner : columns)), beta, c,
    Int64(cStride ?? columns))
  guard status == 0 else {
    throw LibraryError(operation: "a product of \(rows)×\(inner) with \(inner)×\(columns)", status: status)
  }
}

/// Facts about the compute library, and its set-up on a worker thread.
package enum ComputeLibrary {
  /// oneDNN's version.
  package static var version: String { String(cString: covey_onednn_version()) }

  /// Whether there are kernels for Winograd's convolution on this processor: with AVX-512 or AVX2.
  package static var hasWinograd: Bool { covey_winograd_is_available() != 0 }

  /// Tells the library that the calling thread computes alone. To be called once on each worker.
  package static func useOneThread() { covey_onednn_use_one_thread() }
}
