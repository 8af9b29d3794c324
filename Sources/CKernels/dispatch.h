// Run-time dispatch over the processor's vector instructions without build flags.
#ifndef COVEY_DISPATCH_H
#define COVEY_DISPATCH_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
// The loader picks a clone before the sanitizer is ready, which ends in a crash.
#define COVEY_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(COVEY_SANITIZED)
/// Compiles the function for AVX-512, AVX2 and plain x86-64; the loader picks one, as covey_kernels_level says.
#define COVEY_HAS_CLONES 1
#define COVEY_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define COVEY_CLONES
#endif

/// Channels handled at once: one AVX-512 register.
#define COVEY_LANES 16
/// The lanes of a reduction over a whole array, fixed so that its bits don't depend on the vector width.
#define COVEY_REDUCTION_LANES 16

static inline ptrdiff_t covey_smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

#endif
