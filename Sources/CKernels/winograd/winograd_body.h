// Winograd's F(4×4, 3×3): tiles of 4×4 outputs from 6×6 inputs with 36 products instead of 144 (A. Lavin and S. Gray, "Fast
// Algorithms for Convolutional Neural Networks", CVPR 2016): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, where ⊙ with the sum over the input
// channels is 36 matrix products, one for each place of the 6×6, of tiles × input channels by input channels × output channels.
//
// Included once for each instruction set, with LANES (floats of a vector), MAX_ROWS (how many rows of two vectors of sums fit the
// registers), GRADIENT_ROWS (the same, but a divisor of 16) and KERNELS (the name of what is exported) defined. What is summed in
// which order does not depend on them, so that all instruction sets give the same bits.
//
// In the transform's domain a tensor is 36 planes, in each of which
// - V, the input, is [block of 16 channels][tile][16];
// - M, the output, and D, the output's gradient, are [panel of channels][tile][panel's width], where a panel is two vectors of
// - U, a piece of weights or of their gradient, is [panel of output channels][input channel][panel's width].
// Only pieces of 64 output channels of M, D and U exist at a time, and of U 64 input channels.

#pragma STDC FP_CONTRACT ON

#define INLINED static inline __attribute__((always_inline))
#define PANEL (2 * LANES)

typedef float vector __attribute__((ext_vector_type(LANES)));
typedef float quad __attribute__((ext_vector_type(4)));

INLINED vector load(const float *x) {
  vector v;
  memcpy(&v, x, sizeof v);
  return v;
}
INLINED void store(float *x, vector v) { memcpy(x, &v, sizeof v); }

// MARK: Transforms of a row or column
//
// The points are 0, ±P, ±Q and ∞. With ±1 and ±2, which the paper takes, the rounding error is twice as large.

static const float P = 0.625f, Q = 1.5f, P2 = 0.390625f, Q2 = 2.25f, P3 = 0.244140625f, Q3 = 3.375f;
static const float P2Q2 = 0.390625f * 2.25f, P2_PLUS_Q2 = 0.390625f + 2.25f;
// Normalizers of the points: 1/P²Q², 1/2P²(P² − Q²) and 1/2Q²(Q² − P²).
static const float AT_ZERO = 1 / (0.390625f * 2.25f);
static const float AT_P = 1 / (2 * 0.390625f * (0.390625f - 2.25f)), AT_Q = 1 / (2 * 2.25f * (2.25f - 0.390625f));

// Bᵀ: six inputs.
INLINED void transform_input(const vector d[6], vector o[6]) {
  const vector even_p = d[4] - Q2 * d[2], odd_p = P * (d[3] - Q2 * d[1]);
  const vector even_q = d[4] - P2 * d[2], odd_q = Q * (d[3] - P2 * d[1]);
  o[0] = P2Q2 * d[0] + (d[4] - P2_PLUS_Q2 * d[2]);
  o[1] = even_p + odd_p, o[2] = even_p - odd_p;
  o[3] = even_q + odd_q, o[4] = even_q - odd_q;
  o[5] = P2Q2 * d[1] + (d[5] - P2_PLUS_Q2 * d[3]);
}

// Aᵀ: to four outputs.
INLINED void transform_output(const vector m[6], vector o[4]) {
  const vector even_p = m[1] + m[2], odd_p = m[1] - m[2], even_q = m[3] + m[4], odd_q = m[3] - m[4];
  o[0] = m[0] + even_p + even_q;
  o[1] = Q * odd_q + P * odd_p;
  o[2] = Q2 * even_q + P2 * even_p;
  o[3] = Q3 * odd_q + (P3 * odd_p + m[5]);
}

// A: four gradients of outputs.
INLINED void transform_output_gradient(const vector y[4], vector o[6]) {
  const vector even_p = P2 * y[2] + y[0], odd_p = P3 * y[3] + P * y[1];
  const vector even_q = Q2 * y[2] + y[0], odd_q = Q3 * y[3] + Q * y[1];
  o[0] = y[0];
  o[1] = even_p + odd_p, o[2] = even_p - odd_p;
  o[3] = even_q + odd_q, o[4] = even_q - odd_q;
  o[5] = y[3];
}

