/* Loading models: runtimes that are none, files that are no networks, options that make no sense. */
#include "api.h"

static char path[4096];

static const char *in(const char *folder, const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static deepcrop_status load(const char *name, const deepcrop_model_options *options) {
    deepcrop_model *model = (deepcrop_model *)&error;
    deepcrop_status status = deepcrop_model_load(name, options, &model, &error);
    CHECK(!status == !!model); /* NULL after a failure, a model after a success */
    deepcrop_model_free(model);
    return status;
}

static deepcrop_model_info about(const deepcrop_model *model) {
    deepcrop_model_info info;
    memset(&info, 0x55, sizeof info);
    info.struct_size = sizeof info;
    WORKS(deepcrop_model_describe(model, &info, &error));
    CHECK(info.struct_size == sizeof info && info.reserved == 0 && *info.name && *info.version && *info.licence);
    return info;
}

void test_runtimes(const char *folder) {
    static const struct {
        const char *name, *words;
    } bad[] = {
        {"missing.so", "No such file"},
        {"text.so", "the given path names an ONNX Runtime that cannot be used"},
        {"other.so", "not ONNX Runtime"},
        {"old.so", "ONNX Runtime 1.14.1 is too old"},
    };
    deepcrop_model_options options = {.struct_size = sizeof options};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        options.runtime_path = in(folder, bad[i].name);
        options.fall_back = 0;
        FAILS(load(NULL, &options), DEEPCROP_ERROR_RUNTIME, bad[i].words);
        CHECK(load("classical", &options) == DEEPCROP_OK); /* it needs none */
        options.fall_back = 1;
        deepcrop_model *model;
        WORKS(deepcrop_model_load(NULL, &options, &model, &error));
        deepcrop_model_info info = about(model);
        CHECK(!strcmp(info.family, "classical") && !strcmp(info.provider, "none") && !*info.runtime);
        CHECK(strstr(info.provider_note, bad[i].words));
        deepcrop_model_free(model);
    }
    options.fall_back = 2;
    FAILS(load("classical", &options), DEEPCROP_ERROR_ARGUMENT, "`options->fall_back` is 2; pass 0 or 1");
    options.fall_back = 1;
    options.no_disk_cache = 9;
    FAILS(load("classical", &options), DEEPCROP_ERROR_ARGUMENT, "`options->no_disk_cache` is 9; pass 0 or 1");
    options.no_disk_cache = 0;
    options.runtime_path = "\xff";
    FAILS(load(NULL, &options), DEEPCROP_ERROR_ARGUMENT, "`options->runtime_path` is not UTF-8");
}

