/*
 * Every function of deepcrop.h, with every bad input.
 *
 *     api_test ENGINE FOLDER [short]       ENGINE: classical or network; FOLDER: the files that capi/tests/c_api/api.rs makes;
 *                                          short: without what runs the model often, for valgrind
 */
#include "api.h"

static void test_versions(void) {
    CHECK(deepcrop_abi_version() == DEEPCROP_ABI_VERSION);
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", DEEPCROP_VERSION_MAJOR, DEEPCROP_VERSION_MINOR, DEEPCROP_VERSION_PATCH);
    CHECK(!strcmp(deepcrop_version(), version));
}

static void test_cancel(void) {
    deepcrop_cancel *cancel = (deepcrop_cancel *)&error;
    deepcrop_model *model = (deepcrop_model *)&error;
    deepcrop_model_options options = {.struct_size = sizeof options};
    FAILS(deepcrop_cancel_new(NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`cancel` is NULL");
    WORKS(deepcrop_cancel_new(&cancel, &error));
    options.cancel = cancel;
    deepcrop_cancel_raise(cancel);
    FAILS(deepcrop_model_load("classical", &options, &model, &error), DEEPCROP_ERROR_CANCELLED, "cancelled");
    CHECK(!model);
    deepcrop_cancel_reset(cancel);
    WORKS(deepcrop_model_load("classical", &options, &model, &error));
    deepcrop_model_free(model);
    deepcrop_cancel_raise(NULL);
    deepcrop_cancel_reset(NULL);
    deepcrop_cancel_on_progress(NULL, NULL, NULL);
    deepcrop_cancel_on_progress(cancel, NULL, NULL);
    deepcrop_cancel_free(cancel);
    deepcrop_cancel_free(NULL);
}

int main(int argc, char **argv) {
    deepcrop_model *model = NULL;
    CHECK(argc == 3 || argc == 4);
    int network = !strcmp(argv[1], "network");
    test_versions();
    test_cancel();
    test_installed(argv[2]);
    if (network) {
        test_report(argv[2]);
        test_runtimes(argv[2]); /* first: a process that has opened a runtime keeps it */
        test_models(argv[2]);
        test_objects(argv[2]);
    }
    WORKS(deepcrop_model_load(network ? NULL : "classical", NULL, &model, &error));
    test_prompts(model);
    test_click_only(model);
    test_subject();
    if (argc == 3) {
        test_images(model);
        test_selections(model);
        if (network) test_whole_report();
    }
    test_masks();
    test_lifetimes(model);
    puts("every check passed");
    return 0;
}