// G: three weights.
INLINED void transform_weights(const vector g[3], vector o[6]) {
  const vector even_p = AT_P * (P2 * g[2] + g[0]), odd_p = AT_P * P * g[1];
  const vector even_q = AT_Q * (Q2 * g[2] + g[0]), odd_q = AT_Q * Q * g[1];
  o[0] = AT_ZERO * g[0];
  o[1] = even_p + odd_p, o[2] = even_p - odd_p;
  o[3] = even_q + odd_q, o[4] = even_q - odd_q;
  o[5] = g[2];
}

// Gᵀ: to three gradients of weights.
INLINED void transform_weight_gradient(const vector m[6], vector o[3]) {
  const vector even_p = AT_P * (m[1] + m[2]), odd_p = m[1] - m[2], even_q = AT_Q * (m[3] + m[4]), odd_q = m[3] - m[4];
  o[0] = AT_ZERO * m[0] + (even_p + even_q);
  o[1] = AT_Q * Q * odd_q + AT_P * P * odd_p;
  o[2] = P2 * even_p + (Q2 * even_q + m[5]);
}

// MARK: Tiles

typedef void transform(const vector *from, vector *to);

// tile = t·tile·tᵀ, from `from`² to `to`² values.
INLINED void transform_square(transform t, const int from, const int to, vector tile[6][6]) {
  vector half[6][6], column[6], o[6];
  for (int j = 0; j < from; j++) {
    for (int i = 0; i < from; i++) column[i] = tile[i][j];
    t(column, o);
    for (int i = 0; i < to; i++) half[i][j] = o[i];
  }
  for (int i = 0; i < to; i++) t(half[i], tile[i]);
}

INLINED void load_planes(const float *from, ptrdiff_t stride, vector tile[6][6]) {
  for (int j = 0; j < 6; j++)
    for (int i = 0; i < 6; i++) tile[i][j] = load(from + (i * 6 + j) * stride);
}
INLINED void store_planes(vector tile[6][6], float *to, ptrdiff_t stride) {
  for (int i = 0; i < COVEY_PLANES; i++) store(to + i * stride, tile[i / 6][i % 6]);
}

// A tile's image and the row and column where it begins, in units of pixels.
typedef struct {
  ptrdiff_t image, row, column;
} place;

INLINED place place_of(const covey_winograd_plan *p, ptrdiff_t tile) {
  const ptrdiff_t of_image = p->tile_rows * p->tile_columns, inside = tile % of_image;
  return (place){tile / of_image, inside / p->tile_columns * 4, inside % p->tile_columns * 4};
}

// What a tile sees of an image, from the pixel (row, column) on, which may lie before the image; the last one may lie behind.
typedef struct {
  const float *image;
  ptrdiff_t height, width, channels, row, column;
} window;

INLINED window input_window(const covey_winograd_plan *p, const float *input, place at) {
  const float *image = input + at.image * p->in_height * p->in_width * p->in_channels;
  return (window){image, p->in_height, p->in_width, p->in_channels, at.row - p->pad_top, at.column - p->pad_left};
}

INLINED window output_window(const covey_winograd_plan *p, const float *output, place at) {
  const float *image = output + at.image * p->out_height * p->out_width * p->out_channels;
  return (window){image, p->out_height, p->out_width, p->out_channels, at.row, at.column};
}

INLINED int contains(window w, int size) {
  return w.row >= 0 && w.column >= 0 && w.row + size <= w.height && w.column + size <= w.width;
}

// A vector of channels of size² pixels, which are 0 outside of the image.
INLINED void load_pixels(window w, const int is_inside, const int size, ptrdiff_t channel, vector tile[6][6]) {
  for (int j = 0; j < size; j++)
    for (int i = 0; i < size; i++) {
      const ptrdiff_t row = w.row + i, column = w.column + j;
      const int is_pixel = is_inside || (row >= 0 && column >= 0 && row < w.height && column < w.width);
      tile[i][j] = is_pixel ? load(w.image + (row * w.width + column) * w.channels + channel) : (vector)0;
    }
}

