/*
 * deepcrop.h - click an object in a picture, get its outline.
 *
 *     deepcrop_model *model = NULL; deepcrop_mask *mask = NULL; deepcrop_error error;
 *     deepcrop_image image = { pixels, stride, width, height, DEEPCROP_RGBA8, 0 };
 *     if (deepcrop_model_load(NULL, NULL, &model, &error) ||
 *         deepcrop_segment(model, &image, 300, 200, &mask, &error)) puts(error.message);
 *     else use(deepcrop_mask_pixels(mask));
 *     deepcrop_mask_free(mask); deepcrop_model_free(model);
 *
 * Rules for all calls:
 * - Errors: a call that can fail returns a deepcrop_status, 0 for success. Its last argument is a deepcrop_error, or
 *   NULL. There is no other error state. A call without a status cannot fail; if a bug in the library stops it, the bug
 *   is logged and the call returns 0 or NULL.
 * - Results are returned through `T **out`. On success you own `*out` and free it with `deepcrop_<type>_free`; on
 *   failure it is NULL. Freeing NULL does nothing.
 * - NULL: a pointer may be NULL only where a comment says so. Elsewhere NULL is an error, never a crash.
 * - Handles: keep a handle alive until every call that you passed it to has returned. Apart from that, free handles in
 *   any order: a mask works after its picture is freed, and a picture after its model is freed, even if a call on the
 *   picture is running then.
 * - Structs with a field struct_size may grow in later versions. Set struct_size to sizeof(the struct), and the
 *   fields that you do not use to zero.
 * - Strings and paths are UTF-8. Pictures, prompts and strings that you pass in are borrowed for the time of the call.
 * - The library does not print, does not install signal handlers and never ends the process. Do not unload it. If your
 *   process forks, it must do so before its first call.
 * - The end of your process: on Linux and macOS the library stops the networks that other threads run, and waits for
 *   them for up to a second. Calls that need a network return DEEPCROP_ERROR_CANCELLED from then on. On Windows, end
 *   your own threads first.
 *
 * Written by cbindgen from capi/src; do not edit. Licence: MIT OR Apache-2.0.
 */

#ifndef DEEPCROP_H
#define DEEPCROP_H

#include <stddef.h>
#include <stdint.h>

/** The ABI number that this header describes; see deepcrop_abi_version. */
#define DEEPCROP_ABI_VERSION 1

/**
 * The version of the library that this header belongs to; deepcrop_version tells that of the library itself.
 */
#define DEEPCROP_VERSION_MAJOR 0

/**
 * The second number of the version.
 */
#define DEEPCROP_VERSION_MINOR 2

/**
 * The third number of the version.
 */
#define DEEPCROP_VERSION_PATCH 0

/**
 * The call succeeded.
 */
#define DEEPCROP_OK 0

/**
 * An argument is invalid, for example a NULL that is not allowed or an unknown option.
 */
#define DEEPCROP_ERROR_ARGUMENT 1

/**
 * The size, stride and format of a picture do not fit together, or one of them is invalid.
 */
#define DEEPCROP_ERROR_IMAGE 2

/**
 * A prompt lies outside the picture, has a coordinate that is not a number, or is malformed.
 */
#define DEEPCROP_ERROR_PROMPT 3

/**
 * A file or folder is missing or cannot be used.
 */
#define DEEPCROP_ERROR_FILE 4

/**
 * A network is damaged or its family is unknown.
 */
#define DEEPCROP_ERROR_MODEL 5

/**
 * ONNX Runtime is missing or too old, or the library found is not ONNX Runtime.
 */
#define DEEPCROP_ERROR_RUNTIME 6

/**
 * The requested provider does not work on this machine.
 */
#define DEEPCROP_ERROR_PROVIDER 7

/**
 * The network failed while it ran.
 */
#define DEEPCROP_ERROR_INFERENCE 8

/**
 * The call was cancelled.
 */
#define DEEPCROP_ERROR_CANCELLED 9

/**
 * There is not enough memory.
 */
#define DEEPCROP_ERROR_MEMORY 10

/**
 * A bug in this library; please report it.
 */
#define DEEPCROP_ERROR_INTERNAL 11

/**
 * Size of `deepcrop_error.message` in bytes, including the closing zero.
 */
#define DEEPCROP_MESSAGE_SIZE 508

/**
 * Something failed.
 */
#define DEEPCROP_LOG_ERROR 1

/**
 * Something is wrong, but the call goes on.
 */
#define DEEPCROP_LOG_WARNING 2

/**
 * A choice of the library, and its reason.
 */
#define DEEPCROP_LOG_INFO 3

/**
 * For developers of this library.
 */
#define DEEPCROP_LOG_DEBUG 4

/**
 * The fastest provider that ONNX Runtime has and that works on this machine.
 */
#define DEEPCROP_PROVIDER_AUTO 0

/**
 * The processor (CPU).
 */
#define DEEPCROP_PROVIDER_CPU 1

/**
 * NVIDIA graphics cards (CUDA).
 */
#define DEEPCROP_PROVIDER_CUDA 2

/**
 * Apple hardware (Core ML).
 */
#define DEEPCROP_PROVIDER_COREML 3

/**
 * Any graphics card on Windows (DirectML).
 */
#define DEEPCROP_PROVIDER_DIRECTML 4

/**
 * Intel hardware (OpenVINO).
 */
#define DEEPCROP_PROVIDER_OPENVINO 5

/**
 * Grey: one byte per pixel.
 */
#define DEEPCROP_GRAY8 1

/**
 * Red, green, blue: three bytes per pixel.
 */
#define DEEPCROP_RGB8 2

/**
 * Red, green, blue, alpha: four bytes per pixel.
 */
#define DEEPCROP_RGBA8 3

/**
 * Blue, green, red, alpha: four bytes per pixel.
 */
#define DEEPCROP_BGRA8 4

/**
 * Red, green, blue, alpha: four 16-bit numbers per pixel, in the machine's byte order.
 */
#define DEEPCROP_RGBA16 5

/**
 * Red, green, blue, alpha: four 32-bit floats per pixel, 0 to 1, encoded for display (not linear light).
 */
