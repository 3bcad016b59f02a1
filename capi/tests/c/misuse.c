/* Programs with a fault in them: a sanitizer that does not stop them is not on. */
#include <limits.h>

#include "check.h"

int main(int argc, char **argv) {
    volatile unsigned char sink;
    CHECK(argc == 2);
    if (!strcmp(argv[1], "overflow")) { /* undefined behaviour */
        volatile int most = INT_MAX;
        most = most + 1;
        return most == 0;
    }
    unsigned char data[16] = {0};
    deepcrop_mask *mask;
    WORKS(deepcrop_mask_new(data, 4, 4, 4, &mask, &error));
    const unsigned char *pixels = deepcrop_mask_pixels(mask);
    if (!strcmp(argv[1], "use after free")) { /* of memory that the library had */
        deepcrop_mask_free(mask);
        sink = pixels[5];
    } else if (!strcmp(argv[1], "past the end")) {
        sink = pixels[16];
        deepcrop_mask_free(mask);
    } else { /* a leak */
        sink = pixels[5];
        pixels = NULL;
        mask = NULL;
    }
    (void)sink;
    return 0;
}
