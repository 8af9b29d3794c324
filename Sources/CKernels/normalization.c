#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

// Rows that are looked at twice before the next ones come: 64 rows of 16 channels are 4 KiB, so that the second pass finds them in
// the first-level cache. Sums of gradients stay in fp32 over so many rows before they are merged in fp64.
#define CHUNK 64

// Inlined into the clones below, so that it is compiled for each of them, with `lanes` a constant where a block is full.
#define PART static inline __attribute__((always_inline))

// How up to COVEY_LANES channels lie in memory: `segments` runs of `rows` rows, and the next row `stride` floats on. Channels
// last is one run over the whole batch; in blocks of 16 channels each sample is a run.
typedef struct {
  ptrdiff_t segments, segment_stride, rows, stride;
} strip;

PART strip strip_of(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples) {
  if (!blocked_samples) return (strip){1, 0, rows, channels};
  const ptrdiff_t positions = rows / blocked_samples;
  return (strip){blocked_samples, positions * channels, positions, COVEY_LANES};
}

// Where channel `first` begins, a multiple of COVEY_LANES.
PART ptrdiff_t start_of(strip s, ptrdiff_t first, ptrdiff_t blocked_samples) {
  return blocked_samples ? first * s.rows : first;
}

// A row of a strip. Vectors, since the compiler keeps arrays of 16 in memory; the rest of the channels has zeros behind it.
typedef float floats __attribute__((vector_size(4 * COVEY_LANES), aligned(4)));
typedef double doubles __attribute__((vector_size(8 * COVEY_LANES), aligned(8)));
#define DOUBLES(values) __builtin_convertvector(values, doubles)

// By address: a function that returns such a vector is not the same in all clones.
PART void load(const float *x, int lanes, floats *row) {
  if (lanes == COVEY_LANES) {
    *row = *(const floats *)x;
    return;
  }
  *row = (floats){0};
  for (int l = 0; l < lanes; l++) (*row)[l] = x[l];
}

// Mean and biased variance in fp64 of each channel of a strip, a chunk of rows at a time. The first pass over a chunk sums what its
// values are off from those of its first row; the second sums the squares of what they are off from the mean as fp32 has it, and what
// that rounding adds to the squares is known in fp64 and taken away. So all that is summed is as small as the spread, wherever the
// mean is, and differences near a mean far from zero are exact. Chunks are merged in fp64, told from the first row of the strip:
// M2 = Σ[m2 + n·(μ_chunk − first)²] − (Σn·(μ_chunk − first))²/N.
PART void moments(const float *restrict x, strip s, int lanes, double *restrict mean, double *restrict variance) {
  floats row;
  load(x, lanes, &row);
  const doubles first = DOUBLES(row);
  doubles total = {0}, squares = {0};
  for (ptrdiff_t segment = 0; segment < s.segments; segment++)
    for (ptrdiff_t start = 0; start < s.rows; start += CHUNK) {
      const ptrdiff_t n = covey_smaller(CHUNK, s.rows - start);
      const double count = (double)n;
      const float *chunk = x + segment * s.segment_stride + start * s.stride;
#define LOAD(r) load(chunk + (r) * s.stride, lanes, &row)
      LOAD(0);
      const floats origin = row;
      // Two sums, which don't wait for one another.
      floats even = {0}, odd = {0};
      ptrdiff_t r = 0;
      for (; r + 2 <= n; r += 2) {
        LOAD(r);
        even += row - origin;
        LOAD(r + 1);
        odd += row - origin;
      }
      if (r < n) {
        LOAD(r);
        even += row - origin;
      }
      const doubles mu = DOUBLES(origin) + (DOUBLES(even) + DOUBLES(odd)) * (1 / count);
      const floats rounded = __builtin_convertvector(mu, floats);
      doubles m2 = {0};
      for (r = 0; r + 4 <= n; r += 4) {
        floats four = {0};
        for (int k = 0; k < 4; k++) {
          LOAD(r + k);
          row -= rounded;
          four += row * row;
        }
        m2 += DOUBLES(four);
      }
      for (; r < n; r++) {
        LOAD(r);
        row -= rounded;
        m2 += DOUBLES(row * row);
      }
#undef LOAD
      const doubles off = DOUBLES(rounded) - mu, apart = mu - first;
      total += count * apart;
      squares += m2 + count * (apart * apart - off * off);
    }
  const double share = 1 / ((double)s.segments * (double)s.rows);
  for (int l = 0; l < lanes; l++) {
    const double m2 = squares[l] - total[l] * total[l] * share;
    mean[l] = first[l] + total[l] * share;
    // Not a maximum, which would hide what is not a number.
    variance[l] = m2 < 0 ? 0 : m2 * share;
  }
}

