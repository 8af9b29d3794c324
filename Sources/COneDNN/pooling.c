#include "compat.h"

struct covey_pooling {
  dnnl_stream_t stream;
  dnnl_memory_t input, output, workspace;
  covey_operation forward, backward;
  size_t workspace_bytes;
};

typedef struct {
  covey_desc input, output;
  dnnl_dims_t strides, kernel, dilation, pad_begin, pad_end;
  dnnl_alg_kind_t alg;
} descriptors;

static int primitive_desc(
    const descriptors *d, int is_backward, int training, dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint,
    dnnl_primitive_desc_t *pd) {
  covey_desc_ref input = COVEY_REF(d->input), output = COVEY_REF(d->output);
  const dnnl_prop_kind_t prop = training ? dnnl_forward_training : dnnl_forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  if (is_backward)
    return (int)dnnl_pooling_backward_primitive_desc_create(
        pd, covey_engine(), d->alg, input, output, d->strides, d->kernel, d->dilation, d->pad_begin, d->pad_end, hint, attr);
  return (int)dnnl_pooling_forward_primitive_desc_create(
      pd, covey_engine(), prop, d->alg, input, output, d->strides, d->kernel, d->dilation, d->pad_begin, d->pad_end, attr);
#else
  dnnl_pooling_desc_t desc;
  if (is_backward)
    COVEY_TRY(dnnl_pooling_backward_desc_init(&desc, d->alg, input, output, d->strides, d->kernel, d->pad_begin, d->pad_end));
  else
    COVEY_TRY(
        dnnl_pooling_forward_desc_init(&desc, prop, d->alg, input, output, d->strides, d->kernel, d->pad_begin, d->pad_end));
  return (int)dnnl_primitive_desc_create(pd, &desc, attr, covey_engine(), hint);
#endif
}

static int build(
    covey_pooling *self, const descriptors *d, int training, dnnl_primitive_attr_t attr, dnnl_primitive_desc_t pds[2]) {
  COVEY_TRY(dnnl_stream_create(&self->stream, covey_engine(), dnnl_stream_default_flags));
  COVEY_TRY(covey_memory(COVEY_REF(d->input), &self->input));
  COVEY_TRY(covey_memory(COVEY_REF(d->output), &self->output));
  COVEY_TRY(primitive_desc(d, 0, training, attr, NULL, &pds[0]));
  COVEY_TRY(covey_operation_make(pds[0], &self->forward));
  if (!training) return 0;
  COVEY_TRY(primitive_desc(d, 1, training, attr, pds[0], &pds[1]));
  COVEY_TRY(covey_operation_make(pds[1], &self->backward));
  if (d->alg != dnnl_pooling_max) return 0;
  covey_desc_ref workspace = dnnl_primitive_desc_query_md(pds[0], dnnl_query_workspace_md, 0);
  self->workspace_bytes = covey_padded(dnnl_memory_desc_get_size(workspace));
  return covey_memory(workspace, &self->workspace);
}

int covey_pooling_create(const covey_window_shape *s, covey_pool_kind kind, int training, covey_pooling **result) {
  *result = NULL;
  covey_pooling *self = calloc(1, sizeof *self);
  if (!self) return (int)dnnl_out_of_memory;
  const dnnl_dims_t input = {s->batch, s->in_channels, s->in_height, s->in_width};
  const dnnl_dims_t output = {s->batch, s->in_channels, s->out_height, s->out_width};
  descriptors d = {
      .strides = {s->stride_height, s->stride_width},
      .kernel = {s->kernel_height, s->kernel_width},
      .dilation = {0, 0},
      .pad_begin = {s->pad_top, s->pad_left},
      .pad_end = {s->pad_bottom, s->pad_right},
      .alg = kind == COVEY_POOL_MAX       ? dnnl_pooling_max
             : kind == COVEY_POOL_AVERAGE ? dnnl_pooling_avg_include_padding
                                          : dnnl_pooling_avg_exclude_padding};
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t pds[2] = {NULL, NULL};
  int status = (int)covey_desc_make(&d.input, 4, input, dnnl_nhwc);
  if (status == 0) status = (int)covey_desc_make(&d.output, 4, output, dnnl_nhwc);
  if (status == 0) status = covey_attributes(&attributes);
  if (status == 0) status = build(self, &d, training, attributes, pds);
  for (int i = 0; i < 2; i++)
    if (pds[i]) dnnl_primitive_desc_destroy(pds[i]);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  covey_desc_free(&d.input);
  covey_desc_free(&d.output);
  if (status != 0) {
    covey_pooling_destroy(self);
    return status;
  }
  *result = self;
  return 0;
}

void covey_pooling_destroy(covey_pooling *self) {
  if (!self) return;
  covey_operation_free(&self->forward);
  covey_operation_free(&self->backward);
  dnnl_memory_t memories[] = {self->input, self->output, self->workspace};
  for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
    if (memories[i]) dnnl_memory_destroy(memories[i]);
  if (self->stream) dnnl_stream_destroy(self->stream);
  free(self);
}

size_t covey_pooling_workspace(const covey_pooling *self) { return self->workspace_bytes; }

size_t covey_pooling_scratch(const covey_pooling *self) {
  return covey_larger(self->forward.scratchpad_bytes, self->backward.scratchpad_bytes);
}

static int set(dnnl_memory_t memory, const void *data) { return (int)dnnl_memory_set_data_handle(memory, (void *)data); }

static int execute(
    covey_pooling *self, covey_operation *operation, int input_argument, int output_argument, const float *input,
    const float *output, void *workspace, void *scratch) {
  COVEY_TRY(set(self->input, input));
  COVEY_TRY(set(self->output, output));
  COVEY_TRY(set(operation->scratchpad, scratch));
  dnnl_exec_arg_t arguments[4] = {
      {input_argument, self->input}, {output_argument, self->output}, {DNNL_ARG_SCRATCHPAD, operation->scratchpad}};
  int count = 3;
  if (self->workspace) {
    COVEY_TRY(set(self->workspace, workspace));
    arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_WORKSPACE, self->workspace};
  }
  return (int)dnnl_primitive_execute(operation->primitive, self->stream, count, arguments);
}

int covey_pooling_forward(covey_pooling *self, const float *input, float *output, void *workspace, void *scratch) {
  return execute(self, &self->forward, DNNL_ARG_SRC, DNNL_ARG_DST, input, output, workspace, scratch);
}

int covey_pooling_backward(
    covey_pooling *self, const float *output_gradient, float *input_gradient, void *workspace, void *scratch) {
  return execute(
      self, &self->backward, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST, input_gradient, output_gradient, workspace, scratch);
}
