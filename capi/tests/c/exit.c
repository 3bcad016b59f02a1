/*
 * A program that ends: its exit code and its silence are the test.
 *
 *     exit ENGINE HOW       HOW: frees, leaves (frees nothing), cancelled, or loads and clicks (main returns while a
 *                           thread is in such calls)
 */
#include <pthread.h>
#include <time.h>

#include "check.h"

/* Goes on until the process ends. Calls may then be refused as cancelled, and must not crash. */
static void *load_again(void *_) {
    (void)_;
    for (;;) {
        deepcrop_model *model;
        deepcrop_status status = deepcrop_model_load(NULL, NULL, &model, &error);
        if (status != DEEPCROP_OK && status != DEEPCROP_ERROR_CANCELLED) fprintf(stderr, "%s\n", error.message);
        CHECK(status == DEEPCROP_OK || status == DEEPCROP_ERROR_CANCELLED);
        deepcrop_model_free(model);
    }
    return NULL;
}

static void *click_again(void *picture) {
    deepcrop_prompt clicks[2] = {click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60), click_at(DEEPCROP_PROMPT_EXCLUDE, 1, 1)};
    for (int i = 0;; ++i) {
        deepcrop_mask *mask;
        clicks[0].x = 55 + i % 10;
        deepcrop_status status = deepcrop_picture_segment(picture, clicks, 2, NULL, NULL, &mask, &error);
        if (status != DEEPCROP_OK && status != DEEPCROP_ERROR_CANCELLED) fprintf(stderr, "%s\n", error.message);
        CHECK(status == DEEPCROP_OK || status == DEEPCROP_ERROR_CANCELLED);
        deepcrop_mask_free(mask);
    }
    return NULL;
}

static void leave_during(void *(*calls)(void *), void *picture, int milliseconds) {
    pthread_t thread;
    struct timespec while_it_runs = {0, milliseconds * 1000000L};
    CHECK(!pthread_create(&thread, NULL, calls, picture));
    nanosleep(&while_it_runs, NULL);
}

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
    srand((unsigned)(size_t)&model); /* another place in the calls at each start */
    if (!strcmp(argv[2], "loads")) return leave_during(load_again, NULL, rand() % 60), 0;
    if (!strcmp(argv[2], "clicks")) return leave_during(click_again, picture, rand() % 60), 0;
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