PART void rounded_moments(const float *restrict x, strip s, int lanes, float *restrict mean, float *restrict variance) {
  double m[COVEY_LANES], v[COVEY_LANES];
  moments(x, s, lanes, m, v);
  for (int l = 0; l < lanes; l++) mean[l] = (float)m[l], variance[l] = (float)v[l];
}

COVEY_CLONES
void covey_channel_moments(
    const float *restrict x, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples, float *restrict mean,
    float *restrict variance) {
  const strip s = strip_of(rows, channels, blocked_samples);
  ptrdiff_t first = 0;
  for (; first + COVEY_LANES <= channels; first += COVEY_LANES)
    rounded_moments(x + start_of(s, first, blocked_samples), s, COVEY_LANES, mean + first, variance + first);
  if (first < channels) rounded_moments(x + first, s, (int)(channels - first), mean + first, variance + first);
}

COVEY_CLONES
void covey_unrounded_channel_moments(
    const float *restrict x, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples, double *restrict mean,
    double *restrict variance) {
  const strip s = strip_of(rows, channels, blocked_samples);
  ptrdiff_t first = 0;
  for (; first + COVEY_LANES <= channels; first += COVEY_LANES)
    moments(x + start_of(s, first, blocked_samples), s, COVEY_LANES, mean + first, variance + first);
  if (first < channels) moments(x + first, s, (int)(channels - first), mean + first, variance + first);
}

COVEY_CLONES
void covey_normalization_vectors(
    const float *restrict mean, const float *restrict gamma, const float *restrict beta, ptrdiff_t channels, double epsilon,
    float *restrict inverse, float *restrict scale, float *restrict shift) {
  for (ptrdiff_t c = 0; c < channels; c++) inverse[c] = (float)(1 / sqrt((double)inverse[c] + epsilon));
  for (ptrdiff_t c = 0; c < channels; c++) scale[c] = gamma ? inverse[c] * gamma[c] : inverse[c];
  for (ptrdiff_t c = 0; c < channels; c++) shift[c] = (float)((beta ? beta[c] : 0) - (double)mean[c] * scale[c]);
}

// One row or one block at a time: `channels` values behind one another, `rows` times.
PART void affine(
    const float *x, ptrdiff_t rows, ptrdiff_t channels, const float *restrict scale, const float *restrict shift, int relu,
    float *y) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * channels;
    float *out = y + r * channels;
    if (relu)
#pragma clang loop vectorize(assume_safety)
      for (ptrdiff_t c = 0; c < channels; c++) {
        const float v = fmaf(in[c], scale[c], shift[c]);
        // Written so that not-a-number stays what it is: v > 0 would hide it.
        out[c] = v < 0 ? 0 : v;
      }
    else
#pragma clang loop vectorize(assume_safety)
      for (ptrdiff_t c = 0; c < channels; c++) out[c] = fmaf(in[c], scale[c], shift[c]);
  }
}

COVEY_CLONES
void covey_channel_affine(
    const float *x, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples, const float *restrict scale,
    const float *restrict shift, int relu, float *y) {
  if (!blocked_samples) {
    affine(x, rows, channels, scale, shift, relu, y);
    return;
  }
  const ptrdiff_t positions = rows / blocked_samples;
  for (ptrdiff_t sample = 0; sample < blocked_samples; sample++)
    for (ptrdiff_t first = 0; first < channels; first += COVEY_LANES) {
      const ptrdiff_t start = (sample * channels + first) * positions;
      // Copies on the stack, so that the compiler keeps them in registers over the rows.
      float a[COVEY_LANES], b[COVEY_LANES];
      for (int l = 0; l < COVEY_LANES; l++) a[l] = scale[first + l], b[l] = shift[first + l];
      affine(x + start, positions, COVEY_LANES, a, b, relu, y + start);
    }
}

