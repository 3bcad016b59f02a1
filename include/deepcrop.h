/*
 * deepcrop.h - click an object in a picture, get its outline.
 *
 *     deepcrop_model *model; deepcrop_mask *mask; deepcrop_error error;
 *     deepcrop_image image = { pixels, stride, width, height, DEEPCROP_RGBA8, 0 };
 *     if (deepcrop_model_load(NULL, NULL, &model, &error)) puts(error.message);
 *     if (deepcrop_segment(model, &image, 300, 200, &mask, &error)) puts(error.message);
 *     const uint8_t *selected = deepcrop_mask_pixels(mask);
 *     deepcrop_mask_free(mask); deepcrop_model_free(model);
 *
 * Rules that hold everywhere:
 * - A call that can fail returns a deepcrop_status, 0 for success, and takes a deepcrop_error as its last argument, which
 *   may be NULL. There is no other error state.
 * - What a call gives goes to a pointer to a pointer; it is NULL after a failure and the caller's after a success, to be
 *   freed with the function of its type. Freeing NULL does nothing. Every other NULL that is not said to be allowed is an
 *   error, never a crash.
 * - Handles: keep a handle alive until every call that you passed it to has returned. Apart from that, free handles in any
 *   order: a mask outlives its picture, a picture its model. Freeing a model while a call on its picture runs is fine.
 * - A struct with struct_size may grow in later versions; set it to sizeof, and what you do not know to zero.
 * - Strings and paths are UTF-8. Pictures, prompts and strings that are passed in are borrowed for the time of the call.
 * - The library does not print, does not install signal handlers and never ends the process. Once loaded it stays; do not unload it. A
 *   process that forks does so before the first call.
 *
 * Written by cbindgen from capi/src; do not edit. Licence: MIT OR Apache-2.0.
 */

#ifndef DEEPCROP_H
#define DEEPCROP_H

#include <stddef.h>
#include <stdint.h>

/** The number of the interface that this header describes; see deepcrop_abi_version. */
#define DEEPCROP_ABI_VERSION 1

/**
 * It worked.
 */
#define DEEPCROP_OK 0

/**
 * An argument makes no sense: a NULL that is not allowed, an unknown option.
 */
#define DEEPCROP_ERROR_ARGUMENT 1

/**
 * The size, stride or format of a picture does not hold together.
 */
#define DEEPCROP_ERROR_IMAGE 2

/**
 * A prompt lies outside the picture, is not a number, or is malformed.
 */
#define DEEPCROP_ERROR_PROMPT 3

/**
 * A file cannot be read.
 */
#define DEEPCROP_ERROR_FILE 4

/**
 * A network is corrupt or of an unknown kind.
 */
#define DEEPCROP_ERROR_MODEL 5

/**
 * ONNX Runtime is missing, too old, or not what it claims to be.
 */
#define DEEPCROP_ERROR_RUNTIME 6

/**
 * The execution provider that was asked for does not work here.
 */
#define DEEPCROP_ERROR_PROVIDER 7

/**
 * The network failed while it ran.
 */
#define DEEPCROP_ERROR_INFERENCE 8

/**
 * The caller cancelled.
 */
#define DEEPCROP_ERROR_CANCELLED 9

/**
 * Not enough memory.
 */
#define DEEPCROP_ERROR_MEMORY 10

/**
 * A fault of this library; please report it.
 */
#define DEEPCROP_ERROR_INTERNAL 11

/**
 * Bytes of `deepcrop_error.message`, the closing zero included.
 */
#define DEEPCROP_MESSAGE_SIZE 508

/**
 * Something failed.
 */
#define DEEPCROP_LOG_ERROR 1

/**
 * Something is not as it should be, and the work goes on.
 */
#define DEEPCROP_LOG_WARNING 2

/**
 * What was chosen and why.
 */
#define DEEPCROP_LOG_INFO 3

/**
 * For the people who write this library.
 */
#define DEEPCROP_LOG_DEBUG 4

/**
 * The fastest provider that ONNX Runtime has and that works here.
 */
#define DEEPCROP_PROVIDER_AUTO 0

/**
 * The processor.
 */
#define DEEPCROP_PROVIDER_CPU 1

/**
 * NVIDIA.
 */
#define DEEPCROP_PROVIDER_CUDA 2

/**
 * Apple.
 */
#define DEEPCROP_PROVIDER_COREML 3

/**
 * Any graphics card under Windows.
 */
#define DEEPCROP_PROVIDER_DIRECTML 4

/**
 * Intel.
 */
#define DEEPCROP_PROVIDER_OPENVINO 5

/**
 * One byte a pixel, grey.
 */
#define DEEPCROP_GRAY8 1

