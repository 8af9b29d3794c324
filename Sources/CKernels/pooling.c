#include <math.h>

#include "CKernels.h"
#include "dispatch.h"

COVEY_CLONES
int covey_has_nan(const float *x, ptrdiff_t count) {
  for (ptrdiff_t start = 0; start < count; start += 4096) {
    const ptrdiff_t end = covey_smaller(start + 4096, count);
    int found = 0;
    for (ptrdiff_t i = start; i < end; i++) found |= x[i] != x[i];
    if (found) return 1;
  }
  return 0;
}

// A row or column of the image, or its end.
static ptrdiff_t clamped(ptrdiff_t place, ptrdiff_t size) { return place < 0 ? 0 : place > size ? size : place; }

void covey_spread_nan(const covey_pool_window *w, const float *x, float *y) {
  for (ptrdiff_t n = 0; n < w->samples; n++)
    for (ptrdiff_t r = 0; r < w->out_height; r++)
      for (ptrdiff_t c = 0; c < w->out_width; c++) {
        float *out = y + ((n * w->out_height + r) * w->out_width + c) * w->channels;
        const ptrdiff_t top = r * w->stride_height - w->pad_top, left = c * w->stride_width - w->pad_left;
        const ptrdiff_t bottom = clamped(top + w->kernel_height, w->in_height), right = clamped(left + w->kernel_width, w->in_width);
        for (ptrdiff_t i = clamped(top, w->in_height); i < bottom; i++)
          for (ptrdiff_t j = clamped(left, w->in_width); j < right; j++) {
            const float *in = x + ((n * w->in_height + i) * w->in_width + j) * w->channels;
            for (ptrdiff_t k = 0; k < w->channels; k++)
              if (in[k] != in[k]) out[k] = NAN;
          }
      }
}