#define DEEPCROP_RGBAF32 6

/**
 * Grey: one 16-bit number per pixel, in the machine's byte order.
 */
#define DEEPCROP_GRAY16 7

/**
 * Red, green, blue: three 16-bit numbers per pixel, in the machine's byte order.
 */
#define DEEPCROP_RGB16 8

/**
 * Red, green, blue: three 32-bit floats per pixel, 0 to 1, encoded for display (not linear light).
 */
#define DEEPCROP_RGBF32 9

/**
 * Moves the edge outwards by `amount` pixels, which may be a fraction. Soft edges stay as soft as they are.
 */
#define DEEPCROP_CHANGE_GROW 1

/**
 * Moves the edge inwards by `amount` pixels. The border of the picture does not count as an edge.
 */
#define DEEPCROP_CHANGE_SHRINK 2

/**
 * Makes the edge softer: a Gaussian blur with a standard deviation of `amount` pixels.
 */
#define DEEPCROP_CHANGE_FEATHER 3

/**
 * Rounds off corners, steps and other details finer than about `amount` pixels. Straight edges stay in place. The new
 * edge is soft over one pixel.
 */
#define DEEPCROP_CHANGE_SMOOTH 4

/**
 * Selects holes of at most `amount` pixels; INFINITY fills all holes.
 */
#define DEEPCROP_CHANGE_FILL_HOLES 5

/**
 * Deselects connected parts of less than `amount` pixels.
 */
#define DEEPCROP_CHANGE_DROP_SPECKS 6

/**
 * Selects what is not selected, and the other way round. `amount` must be 0.
 */
#define DEEPCROP_CHANGE_INVERT 7

/**
 * The other mask only.
 */
#define DEEPCROP_COMBINE_REPLACE 1

/**
 * What is in either mask: the larger value of each pixel.
 */
#define DEEPCROP_COMBINE_ADD 2

/**
 * What is in the mask but not in the other: the smaller of the mask's value and 255 minus the other's value.
 */
#define DEEPCROP_COMBINE_SUBTRACT 3

/**
 * What is in both masks: the smaller value of each pixel.
 */
#define DEEPCROP_COMBINE_INTERSECT 4

/**
 * Decides for each stretch of the edge whether it is hard, blurred or hair.
 */
#define DEEPCROP_EDGES_AUTO 0

/**
 * The whole edge is one pixel wide.
 */
#define DEEPCROP_EDGES_HARD 1

/**
 * The whole edge is one pixel wide and has no fine details.
 */
#define DEEPCROP_EDGES_SMOOTH 2

/**
 * The edge is partly transparent wherever the colours of object and background mix: hair, fur, blurred parts.
 */
#define DEEPCROP_EDGES_HAIR 3

/**
 * No fitting: the mask as the network returned it. deepcrop_mask_refine then returns an unchanged copy.
 */
#define DEEPCROP_EDGES_NONE 4

/**
 * A click on the object, at x, y.
 */
#define DEEPCROP_PROMPT_INCLUDE 1

/**
 * A click on what does not belong to the object, at x, y.
 */
#define DEEPCROP_PROMPT_EXCLUDE 2

/**
 * A box around the object, from x, y to x1, y1.
 */
#define DEEPCROP_PROMPT_BOX 3

/**
 * A closed line around the object, through `points`.
 */
#define DEEPCROP_PROMPT_LASSO 4

/**
 * A stroke over the object, through `points`.
 */
#define DEEPCROP_PROMPT_SCRIBBLE 5

/**
 * A stroke over what does not belong to the object, through `points`.
 */
#define DEEPCROP_PROMPT_SCRIBBLE_OUT 6

/**
 * A mask to start from: `mask`, which has the size of the picture.
 */
#define DEEPCROP_PROMPT_MASK 7

/**
 * deepcrop_ring.parent of a ring that lies inside no other ring.
 */
#define DEEPCROP_NO_PARENT 4294967295

/**
 * A cancel flag: stops the calls that it is passed to, and reports their progress. Any thread may use it, and several
 * calls may share it. Keep it alive until every call that it was passed to has returned.
 */
typedef struct deepcrop_cancel deepcrop_cancel;

/**
 * A soft mask of the picture's size. It never changes, and any thread may read it. It does not need its picture or its
 * model: both may be freed first.
 */
typedef struct deepcrop_mask deepcrop_mask;

/**
 * A loaded model. Any number of threads may use it at once. Keep it alive until every call that it was passed to has
 * returned. Its pictures do not need it: you may free it before them, even while a call on one of them runs.
 */
typedef struct deepcrop_model deepcrop_model;

/**
 * Installed networks, as they were at the time of the call. The list never changes, and any thread may read it.
 */
typedef struct deepcrop_models deepcrop_models;

/**
 * All objects of a picture. They never change, and any thread may read them. They do not need their picture or its
 * model: both may be freed first.
 */
typedef struct deepcrop_objects deepcrop_objects;

/**
 * The outline of a mask. It never changes, and any thread may read it. It does not need its mask: the mask may be
 * freed first.
 */
typedef struct deepcrop_outline deepcrop_outline;

/**
 * A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other; use several
 * pictures for several threads. Keep it alive until every call that it was passed to has returned. It does not need
 * its model: you may free the model first, even while a call on the picture runs.
 *
 * A picture holds a copy of the pixels as RGB, three bytes per pixel, for closer looks and edges. It holds the
 * selection after each prompt of the last list, as a packed mask, with the coarse answer of the model, and the masks
 * that you passed as prompts, one byte per pixel. It holds the same for up to two other sets of options, so that a
 * preview does not discard the steps of the selection. It also holds the encoder output of the latest windows, at most
 * 256 MiB.
 */
typedef struct deepcrop_picture deepcrop_picture;

/**
 * A report on what this library found and what works. It never changes, and any thread may read it.
 */
typedef struct deepcrop_report deepcrop_report;

/**
 * The run lengths of a mask, as the COCO data set stores them. They never change, and any thread may read them. They
 * do not need their mask: it may be freed first.
 */
typedef struct deepcrop_run_lengths deepcrop_run_lengths;