INLINED void transform_input_tile(window w, int is_inside, ptrdiff_t channel, float *v, ptrdiff_t stride) {
  vector tile[6][6];
  load_pixels(w, is_inside, 6, channel, tile);
  transform_square(transform_input, 6, 6, tile);
  store_planes(tile, v, stride);
}

// V = the transformed input of `count` tiles.
static void transform_inputs(const covey_winograd_plan *p, const float *input, ptrdiff_t first, ptrdiff_t count, float *v) {
  const ptrdiff_t stride = covey_input_stride(p);
  for (ptrdiff_t t = 0; t < count; t++) {
    const window w = input_window(p, input, place_of(p, first + t));
    const int is_inside = contains(w, 6);
    for (ptrdiff_t c = 0; c < p->in_channels; c += LANES) {
      float *to = v + (c / COVEY_BLOCK * p->tile_block + t) * COVEY_BLOCK + c % COVEY_BLOCK;
      if (is_inside)
        transform_input_tile(w, 1, c, to, stride);
      else
        transform_input_tile(w, 0, c, to, stride);
    }
  }
}

// Where a channel of an array [panel of channels][row][panel's width] begins, and the width there.
typedef struct {
  ptrdiff_t offset, width;
} slot;

INLINED slot slot_of(ptrdiff_t channel, ptrdiff_t channels, ptrdiff_t rows) {
  const ptrdiff_t start = channel / PANEL * PANEL;
  return (slot){start * rows + channel % PANEL, covey_smaller(channels - start, PANEL)};
}

INLINED void transform_output_tile(
    const float *m, ptrdiff_t stride, vector bias, float *output, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride,
    ptrdiff_t pixel_stride) {
  vector tile[6][6];
  load_planes(m, stride, tile);
  transform_square(transform_output, 6, 4, tile);
  for (int i = 0; i < 4 && i < rows; i++)
    for (int j = 0; j < 4 && j < columns; j++) store(output + i * row_stride + j * pixel_stride, tile[i][j] + bias);
}

// Output channels `channel`… of `count` tiles = those of M.
static void transform_outputs(
    const covey_winograd_plan *p, const float *m, ptrdiff_t first, ptrdiff_t count, ptrdiff_t channel, ptrdiff_t channels,
    const float *bias, float *output) {
  const ptrdiff_t stride = covey_output_stride(p), row_stride = p->out_width * p->out_channels;
  for (ptrdiff_t t = 0; t < count; t++) {
    const place at = place_of(p, first + t);
    const ptrdiff_t rows = p->out_height - at.row, columns = p->out_width - at.column;
    float *to = output + (at.image * p->out_height + at.row) * row_stride + at.column * p->out_channels + channel;
    for (ptrdiff_t k = 0; k < channels; k += LANES) {
      const slot from = slot_of(k, channels, p->tile_block);
      const vector shift = bias ? load(bias + channel + k) : (vector)0;
      const float *sums = m + from.offset + t * from.width;
      if (rows >= 4 && columns >= 4)
        transform_output_tile(sums, stride, shift, to + k, 4, 4, row_stride, p->out_channels);
      else
        transform_output_tile(sums, stride, shift, to + k, rows, columns, row_stride, p->out_channels);
    }
  }
}

