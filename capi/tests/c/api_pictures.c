/* Pictures: every format, every shape that does not hold together, and what outlives what. */
#include "api.h"

static unsigned char rgb[WIDTH * HEIGHT * 3];

static deepcrop_mask *select_disc(const deepcrop_model *model, deepcrop_image image) {
    deepcrop_mask *mask = NULL;
    WORKS(deepcrop_segment(model, &image, 60.5, 60.5, &mask, &error));
    return mask;
}

static void test_formats(const deepcrop_model *model, const deepcrop_mask *wanted) {
    enum { ROW = WIDTH + 7 }; /* rows with a gap at their end */
    static unsigned char rgba[ROW * HEIGHT * 4], bgra[ROW * HEIGHT * 4], grey[ROW * HEIGHT];
    static uint16_t deep[ROW * HEIGHT * 4];
    static float real[ROW * HEIGHT * 4];
    static unsigned char flat[ROW * HEIGHT * 3]; /* the same in grey: as bytes and as 16-bit numbers */
    static uint16_t deep_rgb[ROW * HEIGHT * 3], deep_grey[ROW * HEIGHT];
    static float real_rgb[ROW * HEIGHT * 3];
    for (int y = 0; y < HEIGHT; ++y) {
        for (int x = 0; x < WIDTH; ++x) {
            int at = y * ROW + x;
            for (int c = 0; c < 4; ++c) {
                unsigned char value = c == 3 ? 255 : rgb[3 * (y * WIDTH + x) + c];
                rgba[4 * at + c] = value;
                bgra[4 * at + (c < 3 ? 2 - c : c)] = value;
                deep[4 * at + c] = (uint16_t)(value * 257);
                real[4 * at + c] = (float)value / 255.0f;
                if (c == 3) continue;
                deep_rgb[3 * at + c] = deep[4 * at + c];
                real_rgb[3 * at + c] = real[4 * at + c];
                flat[3 * at + c] = rgb[3 * (y * WIDTH + x)];
            }
            grey[at] = rgb[3 * (y * WIDTH + x)];
            deep_grey[at] = (uint16_t)(grey[at] * 257);
        }
    }
    deepcrop_image images[] = {
        {rgba, ROW * 4, WIDTH, HEIGHT, DEEPCROP_RGBA8, 0},     {rgba, ROW * 4, WIDTH, HEIGHT, DEEPCROP_RGBA8, 1},
        {bgra, ROW * 4, WIDTH, HEIGHT, DEEPCROP_BGRA8, 0},     {deep, ROW * 8, WIDTH, HEIGHT, DEEPCROP_RGBA16, 0},
        {real, ROW * 16, WIDTH, HEIGHT, DEEPCROP_RGBAF32, 0},  {real, ROW * 16, WIDTH, HEIGHT, DEEPCROP_RGBAF32, 1},
        {deep_rgb, ROW * 6, WIDTH, HEIGHT, DEEPCROP_RGB16, 0}, {real_rgb, ROW * 12, WIDTH, HEIGHT, DEEPCROP_RGBF32, 0},
    };
    for (size_t i = 0; i < sizeof images / sizeof *images; ++i) {
        deepcrop_mask *mask = select_disc(model, images[i]);
        CHECK(same(mask, wanted));
        deepcrop_mask_free(mask);
    }
    deepcrop_mask *flat_disc = select_disc(model, (deepcrop_image){flat, ROW * 3, WIDTH, HEIGHT, DEEPCROP_RGB8, 0});
    deepcrop_image greys[] = {
        {grey, ROW, WIDTH, HEIGHT, DEEPCROP_GRAY8, 0},
        {deep_grey, ROW * 2, WIDTH, HEIGHT, DEEPCROP_GRAY16, 0},
    };
    for (size_t i = 0; i < sizeof greys / sizeof *greys; ++i) {
        deepcrop_mask *mask = select_disc(model, greys[i]);
        CHECK(same(mask, flat_disc));
        deepcrop_mask_free(mask);
    }
    deepcrop_mask_free(flat_disc);
}

static void refuse(const deepcrop_model *model, deepcrop_image image, deepcrop_status status, const char *words) {
    deepcrop_mask *mask = (deepcrop_mask *)&error;
    deepcrop_picture *picture = (deepcrop_picture *)&error;
    FAILS(deepcrop_segment(model, &image, 0, 0, &mask, &error), status, words);
    FAILS(deepcrop_picture_new(model, &image, NULL, &picture, &error), status, words);
    CHECK(!mask && !picture);
}

