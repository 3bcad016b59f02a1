/* Where memory is short, a changed mask is an error, and the process goes on. */
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

enum { SIDE = 12000 }; /* a mask of 144 MB */

/* Lets the process grow by so many bytes from now on. */
static void allow(rlim_t more) {
    struct rlimit limit;
    unsigned long pages;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu", &pages) == 1 && !fclose(file));
    CHECK(!getrlimit(RLIMIT_AS, &limit));
    limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    CHECK(!setrlimit(RLIMIT_AS, &limit));
}

int main(void) {
    uint8_t *data = calloc(SIDE, SIDE);
    deepcrop_mask *mask, *changed = (deepcrop_mask *)&error;
    const deepcrop_point point = {1, 1};
    const deepcrop_status wanted = DEEPCROP_ERROR_MEMORY;
    CHECK(data);
    deepcrop_image image = {data, SIDE, SIDE, SIDE, DEEPCROP_GRAY8, 0};
    WORKS(deepcrop_mask_new(data, SIDE, SIDE, SIDE, &mask, &error));
    allow(16 << 20);
    FAILS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_INVERT, 0, &changed, &error), wanted, "not enough memory");
    FAILS(deepcrop_mask_keep_parts(mask, &point, 1, &changed, &error), wanted, "not enough memory");
    FAILS(deepcrop_mask_combine(mask, mask, DEEPCROP_COMBINE_ADD, &changed, &error), wanted, "not enough memory");
    FAILS(deepcrop_mask_refine(mask, &image, 10, DEEPCROP_EDGES_NONE, NULL, &changed, &error), wanted, "not enough memory");
    CHECK(!changed);
    deepcrop_model *model = (deepcrop_model *)&error;
    FAILS(deepcrop_model_load_bytes(data, (size_t)SIDE * SIDE, NULL, &model, &error), wanted, "not enough memory");
    CHECK(!model);
    allow(1 << 30);
    WORKS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_INVERT, 0, &changed, &error));
    CHECK(deepcrop_mask_pixels(changed)[0] == 255 && deepcrop_mask_pixels(mask)[0] == 0);
    deepcrop_mask_free(changed);
    deepcrop_mask_free(mask);
    free(data);
    puts("every check passed");
    return 0;
}
