#include <string.h>

#include "winograd_plan.h"

#ifdef COVEY_HAS_WINOGRAD
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define LANES 16
#define MAX_ROWS 8
#define GRADIENT_ROWS 8
#define KERNELS covey_winograd_avx512
#include "winograd_body.h"
#pragma clang attribute pop
#endif
