/* What the C tests share: checks that name their place, and a picture drawn in memory. */
#ifndef CHECK_H
#define CHECK_H

#include <deepcrop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static deepcrop_error error;

#define CHECK(condition) \
    do { \
        if (!(condition)) fail(__FILE__, __LINE__, #condition); \
    } while (0)

/* A call that must succeed, and say so in the error buffer too. */
#define WORKS(call) works(__FILE__, __LINE__, #call, (call))

/* A call that must fail with this status and a sentence with these words. */
#define FAILS(call, status, words) fails(__FILE__, __LINE__, #call, (call), (status), (words))

static inline void fail(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    fflush(NULL);
    _Exit(1);
}

static inline void works(const char *file, int line, const char *what, deepcrop_status status) {
    if (status || error.status || error.message[0]) {
        fprintf(stderr, "status %d, error %d: %s\n", status, error.status, error.message);
        fail(file, line, what);
    }
    memset(&error, 0x55, sizeof error);
}

static inline void fails(const char *file, int line, const char *what, deepcrop_status status, deepcrop_status wanted,
                         const char *words) {
    if (status != wanted || error.status != wanted || !strstr(error.message, words)) {
        fprintf(stderr, "status %d, not %d with `%s`: %.507s\n", status, wanted, words, error.message);
        fail(file, line, what);
    }
    /* A sentence for a person: not a word alone, and no place in our sources. */
    if (wanted != DEEPCROP_ERROR_CANCELLED && (strlen(error.message) < 20 || strstr(error.message, ".rs:"))) {
        fprintf(stderr, "no sentence: %s\n", error.message);
        fail(file, line, what);
    }
    memset(&error, 0x55, sizeof error);
}

enum { WIDTH = 160, HEIGHT = 120 };

/* A red disc at 60, 60 and a yellow square at 110..140, 30..70 on a bluish ground, as RGB. */
static inline void draw(unsigned char *pixels) {
    for (int y = 0; y < HEIGHT; ++y) {
        for (int x = 0; x < WIDTH; ++x) {
            static const unsigned char colours[3][3] = {{60, 80, 120}, {190, 40, 40}, {220, 200, 60}};
            int disc = (x - 60) * (x - 60) + (y - 60) * (y - 60) < 30 * 30;
            int square = x >= 110 && x < 140 && y >= 30 && y < 70;
            int shade = (x + y) / 20 + (x * 7 + y * 13) % 5;
            for (int c = 0; c < 3; ++c)
                pixels[3 * (y * WIDTH + x) + c] = (unsigned char)(colours[disc ? 1 : square ? 2 : 0][c] + shade);
        }
    }
}

static inline deepcrop_image image_of(const unsigned char *pixels) {
    deepcrop_image image = {pixels, WIDTH * 3, WIDTH, HEIGHT, DEEPCROP_RGB8, 0};
    return image;
}

static inline deepcrop_prompt click_at(uint32_t kind, double x, double y) {
    deepcrop_prompt prompt;
    memset(&prompt, 0, sizeof prompt);
    prompt.kind = kind;
    prompt.x = x;
    prompt.y = y;
    return prompt;
}

static inline deepcrop_mask_info told(const deepcrop_mask *mask) {
    deepcrop_mask_info info;
    memset(&info, 0x55, sizeof info);
    info.struct_size = sizeof info;
    WORKS(deepcrop_mask_describe(mask, &info, &error));
    return info;
}

static inline int same(const deepcrop_mask *a, const deepcrop_mask *b) {
    deepcrop_mask_info one = told(a), other = told(b);
    return one.width == other.width && one.height == other.height && one.score == other.score &&
           !memcmp(deepcrop_mask_pixels(a), deepcrop_mask_pixels(b), (size_t)one.width * one.height);
}

#endif