/**
 * Three bytes: red, green, blue.
 */
#define DEEPCROP_RGB8 2

/**
 * Four bytes: red, green, blue, alpha.
 */
#define DEEPCROP_RGBA8 3

/**
 * Four bytes: blue, green, red, alpha.
 */
#define DEEPCROP_BGRA8 4

/**
 * Four 16-bit numbers in the machine's byte order: red, green, blue, alpha.
 */
#define DEEPCROP_RGBA16 5

/**
 * Four 32-bit floats, 0 to 1, encoded for display (not linear light): red, green, blue, alpha.
 */
#define DEEPCROP_RGBAF32 6

/**
 * Moves the edge outwards by `amount` pixels, fractions too; soft edges stay as soft.
 */
#define DEEPCROP_CHANGE_GROW 1

/**
 * Moves the edge inwards by `amount` pixels. The picture's border is no edge.
 */
#define DEEPCROP_CHANGE_SHRINK 2

/**
 * Makes the edge softer: a Gaussian blur with a standard deviation of `amount` pixels.
 */
#define DEEPCROP_CHANGE_FEATHER 3

/**
 * Rounds off corners, steps and what else is finer than about `amount` pixels; straight edges stay in place. The edge comes
 * out one pixel soft.
 */
#define DEEPCROP_CHANGE_SMOOTH 4

/**
 * Selects holes of at most `amount` pixels; INFINITY fills all.
 */
#define DEEPCROP_CHANGE_FILL_HOLES 5

/**
 * Deselects connected parts of less than `amount` pixels.
 */
#define DEEPCROP_CHANGE_DROP_SPECKS 6

/**
 * Selects what is not selected, and the reverse; `amount` is 0.
 */
#define DEEPCROP_CHANGE_INVERT 7

/**
 * The other mask instead.
 */
#define DEEPCROP_COMBINE_REPLACE 1

/**
 * What is in either: the larger value of each pixel.
 */
#define DEEPCROP_COMBINE_ADD 2

/**
 * What is in the mask but not in the other: the smaller of the mask's value and 255 minus the other's.
 */
#define DEEPCROP_COMBINE_SUBTRACT 3

/**
 * What is in both: the smaller value of each pixel.
 */
#define DEEPCROP_COMBINE_INTERSECT 4

/**
 * Each stretch of the border as the picture shows it: hard, blurred, or hair.
 */
#define DEEPCROP_EDGES_AUTO 0

/**
 * One pixel wide everywhere.
 */
#define DEEPCROP_EDGES_HARD 1

/**
 * One pixel wide and even.
 */
#define DEEPCROP_EDGES_SMOOTH 2

/**
 * Partly transparent wherever colours are a mixture: hair, fur, what is out of focus.
 */
#define DEEPCROP_EDGES_HAIR 3

/**
 * As the network drew it; a mask of yours stays as it is.
 */
#define DEEPCROP_EDGES_NONE 4

/**
 * A click on the object, at x, y.
 */
#define DEEPCROP_PROMPT_INCLUDE 1

/**
 * A click on what is not the object, at x, y.
 */
#define DEEPCROP_PROMPT_EXCLUDE 2

/**
 * The object lies in the box from x, y to x1, y1.
 */
#define DEEPCROP_PROMPT_BOX 3

/**
 * The object lies within the closed line through `points`.
 */
#define DEEPCROP_PROMPT_LASSO 4

/**
 * A stroke through `points` over the object.
 */
#define DEEPCROP_PROMPT_SCRIBBLE 5

/**
 * A stroke through `points` over what is not the object.
 */
#define DEEPCROP_PROMPT_SCRIBBLE_OUT 6

/**
 * Start from `mask`, which is as large as the picture.
 */
#define DEEPCROP_PROMPT_MASK 7

/**
 * deepcrop_ring.parent of a ring that lies in no other.
 */
#define DEEPCROP_NO_PARENT 4294967295

/**
 * A cancel flag: stops the calls that it is passed to, and reports their progress. Any thread may use it, and several
 * calls may share it. Keep it alive until every call that it was passed to has returned.
 */
typedef struct deepcrop_cancel deepcrop_cancel;

/**
 * A soft mask of a picture's size. It never changes; any thread may read it. It needs neither its picture nor its model.
 */
typedef struct deepcrop_mask deepcrop_mask;

/**
 * A loaded model. Any number of threads may use it at once. Keep it alive until every call that it was passed to has
 * returned. Its pictures do not need it any more: it may be freed before them, even while a call on one of them runs.
 */
typedef struct deepcrop_model deepcrop_model;

/**
 * All objects of a picture. They never change; any thread may read them. They need neither their picture nor its model.
 */
typedef struct deepcrop_objects deepcrop_objects;

