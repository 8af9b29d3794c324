#include <float.h>
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "dispatch.h"
#include "lanes.h"

// MARK: Windows

// The part of a window along one side of the image that lies inside: `count` rows or columns from `start` on, the first `skipped`
// of the window being padding.
typedef struct {
  ptrdiff_t start;
  int skipped, count;
} span;

PART span span_of(ptrdiff_t window, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t kernel, ptrdiff_t size) {
  const ptrdiff_t place = window * stride - padding, start = place < 0 ? 0 : place;
  const ptrdiff_t count = covey_smaller(place + kernel, size) - start;
  return (span){start, (int)(start - place), count < 0 ? 0 : (int)count};
}

// Windows of 2×2 side by side, which need not look where the image ends.
static int is_tiled(const covey_pool_window *w) {
  return w->kernel_height == 2 && w->kernel_width == 2 && w->stride_height == 2 && w->stride_width == 2 && w->pad_top == 0
      && w->pad_left == 0 && 2 * w->out_height <= w->in_height && 2 * w->out_width <= w->in_width;
}

// `tiled` is a constant wherever it is said, so that loops over the four places are none.
PART span rows_of(const covey_pool_window *w, int tiled, ptrdiff_t window) {
  if (tiled) return (span){2 * window, 0, 2};
  return span_of(window, w->stride_height, w->pad_top, w->kernel_height, w->in_height);
}

PART span columns_of(const covey_pool_window *w, int tiled, ptrdiff_t window) {
  if (tiled) return (span){2 * window, 0, 2};
  return span_of(window, w->stride_width, w->pad_left, w->kernel_width, w->in_width);
}

// The largest value of a window in each of its channels and the first place where it is, counted row by row with the padding. As
// in oneDNN, what is not a number or not above −FLT_MAX is passed over, and the place is 0 where there is nothing else.
typedef struct {
  floats largest;
  ints place, not_numbers;
} maximum;

// The largest of x · scale + shift in a window of one image; `x`, `scale` and `shift` begin at the first of the channels.
PART void find_maximum(
    const covey_pool_window *w, const float *x, span rows, span columns, int kernel_width, int lanes, const float *scale,
    const float *shift, int relu, maximum *m) {
  const floats zero = {0};
  floats factor, offset, value;
  load(scale, lanes, &factor);
  load(shift, lanes, &offset);
  *m = (maximum){.largest = zero - FLT_MAX};
  for (int i = 0; i < rows.count; i++)
    for (int j = 0; j < columns.count; j++) {
      load(x + ((rows.start + i) * w->in_width + columns.start + j) * w->channels, lanes, &value);
      value = __builtin_elementwise_fma(value, factor, offset);
      if (relu) value = SELECT(value < 0, zero, value);
      const ints is_larger = value > m->largest;
      m->largest = SELECT(is_larger, value, m->largest);
      const int place = (rows.skipped + i) * kernel_width + columns.skipped + j;
      m->place = (is_larger & place) | (~is_larger & m->place);
      m->not_numbers |= value != value;
    }
}

// MARK: Forward pooling

PART void pool_channels(
    const covey_pool_window *w, const float *x, span rows, span columns, int lanes, const float *scale, const float *shift,
    int relu, float *y) {
  maximum m;
  // Nobody asks for the places.
  find_maximum(w, x, rows, columns, 0, lanes, scale, shift, relu, &m);
  const floats nan = (floats){0} + NAN, result = SELECT(m.not_numbers, nan, m.largest);
  store(&result, lanes, y);
}

PART void pool_forward(
    const covey_pool_window *w, int tiled, const float *restrict x, const float *restrict scale, const float *restrict shift,
    int relu, float *restrict y) {
  const ptrdiff_t channels = w->channels;
  for (ptrdiff_t n = 0; n < w->samples; n++, x += w->in_height * w->in_width * channels)
    for (ptrdiff_t r = 0; r < w->out_height; r++) {
      const span rows = rows_of(w, tiled, r);
      for (ptrdiff_t c = 0; c < w->out_width; c++, y += channels) {
        const span columns = columns_of(w, tiled, c);
        ptrdiff_t k = 0;
        for (; k + COVEY_LANES <= channels; k += COVEY_LANES)
          pool_channels(w, x + k, rows, columns, COVEY_LANES, scale + k, shift + k, relu, y + k);
        if (k < channels)
          pool_channels(w, x + k, rows, columns, (int)(channels - k), scale + k, shift + k, relu, y + k);
      }
    }
}

COVEY_CLONES
void covey_normalized_pool_forward(
    const covey_pool_window *window, const float *x, const float *scale, const float *shift, int relu, float *y) {
  if (!is_tiled(window))
    pool_forward(window, 0, x, scale, shift, relu, y);
  else if (relu)
    pool_forward(window, 1, x, scale, shift, 1, y);
  else
    pool_forward(window, 1, x, scale, shift, 0, y);
}

