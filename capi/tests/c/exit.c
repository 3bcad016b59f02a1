/*
 * A program that ends: its exit code and its silence are the test.
 *
 *     exit ENGINE HOW       HOW: frees, leaves (frees nothing), cancelled
 */
#include "check.h"

int main(int argc, char **argv) {
    static unsigned char rgb[WIDTH * HEIGHT * 3];
    deepcrop_model *model;
    deepcrop_picture *picture;
    deepcrop_cancel *cancel;
    deepcrop_mask *mask;
    deepcrop_outline *outline;
    deepcrop_prompt click = click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60);
    CHECK(argc == 3);
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    WORKS(deepcrop_model_load(strcmp(argv[1], "network") ? "classical" : NULL, NULL, &model, &error));
    WORKS(deepcrop_cancel_new(&cancel, &error));
    WORKS(deepcrop_picture_new(model, &image, cancel, &picture, &error));
    if (!strcmp(argv[2], "cancelled")) {
        deepcrop_cancel_raise(cancel);
        FAILS(deepcrop_picture_segment(picture, &click, 1, NULL, cancel, &mask, &error), DEEPCROP_ERROR_CANCELLED,
              "cancelled");
        return 0;
    }
    WORKS(deepcrop_picture_segment(picture, &click, 1, NULL, cancel, &mask, &error));
    WORKS(deepcrop_mask_outline(mask, NULL, &outline, &error));
    if (!strcmp(argv[2], "frees")) {
        deepcrop_model_free(model);
        deepcrop_picture_free(picture);
        deepcrop_cancel_free(cancel);
        deepcrop_mask_free(mask);
        deepcrop_outline_free(outline);
    }
    return 0;
}
