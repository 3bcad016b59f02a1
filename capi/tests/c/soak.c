/*
 * A soak: threads that share a model click for long, and open, free and cancel at random. Memory must stay flat.
 *
 *     soak ENGINE THREADS CLICKS
 */
#include <pthread.h>
#include <unistd.h>

#include "check.h"

enum { MOST_THREADS = 64, TENTHS = 10, PROMPTS = 8 };

static const char *engine;
static deepcrop_model *shared;
static int threads, clicks;
static deepcrop_cancel *flags[MOST_THREADS];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long done, cancelled, opened, loaded;
static long resident[TENTHS + 1]; /* KiB after each tenth of the clicks */

/* The next random number below `below`: the same numbers in each run, for each thread. */
static unsigned random_below(unsigned *state, unsigned below) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static long resident_kib(void) {
    long size, pages;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &size, &pages) == 2 && !fclose(file));
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void count(long *counter) {
    pthread_mutex_lock(&mutex);
    ++*counter;
    if (counter == &done && done * TENTHS % ((long)threads * clicks) < TENTHS)
        resident[done * TENTHS / ((long)threads * clicks)] = resident_kib();
    pthread_mutex_unlock(&mutex);
}

/* A call that may have been cancelled by another thread. Whether it was not. */
static int ended(deepcrop_status status, const deepcrop_error *told, const deepcrop_cancel *flag) {
    if (status == DEEPCROP_OK) return 1;
    if (status != DEEPCROP_ERROR_CANCELLED) {
        fprintf(stderr, "%s\n", told->message);
        fail(__FILE__, __LINE__, "an unexpected error");
    }
    deepcrop_cancel_reset(flag);
    count(&cancelled);
    return 0;
}

static deepcrop_picture *open_picture(const deepcrop_model *model, unsigned *state, const deepcrop_cancel *flag) {
    /* Other sizes and contents each time, cut out of the drawn picture. */
    unsigned char rgb[WIDTH * HEIGHT * 3];
    deepcrop_error told;
    deepcrop_picture *picture = NULL;
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    image.width -= random_below(state, WIDTH / 2);
    image.height -= random_below(state, HEIGHT / 2);
    while (!ended(deepcrop_picture_new(model, &image, flag, &picture, &told), &told, flag)) {}
    count(&opened);
    return picture;
}

static void *soak(void *number) {
    int me = *(const int *)number, used = 0;
    unsigned state = (unsigned)me * 7919u + 1;
    deepcrop_cancel *flag = flags[me];
    deepcrop_picture *picture = open_picture(shared, &state, flag);
    deepcrop_prompt prompts[PROMPTS];
    for (int click = 0; click < clicks; ++click) {
        deepcrop_error told;
        deepcrop_mask *mask = NULL, *changed = NULL;
        if (random_below(&state, 25) == 0) {
            deepcrop_picture_free(picture);
            deepcrop_model *own = NULL;
            if (random_below(&state, 20) == 0) { /* a model that is freed before its picture */
                CHECK(!deepcrop_model_load(engine, NULL, &own, &told));
                count(&loaded);
            }
            picture = open_picture(own ? own : shared, &state, flag);
            deepcrop_model_free(own);
            used = 0;
        }
        if (used == PROMPTS) used = 0;
        int include = used == 0 || random_below(&state, 2);
        prompts[used++] = click_at(include ? DEEPCROP_PROMPT_INCLUDE : DEEPCROP_PROMPT_EXCLUDE,
                                   random_below(&state, WIDTH / 2), random_below(&state, HEIGHT / 2));
        if (random_below(&state, 20) == 0) deepcrop_cancel_raise(flags[random_below(&state, (unsigned)threads)]);
        deepcrop_status status =
            deepcrop_picture_segment(picture, prompts, (size_t)used, NULL, flag, &mask, &told);
        if (ended(status, &told, flag)) {
            deepcrop_outline *outline = NULL;
            CHECK(!deepcrop_mask_change(mask, DEEPCROP_CHANGE_GROW, 2, &changed, &told));
            CHECK(!deepcrop_mask_outline(changed, NULL, &outline, &told));
            deepcrop_outline_free(outline);
        }
        CHECK(!status == !!mask);
        deepcrop_mask_free(changed);
        deepcrop_mask_free(mask);
        count(&done);
    }
    deepcrop_picture_free(picture);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t running[MOST_THREADS];
    int numbers[MOST_THREADS];
    CHECK(argc == 4);
    engine = strcmp(argv[1], "network") ? "classical" : NULL;
    threads = atoi(argv[2]);
    clicks = atoi(argv[3]);
    CHECK(threads > 0 && threads <= MOST_THREADS && clicks > 0);
    WORKS(deepcrop_model_load(engine, NULL, &shared, &error));
    for (int i = 0; i < threads; ++i) WORKS(deepcrop_cancel_new(&flags[i], &error));
    for (int i = 0; i < threads; ++i) {
        numbers[i] = i;
        CHECK(!pthread_create(&running[i], NULL, soak, &numbers[i]));
    }
    for (int i = 0; i < threads; ++i) CHECK(!pthread_join(running[i], NULL));
    for (int i = 0; i < threads; ++i) deepcrop_cancel_free(flags[i]);
    deepcrop_model_free(shared);
    printf("%ld clicks, %ld pictures opened, %ld models loaded, %ld calls cancelled\n", done, opened, loaded, cancelled);
    printf("resident memory after each tenth, in KiB:");
    for (int tenth = 1; tenth <= TENTHS; ++tenth) printf(" %ld", resident[tenth]);
    puts("");
    CHECK(done == (long)threads * clicks && opened >= threads);
    /* The first three tenths warm up: allocators keep what was freed. */
    long early = 0, late = 0;
    for (int tenth = 1; tenth <= TENTHS; ++tenth) {
        long *most = tenth <= 3 ? &early : &late;
        if (resident[tenth] > *most) *most = resident[tenth];
    }
    if (clicks >= 100) CHECK(late < early + early / 10 + 16 * 1024);
    puts("every check passed");
    return 0;
}