PART void sums(
    const float *restrict x, const float *restrict gradient, strip s, int lanes, const float *restrict mean,
    const float *restrict inverse, const float *restrict scale, const float *restrict shift, int relu, float *restrict sum,
    float *restrict dot) {
  double total_sum[COVEY_LANES], total_dot[COVEY_LANES];
  for (int l = 0; l < lanes; l++) total_sum[l] = total_dot[l] = 0;
  for (ptrdiff_t segment = 0; segment < s.segments; segment++)
    for (ptrdiff_t start = 0; start < s.rows; start += CHUNK) {
      const ptrdiff_t n = covey_smaller(CHUNK, s.rows - start);
      const ptrdiff_t offset = segment * s.segment_stride + start * s.stride;
      const float *in = x + offset, *grad = gradient + offset;
      float chunk_sum[COVEY_LANES] = {0}, chunk_dot[COVEY_LANES] = {0};
      for (ptrdiff_t r = 0; r < n; r++)
        for (int l = 0; l < lanes; l++) {
          const float v = in[r * s.stride + l];
          const float g = !relu || fmaf(v, scale[l], shift[l]) > 0 ? grad[r * s.stride + l] : 0;
          chunk_sum[l] += g;
          chunk_dot[l] += g * (v - mean[l]);
        }
      for (int l = 0; l < lanes; l++) {
        total_sum[l] += chunk_sum[l];
        total_dot[l] += chunk_dot[l];
      }
    }
  for (int l = 0; l < lanes; l++) {
    sum[l] = (float)total_sum[l];
    dot[l] = (float)(total_dot[l] * inverse[l]);
  }
}

COVEY_CLONES
void covey_normalization_sums(
    const float *restrict x, const float *restrict gradient, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples,
    const float *restrict mean, const float *restrict inverse, const float *restrict scale, const float *restrict shift,
    int relu, float *restrict sum, float *restrict dot) {
  const strip s = strip_of(rows, channels, blocked_samples);
  ptrdiff_t first = 0;
#define SUMS(LANES, RELU)                                                                                              \
  sums(                                                                                                                \
      x + start_of(s, first, blocked_samples), gradient + start_of(s, first, blocked_samples), s, LANES, mean + first, \
      inverse + first, scale + first, shift + first, RELU, sum + first, dot + first)
  for (; first + COVEY_LANES <= channels; first += COVEY_LANES) {
    if (relu)
      SUMS(COVEY_LANES, 1);
    else
      SUMS(COVEY_LANES, 0);
  }
  if (first < channels) SUMS((int)(channels - first), relu);
}

PART void input_gradient(
    const float *restrict x, const float *gradient, ptrdiff_t rows, ptrdiff_t channels, const float *restrict mean,
    const float *restrict scale, const float *restrict shift, int relu, const float *restrict a, const float *restrict b,
    const float *restrict c, float *result) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * channels;
    const float *grad = gradient + r * channels;
    float *out = result + r * channels;
    if (relu)
#pragma clang loop vectorize(assume_safety)
      for (ptrdiff_t k = 0; k < channels; k++) {
        const float g = fmaf(in[k], scale[k], shift[k]) > 0 ? grad[k] : 0;
        out[k] = a[k] * g - b[k] - c[k] * (in[k] - mean[k]);
      }
    else
#pragma clang loop vectorize(assume_safety)
      for (ptrdiff_t k = 0; k < channels; k++) out[k] = a[k] * grad[k] - b[k] - c[k] * (in[k] - mean[k]);
  }
}

COVEY_CLONES
void covey_normalization_input_gradient(
    const float *restrict x, const float *gradient, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t blocked_samples,
    const float *restrict mean, const float *restrict scale, const float *restrict shift, int relu, const float *restrict a,
    const float *restrict b, const float *restrict c, float *result) {
  if (!blocked_samples) {
    input_gradient(x, gradient, rows, channels, mean, scale, shift, relu, a, b, c, result);
    return;
  }
  const ptrdiff_t positions = rows / blocked_samples;
  for (ptrdiff_t sample = 0; sample < blocked_samples; sample++)
    for (ptrdiff_t first = 0; first < channels; first += COVEY_LANES) {
      const ptrdiff_t start = (sample * channels + first) * positions;
      float m[6][COVEY_LANES];
      const float *vectors[6] = {mean, scale, shift, a, b, c};
      for (int v = 0; v < 6; v++)
        for (int l = 0; l < COVEY_LANES; l++) m[v][l] = vectors[v][first + l];
      input_gradient(
          x + start, gradient + start, positions, COVEY_LANES, m[0], m[1], m[2], relu, m[3], m[4], m[5], result + start);
    }
}
