#include "compat.h"

struct covey_convolution {
  dnnl_stream_t stream;
  dnnl_memory_t input, output, bias, plain_weights;  // both values and gradients; the weights OIHW
  covey_operation forward, backward_input, backward_weights;
  // Weights in the layouts that the three primitives want, and how to get there; NULL where that is OIHW.
  dnnl_memory_t forward_weights, input_weights, gradient_weights;
  covey_operation to_forward, to_input, from_gradient;
  size_t weight_bytes;  // room for weights in any of the layouts
  size_t scratch_bytes;
};

typedef struct {
  covey_desc input, output, weights, plain_weights, bias;
  dnnl_dims_t strides, dilations, pad_begin, pad_end;
  int has_bias;
} descriptors;

static int describe(const covey_window_shape *s, int has_bias, descriptors *d) {
  memset(d, 0, sizeof *d);
  const dnnl_dims_t input = {s->batch, s->in_channels, s->in_height, s->in_width};
  const dnnl_dims_t output = {s->batch, s->out_channels, s->out_height, s->out_width};
  const dnnl_dims_t plain = {s->out_channels, s->in_channels, s->kernel_height, s->kernel_width};
  const dnnl_dims_t grouped = {
      s->groups, s->out_channels / s->groups, s->in_channels / s->groups, s->kernel_height, s->kernel_width};
  const dnnl_dims_t bias = {s->out_channels};
  const int is_grouped = s->groups > 1;
  COVEY_TRY(covey_desc_make(&d->input, 4, input, dnnl_nhwc));
  COVEY_TRY(covey_desc_make(&d->output, 4, output, dnnl_nhwc));
  COVEY_TRY(covey_desc_make(&d->weights, is_grouped ? 5 : 4, is_grouped ? grouped : plain, dnnl_format_tag_any));
  COVEY_TRY(covey_desc_make(
      &d->plain_weights, is_grouped ? 5 : 4, is_grouped ? grouped : plain, is_grouped ? dnnl_goihw : dnnl_oihw));
  if (has_bias) COVEY_TRY(covey_desc_make(&d->bias, 1, bias, dnnl_x));
  d->has_bias = has_bias;
  d->strides[0] = s->stride_height, d->strides[1] = s->stride_width;
  d->dilations[0] = s->dilation_height - 1, d->dilations[1] = s->dilation_width - 1;
  d->pad_begin[0] = s->pad_top, d->pad_begin[1] = s->pad_left;
  d->pad_end[0] = s->pad_bottom, d->pad_end[1] = s->pad_right;
  return 0;
}

static void forget(descriptors *d) {
  covey_desc_free(&d->input);
  covey_desc_free(&d->output);
  covey_desc_free(&d->weights);
  covey_desc_free(&d->plain_weights);
  if (d->has_bias) covey_desc_free(&d->bias);
}

typedef enum { FORWARD_INFERENCE, FORWARD_TRAINING, BACKWARD_INPUT, BACKWARD_WEIGHTS } direction;

static int primitive_desc(
    const descriptors *d, direction way, dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint, dnnl_primitive_desc_t *pd) {
  covey_desc_ref input = COVEY_REF(d->input), output = COVEY_REF(d->output), weights = COVEY_REF(d->weights);
  covey_desc_ref bias = d->has_bias ? COVEY_REF(d->bias) : NULL;
  const dnnl_alg_kind_t alg = dnnl_convolution_direct;
  const dnnl_prop_kind_t prop = way == FORWARD_TRAINING ? dnnl_forward_training : dnnl_forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_engine_t engine = covey_engine();
  switch (way) {
    case BACKWARD_INPUT:
      return (int)dnnl_convolution_backward_data_primitive_desc_create(
          pd, engine, alg, input, weights, output, d->strides, d->dilations, d->pad_begin, d->pad_end, hint, attr);
    case BACKWARD_WEIGHTS:
      return (int)dnnl_convolution_backward_weights_primitive_desc_create(
          pd, engine, alg, input, weights, bias, output, d->strides, d->dilations, d->pad_begin, d->pad_end, hint, attr);
    default:
      return (int)dnnl_convolution_forward_primitive_desc_create(
          pd, engine, prop, alg, input, weights, bias, output, d->strides, d->dilations, d->pad_begin, d->pad_end, attr);
  }
#else
  dnnl_convolution_desc_t desc;
  switch (way) {
    case BACKWARD_INPUT:
      COVEY_TRY(dnnl_dilated_convolution_backward_data_desc_init(
          &desc, alg, input, weights, output, d->strides, d->dilations, d->pad_begin, d->pad_end));
      break;
    case BACKWARD_WEIGHTS:
      COVEY_TRY(dnnl_dilated_convolution_backward_weights_desc_init(
          &desc, alg, input, weights, bias, output, d->strides, d->dilations, d->pad_begin, d->pad_end));
      break;
    default:
      COVEY_TRY(dnnl_dilated_convolution_forward_desc_init(
          &desc, prop, alg, input, weights, bias, output, d->strides, d->dilations, d->pad_begin, d->pad_end));
  }
  return (int)dnnl_primitive_desc_create(pd, &desc, attr, covey_engine(), hint);
#endif
}

