#include <string.h>

#include "winograd_plan.h"

#ifdef COVEY_HAS_WINOGRAD
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LANES 8
#define MAX_ROWS 6
#define GRADIENT_ROWS 4
#define KERNELS covey_winograd_avx2
#include "winograd_body.h"
#pragma clang attribute pop
#endif