/**
 * Receives a log message in UTF-8, which is valid during the call. It may be called from any thread, and from several
 * at once. It must not call this library. Your threads and those of ONNX Runtime may still be running while your
 * program ends. If the callback must not run then (for example because an interpreter is shutting down), call
 * deepcrop_log_set with NULL first.
 */
typedef void (*deepcrop_log_callback)(uint32_t level,
                                      const char *message,
                                      void *user_data);

/**
 * The result of a call: `DEEPCROP_OK` or the number of an error. Numbers are never reused; later versions may add
 * some.
 */
typedef int32_t deepcrop_status;

/**
 * Why a call failed. It lies in your memory, usually on the stack. Every call that can fail takes a pointer to one as
 * its last argument, or NULL, and always writes to it: after a success `status` is `DEEPCROP_OK` and `message` is
 * empty.
 */
typedef struct deepcrop_error {
    /**
     * The number that the call returned.
     */
    deepcrop_status status;
    /**
     * What went wrong and what to do about it, in UTF-8. Always ends with a zero.
     */
    char message[DEEPCROP_MESSAGE_SIZE];
} deepcrop_error;

/**
 * Receives the progress of a call: a fraction from 0 to 1, and the current step in UTF-8. It is called on the thread
 * that made the call. It must not call this library, except deepcrop_cancel_raise; deepcrop_cancel_on_progress would
 * wait for ever. If calls may still be running while your program ends, and the callback must not run then (for
 * example because an interpreter is shutting down), set it to NULL first.
 */
typedef void (*deepcrop_progress_callback)(float fraction,
                                           const char *step,
                                           void *user_data);

/**
 * How to load a model. Zero is the default of every field except struct_size.
 */
typedef struct deepcrop_model_options {
    /**
     * Set it to sizeof(deepcrop_model_options).
     */
    uint32_t struct_size;
    /**
     * DEEPCROP_PROVIDER_...: what runs the network. With DEEPCROP_PROVIDER_AUTO, deepcrop_model_info.provider_note
     * says why no faster provider was chosen. If another provider does not work, loading fails.
     */
    uint32_t provider;
    /**
     * The most threads that a call on the model or its pictures uses, at most 1024. 0 means half the cores for the
     * network, and up to four for the work on pixels.
     */
    uint32_t threads;
    /**
     * 1: without ONNX Runtime, load the classical engine instead; deepcrop_model_info.provider_note then says so. 0:
     * without ONNX Runtime, fail.
     */
    uint32_t fall_back;
    /**
     * Path of the ONNX Runtime library in UTF-8. NULL to search for it, in this order: the path in the environment
     * variable DEEPCROP_ONNXRUNTIME, libraries already in the process, the folder of this library, the system.
     */
    const char *runtime_path;
    /**
     * Stops the loading and reports its progress; may be NULL.
     */
    const struct deepcrop_cancel *cancel;
    /**
     * A matting network (ViTMatte): its path in UTF-8, or the name of an installed one. It redraws the edge of every
     * selection made with DEEPCROP_EDGES_AUTO or DEEPCROP_EDGES_HAIR, so that hair becomes partly transparent. NULL
     * for none.
     */
    const char *matting_path;
    /**
     * 0: the encoder output of a picture is kept on disk, so that the picture opens faster the next time. It lies in
     * the user's cache folder, readable only by the user, at most 2 GiB. The environment variables DEEPCROP_CACHE (a
     * folder, or `off`) and DEEPCROP_CACHE_SIZE (in MiB) change that. 1: nothing is kept.
     */
    uint32_t no_disk_cache;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * Receives the log messages about the model and its pictures, instead of the callback of deepcrop_log_set. NULL
     * for none of its own. It is called like that one, but deepcrop_log_set does not stop it: it may be called until the
     * load has failed, or until the model and all its pictures are freed.
     */
    deepcrop_log_callback log;
    /**
     * Passed to `log`.
     */
    void *log_user_data;
} deepcrop_model_options;

/**
 * Information about a model. The strings are UTF-8, are never NULL, and live as long as the model.
 */
typedef struct deepcrop_model_info {
    /**
     * Set it to sizeof(deepcrop_model_info) before the call.
     */
    uint32_t struct_size;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * Name of the model.
     */
    const char *name;
    /**
     * Family of the model: "click_map", "classical" ...
     */
    const char *family;
    /**
     * Version of the model.
     */
    const char *version;
    /**
     * Licence of the model.
     */
    const char *licence;
    /**
     * What runs the model, named as on the command line: "cpu", "cuda" ...; "none" for a model without a network.
     */
    const char *provider;
    /**
     * Why no faster provider runs the model, or why there is no network; otherwise empty.
     */
    const char *provider_note;
    /**
     * Version and path of ONNX Runtime; empty for a model without a network.
     */
    const char *runtime;
} deepcrop_model_info;

/**
 * An installed network. The strings are UTF-8, are never NULL, and live as long as the list.
 */
typedef struct deepcrop_installed_model {
    /**
     * Set it to sizeof(deepcrop_installed_model) before the call.
     */
    uint32_t struct_size;
    /**
     * 1: deepcrop_models_verify can compare the files with a record. 0: somebody put them there by hand.
     */
    uint32_t has_record;
    /**
     * The name, for deepcrop_model_load.
     */
    const char *name;
    /**
     * The title, for users; the name if there is no other.
     */
    const char *title;
    /**
     * The licence; empty if none was stated.
     */
    const char *licence;
    /**
     * Where the model comes from: a page or a path; empty if unknown.
     */
    const char *source;
    /**
     * The folder of its files.
     */
    const char *folder;
    /**
     * The size of its files in bytes.
     */
    uint64_t bytes;
} deepcrop_installed_model;

/**
 * The hash that a file must have.
 */
typedef struct deepcrop_file_hash {
    /**
     * Path of the file in UTF-8.
     */
    const char *path;
    /**
     * Its SHA-256: 64 digits of 0-9 and a-f.
     */
    const char *sha256;
} deepcrop_file_hash;

/**
 * How to import a model. Zero is the default of every field except struct_size. The strings are UTF-8.
 */