static void test_shapes(const deepcrop_model *model) {
    static const struct {
        size_t stride;
        uint32_t width, height, format, premultiplied;
        const char *words;
    } bad[] = {
        {WIDTH * 3, 0, HEIGHT, DEEPCROP_RGB8, 0, "the picture is empty (0 x 120)"},
        {WIDTH * 3, WIDTH, 0, DEEPCROP_RGB8, 0, "the picture is empty (160 x 0)"},
        {SIZE_MAX, UINT32_MAX, UINT32_MAX, DEEPCROP_RGBAF32, 0, "too large (4294967295 x 4294967295)"},
        {WIDTH * 3, WIDTH, 1 << 20, DEEPCROP_RGB8, 0, "too large (160 x 1048576)"},
        {WIDTH * 3 - 1, WIDTH, HEIGHT, DEEPCROP_RGB8, 0, "the stride is 479 bytes"},
        {WIDTH, WIDTH, HEIGHT, DEEPCROP_RGBA8, 0, "the stride counts bytes"},
        {0, WIDTH, HEIGHT, DEEPCROP_RGB8, 0, "the stride is 0 bytes"},
        {SIZE_MAX, WIDTH, HEIGHT, DEEPCROP_RGB8, 0, "does not fit into memory"},
        {SIZE_MAX / 128, WIDTH, HEIGHT, DEEPCROP_RGB8, 0, "bytes does not fit into memory"},
        {WIDTH * 3, WIDTH, HEIGHT, 0, 0, "unknown pixel format 0"},
        {WIDTH * 3, WIDTH, HEIGHT, 10, 0, "unknown pixel format 10"},
        {WIDTH * 3, WIDTH, HEIGHT, DEEPCROP_RGB8, 2, "`premultiplied` is 2; pass 0 or 1"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        deepcrop_image image = {rgb,           bad[i].stride, bad[i].width,
                                bad[i].height, bad[i].format, bad[i].premultiplied};
        refuse(model, image, DEEPCROP_ERROR_IMAGE, bad[i].words);
    }
    deepcrop_image image = image_of(NULL);
    refuse(model, image, DEEPCROP_ERROR_ARGUMENT, "`image->data` is NULL");
    /* The smallest picture is one pixel. */
    deepcrop_image dot = {rgb, 3, 1, 1, DEEPCROP_RGB8, 0};
    deepcrop_mask *mask;
    WORKS(deepcrop_segment(model, &dot, 0.5, 0.5, &mask, &error));
    CHECK(told(mask).width == 1 && told(mask).height == 1);
    deepcrop_mask_free(mask);
}

void test_images(const deepcrop_model *model) {
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    deepcrop_mask *mask = select_disc(model, image);
    deepcrop_mask_info info = told(mask);
    CHECK(info.struct_size == sizeof info && info.width == WIDTH && info.height == HEIGHT);
    CHECK(info.score > 0.5f && info.score <= 1.0f);
    CHECK(info.prepare_time >= 0 && info.network_time > 0 && info.render_time > 0 && info.edge_time > 0);
    CHECK(info.network_time < 600); /* seconds */
    CHECK(info.area > 2000 && info.area < 3700); /* the disc has 2827 pixels */
    CHECK(info.x0 > 20 && info.x0 < 40 && info.y1 > 80 && info.y1 < 100);
    test_formats(model, mask);
    test_shapes(model);

    deepcrop_mask *none = (deepcrop_mask *)&error;
    deepcrop_picture *picture = (deepcrop_picture *)&error;
    FAILS(deepcrop_segment(NULL, &image, 5, 5, &none, &error), DEEPCROP_ERROR_ARGUMENT, "`model` is NULL");
    FAILS(deepcrop_segment(model, NULL, 5, 5, &none, &error), DEEPCROP_ERROR_ARGUMENT, "`image` is NULL");
    FAILS(deepcrop_segment(model, &image, 5, 5, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_segment(model, &image, 200, 5, &none, &error), DEEPCROP_ERROR_PROMPT, "outside the picture");
    FAILS(deepcrop_picture_new(NULL, &image, NULL, &picture, &error), DEEPCROP_ERROR_ARGUMENT, "`model` is NULL");
    FAILS(deepcrop_picture_new(model, NULL, NULL, &picture, &error), DEEPCROP_ERROR_ARGUMENT, "`image` is NULL");
    FAILS(deepcrop_picture_new(model, &image, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`picture` is NULL");
    CHECK(!none && !picture);
    CHECK(deepcrop_segment(model, &image, 200, 5, &none, NULL) == DEEPCROP_ERROR_PROMPT); /* no error buffer */
    deepcrop_mask_free(mask);
    deepcrop_picture_free(NULL);
}

/* Frees everything before what came of it. Takes the model. */
void test_lifetimes(deepcrop_model *model) {
    unsigned char *pixels = malloc(sizeof rgb);
    deepcrop_picture *picture;
    deepcrop_mask *mask, *again;
    deepcrop_outline *outline;
    deepcrop_prompt click = click_at(DEEPCROP_PROMPT_INCLUDE, 60, 60);
    CHECK(pixels);
    draw(pixels);
    deepcrop_image image = image_of(pixels);
    WORKS(deepcrop_picture_new(model, &image, NULL, &picture, &error));
    free(pixels); /* not needed after the call */
    deepcrop_model_free(model);
    WORKS(deepcrop_picture_segment(picture, &click, 1, NULL, NULL, &mask, &error));
    WORKS(deepcrop_picture_segment(picture, &click, 1, NULL, NULL, &again, &error));
    deepcrop_picture_free(picture);
    CHECK(same(mask, again));
    deepcrop_mask_free(again);
    WORKS(deepcrop_mask_outline(mask, NULL, &outline, &error));
    deepcrop_mask_free(mask);
    CHECK(deepcrop_outline_ring_count(outline) == 1 && *deepcrop_outline_svg_path(outline) == 'M');
    deepcrop_outline_free(outline);
}