// Returns the sum of the tile's pixels.
INLINED vector transform_output_gradient_tile(window w, int is_inside, ptrdiff_t channel, float *d, ptrdiff_t stride) {
  vector tile[6][6], sums[4];
  load_pixels(w, is_inside, 4, channel, tile);
  for (int i = 0; i < 4; i++) sums[i] = (tile[i][0] + tile[i][1]) + (tile[i][2] + tile[i][3]);
  transform_square(transform_output_gradient, 4, 6, tile);
  store_planes(tile, d, stride);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// D = the transformed gradients of channels `channel`… of `count` tiles, sums = their pixels' sums.
static void transform_output_gradients(
    const covey_winograd_plan *p, const float *gradient, ptrdiff_t first, ptrdiff_t count, ptrdiff_t channel, ptrdiff_t channels,
    float *d, float *sums) {
  const ptrdiff_t stride = covey_output_stride(p);
  memset(sums, 0, (size_t)channels * sizeof *sums);
  for (ptrdiff_t t = 0; t < count; t++) {
    const window w = output_window(p, gradient, place_of(p, first + t));
    const int is_inside = contains(w, 4);
    for (ptrdiff_t k = 0; k < channels; k += LANES) {
      const slot to = slot_of(k, channels, p->tile_block);
      float *tile = d + to.offset + t * to.width;
      const vector sum = is_inside ? transform_output_gradient_tile(w, 1, channel + k, tile, stride)
                                   : transform_output_gradient_tile(w, 0, channel + k, tile, stride);
      store(sums + k, load(sums + k) + sum);
    }
  }
}

// MARK: Weights
//
// They are OIHW, while the transforms work on vectors of channels: `taps` holds a block of 16×16 filters as [channel][tap][16].

typedef float taps[COVEY_BLOCK * COVEY_TAPS * COVEY_BLOCK];

// A piece of weights: so many channels from `out_channel` and `in_channel` on.
typedef struct {
  ptrdiff_t out_channel, out_channels, in_channel, in_channels;
} piece;

// to = the transpose of 4×4 values, or += if `adds`.
INLINED void transpose(const float *from, ptrdiff_t from_stride, float *to, ptrdiff_t to_stride, int adds) {
  quad rows[4];
  for (int i = 0; i < 4; i++) memcpy(&rows[i], from + i * from_stride, sizeof rows[i]);
  const quad a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5), b = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
  const quad c = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7), d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  quad columns[4] = {
      __builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
      __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
  for (int i = 0; i < 4; i++) {
    if (adds) {
      quad before;
      memcpy(&before, to + i * to_stride, sizeof before);
      columns[i] += before;
    }
    memcpy(to + i * to_stride, &columns[i], sizeof columns[i]);
  }
}

// Taps of 16 output channels for each of 16 input channels. `weights` begins at the block; rows are output channels.
static void gather_taps(const float *weights, ptrdiff_t row, float *to) {
  for (int k = 0; k < COVEY_BLOCK; k += 4)
    for (int i = 0; i < COVEY_BLOCK * COVEY_TAPS; i += 4)
      transpose(weights + k * row + i, row, to + i * COVEY_BLOCK + k, COVEY_BLOCK, 0);
}

// Taps of 16 input channels for each of 16 output channels, turned by 180°.
static void gather_flipped_taps(const float *weights, ptrdiff_t row, float *to) {
  for (int k = 0; k < COVEY_BLOCK; k++)
    for (int c = 0; c < COVEY_BLOCK; c += 4) {
      const float *from = weights + k * row + c * COVEY_TAPS;
      float *last = to + (k * COVEY_TAPS + COVEY_TAPS - 1) * COVEY_BLOCK + c;
      transpose(from, COVEY_TAPS, last, -COVEY_BLOCK, 0);
      transpose(from + 4, COVEY_TAPS, last - 4 * COVEY_BLOCK, -COVEY_BLOCK, 0);
      for (int i = 0; i < 4; i++) last[i - 8 * COVEY_BLOCK] = from[i * COVEY_TAPS + 8];
    }
}

// The way back from gather_taps.
static void scatter_taps(const float *from, int adds, float *weights, ptrdiff_t row) {
  for (int k = 0; k < COVEY_BLOCK; k += 4)
    for (int i = 0; i < COVEY_BLOCK * COVEY_TAPS; i += 4) {
      float *to = weights + k * row + i;
      if (adds)
        transpose(from + i * COVEY_BLOCK + k, COVEY_BLOCK, to, row, 1);
      else
        transpose(from + i * COVEY_BLOCK + k, COVEY_BLOCK, to, row, 0);
    }
}

INLINED void transform_filter(const float *filter, float *u, ptrdiff_t stride) {
  vector tile[6][6];
  for (int i = 0; i < COVEY_TAPS; i++) tile[i / 3][i % 3] = load(filter + i * COVEY_BLOCK);
  transform_square(transform_weights, 3, 6, tile);
  store_planes(tile, u, stride);
}