typedef struct deepcrop_import_options {
    /**
     * Set it to sizeof(deepcrop_import_options).
     */
    uint32_t struct_size;
    /**
     * 1: replace an installed network of that name. 0: fail if there is one.
     */
    uint32_t replace;
    /**
     * The name that the model gets: at most 64 characters of a-z, 0-9, -, _ and ., of which the first and the last
     * are a letter or digit. NULL for the name of the file or folder; several files need a name.
     */
    const char *name;
    /**
     * The title, for users. NULL for the name.
     */
    const char *title;
    /**
     * The licence. NULL for the one that the manifest of the network states.
     */
    const char *licence;
    /**
     * Where the model comes from. NULL for the path that it is imported from.
     */
    const char *source;
    /**
     * The hashes of files that you downloaded. If one has another hash, nothing is installed. A file that belongs to the
     * network, such as its weights, may be named too. Files that are not named are not checked. May be NULL if
     * hash_count is 0.
     */
    const struct deepcrop_file_hash *hashes;
    /**
     * Number of hashes.
     */
    size_t hash_count;
} deepcrop_import_options;

/**
 * Information about a mask.
 */
typedef struct deepcrop_mask_info {
    /**
     * Set it to sizeof(deepcrop_mask_info) before the call.
     */
    uint32_t struct_size;
    /**
     * The IoU with the true object that the model predicts for this mask, 0 to 1.
     */
    float score;
    /**
     * Pixels per row.
     */
    uint32_t width;
    /**
     * Number of rows.
     */
    uint32_t height;
    /**
     * Left edge of the smallest box around all pixels that are at least half selected. Without such pixels the box is
     * 0, 0, 0, 0.
     */
    uint32_t x0;
    /**
     * Top edge of the box.
     */
    uint32_t y0;
    /**
     * Right edge of the box: the column after its last one.
     */
    uint32_t x1;
    /**
     * Bottom edge of the box: the row after its last one.
     */
    uint32_t y1;
    /**
     * Number of pixels that are at least half selected.
     */
    uint64_t area;
    /**
     * Seconds that the call which made this mask spent on preparing windows of the picture: on pixels and, if the
     * network has one, in its encoder. The first analysis of the whole picture, in deepcrop_picture_new and
     * deepcrop_segment, is not counted. This and the next three times are 0 for a mask that no such call made, and for
     * a mask that was remembered.
     */
    float prepare_time;
    /**
     * Seconds spent in the network.
     */
    float network_time;
    /**
     * Seconds spent on drawing the answer in the picture's size.
     */
    float render_time;
    /**
     * Seconds spent on fitting the mask to the picture's edges.
     */
    float edge_time;
} deepcrop_mask_info;

/**
 * A point in picture pixels. The centre of the top left pixel is 0.5, 0.5.
 */
typedef struct deepcrop_point {
    /**
     * Distance from the left edge of the picture.
     */
    double x;
    /**
     * Distance from the top edge of the picture.
     */
    double y;
} deepcrop_point;

/**
 * A rectangle of whole pixels.
 */
typedef struct deepcrop_box {
    /**
     * Left edge.
     */
    uint32_t x0;
    /**
     * Top edge.
     */
    uint32_t y0;
    /**
     * Right edge: the column after the last one.
     */
    uint32_t x1;
    /**
     * Bottom edge: the row after the last one.
     */
    uint32_t y1;
} deepcrop_box;

/**
 * A view of pixels in your memory. The library reads them, and only during the call.
 */
typedef struct deepcrop_image {
    /**
     * The first pixel of the top row.
     */
    const void *data;
    /**
     * Bytes from the start of one row to the start of the next.
     */
    size_t stride;
    /**
     * Pixels per row.
     */
    uint32_t width;
    /**
     * Number of rows.
     */
    uint32_t height;
    /**
     * DEEPCROP_RGB8 or another pixel format.
     */
    uint32_t format;
    /**
     * 1 if the colours are multiplied by alpha, else 0.
     */
    uint32_t premultiplied;
} deepcrop_image;

/**
 * One prompt: a click, box, lasso, scribble or mask that says what the object is. Set the fields that its kind needs,
 * and all others to zero. Coordinates are picture pixels; the centre of the top left pixel is 0.5, 0.5. A coordinate
 * outside the picture is an error.
 */
typedef struct deepcrop_prompt {
    /**
     * DEEPCROP_PROMPT_INCLUDE or another kind of prompt.
     */
    uint32_t kind;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * x of a click, or of one corner of a box.
     */
    double x;
    /**
     * y of a click, or of one corner of a box.
     */
    double y;
    /**
     * x of the opposite corner of a box.
     */
    double x1;
    /**
     * y of the opposite corner of a box.
     */
    double y1;
    /**
     * Points of a lasso or scribble. Borrowed for the time of the call.
     */
    const struct deepcrop_point *points;
    /**
     * Number of points.
     */
    size_t point_count;
    /**
     * Mask of a DEEPCROP_PROMPT_MASK. Borrowed for the time of the call.
     */
    const struct deepcrop_mask *mask;
} deepcrop_prompt;

/**
 * How to make a selection. Zero is the default of every field except struct_size.
 */
typedef struct deepcrop_segment_options {
    /**
     * Set it to sizeof(deepcrop_segment_options).
     */
    uint32_t struct_size;
    /**
     * 1: small objects get no closer look in a window around them.
     */
    uint32_t no_closer_look;
    /**
     * 1: no guard, so a correction may change the selection anywhere. 0: an include click only adds and an exclude
     * click only removes. A click changes the selection around it; elsewhere the selection changes by at most 2 %. An
     * include click on another object adds that object, but nothing between the two. An exclude click deep in the
     * selection means that the selection was a wrong guess: a new guess is made, and only what is in both is kept.
     */
    uint32_t no_guard;
    /**
     * DEEPCROP_EDGES_AUTO or another edge mode: how the mask is fitted to the edges of the picture.
     */
    uint32_t edges;
} deepcrop_segment_options;

/**
 * One object.
 */
