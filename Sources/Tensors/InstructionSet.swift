internal import CKernels
internal import COneDNN

/// What the processor's instructions are that compute a run: results have other bits on another instruction set.
public enum InstructionSet {
  /// What this process computes with, as "oneDNN avx512_core_vnni, kernels avx512, winograd avx512": the instruction set of
  /// oneDNN, which `DNNL_MAX_CPU_ISA` may limit, the compiled form of Covey's own kernels, and that of its Winograd convolution,
  /// which is `none` where that is computed by oneDNN.
  ///
  /// The first use fixes oneDNN's choice for the rest of the process, as its first computation does.
  public static let current: String = {
    let winograd = [3: "avx2", 4: "avx512"][covey_winograd_level()] ?? "none"
    return "oneDNN \(String(cString: covey_onednn_instruction_set())), "
      + "kernels \(String(cString: covey_kernels_level())), winograd \(winograd)"
  }()
}