// U = a piece of the transformed weights.
static void transform_weight_piece(const covey_winograd_plan *p, const float *weights, int flipped, piece q, float *u) {
  const ptrdiff_t stride = covey_piece_stride(p);
  taps block;
  for (ptrdiff_t k = 0; k < q.out_channels; k += COVEY_BLOCK)
    for (ptrdiff_t c = 0; c < q.in_channels; c += COVEY_BLOCK) {
      const ptrdiff_t out = q.out_channel + k, in = q.in_channel + c;
      if (flipped)
        gather_flipped_taps(weights + (in * p->out_channels + out) * COVEY_TAPS, p->out_channels * COVEY_TAPS, block);
      else
        gather_taps(weights + (out * p->in_channels + in) * COVEY_TAPS, p->in_channels * COVEY_TAPS, block);
      for (int l = 0; l < COVEY_BLOCK; l += LANES) {
        const slot to = slot_of(k + l, q.out_channels, q.in_channels);
        for (int i = 0; i < COVEY_BLOCK; i++)
          transform_filter(block + i * COVEY_TAPS * COVEY_BLOCK + l, u + to.offset + (c + i) * to.width, stride);
      }
    }
}

INLINED void transform_filter_gradient(const float *u, ptrdiff_t stride, float *filter) {
  vector tile[6][6];
  load_planes(u, stride, tile);
  transform_square(transform_weight_gradient, 6, 3, tile);
  for (int i = 0; i < COVEY_TAPS; i++) store(filter + i * COVEY_BLOCK, tile[i / 3][i % 3]);
}

// gradient = a piece of the weights' gradient, or += if `adds`.
static void transform_gradient_piece(const covey_winograd_plan *p, const float *u, piece q, int adds, float *gradient) {
  const ptrdiff_t stride = covey_piece_stride(p), row = p->in_channels * COVEY_TAPS;
  taps block;
  for (ptrdiff_t k = 0; k < q.out_channels; k += COVEY_BLOCK)
    for (ptrdiff_t c = 0; c < q.in_channels; c += COVEY_BLOCK) {
      for (int l = 0; l < COVEY_BLOCK; l += LANES) {
        const slot from = slot_of(k + l, q.out_channels, q.in_channels);
        for (int i = 0; i < COVEY_BLOCK; i++)
          transform_filter_gradient(u + from.offset + (c + i) * from.width, stride, block + i * COVEY_TAPS * COVEY_BLOCK + l);
      }
      scatter_taps(block, adds, gradient + (q.out_channel + k) * row + (q.in_channel + c) * COVEY_TAPS, row);
    }
}

// MARK: Products

// c = a·b, or += if `adds`, for c of `rows` rows and `columns` vectors. Element i of row r of a is a[r·a_row + i·a_step] for i <
// depth; more of the row follows a_block floats further, `blocks` times in all. b and c are panels of `columns` vectors. `next`
// is the b of calls to come, fetched into the first-level cache meanwhile. The first four are constants where this is inlined.
// Sums begin at 0 and are added to c at the end: rounding errors then grow with a part's length and with the number of parts, not
// their product.
INLINED void multiply(
    const int rows, const int columns, const ptrdiff_t a_row, const ptrdiff_t a_step, const float *a, ptrdiff_t a_block,
    ptrdiff_t blocks, ptrdiff_t depth, const float *b, const float *next, int adds, float *c) {
  vector sums[MAX_ROWS][2];
  for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = 0;
  for (ptrdiff_t block = 0; block < blocks; block++, a += a_block)
    for (ptrdiff_t i = 0; i < depth; i++, b += columns * LANES, next += columns * LANES) {
      const vector left = load(b), right = columns == 2 ? load(b + LANES) : (vector)0;
      __builtin_prefetch(next);
      if (columns * LANES > 16) __builtin_prefetch(next + 16);
      for (int r = 0; r < rows; r++) {
        const vector x = a[r * a_row + i * a_step];
        sums[r][0] = __builtin_elementwise_fma(x, left, sums[r][0]);
        if (columns == 2) sums[r][1] = __builtin_elementwise_fma(x, right, sums[r][1]);
      }
    }
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < columns; j++) {
      float *to = c + (r * columns + j) * LANES;
      store(to, adds ? load(to) + sums[r][j] : sums[r][j]);
    }
}