typedef struct deepcrop_object {
    /**
     * Set it to sizeof(deepcrop_object) before the call.
     */
    uint32_t struct_size;
    /**
     * Number of the class of the object.
     */
    uint32_t label;
    /**
     * Name of the class in UTF-8, never NULL; empty if unknown. It lives as long as the objects.
     */
    const char *name;
    /**
     * How sure the model is of the object, 0 to 1.
     */
    float score;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * Left edge of the box that the model drew around the object, in picture pixels. The box of its mask may differ by
     * some pixels.
     */
    double x0;
    /**
     * Top edge of the box.
     */
    double y0;
    /**
     * Right edge of the box.
     */
    double x1;
    /**
     * Bottom edge of the box.
     */
    double y1;
} deepcrop_object;

/**
 * How to make an outline. Zero is the default of every field except struct_size.
 */
typedef struct deepcrop_outline_options {
    /**
     * Set it to sizeof(deepcrop_outline_options).
     */
    uint32_t struct_size;
    /**
     * 1: straight lines instead of smooth curves; the nodes are then the points.
     */
    uint32_t straight;
    /**
     * How far the outline may deviate from the mask's edge, in pixels; more tolerance gives fewer points. 0 means half
     * a pixel.
     */
    double tolerance;
    /**
     * Rings with a smaller area than this many square pixels are left out; 0 means four.
     */
    double smallest_area;
} deepcrop_outline_options;

/**
 * A node of a smooth ring. The line to the next node is a cubic Bézier curve with these four points: x, y of this
 * node; out_x, out_y of this node; in_x, in_y of the next node; x, y of the next node. Where both control points lie
 * on their own nodes, the line is straight.
 */
typedef struct deepcrop_node {
    /**
     * x of the node in picture pixels.
     */
    double x;
    /**
     * y of the node.
     */
    double y;
    /**
     * x of the control point of the line that arrives at the node.
     */
    double in_x;
    /**
     * y of that control point.
     */
    double in_y;
    /**
     * x of the control point of the line that leaves the node.
     */
    double out_x;
    /**
     * y of that control point.
     */
    double out_y;
    /**
     * 1 if the line turns sharply here. 0 if it is smooth: then the node and its two control points lie on one
     * straight line.
     */
    uint32_t corner;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
} deepcrop_node;

/**
 * One closed line, both as a polygon and as smooth curves. The last point or node is joined to the first. Outer rings
 * run clockwise on the screen, holes anticlockwise.
 */
typedef struct deepcrop_ring {
    /**
     * Set it to sizeof(deepcrop_ring) before the call.
     */
    uint32_t struct_size;
    /**
     * 1 if the ring is the border of a hole, else 0.
     */
    uint32_t hole;
    /**
     * The points of the polygon in picture pixels. They live as long as the outline.
     */
    const struct deepcrop_point *points;
    /**
     * Number of points, at least three.
     */
    size_t point_count;
    /**
     * Index of the ring directly around this one, or DEEPCROP_NO_PARENT. It is smaller than this ring's own index.
     */
    uint32_t parent;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * The nodes of the same line as smooth curves. They live as long as the outline.
     */
    const struct deepcrop_node *nodes;
    /**
     * Number of nodes, at least two.
     */
    size_t node_count;
} deepcrop_ring;

/**
 * Which part of a picture to cut out. Zero is the default of every field except struct_size.
 */
typedef struct deepcrop_cutout_options {
    /**
     * Set it to sizeof(deepcrop_cutout_options).
     */
    uint32_t struct_size;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * Column of the picture where the canvas begins.
     */
    uint32_t x;
    /**
     * Row of the picture where the canvas begins.
     */
    uint32_t y;
} deepcrop_cutout_options;

/**
 * A view of your memory that the library writes pixels to.
 */
typedef struct deepcrop_canvas {
    /**
     * Where to write the first pixel of the top row.
     */
    void *data;
    /**
     * Bytes from the start of one row to the start of the next. Bytes between the rows are not changed.
     */
    size_t stride;
    /**
     * Pixels per row.
     */
    uint32_t width;
    /**
     * Number of rows.
     */
    uint32_t height;
    /**
     * DEEPCROP_RGBA8, DEEPCROP_BGRA8, DEEPCROP_RGBA16 or DEEPCROP_RGBAF32.
     */
    uint32_t format;
    /**
     * 1 to multiply the colours by alpha, else 0.
     */
    uint32_t premultiplied;
} deepcrop_canvas;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the ABI number of the library, which is also in its file name (libdeepcrop.so.1). A program runs with every
 * library that has the ABI number of the header it was compiled with, DEEPCROP_ABI_VERSION.
 */
uint32_t deepcrop_abi_version(void);

/**
 * Returns the version of the library, for example "0.2.0". Never NULL; do not free it.
 */
const char *deepcrop_version(void);

/**
 * Sends the log messages of the whole process to `callback`, except those of models with a callback of their own (see
 * deepcrop_model_options.log). NULL turns logging off, which is the default. The library itself never writes to the
 * terminal. `user_data` is passed to the callback. It must stay valid until another callback is set and all
 * calls that were running then have returned.
 */
void deepcrop_log_set(deepcrop_log_callback callback,
                      void *user_data);

/**
 * Creates a cancel flag, which is not raised. Free it with deepcrop_cancel_free.
 */
deepcrop_status deepcrop_cancel_new(struct deepcrop_cancel **cancel,
                                    struct deepcrop_error *error);

/**
 * Stops every call that this flag was passed to. The calls return DEEPCROP_ERROR_CANCELLED after their current step.
 * That takes a few milliseconds in a network, and longer while a huge picture is copied or a network is loaded. Later
 * calls with this flag fail in the same way until deepcrop_cancel_reset. Any thread may raise a flag. NULL does
 * nothing.
 */
void deepcrop_cancel_raise(const struct deepcrop_cancel *cancel);

/**
 * Lowers the flag, so that it can be used again. NULL does nothing.
 */
void deepcrop_cancel_reset(const struct deepcrop_cancel *cancel);

/**
 * Sets the callback that receives the progress of all calls with this flag; NULL removes it. `user_data` is passed to
 * the callback. This call waits while the previous callback is running, so do not hold a lock that the callback takes.
 * Once it has returned, the previous callback is not called any more, and its `user_data` may be freed. Does nothing
 * if `cancel` is NULL.
 */
