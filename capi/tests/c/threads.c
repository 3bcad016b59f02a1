/*
 * Threads: one model for all, frees and cancels while calls run.
 *
 *     threads ENGINE
 */
#include <pthread.h>
#include <time.h>

#include "check.h"

static unsigned char rgb[WIDTH * HEIGHT * 3];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* A flag that one thread sets and another waits for. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void set(int *flag) {
    pthread_mutex_lock(&mutex);
    *flag = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void wait_for(const int *flag) {
    pthread_mutex_lock(&mutex);
    while (!*flag) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

/* A long call on a thread of its own: its own copies of what it was given, and what came of it. */
enum { CLICKS = 60 };

struct call {
    const deepcrop_model *model; /* analyses a picture, if set; */
    const deepcrop_picture *picture; /* else clicks on this one */
    const deepcrop_cancel *cancel;
    size_t clicks;
    int going, go_on; /* the call is inside the library; it may go on */
    int waits; /* the call waits there for go_on */
    pthread_t thread;
    deepcrop_status status;
    deepcrop_picture *made;
    deepcrop_mask *mask;
    double end;
};

static void hear(float fraction, const char *doing, void *user_data) {
    struct call *call = user_data;
    CHECK(fraction >= 0 && fraction <= 1 && *doing);
    CHECK(pthread_equal(pthread_self(), call->thread)); /* on the thread that makes the call */
    if (!call->going) {
        set(&call->going);
        if (call->waits) wait_for(&call->go_on);
    }
}

static void *make(void *data) {
    struct call *call = data;
    deepcrop_prompt prompts[CLICKS];
    deepcrop_image image = image_of(rgb);
    call->thread = pthread_self();
    for (int i = 0; i < CLICKS; ++i)
        prompts[i] = click_at(i % 2 ? DEEPCROP_PROMPT_EXCLUDE : DEEPCROP_PROMPT_INCLUDE, i % 2 ? 5 + i : 60 + i % 20,
                              i % 2 ? 5 : 60);
    call->status =
        call->model
            ? deepcrop_picture_new(call->model, &image, call->cancel, &call->made, NULL)
            : deepcrop_picture_segment(call->picture, prompts, call->clicks, NULL, call->cancel, &call->mask, NULL);
    call->end = now();
    return NULL;
}

static void start(struct call *call, pthread_t *thread) {
    deepcrop_cancel_on_progress(call->cancel, hear, call);
    CHECK(!pthread_create(thread, NULL, make, call));
}

static deepcrop_picture *analysed(const deepcrop_model *model) {
    deepcrop_picture *picture;
    deepcrop_image image = image_of(rgb);
    WORKS(deepcrop_picture_new(model, &image, NULL, &picture, &error));
    return picture;
}

static deepcrop_mask *alone(const deepcrop_model *model, size_t clicks) {
    struct call call = {.picture = analysed(model), .clicks = clicks};
    make(&call);
    CHECK(call.status == DEEPCROP_OK);
    deepcrop_picture_free((deepcrop_picture *)call.picture);
    return call.mask;
}

/* Two threads with a picture each give what one gives. */
static void test_shared_model(const deepcrop_model *model, const deepcrop_mask *wanted) {
    struct call calls[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) {
        calls[i] = (struct call){.picture = analysed(model), .clicks = 8};
        start(&calls[i], &threads[i]);
    }
    for (int i = 0; i < 2; ++i) {
        pthread_join(threads[i], NULL);
        CHECK(calls[i].status == DEEPCROP_OK && same(calls[i].mask, wanted));
        deepcrop_mask_free(calls[i].mask);
        deepcrop_picture_free((deepcrop_picture *)calls[i].picture);
    }
}

/* While a call runs, everything is freed that was not passed to it; the rest after it has returned. What was made lives on. */
static void test_free_during_run(const char *engine, const deepcrop_mask *wanted) {
    for (int clicking = 0; clicking < 2; ++clicking) {
        deepcrop_model *model;
        deepcrop_cancel *cancel;
        deepcrop_picture *picture = NULL, *other;
        deepcrop_mask *mask;
        pthread_t thread;
        WORKS(deepcrop_model_load(engine, NULL, &model, &error));
        WORKS(deepcrop_cancel_new(&cancel, &error));
        if (clicking) picture = analysed(model);
        other = analysed(model);
        mask = alone(model, 1);
        struct call call = {.cancel = cancel, .clicks = 8, .waits = 1, .picture = picture};
        call.model = clicking ? NULL : model;
        start(&call, &thread);
        wait_for(&call.going);
        deepcrop_picture_free(other);
        deepcrop_mask_free(mask);
        if (clicking) deepcrop_model_free(model); /* the call got its picture only */
        set(&call.go_on);
        pthread_join(thread, NULL);
        CHECK(call.status == DEEPCROP_OK);
        deepcrop_picture_free(picture);
        if (!clicking) deepcrop_model_free(model);
        deepcrop_cancel_free(cancel);
        if (!clicking) { /* what was made lives on its own */
            struct call later = {.picture = call.made, .clicks = 8};
            make(&later);
            CHECK(later.status == DEEPCROP_OK);
            call.mask = later.mask;
        }
        deepcrop_picture_free(call.made);
        CHECK(same(call.mask, wanted));
        deepcrop_mask_free(call.mask);
    }
}

/* A raised flag stops a call soon, and the next call works. */
static void test_cancel(const deepcrop_model *model, const deepcrop_mask *wanted) {
    for (int clicking = 0; clicking < 2; ++clicking) {
        deepcrop_cancel *cancel;
        deepcrop_picture *picture = analysed(model);
        pthread_t thread;
        WORKS(deepcrop_cancel_new(&cancel, &error));
        struct call call = {.cancel = cancel, .clicks = CLICKS, .waits = !clicking, .picture = picture};
        call.model = clicking ? NULL : model;
        start(&call, &thread);
        wait_for(&call.going);
        double raised = now();
        deepcrop_cancel_raise(cancel); /* sixty clicks take far longer than it takes to come here */
        set(&call.go_on);
        pthread_join(thread, NULL);
        CHECK(call.status == DEEPCROP_ERROR_CANCELLED && !call.made && !call.mask);
        CHECK(call.end - raised < 1.0); /* milliseconds, but this machine may be busy */
        deepcrop_cancel_reset(cancel);
        deepcrop_cancel_on_progress(cancel, NULL, NULL);
        struct call next = {.cancel = cancel, .clicks = 8, .picture = picture};
        make(&next);
        CHECK(next.status == DEEPCROP_OK && same(next.mask, wanted));
        deepcrop_mask_free(next.mask);
        deepcrop_picture_free(picture);
        deepcrop_cancel_free(cancel);
    }
}

static void count(uint32_t level, const char *message, void *user_data) {
    CHECK(level >= DEEPCROP_LOG_ERROR && level <= DEEPCROP_LOG_DEBUG && *message);
    pthread_mutex_lock(&mutex);
    ++*(int *)user_data;
    pthread_mutex_unlock(&mutex);
}

/* The fall-back is a warning; a silenced library is silent; a model may have a callback of its own. */
static void test_log(void) {
    int messages = 0, of_model = 0;
    deepcrop_model *model;
    deepcrop_model_options options = {.struct_size = sizeof options, .fall_back = 1, .runtime_path = "/nothing/here"};
    for (int wanted = 1; wanted >= 0; --wanted) {
        deepcrop_log_set(wanted ? count : NULL, &messages);
        WORKS(deepcrop_model_load(NULL, &options, &model, &error));
        deepcrop_model_free(model);
        CHECK(messages == 1);
    }
    deepcrop_log_set(count, &messages);
    options.log = count;
    options.log_user_data = &of_model;
    WORKS(deepcrop_model_load(NULL, &options, &model, &error));
    CHECK(messages == 1 && of_model == 1);
    deepcrop_model_free(model);
    deepcrop_log_set(NULL, NULL);
}

int main(int argc, char **argv) {
    deepcrop_model *model;
    CHECK(argc == 2);
    const char *engine = strcmp(argv[1], "network") ? "classical" : NULL;
    draw(rgb);
    test_log();
    WORKS(deepcrop_model_load(engine, NULL, &model, &error));
    deepcrop_mask *wanted = alone(model, 8);
    test_shared_model(model, wanted);
    test_free_during_run(engine, wanted);
    test_cancel(model, wanted);
    deepcrop_model_free(model);
    deepcrop_mask_free(wanted);
    puts("every check passed");
    return 0;
}
