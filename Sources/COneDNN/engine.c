#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "compat.h"

static dnnl_engine_t engine;
static char version_text[32];

static void make_engine(void) {
  if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
  const dnnl_version_t *version = dnnl_version();
  snprintf(version_text, sizeof version_text, "%d.%d.%d", version->major, version->minor, version->patch);
}

// The library tells a profiler of every call, which for small products takes a twentieth of their time. Said before main, while
// there is one thread; whoever profiles sets the variable to 1 or 2.
__attribute__((constructor)) static void be_silent(void) { setenv("DNNL_ITT_TASK_LEVEL", "0", 0); }

dnnl_engine_t covey_engine(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_engine);
  return engine;
}

const char *covey_onednn_version(void) {
  covey_engine();
  return version_text;
}

void covey_onednn_use_one_thread(void) {
  // Looked up, not linked: a build of oneDNN on TBB or without threads has no OpenMP.
  void (*set_threads)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  if (set_threads) set_threads(1);
}

int covey_attributes(dnnl_primitive_attr_t *result) {
  COVEY_TRY(dnnl_primitive_attr_create(result));
  COVEY_TRY(dnnl_primitive_attr_set_scratchpad_mode(*result, dnnl_scratchpad_mode_user));
  return 0;
}

int covey_memory(covey_desc_ref desc, dnnl_memory_t *result) {
  return (int)dnnl_memory_create(result, desc, covey_engine(), DNNL_MEMORY_NONE);
}

int covey_operation_make(dnnl_primitive_desc_t pd, covey_operation *result) {
  COVEY_TRY(dnnl_primitive_create(&result->primitive, pd));
  covey_desc_ref scratch = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
  result->scratchpad_bytes = covey_padded(dnnl_memory_desc_get_size(scratch));
  return covey_memory(scratch, &result->scratchpad);
}

void covey_operation_free(covey_operation *operation) {
  if (operation->primitive) dnnl_primitive_destroy(operation->primitive);
  if (operation->scratchpad) dnnl_memory_destroy(operation->scratchpad);
  memset(operation, 0, sizeof *operation);
}

int covey_reorder_make(covey_desc_ref from, covey_desc_ref to, covey_operation *result) {
  if (dnnl_memory_desc_equal(from, to)) return 0;
  dnnl_primitive_attr_t attributes = NULL;
  int status = covey_attributes(&attributes);
  dnnl_primitive_desc_t pd = NULL;
  if (status == 0) status = (int)dnnl_reorder_primitive_desc_create(&pd, from, covey_engine(), to, covey_engine(), attributes);
  if (status == 0) status = covey_operation_make(pd, result);
  if (pd) dnnl_primitive_desc_destroy(pd);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

int covey_matrix_product(
    int transpose_a, int transpose_b, int64_t rows, int64_t columns, int64_t inner, float alpha, const float *a,
    int64_t a_stride, const float *b, int64_t b_stride, float beta, float *c, int64_t c_stride) {
  return (int)dnnl_sgemm(
      transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', rows, columns, inner, alpha, a, a_stride, b, b_stride, beta, c,
      c_stride);
}