void deepcrop_cancel_on_progress(const struct deepcrop_cancel *cancel,
                                 deepcrop_progress_callback callback,
                                 void *user_data);

/**
 * Frees a cancel flag. NULL does nothing.
 */
void deepcrop_cancel_free(struct deepcrop_cancel *cancel);

/**
 * Loads a model. `path` is one of these: the path in UTF-8 of a network's file or folder; the name under which
 * `deepcrop models` installed a network, if no such path exists; NULL or "builtin" for the network in this library;
 * "classical" for the engine that needs neither a network nor ONNX Runtime; "extractnet" for a simple baseline that
 * ignores clicks. `options` may be NULL. Free the model with deepcrop_model_free. A bad network can crash ONNX Runtime;
 * the program deepcrop-trial tries a network in a process of its own.
 */
deepcrop_status deepcrop_model_load(const char *path,
                                    const struct deepcrop_model_options *options,
                                    struct deepcrop_model **model,
                                    struct deepcrop_error *error);

/**
 * Loads a network from memory: a whole .onnx file that needs no manifest beside it. The bytes are not needed after the
 * call. `options` may be NULL. Free the model with deepcrop_model_free.
 */
deepcrop_status deepcrop_model_load_bytes(const uint8_t *data,
                                          size_t size,
                                          const struct deepcrop_model_options *options,
                                          struct deepcrop_model **model,
                                          struct deepcrop_error *error);

/**
 * Writes to `*info` what the model is and what runs it. Set info->struct_size before the call.
 */
deepcrop_status deepcrop_model_describe(const struct deepcrop_model *model,
                                        struct deepcrop_model_info *info,
                                        struct deepcrop_error *error);

/**
 * Frees a model. NULL does nothing.
 */
void deepcrop_model_free(struct deepcrop_model *model);

/**
 * Lists the installed networks, sorted by name. They lie in the folder that the environment variable DEEPCROP_MODELS
 * names, else in deepcrop/models in the user's data folder; the program `deepcrop` installs them there too. The models
 * "builtin", "classical" and "extractnet" are part of the library and are not listed. Free the list with
 * deepcrop_models_free.
 */
deepcrop_status deepcrop_models_list(struct deepcrop_models **models,
                                     struct deepcrop_error *error);

/**
 * Returns the number of models in a list; 0 if `models` is NULL.
 */
size_t deepcrop_models_count(const struct deepcrop_models *models);

/**
 * Writes information about model `index` of a list, counted from 0, to `*info`. Set info->struct_size before the call.
 */
deepcrop_status deepcrop_models_describe(const struct deepcrop_models *models,
                                         size_t index,
                                         struct deepcrop_installed_model *info,
                                         struct deepcrop_error *error);

/**
 * Installs files under a name, by which deepcrop_model_load then loads them. Each path is a network's file, one of
 * several that belong together (encoder and decoder), or their folder. The files are copied, together with the weights
 * that they refer to and the manifest (model.toml) beside them. Files that are damaged or of an unknown kind are
 * refused. The whole model is installed or nothing. The library downloads nothing: to install what you downloaded, pass
 * its hashes. `options` may be NULL. If `models` is not NULL, it receives a list with the new model alone; free it with
 * deepcrop_models_free.
 */
deepcrop_status deepcrop_models_import(const char *const *paths,
                                       size_t path_count,
                                       const struct deepcrop_import_options *options,
                                       struct deepcrop_models **models,
                                       struct deepcrop_error *error);

/**
 * Checks that the files of an installed network are complete and unchanged. If not, it fails with DEEPCROP_ERROR_FILE,
 * and the message names the files that are missing or changed.
 */
deepcrop_status deepcrop_models_verify(const char *name,
                                       struct deepcrop_error *error);

/**
 * Removes an installed network. Only what was installed is deleted: `*others`, which may be NULL, is set to the number of
 * files that somebody else put into its folder, and that stay there.
 */
deepcrop_status deepcrop_models_remove(const char *name,
                                       size_t *others,
                                       struct deepcrop_error *error);

/**
 * Frees a list of models. NULL does nothing; the models stay installed.
 */
void deepcrop_models_free(struct deepcrop_models *models);

/**
 * Creates a mask from your own bytes, one per pixel: 0 is not selected, 255 is selected. `stride` is the number of
 * bytes from the start of one row to the start of the next. The bytes are copied. The score of the mask is 1. Free the
 * mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_new(const uint8_t *data,
                                  size_t stride,
                                  uint32_t width,
                                  uint32_t height,
                                  struct deepcrop_mask **mask,
                                  struct deepcrop_error *error);

/**
 * Returns the pixels of a mask: one byte each, 0 to 255, row by row without gaps, in the picture's size. They live as
 * long as the mask. NULL if `mask` is NULL.
 */
const uint8_t *deepcrop_mask_pixels(const struct deepcrop_mask *mask);

/**
 * Writes size, score, box and area of a mask to `*info`. Set info->struct_size before the call.
 */
deepcrop_status deepcrop_mask_describe(const struct deepcrop_mask *mask,
                                       struct deepcrop_mask_info *info,
                                       struct deepcrop_error *error);

/**
 * Makes a changed copy of a mask. `change` is DEEPCROP_CHANGE_GROW or another change. `amount` is 0 to 131072 pixels;
 * for DEEPCROP_CHANGE_FILL_HOLES and DEEPCROP_CHANGE_DROP_SPECKS it is an area of 0 or more pixels. An `amount` of 0
 * changes nothing, except that DEEPCROP_CHANGE_INVERT inverts. The copy has the score of `mask`. Free it with
 * deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_change(const struct deepcrop_mask *mask,
                                     uint32_t change,
                                     double amount,
                                     struct deepcrop_mask **changed,
                                     struct deepcrop_error *error);

/**
 * Makes a copy of a mask with only those of its connected parts that contain one of the points, which are in picture
 * pixels. The copy has the score of `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_keep_parts(const struct deepcrop_mask *mask,
                                         const struct deepcrop_point *points,
                                         size_t point_count,
                                         struct deepcrop_mask **changed,
                                         struct deepcrop_error *error);

/**
 * Combines a mask with another one of the same size. `how` is DEEPCROP_COMBINE_ADD or another combination. The result
 * has the score of `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_combine(const struct deepcrop_mask *mask,
                                      const struct deepcrop_mask *other,
                                      uint32_t how,
                                      struct deepcrop_mask **combined,
                                      struct deepcrop_error *error);

/**
 * Writes to `*box` the smallest box around all pixels in which a mask differs from `before`, a mask of the same size:
 * what to draw again after a click. 0, 0, 0, 0 if they are equal.
 */
