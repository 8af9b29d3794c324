#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

// Sums TERM(i) over i < columns in fp64 into `sum`: lane i mod 16 first, then the lanes in order.
#define ROW_SUM(sum, TERM)                                                            \
  {                                                                                   \
    double lanes[COVEY_REDUCTION_LANES] = {0};                                        \
    ptrdiff_t start = 0;                                                              \
    for (; start + COVEY_REDUCTION_LANES <= columns; start += COVEY_REDUCTION_LANES)  \
      for (int l = 0; l < COVEY_REDUCTION_LANES; l++) {                               \
        const ptrdiff_t i = start + l;                                                \
        lanes[l] += TERM;                                                             \
      }                                                                               \
    for (ptrdiff_t i = start; i < columns; i++) lanes[i - start] += TERM;             \
    for (int l = 0; l < COVEY_REDUCTION_LANES; l++) sum += lanes[l];                  \
  }

COVEY_CLONES
void covey_standardize_rows(
    const float *restrict w, const float *restrict gain, ptrdiff_t rows, ptrdiff_t columns, double factor, double epsilon,
    float *restrict mean, float *restrict inverse, float *restrict result) {
  for (ptrdiff_t r = 0; r < rows; r++, w += columns, result += columns) {
    double sum = 0, squares = 0;
    ROW_SUM(sum, w[i])
    const double m = sum / (double)columns;
    ROW_SUM(squares, (w[i] - m) * (w[i] - m))
    const double s = 1 / sqrt(squares / (double)columns + epsilon);
    mean[r] = (float)m;
    inverse[r] = (float)s;
    const float k = (float)(factor * s * (gain ? gain[r] : 1));
    for (ptrdiff_t i = 0; i < columns; i++) result[i] = (w[i] - mean[r]) * k;
  }
}

COVEY_CLONES
void covey_standardize_rows_backward(
    const float *restrict w, const float *restrict gain, ptrdiff_t rows, ptrdiff_t columns, double factor,
    const float *restrict mean, const float *restrict inverse, float *restrict gradient, float *restrict gain_gradient) {
  for (ptrdiff_t r = 0; r < rows; r++, w += columns, gradient += columns) {
    const float m = mean[r], s = inverse[r];
    double sum = 0, dot = 0;
    ROW_SUM(sum, gradient[i])
    ROW_SUM(dot, (double)gradient[i] * ((w[i] - m) * s))
    if (gain_gradient) gain_gradient[r] = (float)(factor * dot);
    const float k = (float)(factor * s * (gain ? gain[r] : 1));
    const float a = (float)(sum / (double)columns), b = (float)(dot / (double)columns);
    for (ptrdiff_t i = 0; i < columns; i++) gradient[i] = k * (gradient[i] - a - (w[i] - m) * s * b);
  }
}