/**
 * The outline of a mask. It never changes; any thread may read it. It does not need its mask.
 */
typedef struct deepcrop_outline deepcrop_outline;

/**
 * A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other; use several
 * pictures for several threads. Keep it alive until every call that it was passed to has returned. It does not need its
 * model any more: the model may be freed first, even while a call on the picture runs.
 *
 * It keeps a copy of the pixels as RGB, three bytes a pixel, for closer looks and edges; the selection after each prompt
 * of the last list, run-length coded, with the model's coarse answer; the masks among those prompts, one byte a pixel; and
 * what the model knows of the windows looked at last, at most 256 MiB.
 */
typedef struct deepcrop_picture deepcrop_picture;

/**
 * What was found and what works. It never changes; any thread may read it.
 */
typedef struct deepcrop_report deepcrop_report;

/**
 * A mask as the COCO data set writes it. It never changes; any thread may read it. It does not need its mask.
 */
typedef struct deepcrop_run_lengths deepcrop_run_lengths;

/**
 * Hears a message: UTF-8, valid for the time of the call. Called from any thread, also from several at once; it may not
 * call this library. Threads of yours and of ONNX Runtime may still be at work while your program ends: where a callback
 * may not run any more by then (an interpreter that shuts down), call deepcrop_log_set with NULL before.
 */
typedef void (*deepcrop_log_callback)(uint32_t level,
                                      const char *message,
                                      void *user_data);

/**
 * What a call came to: `DEEPCROP_OK`, or the number of an error. Numbers are never reused; later versions may add some.
 */
typedef int32_t deepcrop_status;

/**
 * Why a call failed. It lies in the caller's memory, usually on the stack; every call that can fail takes a pointer to one
 * as its last argument, or NULL. It is written by every such call, with `DEEPCROP_OK` and an empty message on success.
 */
typedef struct deepcrop_error {
    /**
     * The same number that the call returned.
     */
    deepcrop_status status;
    /**
     * UTF-8: what was wrong, and what to do about it. Always ends with a zero.
     */
    char message[DEEPCROP_MESSAGE_SIZE];
} deepcrop_error;

/**
 * Hears how far a call is: a fraction from 0 to 1, and in UTF-8 what is being done. Called on the thread that makes the
 * call; it may not call this library, except deepcrop_cancel_raise: deepcrop_cancel_on_progress would wait for it for ever.
 * Where it may not run any more while your program ends (an interpreter that shuts down), and calls may still be running
 * then, set it to NULL before.
 */
typedef void (*deepcrop_progress_callback)(float fraction,
                                           const char *doing,
                                           void *user_data);

/**
 * How to load a model. Set struct_size to the size of this struct and everything else to zero but what you want to change.
 */
typedef struct deepcrop_model_options {
    /**
     * sizeof(deepcrop_model_options)
     */
    uint32_t struct_size;
    /**
     * DEEPCROP_PROVIDER_...: what runs the network. Automatic choice tells in deepcrop_model_info.provider_note why it
     * took nothing faster; a provider asked for by name works or is an error.
     */
    uint32_t provider;
    /**
     * Threads for the network, at most 1024; 0 is half the cores. Work on pixels takes up to four more.
     */
    uint32_t threads;
    /**
     * 1: without ONNX Runtime take the engine that needs no network, and say so in deepcrop_model_info.provider_note.
     * 0: that is an error.
     */
    uint32_t fall_back;
    /**
     * Path of the ONNX Runtime library in UTF-8; NULL to look for it: DEEPCROP_ONNXRUNTIME, in the process, beside this
     * library, in the system.
     */
    const char *runtime_path;
    /**
     * Stops the loading and hears of its progress; may be NULL.
     */
    const struct deepcrop_cancel *cancel;
    /**
     * Path of a matting network (ViTMatte) in UTF-8, or the name of an installed one, which redraws the edges of every
     * selection with DEEPCROP_EDGES_AUTO or _HAIR so that hair gets its transparency; NULL for none.
     */
    const char *matting_path;
    /**
     * 1: what the network says of a picture is not kept on disk. Otherwise a network with an encoder keeps it for the next
     * time the picture is opened, readable by the user alone, 2 GiB at most, in the user's cache folder. The environment
     * variables DEEPCROP_CACHE (a folder of your own, or `off`) and DEEPCROP_CACHE_SIZE (in MiB) change that.
     */
    uint32_t no_disk_cache;
    /**
     * 0
     */
    uint32_t reserved;
} deepcrop_model_options;

/**
 * What is to be told about a model. The strings are UTF-8, never NULL, and live as long as the model.
 */
