/* What a model finds without a click: all objects, and the subject. */
#include "api.h"

static deepcrop_picture *drawn(const deepcrop_model *model) {
    static unsigned char rgb[WIDTH * HEIGHT * 3];
    deepcrop_picture *picture = NULL;
    draw(rgb);
    deepcrop_image image = image_of(rgb);
    WORKS(deepcrop_picture_new(model, &image, NULL, &picture, &error));
    return picture;
}

/* Models that need a click say so; `model` is one. */
void test_click_only(const deepcrop_model *model) {
    deepcrop_picture *picture = drawn(model);
    deepcrop_objects *objects = (deepcrop_objects *)&error;
    deepcrop_mask *mask = (deepcrop_mask *)&error;
    FAILS(deepcrop_picture_objects(picture, NULL, NULL, &objects, &error), DEEPCROP_ERROR_ARGUMENT, "click on an object");
    WORKS(deepcrop_picture_subject(picture, NULL, NULL, &mask, &error));
    CHECK(!objects && told(mask).area > 0);
    deepcrop_mask_free(mask);
    deepcrop_picture_free(picture);
}

/* A subject that needs no network. */
void test_subject(void) {
    deepcrop_model *model;
    deepcrop_mask *mask = (deepcrop_mask *)&error, *again;
    deepcrop_segment_options options = {sizeof options, 0, 0, 1};
    deepcrop_cancel *cancel;
    WORKS(deepcrop_model_load("extractnet", NULL, &model, &error));
    deepcrop_picture *picture = drawn(model);
    deepcrop_model_free(model);
    WORKS(deepcrop_picture_subject(picture, NULL, NULL, &mask, &error));
    CHECK(told(mask).width == WIDTH && told(mask).area > 0 && told(mask).score > 0);
    WORKS(deepcrop_picture_subject(picture, &options, NULL, &again, &error));
    CHECK(told(again).area > 0);
    deepcrop_mask_free(again);
    deepcrop_mask_free(mask);
    WORKS(deepcrop_cancel_new(&cancel, &error));
    deepcrop_cancel_raise(cancel);
    FAILS(deepcrop_picture_subject(picture, NULL, cancel, &mask, &error), DEEPCROP_ERROR_CANCELLED, "cancelled");
    deepcrop_cancel_free(cancel);
    FAILS(deepcrop_picture_subject(NULL, NULL, NULL, &mask, &error), DEEPCROP_ERROR_ARGUMENT, "`picture` is NULL");
    FAILS(deepcrop_picture_subject(picture, NULL, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    options.struct_size = 0;
    FAILS(deepcrop_picture_subject(picture, &options, NULL, &mask, &error), DEEPCROP_ERROR_ARGUMENT, "sizeof *options");
    CHECK(!mask);
    deepcrop_picture_free(picture);
}

/* A network that lists one object, what is red in a box; see tests/data/make_networks.py. */
void test_objects(const char *folder) {
    char path[1024];
    deepcrop_model *model;
    deepcrop_objects *objects = (deepcrop_objects *)&error;
    deepcrop_mask *mask = (deepcrop_mask *)&error;
    deepcrop_object object;
    snprintf(path, sizeof path, "%s/objects.onnx", folder);
    WORKS(deepcrop_model_load(path, NULL, &model, &error));
    deepcrop_picture *picture = drawn(model);
    deepcrop_model_free(model);
    FAILS(deepcrop_picture_objects(NULL, NULL, NULL, &objects, &error), DEEPCROP_ERROR_ARGUMENT, "`picture` is NULL");
    CHECK(!objects);
    FAILS(deepcrop_picture_objects(picture, NULL, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`objects` is NULL");
    WORKS(deepcrop_picture_objects(picture, NULL, NULL, &objects, &error));
    deepcrop_picture_free(picture);
    CHECK(deepcrop_objects_count(objects) == 1 && deepcrop_objects_count(NULL) == 0);
    memset(&object, 0x55, sizeof object);
    object.struct_size = sizeof object;
    WORKS(deepcrop_objects_describe(objects, 0, &object, &error));
    CHECK(object.label == 1 && !strcmp(object.name, "red thing") && object.score > 0.5f && object.reserved == 0);
    CHECK(object.x0 > 15 && object.x0 < 45 && object.y1 > 75 && object.y1 < 105);
    WORKS(deepcrop_objects_mask(objects, 0, &mask, &error));
    CHECK(told(mask).width == WIDTH && told(mask).height == HEIGHT && told(mask).score == object.score);
    CHECK(deepcrop_mask_pixels(mask)[60 * WIDTH + 60] >= 128 && deepcrop_mask_pixels(mask)[5 * WIDTH + 5] == 0);
    deepcrop_mask_free(mask);
    FAILS(deepcrop_objects_describe(objects, 1, &object, &error), DEEPCROP_ERROR_ARGUMENT, "there is no object 1");
    FAILS(deepcrop_objects_mask(objects, 7, &mask, &error), DEEPCROP_ERROR_ARGUMENT, "there is no object 7; pass an index below the number of objects, 1");
    CHECK(!mask);
    FAILS(deepcrop_objects_describe(NULL, 0, &object, &error), DEEPCROP_ERROR_ARGUMENT, "`objects` is NULL");
    FAILS(deepcrop_objects_describe(objects, 0, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`object` is NULL");
    FAILS(deepcrop_objects_mask(objects, 0, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`mask` is NULL");
    object.struct_size = 0;
    FAILS(deepcrop_objects_describe(objects, 0, &object, &error), DEEPCROP_ERROR_ARGUMENT, "sizeof *object");
    deepcrop_objects_free(objects);
    deepcrop_objects_free(NULL);

    /* A matting network selects nothing, and another network mats nothing. */
    deepcrop_model_options options = {.struct_size = sizeof options};
    options.matting_path = path;
    FAILS(deepcrop_model_load("classical", &options, &model, &error), DEEPCROP_ERROR_MODEL, "not a matting network");
    snprintf(path, sizeof path, "%s/matting.onnx", folder);
    FAILS(deepcrop_model_load(path, NULL, &model, &error), DEEPCROP_ERROR_MODEL, "selects nothing by itself");
    CHECK(!model);
    WORKS(deepcrop_model_load("classical", &options, &model, &error));
    deepcrop_model_free(model);
}