// Makes one direction's primitive, the memory object of its weights, and the reorder between them and plain weights.
static int prepare(
    covey_convolution *self, const descriptors *d, direction way, dnnl_primitive_attr_t attr, dnnl_primitive_desc_t hint,
    covey_operation *operation, dnnl_memory_t *weights, covey_operation *reorder, dnnl_primitive_desc_t *pd) {
  COVEY_TRY(primitive_desc(d, way, attr, hint, pd));
  COVEY_TRY(covey_operation_make(*pd, operation));
  const int is_gradient = way == BACKWARD_WEIGHTS;
  covey_desc_ref wanted = dnnl_primitive_desc_query_md(*pd, is_gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
  covey_desc_ref plain = COVEY_REF(d->plain_weights);
  COVEY_TRY(covey_memory(wanted, weights));
  COVEY_TRY(is_gradient ? covey_reorder_make(wanted, plain, reorder) : covey_reorder_make(plain, wanted, reorder));
  self->weight_bytes = covey_larger(self->weight_bytes, covey_padded(dnnl_memory_desc_get_size(wanted)));
  self->scratch_bytes = covey_larger(self->scratch_bytes, operation->scratchpad_bytes);
  self->scratch_bytes = covey_larger(self->scratch_bytes, reorder->scratchpad_bytes);
  return 0;
}

static int build(
    covey_convolution *self, const descriptors *d, int with_weight_gradient, int with_input_gradient,
    dnnl_primitive_attr_t attr, dnnl_primitive_desc_t pds[3]) {
  COVEY_TRY(dnnl_stream_create(&self->stream, covey_engine(), dnnl_stream_default_flags));
  COVEY_TRY(covey_memory(COVEY_REF(d->input), &self->input));
  COVEY_TRY(covey_memory(COVEY_REF(d->output), &self->output));
  COVEY_TRY(covey_memory(COVEY_REF(d->plain_weights), &self->plain_weights));
  if (d->has_bias) COVEY_TRY(covey_memory(COVEY_REF(d->bias), &self->bias));
  const int is_training = with_weight_gradient || with_input_gradient;
  COVEY_TRY(prepare(
      self, d, is_training ? FORWARD_TRAINING : FORWARD_INFERENCE, attr, NULL, &self->forward, &self->forward_weights,
      &self->to_forward, &pds[0]));
  if (with_input_gradient)
    COVEY_TRY(prepare(
        self, d, BACKWARD_INPUT, attr, pds[0], &self->backward_input, &self->input_weights, &self->to_input, &pds[1]));
  if (with_weight_gradient)
    COVEY_TRY(prepare(
        self, d, BACKWARD_WEIGHTS, attr, pds[0], &self->backward_weights, &self->gradient_weights, &self->from_gradient,
        &pds[2]));
  return 0;
}

int covey_convolution_create(
    const covey_window_shape *shape, int has_bias, int with_weight_gradient, int with_input_gradient,
    covey_convolution **result) {
  *result = NULL;
  covey_convolution *self = calloc(1, sizeof *self);
  if (!self) return (int)dnnl_out_of_memory;
  descriptors d;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t pds[3] = {NULL, NULL, NULL};
  int status = describe(shape, has_bias, &d);
  if (status == 0) status = covey_attributes(&attributes);
  if (status == 0) status = build(self, &d, with_weight_gradient, with_input_gradient, attributes, pds);
  for (int i = 0; i < 3; i++)
    if (pds[i]) dnnl_primitive_desc_destroy(pds[i]);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  forget(&d);
  if (status != 0) {
    covey_convolution_destroy(self);
    return status;
  }
  *result = self;
  return 0;
}

void covey_convolution_destroy(covey_convolution *self) {
  if (!self) return;
  covey_operation *operations[] = {&self->forward,    &self->backward_input, &self->backward_weights,
                                   &self->to_forward, &self->to_input,       &self->from_gradient};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) covey_operation_free(operations[i]);
  dnnl_memory_t memories[] = {self->input,           self->output,        self->bias,            self->plain_weights,
                              self->forward_weights, self->input_weights, self->gradient_weights};
  for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
    if (memories[i]) dnnl_memory_destroy(memories[i]);
  if (self->stream) dnnl_stream_destroy(self->stream);
  free(self);
}