typedef struct deepcrop_model_info {
    /**
     * Set by the caller: sizeof(deepcrop_model_info)
     */
    uint32_t struct_size;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * What it is called.
     */
    const char *name;
    /**
     * Which kind it is: "click_map", "classical" ...
     */
    const char *family;
    /**
     * Its own version.
     */
    const char *version;
    /**
     * Under which it may be used.
     */
    const char *licence;
    /**
     * What runs it, as the command line calls it: "cpu", "cuda" ...; "none" where there is no network.
     */
    const char *provider;
    /**
     * Why nothing faster runs it, or why there is no network; empty when there is nothing to say.
     */
    const char *provider_note;
    /**
     * Version and place of ONNX Runtime; empty without a network.
     */
    const char *runtime;
} deepcrop_model_info;

/**
 * What is to be told about a mask.
 */
typedef struct deepcrop_mask_info {
    /**
     * Set by the caller: sizeof(deepcrop_mask_info)
     */
    uint32_t struct_size;
    /**
     * The overlap with the true object (IoU, 0 to 1) that the model expects of this mask.
     */
    float score;
    /**
     * Pixels in a row.
     */
    uint32_t width;
    /**
     * Rows.
     */
    uint32_t height;
    /**
     * Left edge of the smallest box round all pixels that are selected by half or more; the box is 0, 0, 0, 0 if there
     * are none.
     */
    uint32_t x0;
    /**
     * Its top edge.
     */
    uint32_t y0;
    /**
     * Its right edge: the column after the last.
     */
    uint32_t x1;
    /**
     * Its bottom edge: the row after the last.
     */
    uint32_t y1;
    /**
     * Pixels that are selected by half or more.
     */
    uint64_t area;
} deepcrop_mask_info;

/**
 * A point in picture pixels: the centre of the first pixel is 0.5, 0.5.
 */
typedef struct deepcrop_point {
    /**
     * To the right.
     */
    double x;
    /**
     * Downwards.
     */
    double y;
} deepcrop_point;

/**
 * Pixels in the caller's memory. They are borrowed for the time of a call only.
 */
typedef struct deepcrop_image {
    /**
     * The first pixel of the first (upper) row.
     */
    const void *data;
    /**
     * Bytes from the start of a row to the start of the next.
     */
    size_t stride;
    /**
     * Pixels in a row.
     */
    uint32_t width;
    /**
     * Rows.
     */
    uint32_t height;
    /**
     * DEEPCROP_RGB8 and so on.
     */
    uint32_t format;
    /**
     * 1 if the colours are already multiplied by alpha, else 0.
     */
    uint32_t premultiplied;
} deepcrop_image;

/**
 * One thing that the user did. Set what its kind needs and everything else to zero. Coordinates are picture pixels, the
 * centre of the first pixel is 0.5, 0.5; outside the picture is an error.
 */
typedef struct deepcrop_prompt {
    /**
     * DEEPCROP_PROMPT_...
     */
    uint32_t kind;
    /**
     * 0
     */
    uint32_t reserved;
    /**
     * Of a click, or of a box's corner.
     */
    double x;
    /**
     * Of a click, or of a box's corner.
     */
    double y;
    /**
     * Of a box's opposite corner.
     */
    double x1;
    /**
     * Of a box's opposite corner.
     */
    double y1;
    /**
     * Of a lasso or scribble. Borrowed for the time of the call.
     */
    const struct deepcrop_point *points;
    /**
     * How many points.
     */
    size_t point_count;
    /**
     * Of a prompt that starts from a mask. Borrowed for the time of the call.
     */
    const struct deepcrop_mask *mask;
} deepcrop_prompt;

/**
 * How to make a selection. Set struct_size to the size of this struct and everything else to zero but what you want to
 * change.
 */
typedef struct deepcrop_segment_options {
    /**
     * sizeof(deepcrop_segment_options)
     */
    uint32_t struct_size;
    /**
     * 1: small objects are not looked at again in a window round them.
     */
    uint32_t no_closer_look;
    /**
     * 1: a new click may change the selection anywhere. Otherwise an include click only adds, an exclude click only
     * removes, and what the click does not lie in changes by at most 2 % of the selection; and an include click on
     * another object adds that object, but not what lies between the two. An exclude click deep in the selection
     * says that the guess was wrong: of the selection only what a new guess holds is kept.
     */
    uint32_t no_guard;
    /**
     * DEEPCROP_EDGES_...: how the mask follows the picture's edges.
     */
    uint32_t edges;
} deepcrop_segment_options;

/**
 * One object.
 */
