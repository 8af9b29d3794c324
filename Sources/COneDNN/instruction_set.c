#include <pthread.h>
#include <stdio.h>

#include "compat.h"

static char words[80];

// The name of an instruction set in the words of DNNL_MAX_CPU_ISA, or NULL for one that is newer than this list.
static const char *name_of(dnnl_cpu_isa_t isa) {
  switch ((unsigned)isa) {
    case dnnl_cpu_isa_sse41: return "sse41";
    case dnnl_cpu_isa_avx: return "avx";
    case dnnl_cpu_isa_avx2: return "avx2";
    case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
    case dnnl_cpu_isa_avx512_core: return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx512_core_fp16: return "avx512_core_fp16";
#endif
    case 0: return "default";  // what the library says on processors that are not of Intel's kind
    default: return NULL;
  }
}

static const char *fpmath_name(dnnl_fpmath_mode_t mode) {
  switch (mode) {
    case dnnl_fpmath_mode_strict: return "";
    case dnnl_fpmath_mode_bf16: return " fpmath_bf16";
    case dnnl_fpmath_mode_f16: return " fpmath_f16";
    case dnnl_fpmath_mode_any: return " fpmath_any";
    default: return " fpmath_other";
  }
}

static void find_words(void) {
  const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
  char number[24];
  snprintf(number, sizeof number, "0x%x", (unsigned)isa);
  dnnl_fpmath_mode_t mode = dnnl_fpmath_mode_strict;
  if (dnnl_get_default_fpmath_mode(&mode) != dnnl_success) mode = dnnl_fpmath_mode_strict;
  const char *name = name_of(isa);
  snprintf(
      words, sizeof words, "%s%s%s", name ? name : number,
      dnnl_get_cpu_isa_hints() == dnnl_cpu_isa_prefer_ymm ? " prefer_ymm" : "", fpmath_name(mode));
}

const char *covey_onednn_instruction_set(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_words);
  return words;
}
