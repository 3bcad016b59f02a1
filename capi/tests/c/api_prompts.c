/* Lists of prompts: what each kind takes and refuses, and what the same list always gives. */
#include "api.h"

#include <math.h>

static unsigned char rgb[WIDTH * HEIGHT * 3];

static deepcrop_picture *drawn(const deepcrop_model *model) {
    deepcrop_picture *picture = NULL;
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    WORKS(deepcrop_picture_new(model, &image, NULL, &picture, &error));
    return picture;
}

static deepcrop_mask *select_by(const deepcrop_picture *picture, const deepcrop_prompt *prompts, size_t count) {
    deepcrop_mask *mask = NULL;
    WORKS(deepcrop_picture_segment(picture, prompts, count, NULL, NULL, &mask, &error));
    CHECK(told(mask).width == WIDTH && told(mask).height == HEIGHT);
    return mask;
}

/* Refused by both calls that take a list, as the first and as the second prompt. */
static void refuse(const deepcrop_picture *picture, deepcrop_prompt bad, const char *words) {
    deepcrop_prompt list[] = {bad, click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60), bad};
    for (int first = 0; first < 2; ++first) {
        deepcrop_mask *mask = (deepcrop_mask *)&error, *masks[3];
        size_t count = 7;
        FAILS(deepcrop_picture_segment(picture, list + first, 2, NULL, NULL, &mask, &error), DEEPCROP_ERROR_PROMPT, words);
        CHECK(!mask);
        for (int i = 0; i < 3; ++i) masks[i] = (deepcrop_mask *)&error;
        FAILS(deepcrop_picture_candidates(picture, list + first, 2, NULL, NULL, masks, 3, &count, &error),
              DEEPCROP_ERROR_PROMPT, words);
        CHECK(count == 0 && !masks[0] && !masks[1] && !masks[2]);
    }
}

static void test_places(const deepcrop_picture *picture) {
    static const double outside[][2] = {{-0.1, 5}, {5, -0.1}, {WIDTH + 0.1, 5}, {5, HEIGHT + 0.1}, {1e300, 5}, {5, -1e300}};
    const double numbers[] = {NAN, INFINITY, -INFINITY};
    const uint32_t kinds[] = {DEEPCROP_PROMPT_INCLUDE, DEEPCROP_PROMPT_EXCLUDE, DEEPCROP_PROMPT_BOX};
    for (int kind = 0; kind < 3; ++kind) {
        for (int i = 0; i < 6; ++i)
            refuse(picture, click_at(kinds[kind], outside[i][0], outside[i][1]), "lies outside the picture, which is 160 x 120");
        for (int i = 0; i < 3; ++i) {
            refuse(picture, click_at(kinds[kind], numbers[i], 5), "a coordinate that is not a number");
            refuse(picture, click_at(kinds[kind], 5, numbers[i]), "a coordinate that is not a number");
        }
    }
    deepcrop_prompt box = click_at(DEEPCROP_PROMPT_BOX, 20, 20);
    box.x1 = 20.5;
    box.y1 = 40;
    refuse(picture, box, "the box is less than a pixel");
    box.x1 = NAN;
    refuse(picture, box, "a coordinate that is not a number");
    for (uint32_t kind = DEEPCROP_PROMPT_LASSO; kind <= DEEPCROP_PROMPT_SCRIBBLE_OUT; ++kind) {
        deepcrop_point points[] = {{10, 10}, {20, 10}, {20, HEIGHT + 1}};
        deepcrop_prompt line = click_at(kind, 0, 0);
        const char *what = kind == DEEPCROP_PROMPT_LASSO ? "the lasso" : "the scribble";
        refuse(picture, line, what); /* no points */
        line.points = points;
        line.point_count = 3;
        refuse(picture, line, "lies outside the picture");
        points[2].y = NAN;
        refuse(picture, line, "a coordinate that is not a number");
        line.point_count = 2;
        if (kind == DEEPCROP_PROMPT_LASSO) refuse(picture, line, "at least 3");
    }
}