// The scratch holds weights in another layout, then the primitive's own scratchpad.
static size_t scratchpad(const covey_convolution *self) { return self->weight_bytes; }

size_t covey_convolution_scratch(const covey_convolution *self) { return scratchpad(self) + self->scratch_bytes; }

static int set(dnnl_memory_t memory, const void *data) { return (int)dnnl_memory_set_data_handle(memory, (void *)data); }

static int execute(covey_convolution *self, covey_operation *operation, dnnl_exec_arg_t *arguments, int count, char *scratchpad) {
  COVEY_TRY(set(operation->scratchpad, scratchpad));
  arguments[count].arg = DNNL_ARG_SCRATCHPAD;
  arguments[count].memory = operation->scratchpad;
  return (int)dnnl_primitive_execute(operation->primitive, self->stream, count + 1, arguments);
}

// Brings weights into the layout of `wanted`; the scratch begins with the room for them.
static int bring(covey_convolution *self, covey_operation *reorder, dnnl_memory_t wanted, const float *weights, char *scratch) {
  if (!reorder->primitive) return set(wanted, weights);
  COVEY_TRY(set(self->plain_weights, weights));
  COVEY_TRY(set(wanted, scratch));
  dnnl_exec_arg_t arguments[3] = {{DNNL_ARG_FROM, self->plain_weights}, {DNNL_ARG_TO, wanted}};
  return execute(self, reorder, arguments, 2, scratch + scratchpad(self));
}

int covey_convolution_forward(
    covey_convolution *self, const float *input, const float *weights, const float *bias, float *output, void *scratch) {
  COVEY_TRY(bring(self, &self->to_forward, self->forward_weights, weights, scratch));
  COVEY_TRY(set(self->input, input));
  COVEY_TRY(set(self->output, output));
  dnnl_exec_arg_t arguments[5] = {
      {DNNL_ARG_SRC, self->input}, {DNNL_ARG_WEIGHTS, self->forward_weights}, {DNNL_ARG_DST, self->output}};
  int count = 3;
  if (self->bias) {
    COVEY_TRY(set(self->bias, bias));
    arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, self->bias};
  }
  return execute(self, &self->forward, arguments, count, (char *)scratch + scratchpad(self));
}

int covey_convolution_backward_input(
    covey_convolution *self, const float *output_gradient, const float *weights, float *input_gradient, void *scratch) {
  COVEY_TRY(bring(self, &self->to_input, self->input_weights, weights, scratch));
  COVEY_TRY(set(self->output, output_gradient));
  COVEY_TRY(set(self->input, input_gradient));
  dnnl_exec_arg_t arguments[4] = {
      {DNNL_ARG_DIFF_DST, self->output}, {DNNL_ARG_WEIGHTS, self->input_weights}, {DNNL_ARG_DIFF_SRC, self->input}};
  return execute(self, &self->backward_input, arguments, 3, (char *)scratch + scratchpad(self));
}

int covey_convolution_backward_weights(
    covey_convolution *self, const float *input, const float *output_gradient, float *weight_gradient, float *bias_gradient,
    void *scratch) {
  const int needs_reorder = self->from_gradient.primitive != NULL;
  COVEY_TRY(set(self->gradient_weights, needs_reorder ? scratch : (void *)weight_gradient));
  COVEY_TRY(set(self->input, input));
  COVEY_TRY(set(self->output, output_gradient));
  dnnl_exec_arg_t arguments[5] = {
      {DNNL_ARG_SRC, self->input}, {DNNL_ARG_DIFF_DST, self->output}, {DNNL_ARG_DIFF_WEIGHTS, self->gradient_weights}};
  int count = 3;
  if (self->bias) {
    COVEY_TRY(set(self->bias, bias_gradient));
    arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_DIFF_BIAS, self->bias};
  }
  COVEY_TRY(execute(self, &self->backward_weights, arguments, count, (char *)scratch + scratchpad(self)));
  if (!needs_reorder) return 0;
  COVEY_TRY(set(self->plain_weights, weight_gradient));
  dnnl_exec_arg_t reorder[3] = {{DNNL_ARG_FROM, self->gradient_weights}, {DNNL_ARG_TO, self->plain_weights}};
  return execute(self, &self->from_gradient, reorder, 2, (char *)scratch + scratchpad(self));
}