deepcrop_status deepcrop_mask_changed_since(const struct deepcrop_mask *mask,
                                            const struct deepcrop_mask *before,
                                            struct deepcrop_box *box,
                                            struct deepcrop_error *error);

/**
 * Frees a mask. NULL does nothing.
 */
void deepcrop_mask_free(struct deepcrop_mask *mask);

/**
 * Makes a copy of a mask that you drew or loaded, fitted to the edges of its picture. The masks of
 * deepcrop_picture_segment are fitted already. `reach` is the largest distance, 4 to 512 pixels, between the edge of
 * the mask and the true edge. A part thinner than `reach` that lies close to another edge may stay unfitted or
 * disappear. `edges` is DEEPCROP_EDGES_AUTO or another edge mode. `cancel` may be NULL. The copy has the score of
 * `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_refine(const struct deepcrop_mask *mask,
                                     const struct deepcrop_image *image,
                                     double reach,
                                     uint32_t edges,
                                     const struct deepcrop_cancel *cancel,
                                     struct deepcrop_mask **refined,
                                     struct deepcrop_error *error);

/**
 * Selects the object at x, y of a picture: one click, one mask. For further clicks on the same picture use
 * deepcrop_picture_new. Free the mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_segment(const struct deepcrop_model *model,
                                 const struct deepcrop_image *image,
                                 double x,
                                 double y,
                                 struct deepcrop_mask **mask,
                                 struct deepcrop_error *error);

/**
 * Analyses a picture, so that clicks on it are fast. The pixels are not needed after the call. `cancel` may be NULL.
 * Free the picture with deepcrop_picture_free.
 */
deepcrop_status deepcrop_picture_new(const struct deepcrop_model *model,
                                     const struct deepcrop_image *image,
                                     const struct deepcrop_cancel *cancel,
                                     struct deepcrop_picture **picture,
                                     struct deepcrop_error *error);

/**
 * Makes the selection after all the prompts, in their order. Pass the whole list each time; to undo, pass fewer
 * prompts. The same list always gives the same mask, and steps that an earlier call computed are not computed again.
 * Later prompts overrule earlier ones: a click cancels an opposite click on the same spot, a box or lasso cancels the
 * clicks outside it, and a mask starts anew. The mask is empty, with score 0, if the list is empty or has nothing but
 * exclude clicks, or if the model lists objects and the click hits none of them. `options` and `cancel` may be NULL.
 * Free the mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_picture_segment(const struct deepcrop_picture *picture,
                                         const struct deepcrop_prompt *prompts,
                                         size_t prompt_count,
                                         const struct deepcrop_segment_options *options,
                                         const struct deepcrop_cancel *cancel,
                                         struct deepcrop_mask **mask,
                                         struct deepcrop_error *error);

/**
 * Returns several different answers to the last prompt, for example part, object and whole. The first one is the mask
 * of deepcrop_picture_segment; the others follow, best score first. At most `capacity` answers are written to `masks`,
 * and the rest of `masks` is set to NULL. `*mask_count` is set to the number of answers written. To continue from
 * another answer than the first, append it to the list as a prompt of kind DEEPCROP_PROMPT_MASK. `options` and
 * `cancel` may be NULL. Free each mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_picture_candidates(const struct deepcrop_picture *picture,
                                            const struct deepcrop_prompt *prompts,
                                            size_t prompt_count,
                                            const struct deepcrop_segment_options *options,
                                            const struct deepcrop_cancel *cancel,
                                            struct deepcrop_mask **masks,
                                            size_t capacity,
                                            size_t *mask_count,
                                            struct deepcrop_error *error);

/**
 * Frees a picture. NULL does nothing.
 */
void deepcrop_picture_free(struct deepcrop_picture *picture);

/**
 * Finds all objects of a picture without a click, best score first. This needs a model that lists objects (YOLO-seg,
 * FastSAM, Mask R-CNN); other models return an error. `options` and `cancel` may be NULL. Free the objects with
 * deepcrop_objects_free.
 */
deepcrop_status deepcrop_picture_objects(const struct deepcrop_picture *picture,
                                         const struct deepcrop_segment_options *options,
                                         const struct deepcrop_cancel *cancel,
                                         struct deepcrop_objects **objects,
                                         struct deepcrop_error *error);

/**
 * Selects the main subject of a picture, without a click. Some models find it by themselves (U²-Net, BiRefNet,
 * YOLO-seg, "extractnet"). Models that only answer clicks are probed at up to 49 points. The mask is empty, with score
 * 0, if nothing stands out. To correct it, begin a list of prompts with it. `options` and `cancel` may be NULL. Free
 * the mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_picture_subject(const struct deepcrop_picture *picture,
                                         const struct deepcrop_segment_options *options,
                                         const struct deepcrop_cancel *cancel,
                                         struct deepcrop_mask **mask,
                                         struct deepcrop_error *error);

/**
 * Returns the number of objects; 0 if `objects` is NULL.
 */
size_t deepcrop_objects_count(const struct deepcrop_objects *objects);

/**
 * Writes information about object `index`, counted from 0, to `*object`. Set object->struct_size before the call.
 */
deepcrop_status deepcrop_objects_describe(const struct deepcrop_objects *objects,
                                          size_t index,
                                          struct deepcrop_object *object,
                                          struct deepcrop_error *error);

/**
 * Returns the mask of object `index`, counted from 0. Free the mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_objects_mask(const struct deepcrop_objects *objects,
                                      size_t index,
                                      struct deepcrop_mask **mask,
                                      struct deepcrop_error *error);

/**
 * Frees objects. NULL does nothing.
 */
