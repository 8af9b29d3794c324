// Sixteen channels at a time: vectors, and how they come from memory and go back.
#ifndef COVEY_LANES_H
#define COVEY_LANES_H

#include <stdint.h>

#include "dispatch.h"

// Inlined into the clones, so that it is compiled for each of them, with `lanes` a constant where a block is full.
#define PART static inline __attribute__((always_inline))

// Rows that are looked at twice before the next ones come: 64 rows of 16 channels are 4 KiB, so that the second pass finds them
// in the first-level cache. Sums of gradients stay in fp32 over so many rows before they are merged in fp64.
#define CHUNK 64

// Vectors, since the compiler keeps arrays of 16 in memory; where there are fewer channels, zeros stand behind them.
typedef float floats __attribute__((vector_size(4 * COVEY_LANES), aligned(4)));
typedef double doubles __attribute__((vector_size(8 * COVEY_LANES), aligned(8)));
typedef int32_t ints __attribute__((vector_size(4 * COVEY_LANES), aligned(4)));
#define DOUBLES(values) __builtin_convertvector(values, doubles)
// condition ? a : b, which C has for single values only.
#define SELECT(condition, a, b) ((floats)(((condition) & (ints)(a)) | (~(condition) & (ints)(b))))

// By address: a function that returns such a vector is not the same in all clones.
PART void load(const float *x, int lanes, floats *row) {
  if (lanes == COVEY_LANES) {
    *row = *(const floats *)x;
    return;
  }
  *row = (floats){0};
  for (int l = 0; l < lanes; l++) (*row)[l] = x[l];
}

PART void store(const floats *row, int lanes, float *x) {
  if (lanes == COVEY_LANES) {
    *(floats *)x = *row;
    return;
  }
  for (int l = 0; l < lanes; l++) x[l] = (*row)[l];
}

#endif
