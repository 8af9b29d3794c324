// Convolutions of 3×3 by Winograd's algorithm, for processors with AVX-512 or AVX2.
#ifndef COVEY_WINOGRAD_H
#define COVEY_WINOGRAD_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// A 3×3 convolution of stride 1 without dilation and groups. Images are NHWC, weights OIHW (PyTorch's); both numbers of channels
/// are multiples of 16, paddings 0 to 2, all else at least 1, and out = in + paddings − 2.
typedef struct {
  int64_t batch, in_height, in_width, in_channels, out_height, out_width, out_channels;
  int64_t pad_top, pad_left, pad_bottom, pad_right;
} covey_winograd_shape;

/// Whether the processor can: AVX-512, or AVX2 with FMA. If not, the passes must not be called.
int covey_winograd_is_available(void);

/// What is used: 4 is AVX-512 (x86-64-v4), 3 is AVX2 (x86-64-v3), 0 is neither. Both give the same bits.
int covey_winograd_level(void);

/// Uses nothing above `level`. For tests, which call it while nothing else of this header runs.
void covey_winograd_limit(int level);

/// Bytes of scratch, aligned to 64, that a forward pass needs, and either backward pass if wanted. Its contents don't matter.
size_t covey_winograd_scratch(const covey_winograd_shape *_Nonnull shape, int with_weight_gradient, int with_input_gradient);

/// output = input * weights + bias. An image's output does not depend on the other images. As everywhere in Winograd's algorithm,
/// a value that is no number spoils the outputs of the whole tiles of 4×4 that see it, not only those within its reach.
void covey_winograd_forward(
    const covey_winograd_shape *_Nonnull shape, const float *_Nonnull input, const float *_Nonnull weights,
    const float *_Nullable bias, float *_Nonnull output, void *_Nonnull scratch);

/// input_gradient = the convolution of the output's gradient with the weights, turned by 180° and with their channels exchanged.
void covey_winograd_backward_input(
    const covey_winograd_shape *_Nonnull shape, const float *_Nonnull output_gradient, const float *_Nonnull weights,
    float *_Nonnull input_gradient, void *_Nonnull scratch);

/// weight_gradient = ; bias_gradient = the sum of the output's gradient over all pixels, unless it is NULL.
void covey_winograd_backward_weights(
    const covey_winograd_shape *_Nonnull shape, const float *_Nonnull input, const float *_Nonnull output_gradient,
    float *_Nonnull weight_gradient, float *_Nullable bias_gradient, void *_Nonnull scratch);

#if defined(__cplusplus)
}
#endif

#endif