// MARK: Sums over rows

// Σ g and Σ g·(x − mean) of each channel in the order of `covey_normalization_sums`: over CHUNK rows in fp32, which are merged in
// fp64.
enum { SUM, DOT, SUMS };
typedef struct {
  double *total[SUMS];
  float *chunk[SUMS];
  ptrdiff_t rows;
} tally;

static ptrdiff_t padded(ptrdiff_t channels) { return (channels + COVEY_LANES - 1) / COVEY_LANES * COVEY_LANES; }

static size_t tally_bytes(ptrdiff_t channels) {
  return (size_t)padded(channels) * SUMS * (sizeof(double) + sizeof(float));
}

static tally tally_in(void *scratch, ptrdiff_t channels) {
  const ptrdiff_t stride = padded(channels);
  memset(scratch, 0, tally_bytes(channels));
  tally t = {.rows = 0};
  double *totals = scratch;
  float *chunks = (float *)(totals + SUMS * stride);
  for (int s = 0; s < SUMS; s++) t.total[s] = totals + s * stride, t.chunk[s] = chunks + s * stride;
  return t;
}

PART void merge(const tally *t, ptrdiff_t channels) {
  for (int s = 0; s < SUMS; s++)
    for (ptrdiff_t k = 0; k < channels; k++) t->total[s][k] += t->chunk[s][k], t->chunk[s][k] = 0;
}

PART void add_channels(
    const tally *t, const float *x, const float *gradient, const float *means, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t k,
    int lanes) {
  floats mean, value, g;
  load(means + k, lanes, &mean);
  floats sum = *(floats *)(t->chunk[SUM] + k), dot = *(floats *)(t->chunk[DOT] + k);
  for (ptrdiff_t at = k; at < k + rows * channels; at += channels) {
    load(gradient + at, lanes, &g);
    load(x + at, lanes, &value);
    sum += g;
    dot += g * (value - mean);
  }
  *(floats *)(t->chunk[SUM] + k) = sum;
  *(floats *)(t->chunk[DOT] + k) = dot;
}

// Adds rows that follow those before, and moves on.
PART void add_rows(
    tally *t, const float *x, const float *gradient, const float *means, ptrdiff_t rows, ptrdiff_t channels) {
  while (rows > 0) {
    const ptrdiff_t n = covey_smaller(rows, CHUNK - t->rows % CHUNK);
    ptrdiff_t k = 0;
    for (; k + COVEY_LANES <= channels; k += COVEY_LANES) add_channels(t, x, gradient, means, n, channels, k, COVEY_LANES);
    if (k < channels) add_channels(t, x, gradient, means, n, channels, k, (int)(channels - k));
    rows -= n;
    t->rows += n;
    if (t->rows % CHUNK == 0) merge(t, channels);
    x += n * channels;
    gradient += n * channels;
  }
}

// MARK: Backward pooling

// The gradients of the image's rows that windows still reach: row i is number i % count, each in_width × channels.
typedef struct {
  float *values;
  ptrdiff_t count, size;
} ring;

static ptrdiff_t ring_count(const covey_pool_window *w) { return covey_smaller(w->kernel_height, w->in_height); }

static ring ring_in(float *scratch, const covey_pool_window *w) {
  const ring r = {scratch, ring_count(w), w->in_width * w->channels};
  memset(r.values, 0, (size_t)(r.count * r.size) * sizeof *r.values);
  return r;
}

// What the passes backward have in common.
typedef struct {
  const covey_pool_window *window;
  const float *x, *gradient, *mean, *scale, *shift;
} pooled;

// Adds a window's gradient to that of the place which has the largest value; `x` is an image.
PART void give_channels(
    const pooled *p, int tiled, const float *x, const float *gradient, span rows, span columns, ptrdiff_t k, int lanes, int relu,
    ring to) {
  const covey_pool_window *w = p->window;
  const int kernel_width = tiled ? 2 : (int)w->kernel_width;
  const floats zero = {0};
  maximum m;
  // A value above 0 is what the ReLU lets through, and where it is doesn't depend on the ReLU.
  find_maximum(w, x + k, rows, columns, kernel_width, lanes, p->scale + k, p->shift + k, 0, &m);
  floats g;
  load(gradient + k, lanes, &g);
  if (relu) g = SELECT(m.largest > 0, g, zero);
  const ptrdiff_t slot = tiled ? 0 : rows.start % to.count;
  for (int i = 0; i < rows.count; i++) {
    float *row = to.values + (slot + i < to.count ? slot + i : slot + i - to.count) * to.size + columns.start * w->channels + k;
    for (int j = 0; j < columns.count; j++) {
      const ints is_here = m.place == (rows.skipped + i) * kernel_width + columns.skipped + j;
      floats sum = zero;
      if (!tiled) load(row + j * w->channels, lanes, &sum);
      // −0 becomes 0 even if nothing was there.
      sum += SELECT(is_here, g, zero);
      store(&sum, lanes, row + j * w->channels);
    }
  }
}

