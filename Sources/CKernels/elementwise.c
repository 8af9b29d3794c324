#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "dispatch.h"

#define EACH _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t i = 0; i < count; i++)

COVEY_CLONES
void covey_activation_forward(covey_activation kind, float slope, const float *x, ptrdiff_t count, float *y) {
  switch (kind) {
    case COVEY_RELU:
      EACH y[i] = x[i] < 0 ? 0 : x[i];
      break;
    case COVEY_LEAKY_RELU:
      EACH y[i] = x[i] < 0 ? slope * x[i] : x[i];
      break;
    case COVEY_TANH:
      for (ptrdiff_t i = 0; i < count; i++) y[i] = tanhf(x[i]);
      break;
    case COVEY_SIGMOID:
      for (ptrdiff_t i = 0; i < count; i++) y[i] = 1 / (1 + expf(-x[i]));
      break;
    case COVEY_GELU:
      for (ptrdiff_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1 + erff(x[i] * 0.70710678f));
      break;
  }
}

COVEY_CLONES
void covey_activation_backward(
    covey_activation kind, float slope, const float *x, const float *y, const float *gradient, ptrdiff_t count,
    float *input_gradient) {
  switch (kind) {
    case COVEY_RELU:
      EACH input_gradient[i] = y[i] > 0 ? gradient[i] : 0;
      break;
    case COVEY_LEAKY_RELU:
      EACH input_gradient[i] = y[i] > 0 ? gradient[i] : slope * gradient[i];
      break;
    case COVEY_TANH:
      EACH input_gradient[i] = gradient[i] * (1 - y[i] * y[i]);
      break;
    case COVEY_SIGMOID:
      EACH input_gradient[i] = gradient[i] * y[i] * (1 - y[i]);
      break;
    case COVEY_GELU:
      for (ptrdiff_t i = 0; i < count; i++) {
        const float cumulative = 0.5f * (1 + erff(x[i] * 0.70710678f));
        const float density = 0.39894228f * expf(-0.5f * x[i] * x[i]);
        input_gradient[i] = gradient[i] * (cumulative + x[i] * density);
      }
      break;
  }
}

COVEY_CLONES
void covey_add(const float *a, const float *b, ptrdiff_t count, int relu, float *y) {
  if (relu) {
    EACH {
      const float sum = a[i] + b[i];
      y[i] = sum < 0 ? 0 : sum;
    }
  } else {
    EACH y[i] = a[i] + b[i];
  }
}

COVEY_CLONES
void covey_masked_add(const float *y, const float *a, const float *b, ptrdiff_t count, float *input_gradient) {
  EACH input_gradient[i] = y[i] > 0 ? a[i] + b[i] : 0;
}

COVEY_CLONES
void covey_dropout(const float *x, ptrdiff_t count, uint64_t key, uint32_t threshold, float keep_scale, float *y) {
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  EACH {
    // Two rounds of the "lowbias32" integer hash (Wellons, hash-prospector), the halves of the key between them.
    uint32_t h = (uint32_t)i ^ low;
    h = (h ^ (h >> 16)) * 0x7FEB352Du;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    h = (h ^ (h >> 16)) + high;
    h = (h ^ (h >> 16)) * 0x7FEB352Du;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    h ^= h >> 16;
    y[i] = h >= threshold ? x[i] * keep_scale : 0;
  }
}

COVEY_CLONES
void covey_transpose(const float *restrict x, ptrdiff_t batch, ptrdiff_t rows, ptrdiff_t columns, float *restrict y) {
  for (ptrdiff_t b = 0; b < batch; b++) {
    const float *in = x + b * rows * columns;
    float *out = y + b * rows * columns;
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += 16)
      for (ptrdiff_t c0 = 0; c0 < columns; c0 += 16) {
        const ptrdiff_t r1 = covey_smaller(r0 + 16, rows), c1 = covey_smaller(c0 + 16, columns);
        for (ptrdiff_t c = c0; c < c1; c++)
          for (ptrdiff_t r = r0; r < r1; r++) out[c * rows + r] = in[r * columns + c];
      }
  }
}

void covey_fill_rows(const float *row, ptrdiff_t rows, ptrdiff_t columns, float *y) {
  for (ptrdiff_t r = 0; r < rows; r++) memcpy(y + r * columns, row, (size_t)columns * sizeof *y);
}

COVEY_CLONES
void covey_add_row(const float *restrict row, ptrdiff_t rows, ptrdiff_t columns, float *restrict y) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) y[r * columns + c] += row[c];
}

COVEY_CLONES
void covey_column_sums(const float *restrict x, ptrdiff_t rows, ptrdiff_t columns, float *restrict sum) {
  for (ptrdiff_t c = 0; c < columns; c++) sum[c] = 0;
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) sum[c] += x[r * columns + c];
}

COVEY_CLONES
void covey_position_means(
    const float *restrict x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, float *restrict y) {
  const float share = 1 / (float)positions;
  for (ptrdiff_t b = 0; b < batch; b++) {
    float *out = y + b * channels;
    covey_column_sums(x + b * positions * channels, positions, channels, out);
    for (ptrdiff_t c = 0; c < channels; c++) out[c] *= share;
  }
}

COVEY_CLONES
void covey_position_means_backward(
    const float *restrict gradient, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, float *restrict input_gradient) {
  const float share = 1 / (float)positions;
  for (ptrdiff_t b = 0; b < batch; b++)
    for (ptrdiff_t p = 0; p < positions; p++)
      for (ptrdiff_t c = 0; c < channels; c++)
        input_gradient[(b * positions + p) * channels + c] = gradient[b * channels + c] * share;
}

COVEY_CLONES
void covey_gather_pixels(
    const float *restrict x, ptrdiff_t pixels, ptrdiff_t source_channels, ptrdiff_t channels, const float *restrict scale,
    const float *restrict shift, float *restrict y) {
  const ptrdiff_t step = source_channels == 1 ? 0 : 1;
  if (channels == 1)
    for (ptrdiff_t p = 0; p < pixels; p++) y[p] = x[p] * scale[0] + shift[0];
  else if (channels == 3)
    for (ptrdiff_t p = 0; p < pixels; p++)
      for (ptrdiff_t c = 0; c < 3; c++) y[p * 3 + c] = x[p * source_channels + c * step] * scale[c] + shift[c];
  else
    for (ptrdiff_t p = 0; p < pixels; p++)
      for (ptrdiff_t c = 0; c < channels; c++)
        y[p * channels + c] = x[p * source_channels + c * step] * scale[c] + shift[c];
}
