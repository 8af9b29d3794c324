#include <math.h>

#include "CKernels.h"

double covey_cross_entropy(
    const float *x, const int32_t *targets, ptrdiff_t rows, ptrdiff_t classes, float factor, float *gradient,
    int64_t *correct) {
  double loss = 0;
  int64_t right = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *in = x + r * classes;
    ptrdiff_t largest = 0;
    for (ptrdiff_t c = 1; c < classes; c++)
      if (in[c] > in[largest]) largest = c;
    float *out = gradient ? gradient + r * classes : NULL;
    double sum = 0;
    for (ptrdiff_t c = 0; c < classes; c++) {
      const double power = exp((double)in[c] - in[largest]);
      sum += power;
      if (out) out[c] = (float)power;
    }
    loss += log(sum) + in[largest] - in[targets[r]];
    right += largest == targets[r];
    if (!out) continue;
    for (ptrdiff_t c = 0; c < classes; c++) out[c] = (float)(out[c] / sum - (c == targets[r])) * factor;
  }
  *correct = right;
  return loss;
}

double covey_binary_cross_entropy(
    const float *x, const float *targets, ptrdiff_t count, float factor, float *gradient) {
  double loss = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    const double z = x[i], t = targets[i];
    // max(z, 0) − z·t + log(1 + e^−|z|), which neither overflows nor loses digits.
    loss += fmax(z, 0) - z * t + log1p(exp(-fabs(z)));
    if (gradient) gradient[i] = (float)(1 / (1 + exp(-z)) - t) * factor;
  }
  return loss;
}

double covey_squared_error(const float *x, const float *targets, ptrdiff_t count, float factor, float *gradient) {
  double loss = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    const double d = (double)x[i] - targets[i];
    loss += d * d;
    if (gradient) gradient[i] = (float)(2 * d) * factor;
  }
  return loss;
}
