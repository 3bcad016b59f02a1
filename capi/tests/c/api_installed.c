/* Installed models: import, list, verify, remove, in a folder of the test. */
#include "api.h"

static char path[4096], installed[4096];

static const char *in(const char *folder, const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text) {
    FILE *file = fopen(in(installed, name), "w");
    CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

/* The SHA-256 in the record of the model `mine`, which has one file. */
static void recorded(char hash[65]) {
    char text[4096];
    FILE *file = fopen(in(installed, "mine/installed.toml"), "r");
    CHECK(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    const char *found = strstr(text, "sha256 = \"");
    CHECK(found && sscanf(found, "sha256 = \"%64[0-9a-f]\"", hash) == 1 && strlen(hash) == 64);
}

static size_t count(void) {
    deepcrop_models *models = (deepcrop_models *)&error;
    WORKS(deepcrop_models_list(&models, &error));
    size_t found = deepcrop_models_count(models);
    deepcrop_models_free(models);
    return found;
}

static deepcrop_installed_model about(const deepcrop_models *models, size_t index) {
    deepcrop_installed_model info;
    memset(&info, 0x55, sizeof info);
    info.struct_size = sizeof info;
    WORKS(deepcrop_models_describe(models, index, &info, &error));
    CHECK(info.struct_size == sizeof info);
    return info;
}

static void test_import(const char *named, const char *network) {
    deepcrop_models *models = (deepcrop_models *)&error;
    deepcrop_import_options options = {.struct_size = sizeof options};
    /* The name comes from the file, in plain letters. */
    WORKS(deepcrop_models_import(&named, 1, NULL, &models, &error));
    CHECK(deepcrop_models_count(models) == 1);
    deepcrop_installed_model info = about(models, 0);
    CHECK(!strcmp(info.name, "n---1") && !strcmp(info.title, "n---1") && info.has_record == 1);
    CHECK(strstr(info.source, "/n \xc3\xb6 1.onnx") && *info.licence && info.bytes > 100000);
    CHECK(!strncmp(info.folder, installed, strlen(installed)));
    deepcrop_models_free(models);
    options.name = "mine";
    options.title = "Mine";
    options.licence = "CC0";
    options.source = "https://example.org";
    WORKS(deepcrop_models_import(&network, 1, &options, NULL, &error));
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_FILE, "mine is already installed");
    options.replace = 1;
    WORKS(deepcrop_models_import(&network, 1, &options, NULL, &error));
    WORKS(deepcrop_models_list(&models, &error));
    CHECK(deepcrop_models_count(models) == 2 && !strcmp(about(models, 1).name, "n---1"));
    info = about(models, 0);
    CHECK(!strcmp(info.name, "mine") && !strcmp(info.title, "Mine") && !strcmp(info.licence, "CC0"));
    CHECK(!strcmp(info.source, "https://example.org"));
    FAILS(deepcrop_models_describe(NULL, 0, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`models` is NULL");
    FAILS(deepcrop_models_describe(models, 2, &info, &error), DEEPCROP_ERROR_ARGUMENT, "there is no model 2; pass an index below the number of models, 2");
    FAILS(deepcrop_models_describe(models, 0, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`info` is NULL");
    info.struct_size = 0;
    FAILS(deepcrop_models_describe(models, 0, &info, &error), DEEPCROP_ERROR_ARGUMENT, "`info->struct_size` is 0");
    deepcrop_models_free(models);
    deepcrop_models_free(NULL);
    CHECK(deepcrop_models_count(NULL) == 0);
    FAILS(deepcrop_models_list(NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`models` is NULL");
}

static void test_hashes(const char *network) {
    char hash[65];
    deepcrop_file_hash hashes[] = {{network, hash}};
    deepcrop_import_options options = {.struct_size = sizeof options, .name = "checked", .hashes = hashes, .hash_count = 1};
    recorded(hash);
    WORKS(deepcrop_models_import(&network, 1, &options, NULL, &error));
    WORKS(deepcrop_models_remove("checked", NULL, &error));
    hash[0] = hash[0] == '0' ? '1' : '0';
    size_t before = count();
    deepcrop_models *models = (deepcrop_models *)&error;
    FAILS(deepcrop_models_import(&network, 1, &options, &models, &error), DEEPCROP_ERROR_FILE, "is damaged or the wrong file: its SHA-256 is");
    CHECK(!models && count() == before);
    hash[63] = 0;
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "pass 64 digits");
    hashes[0].sha256 = NULL;
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->hashes[0].sha256` is NULL");
    hashes[0].sha256 = "\xff";
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->hashes[0].sha256` is not UTF-8");
    hashes[0].path = NULL;
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->hashes[0].path` is NULL");
    options.hashes = NULL;
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->hashes` is NULL");
    options.hashes = hashes;
    options.hash_count = SIZE_MAX;
    FAILS(deepcrop_models_import(&network, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "cannot hold");
    CHECK(count() == before);
}

static void test_bad_imports(const char *folder, const char *network) {
    deepcrop_models *models = (deepcrop_models *)&error;
    deepcrop_import_options options = {.struct_size = sizeof options, .replace = 2};
    const char *paths[] = {network, NULL};
    size_t before = count();
    FAILS(deepcrop_models_import(NULL, 1, NULL, &models, &error), DEEPCROP_ERROR_ARGUMENT, "`paths` is NULL");
    CHECK(!models);
    FAILS(deepcrop_models_import(NULL, 0, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "no file to import");
    FAILS(deepcrop_models_import(paths, SIZE_MAX, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "cannot hold");
    FAILS(deepcrop_models_import(paths, 2, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`paths[1]` is NULL");
    paths[1] = "\xff";
    FAILS(deepcrop_models_import(paths, 2, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`paths[1]` is not UTF-8");
    paths[1] = network;
    FAILS(deepcrop_models_import(paths, 2, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "several files need one name");
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->replace` is 2");
    options.replace = 0;
    static const char *const bad[] = {"", "Mine", "../mine", "builtin"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        options.name = bad[i];
        FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "name");
    }
    options.name = "\xff";
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->name` is not UTF-8");
    options.name = NULL;
    options.title = "\xff";
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->title` is not UTF-8");
    options.title = NULL;
    options.licence = "\xff";
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->licence` is not UTF-8");
    options.licence = NULL;
    options.source = "\xff";
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->source` is not UTF-8");
    options.struct_size = 0;
    FAILS(deepcrop_models_import(paths, 1, &options, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`options->struct_size` is 0");
    const char *file = in(folder, "missing.onnx");
    FAILS(deepcrop_models_import(&file, 1, NULL, NULL, &error), DEEPCROP_ERROR_FILE, "missing.onnx");
    file = in(folder, "text.onnx");
    FAILS(deepcrop_models_import(&file, 1, NULL, NULL, &error), DEEPCROP_ERROR_MODEL, "text.onnx: this is not an ONNX file");
    file = in(folder, "nothing");
    FAILS(deepcrop_models_import(&file, 1, NULL, NULL, &error), DEEPCROP_ERROR_FILE, "holds no .onnx file");
    CHECK(count() == before);
}

static void test_verify_and_remove(void) {
    size_t others = 7;
    WORKS(deepcrop_models_verify("mine", &error));
    write_text("n---1/installed.toml", "=");
    FAILS(deepcrop_models_verify("n---1", &error), DEEPCROP_ERROR_FILE, "installed.toml is damaged");
    deepcrop_models *models;
    WORKS(deepcrop_models_list(&models, &error));
    CHECK(about(models, 1).has_record == 0 && about(models, 1).bytes > 100000);
    deepcrop_models_free(models);
    CHECK(!remove(in(installed, "n---1/installed.toml")));
    FAILS(deepcrop_models_verify("n---1", &error), DEEPCROP_ERROR_FILE, "by hand");
    FAILS(deepcrop_models_remove("n---1", NULL, &error), DEEPCROP_ERROR_FILE, "was not installed by deepcrop");

    CHECK(!remove(in(installed, "mine/objects.onnx")));
    FAILS(deepcrop_models_verify("mine", &error), DEEPCROP_ERROR_FILE, "1 of 1 files of mine is missing or changed");
    write_text("mine/notes.txt", "mine");
    WORKS(deepcrop_models_remove("mine", &others, &error));
    CHECK(others == 1 && !remove(in(installed, "mine/notes.txt")));
    others = 7;
    FAILS(deepcrop_models_verify("mine", &error), DEEPCROP_ERROR_FILE, "was put there by hand"); /* the empty folder */
    FAILS(deepcrop_models_verify("none", &error), DEEPCROP_ERROR_FILE, "`none` is neither");
    FAILS(deepcrop_models_remove("none", &others, &error), DEEPCROP_ERROR_FILE, "`none` is neither");
    FAILS(deepcrop_models_remove("../mine", &others, &error), DEEPCROP_ERROR_ARGUMENT, "cannot be the name");
    FAILS(deepcrop_models_verify(NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`name` is NULL");
    FAILS(deepcrop_models_remove(NULL, &others, &error), DEEPCROP_ERROR_ARGUMENT, "`name` is NULL");
    FAILS(deepcrop_models_verify("\xff", &error), DEEPCROP_ERROR_ARGUMENT, "`name` is not UTF-8");
    FAILS(deepcrop_models_remove("\xff", &others, &error), DEEPCROP_ERROR_ARGUMENT, "`name` is not UTF-8");
    CHECK(others == 7);
}

void test_installed(const char *folder) {
    char named[4096], network[4096];
    snprintf(named, sizeof named, "%s/a \xc3\xa4 \xe6\xbc\xa2/n \xc3\xb6 1.onnx", folder);
    snprintf(network, sizeof network, "%s/objects.onnx", folder);
    snprintf(installed, sizeof installed, "%s/installed", folder);
    CHECK(!setenv("DEEPCROP_MODELS", in(folder, "text.onnx"), 1)); /* not a folder */
    deepcrop_models *models = (deepcrop_models *)&error;
    FAILS(deepcrop_models_list(&models, &error), DEEPCROP_ERROR_FILE, "the folder of installed networks");
    CHECK(!models);
    CHECK(!setenv("DEEPCROP_MODELS", installed, 1));
    CHECK(count() == 0); /* it is not there yet */
    test_import(named, network);
    test_hashes(network);
    test_bad_imports(folder, network);
    test_verify_and_remove();
    CHECK(!unsetenv("DEEPCROP_MODELS"));
}
