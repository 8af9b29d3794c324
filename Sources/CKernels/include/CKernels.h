// Vectorised loops for normalization, element-wise work, losses, optimizers and reductions. No allocation, no globals.
//
// Matrices are row-major `rows × channels`: an image batch N×H×W×C has N·H·W rows. "=" in a comment marks what is written,
// "+=" what is added to. Reductions keep a fixed order that does not depend on the processor's vector width.
#ifndef COVEY_KERNELS_H
#define COVEY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "winograd.h"

#if defined(__cplusplus)
extern "C" {
#endif


// MARK: Normalization (normalization.c)

/// mean =, variance = (biased) of each channel over the rows. Whatever the mean is, the variance is that of the values as fp32 holds
/// them to within 2·10⁻⁷ of itself, or 10⁻⁶ where a single value is thousands of deviations away: what is summed in fp32 is no larger
/// than the spread, and all else is in fp64.
void covey_channel_moments(
    const float *_Nonnull x, ptrdiff_t rows, ptrdiff_t channels, float *_Nonnull mean,
    float *_Nonnull variance);

/// The same before they are rounded to fp32, for those who merge moments.
void covey_unrounded_channel_moments(
    const float *_Nonnull x, ptrdiff_t rows, ptrdiff_t channels, double *_Nonnull mean,
    double *_Nonnull variance);

/// inverse = 1/√(inverse + epsilon), scale = inverse · gamma, shift = beta − mean · scale, rounded once; a missing gamma is
/// 1, a missing beta 0.
void covey_normalization_vectors(
    const float *_Nonnull mean, const float *_Nullable gamma, const float *_Nullable beta, ptrdiff_t channels, double epsilon,
    float *_Nonnull inverse, float *_Nonnull scale, float *_Nonnull shift);

/// y = x · scale + shift per channel, clamped at 0 from below if `relu`. y may be x.
void covey_channel_affine(
    const float *_Nonnull x, ptrdiff_t rows, ptrdiff_t channels, const float *_Nonnull scale,
    const float *_Nonnull shift, int relu, float *_Nonnull y);

/// sum = Σ g and dot = Σ g·(x − mean)·inverse per channel, where g is the gradient, or 0 where `relu` and x·scale + shift ≤ 0.
void covey_normalization_sums(
    const float *_Nonnull x, const float *_Nonnull gradient, ptrdiff_t rows, ptrdiff_t channels,
    const float *_Nonnull mean, const float *_Nonnull inverse, const float *_Nonnull scale, const float *_Nonnull shift, int relu,
    float *_Nonnull sum, float *_Nonnull dot);

/// result = a·g − b − c·(x − mean) per channel, with g as above. result may be the gradient.
void covey_normalization_input_gradient(
    const float *_Nonnull x, const float *_Nonnull gradient, ptrdiff_t rows, ptrdiff_t channels,
    const float *_Nonnull mean, const float *_Nonnull scale, const float *_Nonnull shift, int relu, const float *_Nonnull a,
    const float *_Nonnull b, const float *_Nonnull c, float *_Nonnull result);

// MARK: Element-wise (elementwise.c)

typedef enum { COVEY_RELU, COVEY_LEAKY_RELU, COVEY_TANH, COVEY_SIGMOID, COVEY_GELU } covey_activation;

/// y = f(x). y may be x, but for GELU.
void covey_activation_forward(
    covey_activation kind, float slope, const float *_Nonnull x, ptrdiff_t count, float *_Nonnull y);
/// input_gradient = f′(x) · gradient; reads x for GELU, y for the others. input_gradient may be the gradient.
void covey_activation_backward(
    covey_activation kind, float slope, const float *_Nonnull x, const float *_Nonnull y, const float *_Nonnull gradient,
    ptrdiff_t count, float *_Nonnull input_gradient);
/// y = a + b, clamped at 0 from below if `relu`. y may be a or b.
void covey_add(const float *_Nonnull a, const float *_Nonnull b, ptrdiff_t count, int relu, float *_Nonnull y);
/// input_gradient = a + b where y > 0, else 0: the gradient behind a ReLU that put out y, in two parts. input_gradient may be a
/// or b.
void covey_masked_add(
    const float *_Nonnull y, const float *_Nonnull a, const float *_Nonnull b, ptrdiff_t count, float *_Nonnull input_gradient);
/// y = x · keep_scale where the element's random number is at least `threshold`, else 0. The number of element i is a hash of
/// (key, i), so that the backward pass calls the same with the gradient. y may be x.
void covey_dropout(
    const float *_Nonnull x, ptrdiff_t count, uint64_t key, uint32_t threshold, float keep_scale, float *_Nonnull y);
/// y = the transpose of each of `batch` matrices of rows × columns.
void covey_transpose(
    const float *_Nonnull x, ptrdiff_t batch, ptrdiff_t rows, ptrdiff_t columns, float *_Nonnull y);
/// y's rows = `row`.
void covey_fill_rows(const float *_Nonnull row, ptrdiff_t rows, ptrdiff_t columns, float *_Nonnull y);
/// y's rows += `row`.
void covey_add_row(const float *_Nonnull row, ptrdiff_t rows, ptrdiff_t columns, float *_Nonnull y);
/// sum = Σ over the rows.
void covey_column_sums(const float *_Nonnull x, ptrdiff_t rows, ptrdiff_t columns, float *_Nonnull sum);
/// y = mean over each sample's `positions` rows; x is batch × positions × channels.
void covey_position_means(
    const float *_Nonnull x, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, float *_Nonnull y);
/// input_gradient = gradient / positions, the same for each position.
void covey_position_means_backward(
    const float *_Nonnull gradient, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, float *_Nonnull input_gradient);
/// y = x · scale + shift with the channel repeated: `source_channels` of 1 becomes `channels`, else they are equal.
void covey_gather_pixels(
    const float *_Nonnull x, ptrdiff_t pixels, ptrdiff_t source_channels, ptrdiff_t channels, const float *_Nonnull scale,
    const float *_Nonnull shift, float *_Nonnull y);

// MARK: Recurrent cells (recurrent.c); one step of `rows` samples, `units` values each

/// LSTM: `gates` holds the sums before the gates i, f, g, o and = the gates; cell = f·before + i·g; output = o·tanh(cell).
/// `previous_cell` is NULL in the first step.
void covey_lstm_forward(
    float *_Nonnull gates, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t units, const float *_Nullable previous_cell,
    ptrdiff_t cell_stride, float *_Nonnull cell, float *_Nonnull output, ptrdiff_t output_stride);
/// gates = the gradients of the sums; cell_gradient = that of the cell before; state_gradient is what comes from the step behind.
void covey_lstm_backward(
    float *_Nonnull gates, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t units, const float *_Nullable previous_cell,
    const float *_Nonnull cell, ptrdiff_t cell_stride, const float *_Nonnull output_gradient, ptrdiff_t output_stride,
    const float *_Nonnull state_gradient, float *_Nonnull cell_gradient);
/// GRU: `gates` holds the input's part of the sums of r, z, n and = the gates; `hidden_gates` the state's part.
void covey_gru_forward(
    float *_Nonnull gates, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t units, float *_Nonnull hidden_gates,
    ptrdiff_t hidden_stride, const float *_Nullable previous, float *_Nonnull output, ptrdiff_t output_stride);
/// gates, hidden_gates = the gradients of the two parts; state_gradient = the part of the state before that does not pass the gates.
void covey_gru_backward(
    float *_Nonnull gates, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t units, float *_Nonnull hidden_gates,
    ptrdiff_t hidden_stride, const float *_Nullable previous, ptrdiff_t output_stride, const float *_Nonnull output_gradient,
    float *_Nonnull state_gradient);

// MARK: Pooling (pooling.c)

/// A window that slides over `samples` images of in_height × in_width × channels; rows and columns before the image are padding.
typedef struct {
  ptrdiff_t samples, channels, in_height, in_width, out_height, out_width;
  ptrdiff_t kernel_height, kernel_width, stride_height, stride_width, pad_top, pad_left;
} covey_pool_window;

/// Whether a value is not a number.
int covey_has_nan(const float *_Nonnull x, ptrdiff_t count);
/// y = not a number where the window over x holds a value that is none, and else what it was.
void covey_spread_nan(const covey_pool_window *_Nonnull window, const float *_Nonnull x, float *_Nonnull y);

// MARK: Normalization with a pooling behind it (normalized_pooling.c)
//
// The values before the pooling are never stored: the backward passes compute them again from x. Results are those of the separate
// kernels to the last bit, given the same vectors, but where windows overlap, since oneDNN adds gradients in another order.

/// y = the largest value of each window over x · scale + shift, clamped at 0 from below if `relu`; not a number where one of them
/// is none. A window reaches into the image.
void covey_normalized_pool_forward(
    const covey_pool_window *_Nonnull window, const float *_Nonnull x, const float *_Nonnull scale, const float *_Nonnull shift,
    int relu, float *_Nonnull y);

/// Bytes of scratch that the two below need.
size_t covey_normalized_pool_scratch(const covey_pool_window *_Nonnull window);

/// sum = Σ g and dot = Σ g·(x − mean)·inverse per channel. g is the gradient of x · scale + shift: at each place the sum, row by
/// row, of `gradient` over the windows whose largest value is there, or 0 where `relu` and that value is not above 0. Of equal
/// values the first is the largest, and what is not a number is passed over.
void covey_normalized_pool_sums(
    const covey_pool_window *_Nonnull window, const float *_Nonnull x, const float *_Nonnull gradient, const float *_Nonnull mean,
    const float *_Nonnull inverse, const float *_Nonnull scale, const float *_Nonnull shift, int relu, float *_Nonnull sum,
    float *_Nonnull dot, void *_Nonnull scratch);

/// result = a·g − b − c·(x − mean) per channel, with g as above.
void covey_normalized_pool_input_gradient(
    const covey_pool_window *_Nonnull window, const float *_Nonnull x, const float *_Nonnull gradient, const float *_Nonnull mean,
    const float *_Nonnull scale, const float *_Nonnull shift, int relu, const float *_Nonnull a, const float *_Nonnull b,
    const float *_Nonnull c, float *_Nonnull result, void *_Nonnull scratch);

// MARK: Losses (losses.c)

/// Softmax cross entropy: returns Σ over rows of −log softmax(x)[target]; gradient = (softmax − onehot) · factor unless NULL;
/// correct = how many rows have their largest value at the target (the first of equals).
double covey_cross_entropy(
    const float *_Nonnull x, const int32_t *_Nonnull targets, ptrdiff_t rows, ptrdiff_t classes, float factor,
    float *_Nullable gradient, int64_t *_Nonnull correct);
/// Binary cross entropy with logits against targets of [0, 1]: returns the sum over all elements; gradient = (σ(x) − t) · factor.
double covey_binary_cross_entropy(
    const float *_Nonnull x, const float *_Nonnull targets, ptrdiff_t count, float factor, float *_Nullable gradient);
/// Squared error: returns Σ(x − t)²; gradient = 2(x − t) · factor.
double covey_squared_error(
    const float *_Nonnull x, const float *_Nonnull targets, ptrdiff_t count, float factor, float *_Nullable gradient);

// MARK: Optimizers (optimizers.c); g, w, and the memories m, v, are updated in place

/// g = g · factor.
void covey_scale(float *_Nonnull g, ptrdiff_t count, float factor);
/// g within ±bound; what is no number stays so.
void covey_clamp(float *_Nonnull g, ptrdiff_t count, float bound);
/// w −= rate · (g + decay·w).
void covey_sgd(float *_Nonnull w, const float *_Nonnull g, ptrdiff_t count, float rate, float decay);
/// g += decay·w; m = momentum·m + g (m = g on the first step); w −= rate · (nesterov ? g + momentum·m : m).
void covey_sgd_momentum(
    float *_Nonnull w, const float *_Nonnull g, float *_Nonnull m, ptrdiff_t count, float rate, float decay, float momentum,
    int nesterov, int is_first);
/// Adam with the bias corrections 1 − βᵗ; `decoupled` decays the weights by rate·decay (AdamW), else the gradient gains decay·w.
/// `share1` and `share2` are 1 − β, which in fp32 would have lost most of its digits for a β near 1.
void covey_adam(
    float *_Nonnull w, const float *_Nonnull g, float *_Nonnull m, float *_Nonnull v, ptrdiff_t count, float rate, float beta1,
    float beta2, float share1, float share2, float epsilon, float decay, int decoupled, float correction1, float correction2);
/// v += g²; w −= rate · g / (√v + epsilon).
void covey_adagrad(
    float *_Nonnull w, const float *_Nonnull g, float *_Nonnull v, ptrdiff_t count, float rate, float epsilon, float decay);
/// v = alpha·v + share·g² with share = 1 − alpha; w −= rate · g / (√v + epsilon), through the velocity m if momentum > 0.
void covey_rmsprop(
    float *_Nonnull w, const float *_Nonnull g, float *_Nonnull v, float *_Nullable m, ptrdiff_t count, float rate, float alpha,
    float share, float epsilon, float decay, float momentum);

// MARK: Weight standardization (standardization.c)

/// ŵ = factor·gain·(w − μ)/√(σ² + epsilon) for each row of w, `rows × columns`, σ² biased; mean = μ, inverse = 1/√(σ² + epsilon) of
/// each row. A missing gain is 1.
void covey_standardize_rows(
    const float *_Nonnull w, const float *_Nullable gain, ptrdiff_t rows, ptrdiff_t columns, double factor, double epsilon,
    float *_Nonnull mean, float *_Nonnull inverse, float *_Nonnull result);
/// gradient = that of w, where that of ŵ was; gain_gradient = that of the gain, unless it is missing. `mean` and `inverse` are those of
/// the forward pass.
void covey_standardize_rows_backward(
    const float *_Nonnull w, const float *_Nullable gain, ptrdiff_t rows, ptrdiff_t columns, double factor,
    const float *_Nonnull mean, const float *_Nonnull inverse, float *_Nonnull gradient, float *_Nullable gain_gradient);

// MARK: Reductions (reductions.c)

/// Σ x².
double covey_sum_of_squares(const float *_Nonnull x, ptrdiff_t count);
/// Σ (a − b)².
double covey_squared_distance(const float *_Nonnull a, const float *_Nonnull b, ptrdiff_t count);
/// Σ a·b.
double covey_dot(const float *_Nonnull a, const float *_Nonnull b, ptrdiff_t count);
/// The place of the first value that is infinite or not a number, or −1.
ptrdiff_t covey_first_non_finite(const float *_Nonnull x, ptrdiff_t count);
/// The place of the first value beyond ±limit or not a number, or −1.
ptrdiff_t covey_first_beyond(const float *_Nonnull x, ptrdiff_t count, float limit);
/// accumulator += round((x − base) · factor) in whole numbers, a missing base being 0; returns the place of the first
/// value that is not a number, or is itself or in its difference beyond ±limit, or −1.
/// Such a value is left out.
ptrdiff_t covey_accumulate(
    int64_t *_Nonnull accumulator, const float *_Nonnull x, const float *_Nullable base, ptrdiff_t count, double factor,
    float limit);
/// y = accumulator · factor, rounded once to fp32; accumulator = 0.
void covey_take_accumulated(int64_t *_Nonnull accumulator, ptrdiff_t count, double factor, float *_Nonnull y);
/// y += a · (x − z).
void covey_add_scaled_difference(
    float *_Nonnull y, const float *_Nonnull x, const float *_Nonnull z, ptrdiff_t count, float a);
/// y += a · x.
void covey_add_scaled(float *_Nonnull y, const float *_Nonnull x, ptrdiff_t count, float a);
/// sketch[i mod size] += ±(a − b)[i], a missing b being 0, with signs from a hash of the block; for count ≤ size it is the
/// difference itself.
void covey_sketch_difference(
    const float *_Nonnull a, const float *_Nullable b, ptrdiff_t count, ptrdiff_t offset, ptrdiff_t size, float *_Nonnull sketch);

// MARK: Patterns (patterns.c)

/// y = gain · pattern + deviation · s + offset, where s is a whole number from −510 to 510 that is a hash of (key, place): the sum
/// of four random bytes less its mean, nearly normal with variance 21845. The same bits on every processor. Keys are to be
/// scattered: two that differ in a few bits of their upper halves alone give numbers that resemble each other.
void covey_pattern(
    const float *_Nonnull pattern, ptrdiff_t count, uint64_t key, float gain, float deviation, float offset,
    float *_Nonnull y);

// MARK: Measuring (measuring.c)

/// Runs `rounds` × 2⁹·12 vector fused multiply-adds on registers and returns how many floating-point operations that were; the
/// peak of the core is this over the time it took.
double covey_peak_operations(int64_t rounds, float *_Nonnull result);

// MARK: Dispatch (dispatch.c)

/// Which of the compiled forms of the kernels runs on this processor: "avx512", "avx2" or "plain". The first two fuse
/// multiplications with additions, so that their bits differ from the third's.
const char *_Nonnull covey_kernels_level(void);

#if defined(__cplusplus)
}
#endif
#endif
