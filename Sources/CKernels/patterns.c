#include "CKernels.h"
#include "dispatch.h"

// Each product is rounded before it is added to, so that every clone of the loop gives the same bits.
#pragma STDC FP_CONTRACT OFF

COVEY_CLONES
void covey_pattern(
    const float *restrict pattern, ptrdiff_t count, uint64_t key, float gain, float deviation, float offset,
    float *restrict y) {
  const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
  for (ptrdiff_t i = 0; i < count; i++) {
    // The "lowbias32" integer hash (Wellons, hash-prospector) with one half of the key before and one half amid it.
    uint32_t h = (uint32_t)i ^ low;
    h = ((h ^ (h >> 16)) * 0x7FEB352Du) ^ high;
    h = (h ^ (h >> 15)) * 0x846CA68Bu;
    h ^= h >> 16;
    // The sum of its four bytes, two at a time: 0 to 1020.
    const uint32_t pairs = (h & 0x00FF00FFu) + ((h >> 8) & 0x00FF00FFu);
    const int32_t sum = (int32_t)((pairs + (pairs >> 16)) & 0xFFFFu);
    y[i] = gain * pattern[i] + (deviation * (float)(sum - 510) + offset);
  }
}
