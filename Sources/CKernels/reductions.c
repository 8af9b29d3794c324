#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "dispatch.h"

// Sums TERM(i) over i < count in fp64: lane i mod 16 first, then the lanes in order.
#define LANE_SUM(TERM)                                                              \
  double lanes[COVEY_REDUCTION_LANES] = {0};                                        \
  ptrdiff_t start = 0;                                                              \
  for (; start + COVEY_REDUCTION_LANES <= count; start += COVEY_REDUCTION_LANES)    \
    for (int l = 0; l < COVEY_REDUCTION_LANES; l++) {                               \
      const ptrdiff_t i = start + l;                                                \
      lanes[l] += TERM;                                                             \
    }                                                                               \
  for (ptrdiff_t i = start; i < count; i++) lanes[i - start] += TERM;               \
  double sum = 0;                                                                   \
  for (int l = 0; l < COVEY_REDUCTION_LANES; l++) sum += lanes[l];                  \
  return sum;

COVEY_CLONES
double covey_sum_of_squares(const float *restrict x, ptrdiff_t count) { LANE_SUM((double)x[i] * x[i]) }

COVEY_CLONES
double covey_squared_distance(const float *restrict a, const float *restrict b, ptrdiff_t count) {
  LANE_SUM(((double)a[i] - b[i]) * ((double)a[i] - b[i]))
}

COVEY_CLONES
double covey_dot(const float *restrict a, const float *restrict b, ptrdiff_t count) { LANE_SUM((double)a[i] * b[i]) }

// Bits, not comparisons, so that the compiler can't assume them away: an exponent of all ones.
static int is_special(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (bits & 0x7F800000u) == 0x7F800000u;
}

COVEY_CLONES
ptrdiff_t covey_first_non_finite(const float *x, ptrdiff_t count) {
  for (ptrdiff_t start = 0; start < count; start += 1024) {
    const ptrdiff_t end = covey_smaller(start + 1024, count);
    int found = 0;
    for (ptrdiff_t i = start; i < end; i++) found |= is_special(x[i]);
    if (!found) continue;
    for (ptrdiff_t i = start; i < end; i++)
      if (is_special(x[i])) return i;
  }
  return -1;
}

COVEY_CLONES
ptrdiff_t covey_first_beyond(const float *x, ptrdiff_t count, float limit) {
  for (ptrdiff_t i = 0; i < count; i++)
    // Also true of what is not a number.
    if (!(fabsf(x[i]) <= limit)) return i;
  return -1;
}

COVEY_CLONES
ptrdiff_t covey_accumulate(
    int64_t *restrict accumulator, const float *restrict x, const float *restrict base, ptrdiff_t count, double factor,
    float limit) {
  ptrdiff_t first_out = -1;
  for (ptrdiff_t start = 0; start < count; start += 512) {
    const ptrdiff_t end = covey_smaller(start + 512, count);
    int out = 0;
    // Comparisons are also false for what is not a number.
    if (base)
      for (ptrdiff_t i = start; i < end; i++) {
        const double difference = (double)x[i] - (double)base[i];
        const int fits = fabsf(x[i]) <= limit && fabs(difference) <= (double)limit;
        out |= !fits;
        accumulator[i] += (int64_t)rint((fits ? difference : 0) * factor);
      }
    else
      for (ptrdiff_t i = start; i < end; i++) {
        const int fits = fabsf(x[i]) <= limit;
        out |= !fits;
        accumulator[i] += (int64_t)rint((double)(fits ? x[i] : 0) * factor);
      }
    if (out && first_out < 0)
      for (ptrdiff_t i = start; i < end && first_out < 0; i++)
        if (!(fabsf(x[i]) <= limit) || (base && !(fabs((double)x[i] - (double)base[i]) <= (double)limit))) first_out = i;
  }
  return first_out;
}

COVEY_CLONES
void covey_take_accumulated(int64_t *restrict accumulator, ptrdiff_t count, double factor, float *restrict y) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] = (float)((double)accumulator[i] * factor);
  memset(accumulator, 0, (size_t)count * sizeof *accumulator);
}

COVEY_CLONES
void covey_add_scaled(float *restrict y, const float *restrict x, ptrdiff_t count, float a) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] += a * x[i];
}

COVEY_CLONES
void covey_add_scaled_difference(
    float *restrict y, const float *restrict x, const float *restrict z, ptrdiff_t count, float a) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] += a * (x[i] - z[i]);
}

COVEY_CLONES
void covey_sketch_difference(
    const float *restrict a, const float *restrict b, ptrdiff_t count, ptrdiff_t offset, ptrdiff_t size, float *restrict sketch) {
  ptrdiff_t i = 0;
  while (i < count) {
    const ptrdiff_t block = (offset + i) / size, place = (offset + i) % size;
    const ptrdiff_t length = covey_smaller(size - place, count - i);
    if (block == 0) {
      for (ptrdiff_t j = 0; j < length; j++) sketch[place + j] += b ? a[i + j] - b[i + j] : a[i + j];
    } else {
      const uint32_t key = (uint32_t)block * 0x9E3779B9u;
      for (ptrdiff_t j = 0; j < length; j++) {
        uint32_t h = (uint32_t)(place + j) + key;
        h = (h ^ (h >> 16)) * 0x7FEB352Du;
        h = (h ^ (h >> 15)) * 0x846CA68Bu;
        const float difference = b ? a[i + j] - b[i + j] : a[i + j];
        sketch[place + j] += (h >> 31) ? -difference : difference;
      }
    }
    i += length;
  }
}
