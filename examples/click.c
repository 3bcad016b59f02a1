/*
 * Click an object in a picture, get its mask and its outline.
 *
 *     cc click.c $(pkg-config --cflags --libs deepcrop) -o click
 *     ./click PICTURE.ppm X Y OUT       writes OUT.pgm, the mask, and OUT.svg, the outline
 *
 * A PPM keeps this free of libraries: `convert photo.jpg photo.ppm` makes one. Your own program has pixels already.
 */
#include <deepcrop.h>
#include <stdio.h>
#include <stdlib.h>

/* A binary PPM (P6) without comments, as RGB; NULL if it is something else. */
static unsigned char *read_ppm(const char *path, uint32_t *width, uint32_t *height) {
    FILE *file = fopen(path, "rb");
    unsigned char *pixels = NULL;
    if (!file) return NULL;
    if (fscanf(file, "P6 %u %u 255", width, height) == 2 && fgetc(file) != EOF && *width < 65536 && *height < 65536) {
        size_t size = (size_t)*width * *height * 3;
        pixels = malloc(size);
        if (pixels && fread(pixels, 1, size, file) != size) {
            free(pixels);
            pixels = NULL;
        }
    }
    fclose(file);
    return pixels;
}

static FILE *create(const char *name, const char *ending) {
    char path[1024];
    snprintf(path, sizeof path, "%s%s", name, ending);
    return fopen(path, "wb");
}

static int write_results(const char *name, const deepcrop_mask *mask, const deepcrop_outline *outline,
                         const deepcrop_mask_info *info) {
    FILE *pgm = create(name, ".pgm"), *svg = create(name, ".svg");
    int good = pgm && svg;
    if (good) {
        fprintf(pgm, "P5 %u %u 255\n", info->width, info->height);
        fwrite(deepcrop_mask_pixels(mask), info->width, info->height, pgm);
        fprintf(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='%u' height='%u'>", info->width, info->height);
        fprintf(svg, "<path fill-rule='evenodd' d='%s'/></svg>\n", deepcrop_outline_svg_path(outline));
    }
    if (pgm && fclose(pgm)) good = 0;
    if (svg && fclose(svg)) good = 0;
    if (!good) fprintf(stderr, "%s.pgm and %s.svg cannot be written\n", name, name);
    return good;
}

int main(int argc, char **argv) {
    /* All handles start as NULL, so that they can all be freed at the end, whatever failed. */
    deepcrop_model *model = NULL;
    deepcrop_picture *picture = NULL;
    deepcrop_mask *clicked = NULL, *corrected = NULL, *undone = NULL;
    deepcrop_outline *outline = NULL;
    unsigned char *pixels = NULL;
    int code = EXIT_FAILURE;
    uint32_t width, height;
    deepcrop_error error;
    deepcrop_mask_info info = {.struct_size = sizeof info}, first = {.struct_size = sizeof first};

    if (argc != 5) {
        fprintf(stderr, "usage: %s PICTURE.ppm X Y OUT\n", argv[0]);
        return EXIT_FAILURE;
    }
    pixels = read_ppm(argv[1], &width, &height);
    if (!pixels) {
        fprintf(stderr, "%s is not a binary PPM\n", argv[1]);
        return EXIT_FAILURE;
    }

    /* NULL is the built-in network. Without ONNX Runtime, use the classical engine instead of failing. */
    deepcrop_model_options options = {.struct_size = sizeof options, .fall_back = 1};
    if (deepcrop_model_load(NULL, &options, &model, &error)) goto failed;
    deepcrop_model_info about = {.struct_size = sizeof about};
    if (deepcrop_model_describe(model, &about, &error)) goto failed;
    printf("%s %s (%s) on %s %s\n", about.name, about.version, about.licence, about.provider, about.provider_note);

    /* The picture is analysed once, which takes most of the time; clicks on it are fast. For a single click there is
       deepcrop_segment. */
    deepcrop_image image = {pixels, (size_t)width * 3, width, height, DEEPCROP_RGB8, 0};
    if (deepcrop_picture_new(model, &image, NULL, &picture, &error)) goto failed;

    /* The list of prompts is the whole state of a selection. The first click: this is the object. */
    deepcrop_prompt prompts[2] = {{.kind = DEEPCROP_PROMPT_INCLUDE, .x = atof(argv[2]), .y = atof(argv[3])}};
    if (deepcrop_picture_segment(picture, prompts, 1, NULL, NULL, &clicked, &error)) goto failed;
    if (deepcrop_mask_describe(clicked, &first, &error)) goto failed;
    printf("one click: %llu pixels, score %.2f\n", (unsigned long long)first.area, first.score);

    /* A second click corrects: the corner of the picture is not the object. Pass both. */
    prompts[1] = (deepcrop_prompt){.kind = DEEPCROP_PROMPT_EXCLUDE, .x = 0.5, .y = 0.5};
    if (deepcrop_picture_segment(picture, prompts, 2, NULL, NULL, &corrected, &error)) goto failed;
    if (deepcrop_mask_describe(corrected, &info, &error)) goto failed;
    printf("corrected: %llu pixels\n", (unsigned long long)info.area);

    /* To undo, pass fewer: nothing is computed again. */
    if (deepcrop_picture_segment(picture, prompts, 1, NULL, NULL, &undone, &error)) goto failed;
    if (deepcrop_mask_describe(undone, &info, &error)) goto failed;
    printf("undone: %llu pixels\n", (unsigned long long)info.area);

    if (deepcrop_mask_outline(undone, NULL, &outline, &error)) goto failed;
    printf("outline: %zu rings\n", deepcrop_outline_ring_count(outline));
    if (write_results(argv[4], undone, outline, &info)) code = EXIT_SUCCESS;
    goto done;

failed:
    fprintf(stderr, "%s\n", error.message);
done: /* in any order; NULL does nothing */
    deepcrop_model_free(model);
    deepcrop_picture_free(picture);
    deepcrop_mask_free(clicked);
    deepcrop_mask_free(corrected);
    deepcrop_mask_free(undone);
    deepcrop_outline_free(outline);
    free(pixels);
    return code;
}
