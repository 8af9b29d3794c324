// A thin shim over oneDNN's C API, 2.6 to 3.x: convolution, pooling and the matrix product, on one thread and fp32.
//
// Activations are NHWC; weights are PyTorch's: convolution OIHW (with groups: G·O/G × I/G × H × W, the same bytes). An object
// holds oneDNN primitives only; every buffer, scratch included, is the caller's and 64-byte aligned. An object must not be
// used by two threads at once.
#ifndef COVEY_ONEDNN_H
#define COVEY_ONEDNN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// The version of the library that is loaded, as "2.6.3".
const char *_Nonnull covey_onednn_version(void);

/// The instruction set that the library computes with, as the processor has it and DNNL_MAX_CPU_ISA allows it, in the words of
/// that variable and in lower case, as "avx512_core_vnni"; behind it what else the environment asks for that changes bits, as
/// " prefer_ymm" and " fpmath_bf16".
const char *_Nonnull covey_onednn_instruction_set(void);

/// Tells the OpenMP runtime, where oneDNN uses one, that the calling thread computes alone. To be called once on each worker.
void covey_onednn_use_one_thread(void);

/// The shape of a two-dimensional convolution or pooling. Convolution: weights out_channels × in_channels/groups × kernel.
typedef struct {
  int64_t batch, in_height, in_width, in_channels;
  int64_t out_height, out_width, out_channels;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t pad_top, pad_left, pad_bottom, pad_right;
  int64_t dilation_height, dilation_width;  // 1 means none
  int64_t groups;
} covey_window_shape;

typedef struct covey_convolution covey_convolution;

/// Makes a convolution: forward always, the gradients if asked for. Returns 0 or a dnnl_status_t.
int covey_convolution_create(
    const covey_window_shape *_Nonnull shape, int has_bias, int with_weight_gradient, int with_input_gradient,
    covey_convolution *_Nullable *_Nonnull result);
void covey_convolution_destroy(covey_convolution *_Nullable self);
/// Bytes of scratch that the calls below need.
size_t covey_convolution_scratch(const covey_convolution *_Nonnull self);
/// output = input * weights + bias.
int covey_convolution_forward(
    covey_convolution *_Nonnull self, const float *_Nonnull input, const float *_Nonnull weights, const float *_Nullable bias,
    float *_Nonnull output, void *_Nonnull scratch);
/// input_gradient = the gradient of the input.
int covey_convolution_backward_input(
    covey_convolution *_Nonnull self, const float *_Nonnull output_gradient, const float *_Nonnull weights,
    float *_Nonnull input_gradient, void *_Nonnull scratch);
/// weight_gradient =, bias_gradient = the gradients of the parameters.
int covey_convolution_backward_weights(
    covey_convolution *_Nonnull self, const float *_Nonnull input, const float *_Nonnull output_gradient,
    float *_Nonnull weight_gradient, float *_Nullable bias_gradient, void *_Nonnull scratch);

typedef enum { COVEY_POOL_MAX, COVEY_POOL_AVERAGE, COVEY_POOL_AVERAGE_EXCLUDING_PADDING } covey_pool_kind;
typedef struct covey_pooling covey_pooling;

/// Makes a pooling; `training` keeps what the backward pass needs. Returns 0 or a dnnl_status_t.
int covey_pooling_create(
    const covey_window_shape *_Nonnull shape, covey_pool_kind kind, int training, covey_pooling *_Nullable *_Nonnull result);
void covey_pooling_destroy(covey_pooling *_Nullable self);
/// Bytes that forward writes and backward reads (the places of the maxima); 0 for averages.
size_t covey_pooling_workspace(const covey_pooling *_Nonnull self);
/// Bytes of scratch that the calls below need.
size_t covey_pooling_scratch(const covey_pooling *_Nonnull self);
int covey_pooling_forward(
    covey_pooling *_Nonnull self, const float *_Nonnull input, float *_Nonnull output, void *_Nonnull workspace,
    void *_Nonnull scratch);
int covey_pooling_backward(
    covey_pooling *_Nonnull self, const float *_Nonnull output_gradient, float *_Nonnull input_gradient,
    void *_Nonnull workspace, void *_Nonnull scratch);

/// c = alpha · op(a) · op(b) + beta · c, row-major; op transposes where asked; c is rows × columns, the sum runs over `inner`.
int covey_matrix_product(
    int transpose_a, int transpose_b, int64_t rows, int64_t columns, int64_t inner, float alpha, const float *_Nonnull a,
    int64_t a_stride, const float *_Nonnull b, int64_t b_stride, float beta, float *_Nonnull c, int64_t c_stride);

#if defined(__cplusplus)
}
#endif
#endif