// What is wanted after the panel of channels `k`… of a plane: the panel behind it, or the next plane's first one.
INLINED const float *panel_after(ptrdiff_t k, ptrdiff_t channels, const float *at, ptrdiff_t rows, int plane, ptrdiff_t stride) {
  if (k + PANEL < channels) return at + (k + PANEL) * rows;
  return plane + 1 < COVEY_PLANES ? at + stride : at;
}

// A panel of M for `rows` tiles. The sums are registers only if the number of rows is a constant.
static void multiply_tiles(
    int rows, int width, const float *v, ptrdiff_t v_block, ptrdiff_t blocks, const float *u, const float *next, int adds,
    float *m) {
  switch (rows) {
#define CASE(n)                                                                         \
  case n:                                                                               \
    if (width == PANEL)                                                                 \
      multiply(n, 2, COVEY_BLOCK, 1, v, v_block, blocks, COVEY_BLOCK, u, next, adds, m); \
    else                                                                                \
      multiply(n, 1, COVEY_BLOCK, 1, v, v_block, blocks, COVEY_BLOCK, u, next, adds, m); \
    break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if MAX_ROWS == 8
    CASE(7) CASE(8)
#endif
#undef CASE
  }
}

// M = V·U in all planes, or +=, for a piece of weights.
static void multiply_piece(const covey_winograd_plan *p, const float *v, const float *u, ptrdiff_t tiles, piece q, float *m) {
  const ptrdiff_t v_block = p->tile_block * COVEY_BLOCK, parts = covey_quotient_up(tiles, MAX_ROWS);
  const ptrdiff_t v_stride = covey_input_stride(p), u_stride = covey_piece_stride(p), m_stride = covey_output_stride(p);
  const int adds = q.in_channel > 0;
  v += q.in_channel / COVEY_BLOCK * v_block;
  for (int plane = 0; plane < COVEY_PLANES; plane++, v += v_stride, u += u_stride, m += m_stride)
    for (ptrdiff_t k = 0; k < q.out_channels; k += PANEL) {
      const int width = (int)covey_smaller(q.out_channels - k, PANEL);
      const float *next = panel_after(k, q.out_channels, u, q.in_channels, plane, u_stride);
      for (ptrdiff_t part = 0; part < parts; part++) {
        const ptrdiff_t start = tiles * part / parts, end = tiles * (part + 1) / parts;
        multiply_tiles(
            (int)(end - start), width, v + start * COVEY_BLOCK, v_block, q.in_channels / COVEY_BLOCK, u + k * q.in_channels,
            next, adds, m + k * p->tile_block + start * width);
      }
    }
}

// U = Vᵀ·D in all planes, or += if `adds`, for a piece of weights; sums go over the tiles.
static void multiply_gradient_piece(
    const covey_winograd_plan *p, const float *v, const float *d, ptrdiff_t tiles, piece q, int adds, float *u) {
  const ptrdiff_t v_stride = covey_input_stride(p), u_stride = covey_piece_stride(p), d_stride = covey_output_stride(p);
  v += q.in_channel * p->tile_block;
  for (int plane = 0; plane < COVEY_PLANES; plane++, v += v_stride, u += u_stride, d += d_stride)
    for (ptrdiff_t k = 0; k < q.out_channels; k += PANEL) {
      const ptrdiff_t width = covey_smaller(q.out_channels - k, PANEL);
      const float *gradients = d + k * p->tile_block;
      const float *next = panel_after(k, q.out_channels, d, p->tile_block, plane, d_stride);
      for (ptrdiff_t c = 0; c < q.in_channels; c += GRADIENT_ROWS) {
        const float *inputs = v + c / COVEY_BLOCK * COVEY_BLOCK * p->tile_block + c % COVEY_BLOCK;
        float *to = u + k * q.in_channels + c * width;
        if (width == PANEL)
          multiply(GRADIENT_ROWS, 2, 1, COVEY_BLOCK, inputs, 0, 1, tiles, gradients, next, adds, to);
        else
          multiply(GRADIENT_ROWS, 1, 1, COVEY_BLOCK, inputs, 0, 1, tiles, gradients, next, adds, to);
      }
    }
}