void deepcrop_objects_free(struct deepcrop_objects *objects);

/**
 * Traces the outline of a mask, with its holes: the line along which the mask is half selected, to a fraction of a
 * pixel. `options` may be NULL. Free the outline with deepcrop_outline_free.
 */
deepcrop_status deepcrop_mask_outline(const struct deepcrop_mask *mask,
                                      const struct deepcrop_outline_options *options,
                                      struct deepcrop_outline **outline,
                                      struct deepcrop_error *error);

/**
 * Returns the number of rings of an outline; 0 if `outline` is NULL.
 */
size_t deepcrop_outline_ring_count(const struct deepcrop_outline *outline);

/**
 * Writes ring `index`, counted from 0, to `*ring`. Set ring->struct_size before the call.
 */
deepcrop_status deepcrop_outline_ring(const struct deepcrop_outline *outline,
                                      size_t index,
                                      struct deepcrop_ring *ring,
                                      struct deepcrop_error *error);

/**
 * Returns the curves of all rings as the `d` of an SVG path, in picture pixels. Fill it by the even-odd rule. The
 * string lives as long as the outline. NULL if `outline` is NULL.
 */
const char *deepcrop_outline_svg_path(const struct deepcrop_outline *outline);

/**
 * Returns the polygons of all rings as JSON, in picture pixels: `{"format": 1, "size": [width, height], "rings":
 * [{"hole": false, "parent": null, "points": [[x, y], ...]}, ...]}`. `format` is the version of this shape. The string
 * lives as long as the outline. NULL if `outline` is NULL.
 */
const char *deepcrop_outline_json(const struct deepcrop_outline *outline);

/**
 * Frees an outline. NULL does nothing.
 */
void deepcrop_outline_free(struct deepcrop_outline *outline);

/**
 * Computes the run lengths of a mask, for COCO's tools: the number of pixels not selected, then selected (by half or
 * more), and so on in turn, column by column from the top left corner. Free them with deepcrop_run_lengths_free.
 */
deepcrop_status deepcrop_mask_run_lengths(const struct deepcrop_mask *mask,
                                          struct deepcrop_run_lengths **run_lengths,
                                          struct deepcrop_error *error);

/**
 * Returns the run lengths as numbers, COCO's uncompressed form. The first may be 0; their sum is the number of pixels.
 * `*count` is set to how many there are; `count` may be NULL. They live as long as `run_lengths`. NULL if
 * `run_lengths` is NULL.
 */
const uint32_t *deepcrop_run_lengths_counts(const struct deepcrop_run_lengths *run_lengths,
                                            size_t *count);

/**
 * Returns the run lengths as a string, COCO's compressed form, as pycocotools reads and writes it. The string lives as
 * long as `run_lengths`. NULL if `run_lengths` is NULL.
 */
const char *deepcrop_run_lengths_packed(const struct deepcrop_run_lengths *run_lengths);

/**
 * Returns an annotation as in COCO's files, in JSON: segmentation (size and compressed run lengths), area, bbox,
 * iscrowd. The string lives as long as `run_lengths`. NULL if `run_lengths` is NULL.
 */
const char *deepcrop_run_lengths_json(const struct deepcrop_run_lengths *run_lengths);

/**
 * Frees run lengths. NULL does nothing.
 */
void deepcrop_run_lengths_free(struct deepcrop_run_lengths *run_lengths);

/**
 * Writes the box of a cropped cut-out to `*box`: the smallest box around all pixels whose value in the mask is not 0,
 * plus `margin` pixels on each side, but not beyond the picture. 0, 0, 0, 0 if nothing is selected.
 */
deepcrop_status deepcrop_cutout_box(const struct deepcrop_mask *mask,
                                    uint32_t margin,
                                    struct deepcrop_box *box,
                                    struct deepcrop_error *error);

/**
 * Cuts the object out of its picture, into your memory. A canvas of the picture's size gets the whole picture. A
 * smaller canvas gets the part that begins at options->x, options->y (see deepcrop_cutout_box). `options` may be NULL.
 *
 * Pixels that are fully selected keep their colours. The colours are exact if the canvas has at least as many bits as
 * the picture. Where the mask is soft, pixels get the object's own colour without the background in it, so that there
 * is no halo on any background. Just beyond the edge, that colour continues in fully transparent pixels, so that the
 * cut-out can be scaled. Farther away all values are 0. Transparency of the picture itself is kept.
 *
 * It is an error if the canvas overlaps the picture's memory; the bytes between the rows count too.
 */
deepcrop_status deepcrop_cutout(const struct deepcrop_image *image,
                                const struct deepcrop_mask *mask,
                                const struct deepcrop_cutout_options *options,
                                const struct deepcrop_canvas *canvas,
                                struct deepcrop_error *error);

/**
 * Tries everything that this library can use and reports the results, like the command `deepcrop doctor`. Use it for a
 * button "Copy report". Missing or broken parts are lines of the report, not errors. It takes about a second, because
 * it tries every provider of ONNX Runtime: call it on a thread of its own. Other calls may run at the same time.
 *
 * `runtime_path` is the path of the ONNX Runtime library in UTF-8; NULL to search for it as deepcrop_model_load does.
 * If the process has opened an ONNX Runtime already, the report is about that one. `cancel` may be NULL; its progress
 * goes from 0 to 1 over all trials. Free the report with deepcrop_report_free.
 */
deepcrop_status deepcrop_doctor(const char *runtime_path,
                                const struct deepcrop_cancel *cancel,
                                struct deepcrop_report **report,
                                struct deepcrop_error *error);

/**
 * Returns the report in UTF-8: lines, without a line break at the end. The string lives as long as the report. NULL if
 * `report` is NULL.
 */
const char *deepcrop_report_text(const struct deepcrop_report *report);

/**
 * Returns 1 if the built-in network runs. Returns 0 if only the classical engine works, or if `report` is NULL.
 */
uint32_t deepcrop_report_works(const struct deepcrop_report *report);

/**
 * Frees a report. NULL does nothing.
 */
void deepcrop_report_free(struct deepcrop_report *report);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DEEPCROP_H */