typedef struct deepcrop_object {
    /**
     * Set by the caller: sizeof(deepcrop_object)
     */
    uint32_t struct_size;
    /**
     * The number of its class.
     */
    uint32_t label;
    /**
     * What that class is called, in UTF-8, never NULL; empty where nobody says. It lives as long as the objects.
     */
    const char *name;
    /**
     * How sure the model is of it, 0 to 1.
     */
    float score;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * Left edge of the box that the model drew round it, in picture pixels; its mask may differ by some pixels.
     */
    double x0;
    /**
     * Its top edge.
     */
    double y0;
    /**
     * Its right edge.
     */
    double x1;
    /**
     * Its bottom edge.
     */
    double y1;
} deepcrop_object;

/**
 * How to make an outline. Set struct_size to the size of this struct and everything else to zero but what you want to
 * change.
 */
typedef struct deepcrop_outline_options {
    /**
     * sizeof(deepcrop_outline_options)
     */
    uint32_t struct_size;
    /**
     * 1: nodes are the points again, with straight lines between them, instead of smooth curves.
     */
    uint32_t straight;
    /**
     * How far the line may stray from the mask's edge so that it needs fewer points, in pixels; 0 is half a pixel.
     */
    double tolerance;
    /**
     * Rings round less than this many square pixels are left out; 0 is four.
     */
    double smallest_area;
} deepcrop_outline_options;

/**
 * A node of a smooth ring. The curve to the next node, a cubic Bézier curve, has the control points x, y; out_x, out_y;
 * and of the next node in_x, in_y; x, y. A handle that lies on its node is none: where both are so, the line is straight.
 */
typedef struct deepcrop_node {
    /**
     * To the right, in picture pixels.
     */
    double x;
    /**
     * Downwards.
     */
    double y;
    /**
     * The handle on the side that the line comes from.
     */
    double in_x;
    /**
     * Downwards.
     */
    double in_y;
    /**
     * The handle on the side that the line goes to.
     */
    double out_x;
    /**
     * Downwards.
     */
    double out_y;
    /**
     * 1 if the line turns sharply here, 0 if it is smooth: then the handles and the node lie on one line.
     */
    uint32_t corner;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
} deepcrop_node;

/**
 * One closed line, once as a polygon and once as smooth curves; the last point or node is joined to the first. Outer rings
 * go clockwise on the screen, holes the other way.
 */
typedef struct deepcrop_ring {
    /**
     * Set by the caller: sizeof(deepcrop_ring)
     */
    uint32_t struct_size;
    /**
     * 1 if the ring bounds a hole, else 0.
     */
    uint32_t hole;
    /**
     * In picture pixels; they live as long as the outline.
     */
    const struct deepcrop_point *points;
    /**
     * How many; at least three.
     */
    size_t point_count;
    /**
     * The number of the ring next outside this one, or DEEPCROP_NO_PARENT. It is smaller than this ring's own.
     */
    uint32_t parent;
    /**
     * Always 0 for now.
     */
    uint32_t reserved;
    /**
     * The same line in smooth curves; they live as long as the outline.
     */
    const struct deepcrop_node *nodes;
    /**
     * How many; at least two.
     */
    size_t node_count;
} deepcrop_ring;

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
     * Right edge: the column after the last.
     */
    uint32_t x1;
    /**
     * Bottom edge: the row after the last.
     */
    uint32_t y1;
} deepcrop_box;

/**
 * Which part of a picture to cut out. Set struct_size to the size of this struct and everything else to zero but what you
 * want to change.
 */
typedef struct deepcrop_cutout_options {
    /**
     * sizeof(deepcrop_cutout_options)
     */
    uint32_t struct_size;
    /**
     * 0
     */
    uint32_t reserved;
    /**
     * The column of the picture that the canvas begins with.
     */
    uint32_t x;
    /**
     * The row of the picture that it begins with.
     */
    uint32_t y;
} deepcrop_cutout_options;

/**
 * Room for pixels in the caller's memory.
 */
typedef struct deepcrop_canvas {
    /**
     * Where the first pixel of the first (upper) row goes.
     */
    void *data;
    /**
     * Bytes from the start of a row to the start of the next. What lies between rows is not touched.
     */
    size_t stride;
    /**
     * Pixels in a row.
     */
    uint32_t width;
    /**
     * Rows.
     */
    uint32_t height;
    /**
     * DEEPCROP_RGBA8, DEEPCROP_BGRA8, DEEPCROP_RGBA16 or DEEPCROP_RGBAF32.
     */
    uint32_t format;
    /**
     * 1 to have the colours multiplied by alpha, else 0.
     */
    uint32_t premultiplied;
} deepcrop_canvas;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The number of this interface. It is also in the name of the library (libdeepcrop.so.1); a program runs with any library
 * that has the number of the header it was compiled with, DEEPCROP_ABI_VERSION.
 */
uint32_t deepcrop_abi_version(void);