static void test_malformed(const deepcrop_picture *picture) {
    deepcrop_prompt prompt = click_at(0, 5, 5), good = click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60);
    refuse(picture, prompt, "unknown prompt kind 0");
    prompt.kind = 99;
    refuse(picture, prompt, "unknown prompt kind 99");
    prompt.kind = DEEPCROP_PROMPT_INCLUDE;
    prompt.reserved = 1;
    refuse(picture, prompt, "`reserved` of a prompt is not 0");
    refuse(picture, click_at(DEEPCROP_PROMPT_MASK, 0, 0), "DEEPCROP_PROMPT_MASK has no mask");
    deepcrop_mask *small;
    WORKS(deepcrop_mask_new(rgb, 100, 100, 50, &small, &error));
    prompt = click_at(DEEPCROP_PROMPT_MASK, 0, 0);
    prompt.mask = small;
    refuse(picture, prompt, "the prompt mask is 100 x 50 pixels, but the picture is 160 x 120");
    deepcrop_mask_free(small);

    deepcrop_mask *mask = NULL, *masks[2];
    size_t count = 7;
    const deepcrop_status wrong = DEEPCROP_ERROR_ARGUMENT;
    prompt = click_at(DEEPCROP_PROMPT_LASSO, 0, 0);
    prompt.point_count = 3;
    FAILS(deepcrop_picture_segment(picture, &prompt, 1, NULL, NULL, &mask, &error), wrong, "`prompt.points` is NULL");
    prompt.points = (const deepcrop_point *)rgb;
    prompt.point_count = SIZE_MAX;
    FAILS(deepcrop_picture_segment(picture, &prompt, 1, NULL, NULL, &mask, &error), wrong, "`prompt.points` cannot hold");
    FAILS(deepcrop_picture_segment(picture, NULL, 1, NULL, NULL, &mask, &error), wrong, "`prompts` is NULL");
    FAILS(deepcrop_picture_segment(picture, &good, SIZE_MAX, NULL, NULL, &mask, &error), wrong, "`prompts` cannot hold");
    FAILS(deepcrop_picture_segment(NULL, &good, 1, NULL, NULL, &mask, &error), wrong, "`picture` is NULL");
    FAILS(deepcrop_picture_segment(picture, &good, 1, NULL, NULL, NULL, &error), wrong, "`mask` is NULL");
    FAILS(deepcrop_picture_candidates(NULL, &good, 1, NULL, NULL, masks, 2, &count, &error), wrong, "`picture` is NULL");
    FAILS(deepcrop_picture_candidates(picture, NULL, 1, NULL, NULL, masks, 2, &count, &error), wrong, "`prompts` is NULL");
    FAILS(deepcrop_picture_candidates(picture, &good, 1, NULL, NULL, NULL, 2, &count, &error), wrong, "`masks` is NULL");
    FAILS(deepcrop_picture_candidates(picture, &good, 1, NULL, NULL, masks, 2, NULL, &error), wrong, "`mask_count` is NULL");
    FAILS(deepcrop_picture_candidates(picture, &good, 1, NULL, NULL, masks, SIZE_MAX, &count, &error), wrong, "cannot hold");
    struct {
        deepcrop_segment_options options;
        uint64_t tail;
    } later = {{.struct_size = sizeof later}, 1};
    FAILS(deepcrop_picture_segment(picture, &good, 1, &later.options, NULL, &mask, &error), wrong, "`options` sets a field");
    later.options.struct_size = 0;
    FAILS(deepcrop_picture_candidates(picture, &good, 1, &later.options, NULL, masks, 2, &count, &error), wrong,
          "`options->struct_size` is 0");
    CHECK(!mask && !count);
}

void test_prompts(const deepcrop_model *model) {
    deepcrop_picture *picture = drawn(model);
    test_places(picture);
    test_malformed(picture);
    deepcrop_picture_free(picture);
}

static void test_empty(const deepcrop_picture *picture) {
    deepcrop_point stroke[] = {{5, 5}, {15, 5}};
    deepcrop_prompt prompts[] = {click_at(DEEPCROP_PROMPT_EXCLUDE, 5, 5), click_at(DEEPCROP_PROMPT_SCRIBBLE_OUT, 0, 0)};
    prompts[1].points = stroke;
    prompts[1].point_count = 2;
    for (size_t count = 0; count <= 2; ++count) {
        deepcrop_mask *mask = select_by(picture, count ? prompts : NULL, count), *masks[2];
        deepcrop_mask_info info = told(mask);
        CHECK(info.area == 0 && info.score == 0 && !info.x0 && !info.y0 && !info.x1 && !info.y1);
        deepcrop_outline *outline;
        WORKS(deepcrop_mask_outline(mask, NULL, &outline, &error));
        CHECK(deepcrop_outline_ring_count(outline) == 0 && !*deepcrop_outline_svg_path(outline));
        deepcrop_outline_free(outline);
        size_t found;
        WORKS(deepcrop_picture_candidates(picture, prompts, count, NULL, NULL, masks, 2, &found, &error));
        CHECK(found == 1 && same(masks[0], mask) && !masks[1]);
        deepcrop_mask_free(masks[0]);
        deepcrop_mask_free(mask);
    }
}

