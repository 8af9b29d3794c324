#include <stddef.h>

#include "CKernels.h"
#include "dispatch.h"

const char *covey_kernels_level(void) {
#ifdef COVEY_HAS_CLONES
  // The same question in the same order as the loader's, which picks among the clones.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  if (__builtin_cpu_supports("x86-64-v3")) return "avx2";
#endif
  return "plain";
}