/**
 * The version of the library, "0.1.0" for example. Never NULL; do not free.
 */
const char *deepcrop_version(void);

/**
 * Sends all messages to `callback`; NULL makes the library silent again, as it is at first. The library itself never
 * writes to the terminal. `user_data` is handed to the callback; it must stay valid until another callback is set and all
 * calls that were running then have returned.
 */
void deepcrop_log_set(deepcrop_log_callback callback,
                      void *user_data);

/**
 * A new flag, which is down. Free it with deepcrop_cancel_free.
 */
deepcrop_status deepcrop_cancel_new(struct deepcrop_cancel **cancel,
                                    struct deepcrop_error *error);

/**
 * Stops every call that has this flag; they return DEEPCROP_ERROR_CANCELLED after the step that they are at (a few milliseconds
 * in a network, longer where a huge picture is copied or a network loaded), and so does
 * every later call until deepcrop_cancel_reset. From any thread. NULL does nothing.
 */
void deepcrop_cancel_raise(const struct deepcrop_cancel *cancel);

/**
 * Lowers the flag, so that it can serve again. NULL does nothing.
 */
void deepcrop_cancel_reset(const struct deepcrop_cancel *cancel);

/**
 * Who hears about the progress of calls that have this flag; NULL for nobody. Does nothing if `cancel` is NULL. `user_data`
 * is handed to the callback. A callback that is running is waited for, so do not hold a lock that it takes; after this call
 * the earlier callback does not run any more, and its `user_data` may go.
 */
void deepcrop_cancel_on_progress(const struct deepcrop_cancel *cancel,
                                 deepcrop_progress_callback callback,
                                 void *user_data);

/**
 * Frees a flag. NULL does nothing.
 */
void deepcrop_cancel_free(struct deepcrop_cancel *cancel);

/**
 * Loads a model. `path` is a network's file or folder in UTF-8, or, where there is no such path, the name under which
 * `deepcrop models` installed one; NULL or "builtin" for the network in this library; "classical" for the engine that needs
 * no network and no ONNX Runtime, "extractnet" for a plain baseline that ignores clicks. `options` may be NULL.
 * Free the model with deepcrop_model_free.
 */
deepcrop_status deepcrop_model_load(const char *path,
                                    const struct deepcrop_model_options *options,
                                    struct deepcrop_model **model,
                                    struct deepcrop_error *error);

/**
 * Loads a network from memory: a whole .onnx file that describes itself. The bytes are not needed after the call.
 */
deepcrop_status deepcrop_model_load_bytes(const uint8_t *data,
                                          size_t size,
                                          const struct deepcrop_model_options *options,
                                          struct deepcrop_model **model,
                                          struct deepcrop_error *error);

/**
 * Tells what the model is and what really runs it. Set info->struct_size before the call.
 */
deepcrop_status deepcrop_model_describe(const struct deepcrop_model *model,
                                        struct deepcrop_model_info *info,
                                        struct deepcrop_error *error);

/**
 * Frees a model. NULL does nothing.
 */
void deepcrop_model_free(struct deepcrop_model *model);

/**
 * A mask made by the caller, from one byte a pixel: 0 not selected, 255 selected. `stride` is the distance of two rows in
 * bytes. The bytes are copied. Free the mask with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_new(const uint8_t *data,
                                  size_t stride,
                                  uint32_t width,
                                  uint32_t height,
                                  struct deepcrop_mask **mask,
                                  struct deepcrop_error *error);

/**
 * The mask's pixels: one byte each, 0 to 255, row by row without gaps, as many as the picture has. They live as long as
 * the mask. NULL if `mask` is NULL.
 */
const uint8_t *deepcrop_mask_pixels(const struct deepcrop_mask *mask);

/**
 * Tells size, score, box and area. Set info->struct_size before the call.
 */
deepcrop_status deepcrop_mask_describe(const struct deepcrop_mask *mask,
                                       struct deepcrop_mask_info *info,
                                       struct deepcrop_error *error);

/**
 * A changed copy of a mask: `change` is DEEPCROP_CHANGE_GROW or its like, `amount` what that asks for, 0 to 131072 pixels or
 * an area of 0 or more; 0 changes nothing. The copy has the score of `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_change(const struct deepcrop_mask *mask,
                                     uint32_t change,
                                     double amount,
                                     struct deepcrop_mask **changed,
                                     struct deepcrop_error *error);

/**
 * A copy of a mask with only those of its connected parts that hold one of the points, given in picture pixels. The copy
 * has the score of `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_keep_parts(const struct deepcrop_mask *mask,
                                         const struct deepcrop_point *points,
                                         size_t point_count,
                                         struct deepcrop_mask **changed,
                                         struct deepcrop_error *error);

/**
 * A mask combined with another of its size: `how` is DEEPCROP_COMBINE_ADD or its like. The result has the score of `mask`.
 * Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_combine(const struct deepcrop_mask *mask,
                                      const struct deepcrop_mask *other,
                                      uint32_t how,
                                      struct deepcrop_mask **combined,
                                      struct deepcrop_error *error);

/**
 * Frees a mask. NULL does nothing.
 */