/* Every kind in one list: the mask after each of its steps, however the steps are asked for. */
static void test_lists(const deepcrop_model *model) {
    enum { STEPS = 6 };
    deepcrop_picture *picture = drawn(model);
    deepcrop_point stroke[] = {{112, 40}, {125, 50}, {138, 60}}, line[] = {{28, 28}, {92, 28}, {92, 92}, {28, 92}};
    deepcrop_prompt list[STEPS] = {
        click_at(DEEPCROP_PROMPT_BOX, 28, 28),      click_at(DEEPCROP_PROMPT_INCLUDE, 50, 50),
        click_at(DEEPCROP_PROMPT_SCRIBBLE, 0, 0),   click_at(DEEPCROP_PROMPT_EXCLUDE, 5, 100),
        click_at(DEEPCROP_PROMPT_LASSO, 0, 0),      click_at(DEEPCROP_PROMPT_MASK, 0, 0),
    };
    list[0].x1 = list[0].y1 = 92;
    list[2].points = stroke;
    list[2].point_count = 3;
    list[4].points = line;
    list[4].point_count = 4;
    deepcrop_mask *after[STEPS + 1];
    for (size_t n = 0; n < STEPS; ++n) after[n] = select_by(picture, list, n);
    list[5].mask = after[2];
    after[STEPS] = select_by(picture, list, STEPS);
    CHECK(!memcmp(deepcrop_mask_pixels(after[STEPS]), deepcrop_mask_pixels(after[2]), WIDTH * HEIGHT));
    CHECK(deepcrop_mask_pixels(after[2])[50 * WIDTH + 50] >= 128 && deepcrop_mask_pixels(after[4])[100 * WIDTH + 5] < 128);
    /* Undo and redo, with another list in between, on this picture and on a fresh one. */
    deepcrop_prompt other = click_at(DEEPCROP_PROMPT_INCLUDE, 125, 50);
    for (int fresh = 0; fresh < 2; ++fresh) {
        for (size_t n = STEPS + 1; n-- > 0;) {
            deepcrop_mask *again = select_by(picture, list, n);
            CHECK(same(again, after[n]));
            deepcrop_mask_free(again);
            if (n % 3 == 0) deepcrop_mask_free(select_by(picture, &other, 1));
        }
        deepcrop_picture_free(picture);
        picture = fresh ? NULL : drawn(model);
    }
    for (size_t n = 0; n <= STEPS; ++n) deepcrop_mask_free(after[n]);
}

static void test_candidates(const deepcrop_picture *picture) {
    deepcrop_prompt click = click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60);
    deepcrop_mask *masks[8], *one = (deepcrop_mask *)&error, *best = select_by(picture, &click, 1);
    size_t count, few;
    WORKS(deepcrop_picture_candidates(picture, &click, 1, NULL, NULL, masks, 8, &count, &error));
    CHECK(count >= 1 && count <= 8 && same(masks[0], best));
    for (size_t i = 2; i < count; ++i) CHECK(told(masks[i - 1]).score >= told(masks[i]).score);
    WORKS(deepcrop_picture_candidates(picture, &click, 1, NULL, NULL, &one, 1, &few, &error));
    CHECK(few == 1 && same(one, best));
    WORKS(deepcrop_picture_candidates(picture, &click, 1, NULL, NULL, NULL, 0, &few, &error));
    CHECK(few == 0);
    for (size_t i = 0; i < count; ++i) deepcrop_mask_free(masks[i]);
    deepcrop_mask_free(one);
    deepcrop_mask_free(best);
}

void test_selections(const deepcrop_model *model) {
    deepcrop_picture *picture = drawn(model);
    test_empty(picture);
    test_candidates(picture);
    deepcrop_segment_options options = {sizeof options, 1, 1, 1};
    deepcrop_prompt click = click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60);
    deepcrop_mask *plain, *usual = select_by(picture, &click, 1), *again;
    WORKS(deepcrop_picture_segment(picture, &click, 1, &options, NULL, &plain, &error));
    again = select_by(picture, &click, 1);
    CHECK(same(usual, again)); /* options of one call do not stay */
    deepcrop_mask_free(plain);
    deepcrop_mask_free(usual);
    deepcrop_mask_free(again);
    deepcrop_picture_free(picture);
    test_lists(model);
}
