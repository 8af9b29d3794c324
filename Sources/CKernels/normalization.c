#include <math.h>

#include "CKernels.h"
#include "dispatch.h"
#include "lanes.h"

// Up to COVEY_LANES channels in memory: a run of rows over the whole batch, the next row `stride` floats on.
typedef struct {
  ptrdiff_t rows, stride;
} strip;

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
  for (ptrdiff_t start = 0; start < s.rows; start += CHUNK) {
    const ptrdiff_t n = covey_smaller(CHUNK, s.rows - start);
    const double count = (double)n;
    const float *chunk = x + start * s.stride;
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
  const double share = 1 / (double)s.rows;
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
    const float *restrict x, ptrdiff_t rows, ptrdiff_t channels, float *restrict mean,
    float *restrict variance) {
  const strip s = {rows, channels};
  ptrdiff_t first = 0;
  for (; first + COVEY_LANES <= channels; first += COVEY_LANES)
    rounded_moments(x + first, s, COVEY_LANES, mean + first, variance + first);
  if (first < channels) rounded_moments(x + first, s, (int)(channels - first), mean + first, variance + first);
}

COVEY_CLONES
void covey_unrounded_channel_moments(
    const float *restrict x, ptrdiff_t rows, ptrdiff_t channels, double *restrict mean,
    double *restrict variance) {
  const strip s = {rows, channels};
  ptrdiff_t first = 0;
  for (; first + COVEY_LANES <= channels; first += COVEY_LANES)
    moments(x + first, s, COVEY_LANES, mean + first, variance + first);
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
    const float *x, ptrdiff_t rows, ptrdiff_t channels, const float *restrict scale,
    const float *restrict shift, int relu, float *y) {
  affine(x, rows, channels, scale, shift, relu, y);
}

PART void sums(
    const float *restrict x, const float *restrict gradient, strip s, int lanes, const float *restrict mean,
    const float *restrict inverse, const float *restrict scale, const float *restrict shift, int relu, float *restrict sum,
    float *restrict dot) {
  double total_sum[COVEY_LANES], total_dot[COVEY_LANES];
  for (int l = 0; l < lanes; l++) total_sum[l] = total_dot[l] = 0;
  for (ptrdiff_t start = 0; start < s.rows; start += CHUNK) {
    const ptrdiff_t n = covey_smaller(CHUNK, s.rows - start);
    const ptrdiff_t offset = start * s.stride;
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
    const float *restrict x, const float *restrict gradient, ptrdiff_t rows, ptrdiff_t channels,
    const float *restrict mean, const float *restrict inverse, const float *restrict scale, const float *restrict shift,
    int relu, float *restrict sum, float *restrict dot) {
  const strip s = {rows, channels};
  ptrdiff_t first = 0;
#define SUMS(LANES, RELU)                                                                                              \
  sums(                                                                                                                \
      x + first, gradient + first, s, LANES, mean + first, \
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
    const float *restrict x, const float *gradient, ptrdiff_t rows, ptrdiff_t channels,
    const float *restrict mean, const float *restrict scale, const float *restrict shift, int relu, const float *restrict a,
    const float *restrict b, const float *restrict c, float *result) {
  input_gradient(x, gradient, rows, channels, mean, scale, shift, relu, a, b, c, result);
}