void deepcrop_mask_free(struct deepcrop_mask *mask);

/**
 * Makes a mask that you drew or loaded follow the edges of its picture, as the masks of deepcrop_picture_segment do
 * already. `reach` is how many pixels the true edge lies from the mask's at most, 4 to 512; what is thinner than that, and has
 * another edge near, may stay as it is or get lost.
 * `edges` is DEEPCROP_EDGES_AUTO or its like. The copy has the score of `mask`. Free it with deepcrop_mask_free.
 */
deepcrop_status deepcrop_mask_refine(const struct deepcrop_mask *mask,
                                     const struct deepcrop_image *image,
                                     double reach,
                                     uint32_t edges,
                                     const struct deepcrop_cancel *cancel,
                                     struct deepcrop_mask **refined,
                                     struct deepcrop_error *error);

/**
 * One click, one mask: selects the object at x, y of the picture. For a second click on the same picture use
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
 * The selection after all the prompts, in their order. Pass the whole list each time: undo is passing fewer. The same list
 * always gives the same mask, and steps that an earlier call made are not made again. Later prompts overrule earlier ones: a
 * click takes back an opposite one on the same spot, a box or lasso forgets the clicks outside of it, a mask starts anew.
 * An empty list, and one with nothing but exclude clicks, gives an empty mask with score 0; so does a click beside
 * everything with a model that finds objects by itself. `options` and `cancel` may be NULL.
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
 * All sensible answers to the last prompt: part, object, whole. The first is what deepcrop_picture_segment gives, the
 * others follow by their score. At most `capacity` of them are written to `masks`, the rest of which becomes NULL, and
 * their number to `mask_count`. To go on from another than the first, end the list with it as a prompt of kind
 * DEEPCROP_PROMPT_MASK.
 * Free each mask with deepcrop_mask_free.
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
 * All objects that the model finds by itself, the surest first: for models that list objects (YOLO-seg, FastSAM, Mask
 * R-CNN); with others it is an error. `options` and `cancel` may be NULL. Free the objects with deepcrop_objects_free.
 */
deepcrop_status deepcrop_picture_objects(const struct deepcrop_picture *picture,
                                         const struct deepcrop_segment_options *options,
                                         const struct deepcrop_cancel *cancel,
                                         struct deepcrop_objects **objects,
                                         struct deepcrop_error *error);

/**
 * What the picture shows first of all, without a click. Some models know by themselves (U²-Net, BiRefNet, YOLO-seg,
 * "extractnet"); others are clicked all over, which takes them up to 49 answers. The mask is empty, with score 0, if
 * nothing stands out. To correct it, begin a list of prompts with it. `options` and `cancel` may be NULL. Free the mask
 * with deepcrop_mask_free.
 */
deepcrop_status deepcrop_picture_subject(const struct deepcrop_picture *picture,
                                         const struct deepcrop_segment_options *options,
                                         const struct deepcrop_cancel *cancel,
                                         struct deepcrop_mask **mask,
                                         struct deepcrop_error *error);

/**
 * How many objects there are; 0 if `objects` is NULL.
 */
size_t deepcrop_objects_count(const struct deepcrop_objects *objects);

/**
 * One object, counted from 0. Set object->struct_size before the call.
 */
deepcrop_status deepcrop_objects_describe(const struct deepcrop_objects *objects,
                                          size_t index,
                                          struct deepcrop_object *object,
                                          struct deepcrop_error *error);

/**
 * The mask of one object, counted from 0. Free the mask with deepcrop_mask_free.
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
 * Traces a mask where it is half selected, to a fraction of a pixel, with holes. `options` may be NULL.
 * Free the outline with deepcrop_outline_free.
 */
deepcrop_status deepcrop_mask_outline(const struct deepcrop_mask *mask,
                                      const struct deepcrop_outline_options *options,
                                      struct deepcrop_outline **outline,
                                      struct deepcrop_error *error);

/**
 * How many rings an outline has; 0 if it is NULL.
 */
size_t deepcrop_outline_ring_count(const struct deepcrop_outline *outline);

/**
 * One ring, counted from 0. Set ring->struct_size before the call.
 */
deepcrop_status deepcrop_outline_ring(const struct deepcrop_outline *outline,
                                      size_t index,
                                      struct deepcrop_ring *ring,
                                      struct deepcrop_error *error);

