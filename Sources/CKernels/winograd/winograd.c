#include "winograd.h"

#include <stdatomic.h>

#include "winograd_plan.h"

// The best level that the processor has and nothing forbids, + 1; 0 before it was asked.
static atomic_int known_level;

static int level_of_processor(void) {
#ifdef COVEY_HAS_WINOGRAD
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 4;
  if (__builtin_cpu_supports("x86-64-v3")) return 3;
#endif
  return 0;
}

int covey_winograd_level(void) {
  int level = atomic_load_explicit(&known_level, memory_order_relaxed);
  if (level == 0) {
    level = level_of_processor() + 1;
    atomic_store_explicit(&known_level, level, memory_order_relaxed);
  }
  return level - 1;
}

void covey_winograd_limit(int level) {
  const int best = level_of_processor();
  const int allowed = level < best ? level : best;
  atomic_store_explicit(&known_level, (allowed >= 3 ? allowed : 0) + 1, memory_order_relaxed);
}

int covey_winograd_is_available(void) { return covey_winograd_level() > 0; }

// MARK: Plans

// Weights of so few channels stay in the transform's domain, with 36 · 4 / 9 times their size: at most 2.4 MB.
#define KEPT_WEIGHTS (128 * 128)
// Tiles of a block. Fewer leave more of the second-level cache to the weights; where these are transformed for each block, it
// takes more tiles to be worth it.
#define TILES_WITH_KEPT_WEIGHTS 32
#define TILES 64

// A plan without tiles is complete with them: as many equal blocks as needed.
static covey_winograd_plan cut(covey_winograd_plan p) {
  p.tile_rows = covey_quotient_up(p.out_height, 4), p.tile_columns = covey_quotient_up(p.out_width, 4);
  p.tiles = p.batch * p.tile_rows * p.tile_columns;
  const int is_small = p.in_channels * p.out_channels <= KEPT_WEIGHTS;
  const ptrdiff_t blocks = covey_quotient_up(p.tiles, is_small ? TILES_WITH_KEPT_WEIGHTS : TILES);
  p.tile_block = covey_quotient_up(p.tiles, blocks);
  p.keeps_weights = is_small && blocks > 1;
  return p;
}

static covey_winograd_plan forward_plan(const covey_winograd_shape *s) {
  return cut((covey_winograd_plan){
      .batch = s->batch, .in_height = s->in_height, .in_width = s->in_width, .in_channels = s->in_channels,
      .out_height = s->out_height, .out_width = s->out_width, .out_channels = s->out_channels, .pad_top = s->pad_top,
      .pad_left = s->pad_left});
}

// The input's gradient is the convolution of the output's gradient with the weights turned by 180°, with more padding.
static covey_winograd_plan backward_plan(const covey_winograd_shape *s) {
  return cut((covey_winograd_plan){
      .batch = s->batch, .in_height = s->out_height, .in_width = s->out_width, .in_channels = s->out_channels,
      .out_height = s->in_height, .out_width = s->in_width, .out_channels = s->in_channels, .pad_top = 2 - s->pad_top,
      .pad_left = 2 - s->pad_left});
}

static size_t scratch_of(const covey_winograd_plan *p) {
  const ptrdiff_t strides = covey_input_stride(p) + covey_output_stride(p) + covey_kept_pieces(p) * covey_piece_stride(p);
  return (size_t)(COVEY_PLANES * strides) * sizeof(float);
}

size_t covey_winograd_scratch(const covey_winograd_shape *shape, int with_weight_gradient, int with_input_gradient) {
  (void)with_weight_gradient;  // it is cut like the forward pass
  const covey_winograd_plan forward = forward_plan(shape), backward = backward_plan(shape);
  const size_t bytes = scratch_of(&forward), backward_bytes = scratch_of(&backward);
  return with_input_gradient && backward_bytes > bytes ? backward_bytes : bytes;
}

// MARK: Passes

static const covey_winograd_kernels *kernels(void) {
#ifdef COVEY_HAS_WINOGRAD
  return covey_winograd_level() == 4 ? &covey_winograd_avx512 : &covey_winograd_avx2;
#else
  return NULL;
#endif
}

void covey_winograd_forward(
    const covey_winograd_shape *shape, const float *input, const float *weights, const float *bias, float *output,
    void *scratch) {
  const covey_winograd_plan plan = forward_plan(shape);
  kernels()->convolve(&plan, input, weights, 0, bias, output, scratch);
}

void covey_winograd_backward_input(
    const covey_winograd_shape *shape, const float *output_gradient, const float *weights, float *input_gradient, void *scratch) {
  const covey_winograd_plan plan = backward_plan(shape);
  kernels()->convolve(&plan, output_gradient, weights, 1, NULL, input_gradient, scratch);
}

void covey_winograd_backward_weights(
    const covey_winograd_shape *shape, const float *input, const float *output_gradient, float *weight_gradient,
    float *bias_gradient, void *scratch) {
  const covey_winograd_plan plan = forward_plan(shape);
  kernels()->weight_gradient(&plan, input, output_gradient, weight_gradient, bias_gradient, scratch);
}