// Adds the gradients of a row of windows to those of the places.
PART void give_row(const pooled *p, int tiled, const float *x, const float *gradient, ptrdiff_t row, int relu, ring to) {
  const ptrdiff_t channels = p->window->channels;
  const span rows = rows_of(p->window, tiled, row);
  for (ptrdiff_t c = 0; c < p->window->out_width; c++, gradient += channels) {
    const span columns = columns_of(p->window, tiled, c);
    ptrdiff_t k = 0;
    for (; k + COVEY_LANES <= channels; k += COVEY_LANES)
      give_channels(p, tiled, x, gradient, rows, columns, k, COVEY_LANES, relu, to);
    if (k < channels) give_channels(p, tiled, x, gradient, rows, columns, k, (int)(channels - k), relu, to);
  }
}

// Where result = a·g − b − c·(x − mean) goes.
typedef struct {
  const float *a, *b, *c;
  float *result;
} combined;

PART void combine_row(
    const combined *out, const float *restrict x, const float *restrict gradient, const float *restrict mean, ptrdiff_t columns,
    ptrdiff_t channels, float *restrict result) {
  for (ptrdiff_t column = 0; column < columns; column++) {
    const float *in = x + column * channels, *grad = gradient + column * channels;
    float *to = result + column * channels;
#pragma clang loop vectorize(assume_safety)
    for (ptrdiff_t k = 0; k < channels; k++)
      to[k] = out->a[k] * grad[k] - out->b[k] - out->c[k] * (in[k] - mean[k]);
  }
}

// Takes each row of the images, in their order, when no window behind reaches it any more: to the sums if there are some, else to
// the result.
PART void take_rows(const pooled *p, int tiled, int relu, ring rows, tally *sums, const combined *out) {
  const covey_pool_window *w = p->window;
  for (ptrdiff_t n = 0; n < w->samples; n++) {
    const ptrdiff_t image = n * w->in_height * rows.size;
    ptrdiff_t next = 0;
    for (ptrdiff_t r = 0; r < w->out_height; r++) {
      give_row(p, tiled, p->x + image, p->gradient + (n * w->out_height + r) * w->out_width * w->channels, r, relu, rows);
      const int is_last = r + 1 == w->out_height;
      const ptrdiff_t end = is_last ? w->in_height : rows_of(w, tiled, r + 1).start;
      for (; next < end && next < w->in_height; next++) {
        const float *x = p->x + image + next * rows.size;
        float *gradient = rows.values + next % rows.count * rows.size;
        if (sums)
          add_rows(sums, x, gradient, p->mean, w->in_width, w->channels);
        else
          combine_row(out, x, gradient, p->mean, w->in_width, w->channels, out->result + image + next * rows.size);
        // Tiled windows write over all that they wrote before, but below the last of them there are none.
        if (!tiled || is_last) memset(gradient, 0, (size_t)rows.size * sizeof *gradient);
      }
    }
  }
}

PART void pool_backward(const pooled *p, int relu, ring rows, tally *sums, const combined *out) {
  if (!is_tiled(p->window))
    take_rows(p, 0, relu, rows, sums, out);
  else if (relu)
    take_rows(p, 1, 1, rows, sums, out);
  else
    take_rows(p, 1, 0, rows, sums, out);
}

size_t covey_normalized_pool_scratch(const covey_pool_window *w) {
  return tally_bytes(w->channels) + (size_t)(ring_count(w) * w->in_width * w->channels) * sizeof(float);
}

COVEY_CLONES
void covey_normalized_pool_sums(
    const covey_pool_window *window, const float *x, const float *gradient, const float *mean, const float *inverse,
    const float *scale, const float *shift, int relu, float *sum, float *dot, void *scratch) {
  const pooled p = {window, x, gradient, mean, scale, shift};
  tally t = tally_in(scratch, window->channels);
  const ring rows = ring_in((float *)((char *)scratch + tally_bytes(window->channels)), window);
  pool_backward(&p, relu, rows, &t, NULL);
  merge(&t, window->channels);
  for (ptrdiff_t k = 0; k < window->channels; k++) {
    sum[k] = (float)t.total[SUM][k];
    dot[k] = (float)(t.total[DOT][k] * inverse[k]);
  }
}

COVEY_CLONES
void covey_normalized_pool_input_gradient(
    const covey_pool_window *window, const float *x, const float *gradient, const float *mean, const float *scale,
    const float *shift, int relu, const float *a, const float *b, const float *c, float *result, void *scratch) {
  const pooled p = {window, x, gradient, mean, scale, shift};
  const combined out = {a, b, c, result};
  const ring rows = ring_in(scratch, window);
  pool_backward(&p, relu, rows, NULL, &out);
}
