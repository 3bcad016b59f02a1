/* Masks of the caller's own, and their outlines. */
#include "api.h"

#include <math.h>

enum { SIDE = 40, STRIDE = 50 };

/* A square of 30 pixels with a hole of 10. */
static deepcrop_mask *with_hole(void) {
    static unsigned char data[SIDE * STRIDE];
    for (int y = 0; y < SIDE; ++y)
        for (int x = 0; x < STRIDE; ++x) {
            int inside = x >= 5 && x < 35 && y >= 5 && y < 35, hole = x >= 15 && x < 25 && y >= 15 && y < 25;
            data[y * STRIDE + x] = x >= SIDE || (inside && !hole) ? 255 : 0; /* what lies in the gap is not seen */
        }
    deepcrop_mask *mask = NULL;
    WORKS(deepcrop_mask_new(data, STRIDE, SIDE, SIDE, &mask, &error));
    memset(data, 0, sizeof data); /* copied */
    return mask;
}

static void test_own(const deepcrop_mask *mask) {
    deepcrop_mask_info info = told(mask);
    CHECK(info.area == 800 && info.x0 == 5 && info.y0 == 5 && info.x1 == 35 && info.y1 == 35);
    CHECK(info.width == SIDE && info.height == SIDE && info.score == 1.0f);
    CHECK(info.prepare_time == 0 && info.network_time == 0 && info.render_time == 0 && info.edge_time == 0);
    CHECK(deepcrop_mask_pixels(mask)[6 * SIDE + 6] == 255 && deepcrop_mask_pixels(mask)[20 * SIDE + 20] == 0);
    CHECK(!deepcrop_mask_pixels(NULL));
    FAILS(deepcrop_mask_describe(NULL, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_describe(mask, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`info` is NULL");
    info.struct_size = 0;
    FAILS(deepcrop_mask_describe(mask, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`info->struct_size` is 0");
}

static void test_changed(const deepcrop_mask *mask) {
    deepcrop_mask *grown = NULL;
    deepcrop_box box = {9, 9, 9, 9};
    WORKS(deepcrop_mask_changed_since(mask, mask, &box, &error));
    CHECK(!box.x0 && !box.y0 && !box.x1 && !box.y1);
    WORKS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_GROW, 2, &grown, &error));
    WORKS(deepcrop_mask_changed_since(grown, mask, &box, &error));
    CHECK(box.x0 == 3 && box.y0 == 3 && box.x1 == 37 && box.y1 == 37);
    deepcrop_mask_free(grown);
    unsigned char data[4] = {0};
    WORKS(deepcrop_mask_new(data, 2, 2, 2, &grown, &error));
    FAILS(deepcrop_mask_changed_since(mask, grown, &box, &error), DEEPCROP_ERROR_ARGUMENT, "2 x 2");
    FAILS(deepcrop_mask_changed_since(NULL, mask, &box, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_changed_since(mask, NULL, &box, &error), DEEPCROP_ERROR_ARGUMENT, "`before` is NULL");
    FAILS(deepcrop_mask_changed_since(mask, mask, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`box` is NULL");
    deepcrop_mask_free(grown);
}

static void test_bad(void) {
    static const struct {
        size_t stride;
        uint32_t width, height;
        const char *words;
    } bad[] = {
        {10, 0, 10, "is empty (0 x 10)"},
        {10, 10, 0, "is empty (10 x 0)"},
        {9, 10, 10, "the stride is 9 bytes"},
        {SIZE_MAX, UINT32_MAX, UINT32_MAX, "too large"},
        {SIZE_MAX, 10, 10, "does not fit into memory"},
    };
    unsigned char data[100] = {0};
    deepcrop_mask *mask = (deepcrop_mask *)&error;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        FAILS(deepcrop_mask_new(data, bad[i].stride, bad[i].width, bad[i].height, &mask, &error), DEEPCROP_ERROR_IMAGE,
              bad[i].words);
    FAILS(deepcrop_mask_new(data, SIZE_MAX / 16, 10, 10, &mask, &error), DEEPCROP_ERROR_ARGUMENT, "cannot hold");
    FAILS(deepcrop_mask_new(NULL, 10, 10, 10, &mask, &error), DEEPCROP_ERROR_ARGUMENT, "`data` is NULL");
    FAILS(deepcrop_mask_new(data, 10, 10, 10, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    CHECK(!mask);
    deepcrop_mask_free(NULL);
}

static void test_rings(const deepcrop_outline *outline) {
    deepcrop_ring ring, hole;
    memset(&ring, 0x55, sizeof ring);
    memset(&hole, 0x55, sizeof hole);
    ring.struct_size = sizeof ring;
    hole.struct_size = sizeof hole;
    CHECK(deepcrop_outline_ring_count(outline) == 2);
    WORKS(deepcrop_outline_ring(outline, 0, &ring, &error));
    WORKS(deepcrop_outline_ring(outline, 1, &hole, &error));
    CHECK(!ring.hole && ring.parent == DEEPCROP_NO_PARENT && ring.point_count >= 4 && !ring.reserved);
    CHECK(hole.hole && hole.parent == 0 && hole.point_count >= 4 && !hole.reserved);
    for (size_t i = 0; i < hole.point_count; ++i) {
        const deepcrop_point *point = &hole.points[i];
        CHECK(point->x >= 14 && point->x <= 26 && point->y >= 14 && point->y <= 26);
    }
    /* A square is four corners with straight lines between them: no handles. */
    CHECK(ring.node_count == 4 && hole.node_count == 4);
    for (size_t i = 0; i < ring.node_count; ++i) {
        const deepcrop_node *node = &ring.nodes[i];
        CHECK(fabs(fabs(node->x - 20) - 15) < 1e-6 && fabs(fabs(node->y - 20) - 15) < 1e-6 && node->corner == 1);
        CHECK(node->in_x == node->x && node->in_y == node->y && node->out_x == node->x && node->out_y == node->y);
        CHECK(!node->reserved);
    }
    CHECK(*deepcrop_outline_svg_path(outline) == 'M');
    FAILS(deepcrop_outline_ring(outline, 2, &ring, &error), DEEPCROP_ERROR_ARGUMENT, "no ring 2; pass an index below the number of rings, 2");
    FAILS(deepcrop_outline_ring(outline, SIZE_MAX, &ring, &error), DEEPCROP_ERROR_ARGUMENT, "there is no ring");
    FAILS(deepcrop_outline_ring(NULL, 0, &ring, &error), DEEPCROP_ERROR_ARGUMENT, "`outline` is NULL");
    FAILS(deepcrop_outline_ring(outline, 0, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`ring` is NULL");
    ring.struct_size = 0;
    FAILS(deepcrop_outline_ring(outline, 0, &ring, &error), DEEPCROP_ERROR_ARGUMENT, "`ring->struct_size` is 0");
    CHECK(!deepcrop_outline_ring_count(NULL) && !deepcrop_outline_svg_path(NULL) && !deepcrop_outline_json(NULL));
    CHECK(strstr(deepcrop_outline_json(outline), "{\"format\":1,\"size\":[40,40],\"rings\":["));
    CHECK(strstr(deepcrop_outline_json(outline), "{\"hole\":true,\"parent\":0,\"points\":[["));
}

static void test_options(const deepcrop_mask *mask) {
    static const double bad[][2] = {{-1, 0}, {NAN, 0}, {INFINITY, 0}, {0, -1}, {0, NAN}};
    deepcrop_outline *outline = (deepcrop_outline *)&error;
    deepcrop_outline_options options = {sizeof options, 0, 0, 0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        options.tolerance = bad[i][0];
        options.smallest_area = bad[i][1];
        FAILS(deepcrop_mask_outline(mask, &options, &outline, &error), DEEPCROP_ERROR_ARGUMENT, "an outline cannot have");
    }
    options.struct_size = 0;
    FAILS(deepcrop_mask_outline(mask, &options, &outline, &error), DEEPCROP_ERROR_ARGUMENT, "`options->struct_size` is 0");
    FAILS(deepcrop_mask_outline(NULL, NULL, &outline, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_outline(mask, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`outline` is NULL");
    CHECK(!outline);
    options = (deepcrop_outline_options){sizeof options, 0, 1, 200}; /* the hole is smaller */
    WORKS(deepcrop_mask_outline(mask, &options, &outline, &error));
    CHECK(deepcrop_outline_ring_count(outline) == 1);
    deepcrop_outline_free(outline);
    deepcrop_outline_free(NULL);
}

static uint64_t area_of(const deepcrop_mask *mask, uint32_t change, double amount) {
    deepcrop_mask *changed = NULL;
    WORKS(deepcrop_mask_change(mask, change, amount, &changed, &error));
    uint64_t area = told(changed).area;
    deepcrop_mask_free(changed);
    return area;
}

static void test_changes(const deepcrop_mask *mask) {
    deepcrop_mask *changed = (deepcrop_mask *)&error;
    CHECK(area_of(mask, DEEPCROP_CHANGE_GROW, 0) == 800 && area_of(mask, DEEPCROP_CHANGE_GROW, 2) > 1000);
    CHECK(area_of(mask, DEEPCROP_CHANGE_SHRINK, 2) < 600 && area_of(mask, DEEPCROP_CHANGE_FEATHER, 2) > 700);
    CHECK(area_of(mask, DEEPCROP_CHANGE_SMOOTH, 1) > 780 && area_of(mask, DEEPCROP_CHANGE_FILL_HOLES, 99) == 800);
    CHECK(area_of(mask, DEEPCROP_CHANGE_FILL_HOLES, INFINITY) == 900);
    CHECK(area_of(mask, DEEPCROP_CHANGE_DROP_SPECKS, 801) == 0 && area_of(mask, DEEPCROP_CHANGE_INVERT, 0) == 800);
    CHECK(told(mask).area == 800); /* a mask never changes */
    static const double bad[] = {-1, NAN, INFINITY, 200000};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        for (uint32_t change = DEEPCROP_CHANGE_GROW; change <= DEEPCROP_CHANGE_SMOOTH; ++change)
            FAILS(deepcrop_mask_change(mask, change, bad[i], &changed, &error), DEEPCROP_ERROR_ARGUMENT, "pass 0 to 131072");
    FAILS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_FILL_HOLES, NAN, &changed, &error), DEEPCROP_ERROR_ARGUMENT, "0 or more");
    FAILS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_INVERT, 1, &changed, &error), DEEPCROP_ERROR_ARGUMENT,
          "`amount` is 1; pass 0");
    FAILS(deepcrop_mask_change(mask, 0, 1, &changed, &error), DEEPCROP_ERROR_ARGUMENT, "unknown change 0; use DEEPCROP_CHANGE_GROW to DEEPCROP_CHANGE_INVERT");
    FAILS(deepcrop_mask_change(NULL, DEEPCROP_CHANGE_GROW, 1, &changed, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_GROW, 1, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`changed` is NULL");
    const deepcrop_point in = {6.5, 6.5}, out = {20, 20};
    WORKS(deepcrop_mask_keep_parts(mask, &in, 1, &changed, &error));
    CHECK(same(changed, mask));
    deepcrop_mask_free(changed);
    WORKS(deepcrop_mask_keep_parts(mask, &out, 1, &changed, &error));
    CHECK(told(changed).area == 0);
    deepcrop_mask_free(changed);
    FAILS(deepcrop_mask_keep_parts(NULL, &in, 1, &changed, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_keep_parts(mask, NULL, 1, &changed, &error), DEEPCROP_ERROR_ARGUMENT, "`points` is NULL");
    CHECK(!changed);
}

static void test_sets(const deepcrop_mask *mask) {
    deepcrop_mask *other = NULL, *combined = NULL, *small = NULL;
    static const uint64_t areas[] = {0, 900, 900, 0, 800};
    WORKS(deepcrop_mask_change(mask, DEEPCROP_CHANGE_FILL_HOLES, INFINITY, &other, &error));
    for (uint32_t how = DEEPCROP_COMBINE_REPLACE; how <= DEEPCROP_COMBINE_INTERSECT; ++how) {
        WORKS(deepcrop_mask_combine(mask, other, how, &combined, &error));
        CHECK(told(combined).area == areas[how]);
        deepcrop_mask_free(combined);
    }
    unsigned char data[6] = {0};
    WORKS(deepcrop_mask_new(data, 3, 3, 2, &small, &error));
    FAILS(deepcrop_mask_combine(mask, small, DEEPCROP_COMBINE_ADD, &combined, &error), DEEPCROP_ERROR_ARGUMENT, "3 x 2");
    FAILS(deepcrop_mask_combine(mask, other, 5, &combined, &error), DEEPCROP_ERROR_ARGUMENT, "unknown combination 5");
    FAILS(deepcrop_mask_combine(NULL, other, 1, &combined, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_combine(mask, NULL, 1, &combined, &error), DEEPCROP_ERROR_ARGUMENT, "`other` is NULL");
    FAILS(deepcrop_mask_combine(mask, other, 1, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`combined` is NULL");
    deepcrop_mask_free(small);
    deepcrop_mask_free(other);
}

static void test_refined(const deepcrop_mask *mask) {
    enum { WIDE = 120, HIGH = 90 };
    static unsigned char pixels[WIDE * HIGH * 3], drawn[WIDE * HIGH];
    for (size_t i = 0; i < WIDE * HIGH; ++i) {
        const size_t x = i % WIDE, y = i / WIDE;
        const int inside = x >= 30 && x < 90 && y >= 20 && y < 70;
        pixels[3 * i] = (unsigned char)((inside ? 190 : 60) + i % 7);
        pixels[3 * i + 1] = (unsigned char)((inside ? 60 : 120) + i % 5);
        drawn[i] = x >= 33 && x < 93 && y >= 18 && y < 68 ? 255 : 0; /* three pixels to the right, two up */
    }
    deepcrop_image image = {pixels, WIDE * 3, WIDE, HIGH, DEEPCROP_RGB8, 0};
    deepcrop_mask *rough = NULL, *refined = NULL;
    WORKS(deepcrop_mask_new(drawn, WIDE, WIDE, HIGH, &rough, &error));
    for (uint32_t edges = DEEPCROP_EDGES_AUTO; edges <= DEEPCROP_EDGES_HAIR; ++edges) {
        WORKS(deepcrop_mask_refine(rough, &image, 10, edges, NULL, &refined, &error));
        const uint8_t *row = deepcrop_mask_pixels(refined) + 45 * WIDE;
        CHECK(row[28] < 30 && row[31] > 225 && row[88] > 225 && row[91] < 30);
        deepcrop_mask_free(refined);
    }
    WORKS(deepcrop_mask_refine(rough, &image, 10, DEEPCROP_EDGES_NONE, NULL, &refined, &error));
    CHECK(same(refined, rough));
    deepcrop_mask_free(refined);
    refined = NULL;
    FAILS(deepcrop_mask_refine(rough, &image, NAN, 0, NULL, &refined, &error), DEEPCROP_ERROR_ARGUMENT, "pass 4 to 512");
    FAILS(deepcrop_mask_refine(rough, &image, 10, 5, NULL, &refined, &error), DEEPCROP_ERROR_ARGUMENT, "unknown edge mode 5; use DEEPCROP_EDGES_AUTO to DEEPCROP_EDGES_NONE");
    FAILS(deepcrop_mask_refine(mask, &image, 10, 0, NULL, &refined, &error), DEEPCROP_ERROR_ARGUMENT, "120 x 90");
    FAILS(deepcrop_mask_refine(NULL, &image, 10, 0, NULL, &refined, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_mask_refine(rough, NULL, 10, 0, NULL, &refined, &error), DEEPCROP_ERROR_ARGUMENT, "`image` is NULL");
    FAILS(deepcrop_mask_refine(rough, &image, 10, 0, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`refined` is NULL");
    CHECK(!refined);
    deepcrop_mask_free(rough);
}

static void test_cutouts(const deepcrop_mask *mask) {
    static unsigned char pixels[SIDE * SIDE * 3], room[SIDE * STRIDE * 8];
    for (size_t i = 0; i < sizeof pixels; ++i) pixels[i] = (unsigned char)(i % 251);
    memset(room, 0x55, sizeof room);
    deepcrop_image image = {pixels, SIDE * 3, SIDE, SIDE, DEEPCROP_RGB8, 0};
    deepcrop_canvas canvas = {room, STRIDE * 4, SIDE, SIDE, DEEPCROP_RGBA8, 0};
    WORKS(deepcrop_cutout(&image, mask, NULL, &canvas, &error));
    const unsigned char *in = &room[(6 * STRIDE + 7) * 4];
    CHECK(!memcmp(in, &pixels[(6 * SIDE + 7) * 3], 3) && in[3] == 255 && room[3] == 0);
    CHECK(room[SIDE * 4] == 0x55 && room[STRIDE * SIDE * 4] == 0x55); /* between and after the rows */
    deepcrop_box box = {9, 9, 9, 9};
    WORKS(deepcrop_cutout_box(mask, 2, &box, &error));
    CHECK(box.x0 == 3 && box.y0 == 3 && box.x1 == 37 && box.y1 == 37);
    deepcrop_cutout_options part = {sizeof part, 0, box.x0, box.y0};
    canvas = (deepcrop_canvas){room, STRIDE * 8, box.x1 - box.x0, box.y1 - box.y0, DEEPCROP_RGBA16, 1};
    WORKS(deepcrop_cutout(&image, mask, &part, &canvas, &error));
    uint16_t first[4];
    memcpy(first, &room[(3 * STRIDE + 4) * 8], sizeof first); /* the same pixel */
    CHECK(first[0] == pixels[(6 * SIDE + 7) * 3] * 257 && first[3] == 65535);
    part.x = 7;
    FAILS(deepcrop_cutout(&image, mask, &part, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "beyond the picture");
    part.reserved = 1;
    FAILS(deepcrop_cutout(&image, mask, &part, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "`reserved`");
    part.struct_size = 0;
    FAILS(deepcrop_cutout(&image, mask, &part, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "`options->struct_size` is 0");
    canvas.format = DEEPCROP_RGB8;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_IMAGE, "cannot be transparent");
    canvas.format = 77;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_IMAGE, "unknown pixel format 77");
    canvas.format = DEEPCROP_RGBA16;
    canvas.premultiplied = 2;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_IMAGE, "`premultiplied` is 2; pass 0 or 1");
    canvas.premultiplied = 0;
    canvas.stride = 9;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_IMAGE, "the stride is 9 bytes");
    canvas.stride = STRIDE * 8;
    canvas.data = NULL;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "`canvas->data` is NULL");
    FAILS(deepcrop_cutout(&image, mask, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`canvas` is NULL");
    FAILS(deepcrop_cutout(&image, NULL, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_cutout(NULL, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "`image` is NULL");
    FAILS(deepcrop_cutout_box(NULL, 0, &box, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    FAILS(deepcrop_cutout_box(mask, 0, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`box` is NULL");
    /* Into the picture itself: the first pixel, its middle, and a row that begins beside it. */
    canvas = (deepcrop_canvas){pixels, SIDE * 3, 4, 4, DEEPCROP_RGBA8, 0};
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "overlaps the picture's memory");
    canvas.data = &pixels[sizeof pixels / 2];
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "overlaps the picture's memory");
    image = (deepcrop_image){room, STRIDE * 8, SIDE, SIDE, DEEPCROP_RGB8, 0};
    canvas = (deepcrop_canvas){&room[SIDE * 3], STRIDE * 8, SIDE, SIDE, DEEPCROP_RGBA8, 0};
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "overlaps the picture's memory");
    image = (deepcrop_image){pixels, SIDE * 3, SIDE, SIDE, DEEPCROP_RGB8, 0};
    canvas = (deepcrop_canvas){room, STRIDE * 8, SIDE, SIDE, DEEPCROP_RGBA16, 0};
    image.width = image.height = 20;
    FAILS(deepcrop_cutout(&image, mask, NULL, &canvas, &error), DEEPCROP_ERROR_ARGUMENT, "40 x 40 pixels, but the picture");
}

/* A disc of radius 15: curves with handles, or with straight = 1 as many nodes as points. */
static void test_curves(void) {
    unsigned char data[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; ++i) {
        double inside = 15.5 - hypot(i % SIDE - 19.5, i / SIDE - 19.5);
        data[i] = (unsigned char)(255 * fmin(fmax(inside, 0), 1));
    }
    deepcrop_mask *mask;
    deepcrop_outline *outline;
    deepcrop_outline_options options = {sizeof options, 0, 0, 0};
    deepcrop_ring ring = {sizeof ring, 0, NULL, 0, 0, 0, NULL, 0};
    WORKS(deepcrop_mask_new(data, SIDE, SIDE, SIDE, &mask, &error));
    WORKS(deepcrop_mask_outline(mask, &options, &outline, &error));
    WORKS(deepcrop_outline_ring(outline, 0, &ring, &error));
    CHECK(ring.node_count >= 3 && ring.node_count <= 8 && strchr(deepcrop_outline_svg_path(outline), 'c'));
    for (size_t i = 0; i < ring.node_count; ++i) {
        const deepcrop_node *node = &ring.nodes[i];
        /* Smooth: the node lies between its handles, on one line with them. */
        double dx = node->out_x - node->in_x, dy = node->out_y - node->in_y;
        double off = dx * (node->y - node->in_y) - dy * (node->x - node->in_x);
        CHECK(!node->corner && fabs(off) < 1e-2 * hypot(dx, dy));
        CHECK(fabs(hypot(node->x - 20, node->y - 20) - 15) < 0.5);
    }
    deepcrop_outline_free(outline);
    options.straight = 1;
    WORKS(deepcrop_mask_outline(mask, &options, &outline, &error));
    WORKS(deepcrop_outline_ring(outline, 0, &ring, &error));
    CHECK(ring.node_count == ring.point_count && !strchr(deepcrop_outline_svg_path(outline), 'c'));
    CHECK(ring.nodes[0].x == ring.points[0].x && ring.nodes[0].corner == 1);
    deepcrop_outline_free(outline);
    options.straight = 2;
    FAILS(deepcrop_mask_outline(mask, &options, &outline, &error), DEEPCROP_ERROR_ARGUMENT, "`options->straight` is 2");
    deepcrop_mask_free(mask);
}

static void test_run_lengths(const deepcrop_mask *mask) {
    deepcrop_run_lengths *runs = (deepcrop_run_lengths *)&error;
    FAILS(deepcrop_mask_run_lengths(NULL, &runs, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    CHECK(!runs);
    FAILS(deepcrop_mask_run_lengths(mask, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`run_lengths` is NULL");
    WORKS(deepcrop_mask_run_lengths(mask, &runs, &error));
    size_t count = 0;
    const uint32_t *counts = deepcrop_run_lengths_counts(runs, &count);
    uint32_t sum = 0, selected = 0;
    for (size_t i = 0; i < count; ++i) {
        sum += counts[i];
        selected += i % 2 ? counts[i] : 0;
    }
    CHECK(sum == SIDE * SIDE && selected == 800 && counts[0] == 5 * SIDE + 5 && counts[1] == 30);
    CHECK(deepcrop_run_lengths_counts(runs, NULL) == counts && strlen(deepcrop_run_lengths_packed(runs)) > count / 2);
    CHECK(strstr(deepcrop_run_lengths_json(runs), "\"area\":800,\"bbox\":[5,5,30,30],\"iscrowd\":0}"));
    CHECK(!deepcrop_run_lengths_counts(NULL, &count) && count == 0);
    CHECK(!deepcrop_run_lengths_packed(NULL) && !deepcrop_run_lengths_json(NULL));
    deepcrop_run_lengths_free(runs);
    deepcrop_run_lengths_free(NULL);
}

void test_masks(void) {
    deepcrop_mask *mask = with_hole();
    deepcrop_outline *outline;
    test_own(mask);
    test_changed(mask);
    test_bad();
    test_changes(mask);
    test_sets(mask);
    test_refined(mask);
    test_cutouts(mask);
    WORKS(deepcrop_mask_outline(mask, NULL, &outline, &error));
    test_rings(outline);
    deepcrop_outline_free(outline);
    test_options(mask);
    test_curves();
    test_run_lengths(mask);
    deepcrop_mask_free(mask);
}
