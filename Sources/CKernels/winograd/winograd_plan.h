// How a convolution is cut into pieces, shared by the two instruction sets' kernels (winograd_body.h).
#ifndef COVEY_WINOGRAD_PLAN_H
#define COVEY_WINOGRAD_PLAN_H

#include <stddef.h>

#include "../dispatch.h"

#if defined(__x86_64__)
#define COVEY_HAS_WINOGRAD 1
#endif

/// Channels come in blocks of so many.
#define COVEY_BLOCK 16
/// A piece of transformed weights has up to so many channels on either side: 36 × 64 × 64 floats are 0.6 MB, a part of a
/// second-level cache. Input channels are summed a piece at a time, which also keeps the rounding error of many channels small.
#define COVEY_PIECE 64
/// A tile of 4×4 outputs of a 3×3 convolution is computed in 6×6 places of the transform's domain, each with a plane of values.
#define COVEY_PLANES 36
/// Values of a 3×3 filter.
#define COVEY_TAPS 9

/// A convolution as the kernels see it; for the input's gradient, that of the output's gradient with flipped weights.
typedef struct {
  ptrdiff_t batch, in_height, in_width, in_channels, out_height, out_width, out_channels, pad_top, pad_left;
  ptrdiff_t tile_rows, tile_columns, tiles;  // of an image, of an image, of the batch
  ptrdiff_t tile_block;                      // how many tiles are in the transform's domain at once
  /// Whether all pieces of the weights (or of their gradient) stay in the transform's domain while the blocks of tiles go by;
  /// else a piece is transformed for every block anew.
  int keeps_weights;
} covey_winograd_plan;

/// The kernels of one instruction set.
typedef struct {
  /// With `flipped`, weights are those of the convolution whose input gradient this is.
  void (*convolve)(
      const covey_winograd_plan *plan, const float *input, const float *weights, int flipped, const float *bias, float *output,
      float *scratch);
  void (*weight_gradient)(
      const covey_winograd_plan *plan, const float *input, const float *output_gradient, float *weight_gradient,
      float *bias_gradient, float *scratch);
} covey_winograd_kernels;

extern const covey_winograd_kernels covey_winograd_avx512, covey_winograd_avx2;

static inline ptrdiff_t covey_quotient_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/// The floats from one plane to the next: 37 cache lines more than a multiple of 4 KiB, so that the values of a tile in the 36
/// planes, which are written and read together, lie in different sets of the caches.
static inline ptrdiff_t covey_plane_stride(ptrdiff_t floats) {
  const ptrdiff_t lines = floats / 16;
  return 16 * (lines + (37 - lines % 64 + 64) % 64);
}

/// Planes of a piece of transformed weights.
static inline ptrdiff_t covey_piece_stride(const covey_winograd_plan *p) {
  return covey_plane_stride(covey_smaller(p->in_channels, COVEY_PIECE) * covey_smaller(p->out_channels, COVEY_PIECE));
}
/// Planes of a block of tiles with all input channels.
static inline ptrdiff_t covey_input_stride(const covey_winograd_plan *p) {
  return covey_plane_stride(p->tile_block * p->in_channels);
}
/// Planes of a block of tiles with a piece's output channels.
static inline ptrdiff_t covey_output_stride(const covey_winograd_plan *p) {
  return covey_plane_stride(p->tile_block * covey_smaller(p->out_channels, COVEY_PIECE));
}
/// Pieces of weights that there is room for.
static inline ptrdiff_t covey_kept_pieces(const covey_winograd_plan *p) {
  if (!p->keeps_weights) return 1;
  return covey_quotient_up(p->in_channels, COVEY_PIECE) * covey_quotient_up(p->out_channels, COVEY_PIECE);
}

#endif