static void test_files(const char *folder) {
    static const struct {
        const char *name;
        deepcrop_status status;
        const char *words;
    } bad[] = {
        {"missing.onnx", DEEPCROP_ERROR_FILE, "cannot be read"},
        {"loop.onnx", DEEPCROP_ERROR_FILE, "cannot be read"},
        {"text.onnx/below", DEEPCROP_ERROR_FILE, "cannot be read"},
        {"nothing", DEEPCROP_ERROR_FILE, "holds no .onnx file"},
        {"empty.onnx", DEEPCROP_ERROR_MODEL, "empty.onnx: this is not an ONNX file, or it is damaged"},
        {"truncated.onnx", DEEPCROP_ERROR_MODEL, "truncated.onnx: this is not an ONNX file, or it is damaged"},
        {"random.onnx", DEEPCROP_ERROR_MODEL, "random.onnx: this is not an ONNX file, or it is damaged"},
        {"text.onnx", DEEPCROP_ERROR_MODEL, "text.onnx: this is not an ONNX file, or it is damaged"},
        {"wrong input", DEEPCROP_ERROR_MODEL, "an input `y` that the network does not have"},
        {"wrong planes", DEEPCROP_ERROR_MODEL, "describes one picture of 1 planes"},
        {"wrong size", DEEPCROP_ERROR_MODEL, "the input `x` is 160 x 160"},
        {"wrong output", DEEPCROP_ERROR_MODEL, "names an output `nonsense`"},
        {"wrong family", DEEPCROP_ERROR_MODEL, "names the family `nonsense`"},
        {"wrong manifest", DEEPCROP_ERROR_MODEL, "model.toml"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        FAILS(load(in(folder, bad[i].name), NULL), bad[i].status, bad[i].words);
    FAILS(load("", NULL), DEEPCROP_ERROR_FILE, "cannot be read");
    FAILS(load("\xff", NULL), DEEPCROP_ERROR_ARGUMENT, "`path` is not UTF-8");
    /* A folder and a file with spaces and letters of other scripts. */
    CHECK(load(in(folder, "a \xc3\xa4 \xe6\xbc\xa2"), NULL) == DEEPCROP_OK);
    CHECK(load(in(folder, "a \xc3\xa4 \xe6\xbc\xa2/n \xc3\xb6 1.onnx"), NULL) == DEEPCROP_OK);
}

static deepcrop_status load_bytes(const unsigned char *data, size_t size) {
    deepcrop_model *model = (deepcrop_model *)&error;
    deepcrop_status status = deepcrop_model_load_bytes(data, size, NULL, &model, &error);
    CHECK(!status == !!model);
    deepcrop_model_free(model);
    return status;
}

static void test_bytes(const char *folder) {
    FILE *file = fopen(in(folder, "a \xc3\xa4 \xe6\xbc\xa2/n \xc3\xb6 1.onnx"), "rb");
    CHECK(file && !fseek(file, 0, SEEK_END));
    size_t size = (size_t)ftell(file);
    unsigned char *data = malloc(size);
    rewind(file);
    CHECK(data && fread(data, 1, size, file) == size);
    fclose(file);
    CHECK(load_bytes(data, size) == DEEPCROP_OK);
    const char *words = "the network in memory: this is not an ONNX file, or it is damaged or incomplete";
    FAILS(load_bytes(data, size / 2), DEEPCROP_ERROR_MODEL, words);
    FAILS(load_bytes(data + 100, 1000), DEEPCROP_ERROR_MODEL, words);
    FAILS(load_bytes(NULL, 0), DEEPCROP_ERROR_MODEL, words);
    FAILS(load_bytes(data, 0), DEEPCROP_ERROR_MODEL, words);
    FAILS(load_bytes(NULL, 5), DEEPCROP_ERROR_ARGUMENT, "`data` is NULL");
    FAILS(load_bytes(data, SIZE_MAX), DEEPCROP_ERROR_ARGUMENT, "cannot hold");
    FAILS(deepcrop_model_load_bytes(data, size, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`model` is NULL");
    free(data);
}

static void test_options(void) {
    struct {
        deepcrop_model_options options;
        uint64_t tail;
    } later = {{.struct_size = sizeof later}, 0};
    CHECK(load("classical", &later.options) == DEEPCROP_OK); /* longer, but nothing unknown is asked for */
    later.tail = 1;
    FAILS(load("classical", &later.options), DEEPCROP_ERROR_ARGUMENT, "`options` sets a field that this version");
    later.options.struct_size = 16; /* an older program's, without what came last */
    CHECK(load("classical", &later.options) == DEEPCROP_OK);
    later.options.struct_size = 0;
    FAILS(load("classical", &later.options), DEEPCROP_ERROR_ARGUMENT, "`options->struct_size` is 0");
    later.options.struct_size = 1 << 20;
    FAILS(load("classical", &later.options), DEEPCROP_ERROR_ARGUMENT, "`options->struct_size` is 1048576");

    deepcrop_model_options options = {.struct_size = sizeof options, .provider = 99};
    FAILS(load(NULL, &options), DEEPCROP_ERROR_ARGUMENT, "unknown provider 99");
#ifdef __APPLE__
    options.provider = DEEPCROP_PROVIDER_DIRECTML;
#else
    options.provider = DEEPCROP_PROVIDER_COREML;
#endif
    FAILS(load(NULL, &options), DEEPCROP_ERROR_PROVIDER, "does not work here");
    options.provider = DEEPCROP_PROVIDER_CPU;
    options.reserved = 1;
    FAILS(load(NULL, &options), DEEPCROP_ERROR_ARGUMENT, "`reserved` of `options` is not 0");
    options.reserved = 0;
    options.no_disk_cache = 1;
    options.threads = 2;
    CHECK(load(NULL, &options) == DEEPCROP_OK);
    CHECK(load("builtin", &options) == DEEPCROP_OK);
}

static void test_describe(void) {
    deepcrop_model *model;
    WORKS(deepcrop_model_load(NULL, NULL, &model, &error));
    deepcrop_model_info info = about(model);
    CHECK(!strcmp(info.family, "click_map") && strcmp(info.provider, "none") && strstr(info.runtime, "ONNX Runtime 1."));
    FAILS(deepcrop_model_describe(NULL, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`model` is NULL");
    FAILS(deepcrop_model_describe(model, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`info` is NULL");
    info.struct_size = 0;
    FAILS(deepcrop_model_describe(model, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`info->struct_size` is 0");
    struct {
        deepcrop_model_info info;
        uint64_t tail;
    } later = {{.struct_size = sizeof later}, 7};
    WORKS(deepcrop_model_describe(model, &later.info, &error));
    CHECK(later.tail == 0); /* a newer program sees that this library says nothing */
    info.struct_size = offsetof(deepcrop_model_info, family);
    info.family = "untouched";
    WORKS(deepcrop_model_describe(model, &info, &error));
    CHECK(!strcmp(info.family, "untouched")); /* an older program's struct ends here */
    deepcrop_model_free(model);
}

void test_models(const char *folder) {
    FAILS(deepcrop_model_load(NULL, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`model` is NULL");
    deepcrop_model *model = (deepcrop_model *)&error;
    CHECK(deepcrop_model_load("", NULL, &model, NULL) == DEEPCROP_ERROR_FILE && !model); /* no error buffer */
    test_files(folder);
    test_bytes(folder);
    test_options();
    test_describe();
    deepcrop_model_options options = {.struct_size = sizeof options, .runtime_path = in(folder, "old.so")};
    FAILS(load(NULL, &options), DEEPCROP_ERROR_RUNTIME, "this process already uses the ONNX Runtime");
    deepcrop_model_free(NULL);
}