// MARK: Passes

// The piece from these channels on.
INLINED piece piece_at(const covey_winograd_plan *p, ptrdiff_t out_channel, ptrdiff_t in_channel) {
  return (piece){
      out_channel, covey_smaller(p->out_channels - out_channel, COVEY_PIECE), in_channel,
      covey_smaller(p->in_channels - in_channel, COVEY_PIECE)};
}

// Where a piece lies among the transformed weights.
INLINED float *room_of(const covey_winograd_plan *p, piece q, float *u) {
  if (!p->keeps_weights) return u;
  const ptrdiff_t of_row = covey_quotient_up(p->in_channels, COVEY_PIECE);
  return u + (q.out_channel / COVEY_PIECE * of_row + q.in_channel / COVEY_PIECE) * COVEY_PLANES * covey_piece_stride(p);
}

static void convolve(
    const covey_winograd_plan *p, const float *input, const float *weights, int flipped, const float *bias, float *output,
    float *scratch) {
  float *v = scratch, *m = v + COVEY_PLANES * covey_input_stride(p), *u = m + COVEY_PLANES * covey_output_stride(p);
  for (ptrdiff_t first = 0; first < p->tiles; first += p->tile_block) {
    const ptrdiff_t tiles = covey_smaller(p->tiles - first, p->tile_block);
    transform_inputs(p, input, first, tiles, v);
    for (ptrdiff_t k = 0; k < p->out_channels; k += COVEY_PIECE) {
      for (ptrdiff_t c = 0; c < p->in_channels; c += COVEY_PIECE) {
        const piece q = piece_at(p, k, c);
        float *room = room_of(p, q, u);
        if (first == 0 || !p->keeps_weights) transform_weight_piece(p, weights, flipped, q, room);
        multiply_piece(p, v, room, tiles, q, m);
      }
      transform_outputs(p, m, first, tiles, k, covey_smaller(p->out_channels - k, COVEY_PIECE), bias, output);
    }
  }
}

static void weight_gradient(
    const covey_winograd_plan *p, const float *input, const float *output_gradient, float *gradient, float *bias_gradient,
    float *scratch) {
  float *v = scratch, *d = v + COVEY_PLANES * covey_input_stride(p), *u = d + COVEY_PLANES * covey_output_stride(p);
  float sums[COVEY_PIECE];
  for (ptrdiff_t first = 0; first < p->tiles; first += p->tile_block) {
    const ptrdiff_t tiles = covey_smaller(p->tiles - first, p->tile_block);
    const int is_first = first == 0, is_last = first + tiles == p->tiles;
    transform_inputs(p, input, first, tiles, v);
    for (ptrdiff_t k = 0; k < p->out_channels; k += COVEY_PIECE) {
      const ptrdiff_t channels = covey_smaller(p->out_channels - k, COVEY_PIECE);
      transform_output_gradients(p, output_gradient, first, tiles, k, channels, d, sums);
      for (ptrdiff_t i = 0; bias_gradient && i < channels; i++)
        bias_gradient[k + i] = is_first ? sums[i] : bias_gradient[k + i] + sums[i];
      for (ptrdiff_t c = 0; c < p->in_channels; c += COVEY_PIECE) {
        const piece q = piece_at(p, k, c);
        float *room = room_of(p, q, u);
        multiply_gradient_piece(p, v, d, tiles, q, p->keeps_weights && !is_first, room);
        if (!p->keeps_weights || is_last) transform_gradient_piece(p, room, q, !p->keeps_weights && !is_first, gradient);
      }
    }
  }
}

const covey_winograd_kernels KERNELS = {convolve, weight_gradient};