/**
 * The whole outline, its curves, as the `d` of an SVG path in picture pixels; fill it by the even-odd rule. It lives as
 * long as the outline. NULL if `outline` is NULL.
 */
const char *deepcrop_outline_svg_path(const struct deepcrop_outline *outline);

/**
 * The whole outline as JSON, its polygons in picture pixels:
 * `{"size": [width, height], "rings": [{"hole": false, "parent": null, "points": [[x, y], ...]}, ...]}`. It lives as long as
 * the outline. NULL if `outline` is NULL.
 */
const char *deepcrop_outline_json(const struct deepcrop_outline *outline);

/**
 * Frees an outline. NULL does nothing.
 */
void deepcrop_outline_free(struct deepcrop_outline *outline);

/**
 * The run lengths of a mask, for COCO's tools: how many pixels in turn are not selected and are selected (by half or
 * more), column by column from the top left corner. Free them with deepcrop_run_lengths_free.
 */
deepcrop_status deepcrop_mask_run_lengths(const struct deepcrop_mask *mask,
                                          struct deepcrop_run_lengths **run_lengths,
                                          struct deepcrop_error *error);

/**
 * The counts, COCO's uncompressed form; the first may be 0, and they add up to all pixels. `count`, which may be NULL,
 * becomes how many there are. They live as long as the run lengths. NULL if `run_lengths` is NULL.
 */
const uint32_t *deepcrop_run_lengths_counts(const struct deepcrop_run_lengths *run_lengths,
                                            size_t *count);

/**
 * The counts packed into a string, COCO's compressed form, as pycocotools writes and reads it. It lives as long as the
 * run lengths. NULL if `run_lengths` is NULL.
 */
const char *deepcrop_run_lengths_packed(const struct deepcrop_run_lengths *run_lengths);

/**
 * An annotation as in COCO's files, in JSON: segmentation (size and packed counts), area, bbox, iscrowd. It lives as long
 * as the run lengths. NULL if `run_lengths` is NULL.
 */
const char *deepcrop_run_lengths_json(const struct deepcrop_run_lengths *run_lengths);

/**
 * Frees run lengths. NULL does nothing.
 */
void deepcrop_run_lengths_free(struct deepcrop_run_lengths *run_lengths);

/**
 * How large a cropped cut-out is: the smallest box round all that is selected however little, with `margin` pixels more on
 * each side as far as the picture has them. 0, 0, 0, 0 if nothing is selected.
 */
deepcrop_status deepcrop_cutout_box(const struct deepcrop_mask *mask,
                                    uint32_t margin,
                                    struct deepcrop_box *box,
                                    struct deepcrop_error *error);

/**
 * Cuts the object out of its picture, into memory of yours: the whole picture where the canvas has its size, a part of it
 * where it is smaller and `options` say where that begins (see deepcrop_cutout_box). Where the mask is soft, pixels get the
 * object's own colour without what shines through of the background, so that there is no halo on any ground; a little beyond
 * the edge that colour goes on under full transparency, for the sake of scaling, and farther away all is 0. What is wholly
 * selected keeps its colours, exactly if the canvas is at least as deep as the picture. The picture's own transparency
 * counts too. `options` may be NULL. A canvas that overlaps the picture's memory is an error; what
 * lies between the rows counts as memory of both.
 */
deepcrop_status deepcrop_cutout(const struct deepcrop_image *image,
                                const struct deepcrop_mask *mask,
                                const struct deepcrop_cutout_options *options,
                                const struct deepcrop_canvas *canvas,
                                struct deepcrop_error *error);

/**
 * Tries all that this library can use, as the command `deepcrop doctor` does, and tells what came of it: for a button
 * "Copy report". What is missing or broken is a finding, no failure. It takes a second or so, and every provider that
 * ONNX Runtime has is tried: do it on a thread of its own. Any thread may call it, beside any other call.
 *
 * `runtime_path` is the ONNX Runtime library to use, in UTF-8; NULL to look for it as deepcrop_model_load does. A process
 * that has opened a runtime already tells of that one. `cancel` may be NULL; it hears of each trial from 0 to 1. Free the
 * report with deepcrop_report_free.
 */
deepcrop_status deepcrop_doctor(const char *runtime_path,
                                const struct deepcrop_cancel *cancel,
                                struct deepcrop_report **report,
                                struct deepcrop_error *error);

/**
 * The report in UTF-8: lines, the last without a line break. It lives as long as the report. NULL if `report` is NULL.
 */
const char *deepcrop_report_text(const struct deepcrop_report *report);

/**
 * 1 if the built-in network runs; 0 if it does not, so that only the classical engine is there, or if `report` is NULL.
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
