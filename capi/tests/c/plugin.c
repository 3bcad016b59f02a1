/*
 * A host that loads the library like a plug-in, uses it, and lets it go before it ends.
 *
 *     plugin LIBRARY ENGINE
 */
#include <dlfcn.h>

#include "check.h"

/* ISO C has no cast from a data pointer to a function's. */
#define LOOK_UP(function) \
    do { \
        void *symbol = dlsym(library, #function); \
        CHECK(symbol); \
        memcpy(&p_##function, &symbol, sizeof symbol); \
    } while (0)

int main(int argc, char **argv) {
    static unsigned char rgb[WIDTH * HEIGHT * 3];
    deepcrop_status (*p_deepcrop_model_load)(const char *, const deepcrop_model_options *, deepcrop_model **,
                                             deepcrop_error *);
    deepcrop_status (*p_deepcrop_segment)(const deepcrop_model *, const deepcrop_image *, double, double,
                                          deepcrop_mask **, deepcrop_error *);
    void (*p_deepcrop_model_free)(deepcrop_model *);
    void (*p_deepcrop_mask_free)(deepcrop_mask *);
    CHECK(argc == 3);
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    for (int round = 0; round < 2; ++round) {
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        deepcrop_model *model;
        deepcrop_mask *mask;
        CHECK(library);
        LOOK_UP(deepcrop_model_load);
        LOOK_UP(deepcrop_segment);
        LOOK_UP(deepcrop_model_free);
        LOOK_UP(deepcrop_mask_free);
        WORKS(p_deepcrop_model_load(strcmp(argv[2], "network") ? "classical" : NULL, NULL, &model, &error));
        WORKS(p_deepcrop_segment(model, &image, 60, 60, &mask, &error));
        p_deepcrop_mask_free(mask);
        p_deepcrop_model_free(model);
        CHECK(!dlclose(library));
    }
    return 0;
}
