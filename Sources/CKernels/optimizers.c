#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

#define EACH for (ptrdiff_t i = 0; i < count; i++)

COVEY_CLONES
void covey_scale(float *restrict g, ptrdiff_t count, float factor) { EACH g[i] *= factor; }

COVEY_CLONES
void covey_clamp(float *restrict g, ptrdiff_t count, float bound) {
  EACH g[i] = g[i] > bound ? bound : g[i] < -bound ? -bound : g[i];
}

COVEY_CLONES
void covey_sgd(float *restrict w, const float *restrict g, ptrdiff_t count, float rate, float decay) {
  if (decay == 0)
    EACH w[i] -= rate * g[i];
  else
    EACH w[i] -= rate * (g[i] + decay * w[i]);
}

COVEY_CLONES
void covey_sgd_momentum(
    float *restrict w, const float *restrict g, float *restrict m, ptrdiff_t count, float rate, float decay, float momentum,
    int nesterov, int is_first) {
  const float kept = is_first ? 0 : momentum;
  if (nesterov)
    EACH {
      const float d = g[i] + decay * w[i];
      m[i] = kept * m[i] + d;
      w[i] -= rate * (d + momentum * m[i]);
    }
  else
    EACH {
      const float d = g[i] + decay * w[i];
      m[i] = kept * m[i] + d;
      w[i] -= rate * m[i];
    }
}

COVEY_CLONES
void covey_adam(
    float *restrict w, const float *restrict g, float *restrict m, float *restrict v, ptrdiff_t count, float rate, float beta1,
    float beta2, float share1, float share2, float epsilon, float decay, int decoupled, float correction1, float correction2) {
  const float gradient_decay = decoupled ? 0 : decay;
  const float weight_factor = decoupled ? 1 - rate * decay : 1;
  const float step = rate / correction1, root = 1 / sqrtf(correction2);
  EACH {
    const float d = g[i] + gradient_decay * w[i];
    m[i] = beta1 * m[i] + share1 * d;
    v[i] = beta2 * v[i] + share2 * d * d;
    w[i] = w[i] * weight_factor - step * m[i] / (sqrtf(v[i]) * root + epsilon);
  }
}

COVEY_CLONES
void covey_adagrad(
    float *restrict w, const float *restrict g, float *restrict v, ptrdiff_t count, float rate, float epsilon, float decay) {
  EACH {
    const float d = g[i] + decay * w[i];
    v[i] += d * d;
    w[i] -= rate * d / (sqrtf(v[i]) + epsilon);
  }
}

COVEY_CLONES
void covey_rmsprop(
    float *restrict w, const float *restrict g, float *restrict v, float *restrict m, ptrdiff_t count, float rate, float alpha,
    float share, float epsilon, float decay, float momentum) {
  if (m)
    EACH {
      const float d = g[i] + decay * w[i];
      v[i] = alpha * v[i] + share * d * d;
      m[i] = momentum * m[i] + d / (sqrtf(v[i]) + epsilon);
      w[i] -= rate * m[i];
    }
  else
    EACH {
      const float d = g[i] + decay * w[i];
      v[i] = alpha * v[i] + share * d * d;
      w[i] -= rate * d / (sqrtf(v[i]) + epsilon);
    }
}
