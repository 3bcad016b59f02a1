/*
 * deepcrop.hpp - deepcrop.h for C++17: handles that free themselves, errors as exceptions.
 *
 *     deepcrop::Model model = deepcrop::Model::builtin();
 *     deepcrop::Picture picture(model, deepcrop::image(pixels, width, height, DEEPCROP_RGBA8));
 *     deepcrop::Mask mask = picture.segment({deepcrop::include(300, 200), deepcrop::exclude(20, 20)});
 *     std::cout << mask.outline().svg_path();
 *
 * deepcrop.h is the manual: what it says about threads, coordinates and lifetimes holds here too. Keep an object alive
 * until every call on it, and every call that it was passed to, has returned. Calls that can fail throw
 * deepcrop::Error. An object that was moved from may only be destroyed or assigned to.
 *
 * Header only; link the library as for C. Licence: MIT OR Apache-2.0.
 */
#ifndef DEEPCROP_HPP
#define DEEPCROP_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deepcrop.h"

namespace deepcrop {

/** A call failed. what() says what went wrong and what to do about it. */
class Error : public std::runtime_error {
public:
    explicit Error(const deepcrop_error &error) : std::runtime_error(error.message), status_(error.status) {}
    /** DEEPCROP_ERROR_... */
    deepcrop_status status() const noexcept { return status_; }

private:
    deepcrop_status status_;
};

/** Receives the progress of a call: a fraction from 0 to 1, and the current step. An exception that it throws stops the
 *  call, which then throws that exception. */
using Progress = std::function<void(float fraction, std::string_view step)>;
/** Receives a log message and its DEEPCROP_LOG_... level, from any thread. Exceptions that it throws are ignored. */
using Log = std::function<void(std::uint32_t level, std::string_view message)>;

namespace detail {

/** Owns a handle of the C interface. */
template <class T, void (*free)(T *)>
class Owner {
public:
    explicit Owner(T *owned) noexcept : handle_(owned, free) {}
    /** For calls of deepcrop.h. */
    T *get() const noexcept { return handle_.get(); }

private:
    std::unique_ptr<T, void (*)(T *)> handle_;
};

/** Makes a call with an error buffer; throws Error if the call fails. */
template <class Call>
void checked(Call call) {
    deepcrop_error error;
    if (call(&error) != DEEPCROP_OK) throw Error(error);
}

/** Makes a call that returns a handle. */
template <class T, class Call>
T *made(Call call) {
    T *handle = nullptr;
    checked([&](deepcrop_error *error) { return call(&handle, error); });
    return handle;
}

/** Makes a call that fills a struct with struct_size. */
template <class T, class Call>
T told(Call call) {
    T value{};
    value.struct_size = sizeof value;
    checked([&](deepcrop_error *error) { return call(&value, error); });
    return value;
}

/** The path in UTF-8 on every system; u8string() has another type since C++20. */
inline std::string utf8(const std::filesystem::path &path) {
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
}

/** The path of a text in UTF-8. */
inline std::filesystem::path path_of(const char *text) {
#ifdef __cpp_char8_t
    return reinterpret_cast<const char8_t *>(text);
#else
    return std::filesystem::u8path(text);
#endif
}

}  // namespace detail

/** A cancel flag: stops the calls that it is passed to, and reports their progress. Any thread may use it. Keep it
 *  alive until these calls have returned. */
class Cancel {
public:
    Cancel() : state_(std::make_unique<State>()) {}
    Cancel(Cancel &&) = default;
    Cancel &operator=(Cancel &&) = default;

    void raise() const noexcept { deepcrop_cancel_raise(get()); }
    void reset() const noexcept { deepcrop_cancel_reset(get()); }
    /** Sets the function that receives the progress of all calls with this flag; nullptr removes it. `progress` itself
     *  must not call this. */
    void on_progress(Progress progress) {
        auto next = std::make_unique<Listener>(Listener{*state_, std::move(progress)});
        deepcrop_cancel_on_progress(get(), next->progress ? hear : nullptr, next.get());
        state_->listener = std::move(next);  // the previous one is not called any more
    }
    const deepcrop_cancel *get() const noexcept { return state_->handle.get(); }

    /** Makes a call that takes the flag, which may be NULL. Throws what the progress function threw. */
    template <class Call>
    static auto stoppable(const Cancel *cancel, Call call) {
        State *const state = cancel ? cancel->state_.get() : nullptr;
        try {
            return call(state ? state->handle.get() : nullptr);
        } catch (const Error &) {
            if (state) state->rethrow();
            throw;
        }
    }

private:
    struct State;
    struct Listener {
        State &state;
        Progress progress;
    };
    struct State {
        detail::Owner<deepcrop_cancel, deepcrop_cancel_free> handle{detail::made<deepcrop_cancel>(deepcrop_cancel_new)};
        std::unique_ptr<Listener> listener;
        std::mutex mutex;
        std::exception_ptr thrown;

        void rethrow() {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!thrown) return;
            deepcrop_cancel_reset(handle.get());
            std::rethrow_exception(std::exchange(thrown, nullptr));
        }
    };
    static void hear(float fraction, const char *doing, void *user_data) noexcept {
        const auto &listener = *static_cast<Listener *>(user_data);
        try {
            listener.progress(fraction, doing);
        } catch (...) {  // must not cross the C frames in between
            const std::lock_guard<std::mutex> lock(listener.state.mutex);
            listener.state.thrown = std::current_exception();
            deepcrop_cancel_raise(listener.state.handle.get());
        }
    }
    std::unique_ptr<State> state_;
};

/** The version of the library, "0.2.0" for example. */
inline std::string_view version() noexcept { return deepcrop_version(); }

namespace detail {

/** Calls the Log that `user_data` points to. */
inline void hear(std::uint32_t level, const char *message, void *user_data) {
    try {
        (*static_cast<Log *>(user_data))(level, message);
    } catch (...) {
    }
}

/** Keeps a log function as long as the process: another thread may still be calling it. nullptr for none. */
inline void *kept(Log log) {
    static auto &all = *new std::pair<std::mutex, std::deque<Log>>;
    const std::lock_guard<std::mutex> lock(all.first);
    return log ? &all.second.emplace_back(std::move(log)) : nullptr;
}

}  // namespace detail

/** Sends the log messages of the process to `log`; nullptr turns logging off. */
inline void set_log(Log log) {
    void *function = detail::kept(std::move(log));
    deepcrop_log_set(function ? detail::hear : nullptr, function);
}

/** A view of pixels in your memory, borrowed for the time of a call. A stride of 0 means no gaps between rows. */
inline deepcrop_image image(const void *data, std::uint32_t width, std::uint32_t height,
                            std::uint32_t format = DEEPCROP_RGB8, std::size_t stride = 0, bool premultiplied = false) {
    constexpr std::size_t bytes[] = {0, 1, 3, 4, 4, 8, 16, 2, 6, 12};  // per pixel, by pixel format
    if (stride == 0 && format <= DEEPCROP_RGBF32) stride = width * bytes[format];
    return {data, stride, width, height, format, premultiplied};
}

/** How to load a model; see deepcrop_model_options. */
struct ModelOptions {
    std::uint32_t provider = DEEPCROP_PROVIDER_AUTO;
    std::uint32_t threads = 0;
    bool fall_back = false;
    std::filesystem::path runtime = {};
    const Cancel *cancel = nullptr;
    std::filesystem::path matting = {};
    bool no_disk_cache = false;
    /** Receives the messages about this model and its pictures instead of the function of set_log. The function is kept
     *  until the process ends, so let it own nothing that must be freed earlier. */
    Log log = nullptr;
};

/** A loaded model. Any number of threads may use it at once. Its pictures do not need it: you may destroy it before
 *  them, even while a call on one of them runs. */
class Model : public detail::Owner<deepcrop_model, deepcrop_model_free> {
public:
    /** Loads the network in `path`, a file or a folder; see deepcrop_model_load. */
    explicit Model(const std::filesystem::path &path, const ModelOptions &options = {})
        : Model(options, [&](auto... rest) { return deepcrop_model_load(detail::utf8(path).c_str(), rest...); }) {}
    /** Loads the network in the library. */
    static Model builtin(const ModelOptions &options = {}) {
        return Model(options, [](auto... rest) { return deepcrop_model_load(nullptr, rest...); });
    }
    /** Loads the classical engine, which needs neither a network nor ONNX Runtime. */
    static Model classical(const ModelOptions &options = {}) {
        return Model(options, [](auto... rest) { return deepcrop_model_load("classical", rest...); });
    }
    /** Loads a network from memory. The bytes are not needed after the call. */
    static Model from_bytes(const void *data, std::size_t size, const ModelOptions &options = {}) {
        const auto bytes = static_cast<const std::uint8_t *>(data);
        return Model(options, [&](auto... rest) { return deepcrop_model_load_bytes(bytes, size, rest...); });
    }
    /** What the model is and what runs it. The strings live as long as the model. */
    deepcrop_model_info info() const {
        return detail::told<deepcrop_model_info>([&](auto... rest) { return deepcrop_model_describe(get(), rest...); });
    }

private:
    template <class Load>
    Model(const ModelOptions &given, Load load) : Owner(Cancel::stoppable(given.cancel, [&](auto *cancel) {
        const std::string path = detail::utf8(given.runtime);
        const char *runtime = path.empty() ? nullptr : path.c_str();
        const std::string other = detail::utf8(given.matting);
        const char *matting = other.empty() ? nullptr : other.c_str();
        void *log = detail::kept(given.log);
        const deepcrop_model_options options{
            sizeof options, given.provider, given.threads, given.fall_back, runtime, cancel, matting,
            given.no_disk_cache, 0, log ? detail::hear : nullptr, log};
        return detail::made<deepcrop_model>([&](auto... rest) { return load(&options, rest...); });
    })) {}
};

/** An installed network; see deepcrop_installed_model. */
struct InstalledModel {
    std::string name, title, licence, source;
    std::filesystem::path folder;
    std::uint64_t bytes;
    bool has_record;
};

/** How to import a model; see deepcrop_import_options. An empty text is the default. */
struct ImportOptions {
    std::string name = {};
    bool replace = false;
    /** The SHA-256 that files must have, by their paths. */
    std::vector<std::pair<std::filesystem::path, std::string>> hashes = {};
    std::string title = {}, licence = {}, source = {};
};

namespace detail {

/** What a list of installed networks says. */
inline std::vector<InstalledModel> models_of(const Owner<deepcrop_models, deepcrop_models_free> &list) {
    std::vector<InstalledModel> models;
    for (std::size_t i = 0; i < deepcrop_models_count(list.get()); ++i) {
        const auto info = told<deepcrop_installed_model>(
            [&](auto... rest) { return deepcrop_models_describe(list.get(), i, rest...); });
        models.push_back({info.name, info.title, info.licence, info.source, detail::path_of(info.folder),
                          info.bytes, info.has_record != 0});
    }
    return models;
}

}  // namespace detail

/** The installed networks, sorted by name; see deepcrop_models_list. */
inline std::vector<InstalledModel> installed_models() {
    return detail::models_of(
        detail::Owner<deepcrop_models, deepcrop_models_free>(detail::made<deepcrop_models>(deepcrop_models_list)));
}

/** Installs network files under a name; see deepcrop_models_import. */
inline InstalledModel import_model(const std::vector<std::filesystem::path> &paths, const ImportOptions &given = {}) {
    const auto text = [](const std::string &text) { return text.empty() ? nullptr : text.c_str(); };
    std::deque<std::string> kept;  // the paths in UTF-8, which do not move
    const auto utf8 = [&](const auto &path) { return kept.emplace_back(detail::utf8(path)).c_str(); };
    std::vector<const char *> files;
    for (const auto &path : paths) files.push_back(utf8(path));
    std::vector<deepcrop_file_hash> hashes;
    for (const auto &[path, sha256] : given.hashes) hashes.push_back({utf8(path), sha256.c_str()});
    const deepcrop_import_options options{
        sizeof options, given.replace, text(given.name), text(given.title), text(given.licence), text(given.source),
        hashes.data(), hashes.size()};
    const detail::Owner<deepcrop_models, deepcrop_models_free> list(detail::made<deepcrop_models>(
        [&](auto... rest) { return deepcrop_models_import(files.data(), files.size(), &options, rest...); }));
    return detail::models_of(list).at(0);
}

/** Throws an error that names the files of an installed network that are missing or changed, if there are any. */
inline void verify_model(const std::string &name) {
    detail::checked([&](auto *error) { return deepcrop_models_verify(name.c_str(), error); });
}

/** Removes an installed network. Returns how many files that somebody else put into its folder stay there. */
inline std::size_t remove_model(const std::string &name) {
    std::size_t others = 0;
    detail::checked([&](auto *error) { return deepcrop_models_remove(name.c_str(), &others, error); });
    return others;
}

/** The outline of a mask: closed lines around it. */
class Outline : public detail::Owner<deepcrop_outline, deepcrop_outline_free> {
public:
    using Owner::Owner;
    /** All rings; a ring comes after the one it lies in. Their points and nodes live as long as the outline. */
    std::vector<deepcrop_ring> rings() const {
        std::vector<deepcrop_ring> rings;
        for (std::size_t i = 0; i < deepcrop_outline_ring_count(get()); ++i)
            rings.push_back(detail::told<deepcrop_ring>(
                [&](auto... rest) { return deepcrop_outline_ring(get(), i, rest...); }));
        return rings;
    }
    /** The polygons of all rings as JSON. The string lives as long as the outline. */
    std::string_view json() const noexcept { return deepcrop_outline_json(get()); }
    /** The curves of all rings as the `d` of an SVG path; fill it by the even-odd rule. The string lives as long as the
     *  outline. */
    std::string_view svg_path() const noexcept { return deepcrop_outline_svg_path(get()); }
};

/** The run lengths of a mask, as the COCO data set stores them. Its strings live as long as it. */
class RunLengths : public detail::Owner<deepcrop_run_lengths, deepcrop_run_lengths_free> {
public:
    using Owner::Owner;
    /** Numbers of pixels not selected and selected, in turn, column by column. */
    std::vector<std::uint32_t> counts() const {
        std::size_t count = 0;
        const std::uint32_t *first = deepcrop_run_lengths_counts(get(), &count);
        return {first, first + count};
    }
    /** The same as a string, COCO's compressed form, as pycocotools reads and writes it. */
    std::string_view packed() const noexcept { return deepcrop_run_lengths_packed(get()); }
    /** An annotation as in COCO's files, in JSON. */
    std::string_view json() const noexcept { return deepcrop_run_lengths_json(get()); }
};

/** A soft mask of the picture's size. It never changes, so copies share one mask and cost nothing. */
class Mask {
public:
    explicit Mask(deepcrop_mask *owned) : handle_(owned, deepcrop_mask_free) {}
    /** A mask from your own bytes, one per pixel: 0 is not selected, 255 is selected. The bytes are copied. A stride of
     *  0 means no gaps between rows. */
    Mask(const std::uint8_t *data, std::uint32_t width, std::uint32_t height, std::size_t stride = 0)
        : Mask(detail::made<deepcrop_mask>([&](auto... rest) {
              return deepcrop_mask_new(data, stride ? stride : width, width, height, rest...);
          })) {}
    /** Size, score, box and area. */
    deepcrop_mask_info info() const {
        return detail::told<deepcrop_mask_info>([&](auto... rest) { return deepcrop_mask_describe(get(), rest...); });
    }
    /** One byte per pixel, row by row without gaps. The bytes live as long as the mask and its copies. */
    const std::uint8_t *pixels() const noexcept { return deepcrop_mask_pixels(get()); }
    /** Traces the outline; see deepcrop_outline_options for the parameters. */
    Outline outline(double tolerance = 0, double smallest_area = 0, bool straight = false) const {
        const deepcrop_outline_options options{sizeof options, straight, tolerance, smallest_area};
        return Outline(detail::made<deepcrop_outline>(
            [&](auto... rest) { return deepcrop_mask_outline(get(), &options, rest...); }));
    }
    /** Changed copies; see DEEPCROP_CHANGE_GROW and the other changes. */
    Mask grown(double radius) const { return changed(DEEPCROP_CHANGE_GROW, radius); }
    Mask shrunk(double radius) const { return changed(DEEPCROP_CHANGE_SHRINK, radius); }
    Mask feathered(double radius) const { return changed(DEEPCROP_CHANGE_FEATHER, radius); }
    Mask smoothed(double radius) const { return changed(DEEPCROP_CHANGE_SMOOTH, radius); }
    Mask without_holes(double largest = HUGE_VAL) const { return changed(DEEPCROP_CHANGE_FILL_HOLES, largest); }
    Mask without_specks(double least) const { return changed(DEEPCROP_CHANGE_DROP_SPECKS, least); }
    Mask inverted() const { return changed(DEEPCROP_CHANGE_INVERT, 0); }
    /** A copy with only those connected parts that contain one of the points. */
    Mask parts_at(const std::vector<deepcrop_point> &points) const {
        return Mask(detail::made<deepcrop_mask>([&](auto... rest) {
            return deepcrop_mask_keep_parts(get(), points.data(), points.size(), rest...);
        }));
    }
    /** A copy fitted to the edges of its picture, which are at most `reach` pixels away; see deepcrop_mask_refine. */
    Mask refined(const deepcrop_image &image, double reach, std::uint32_t edges = DEEPCROP_EDGES_AUTO,
                 const Cancel *cancel = nullptr) const {
        return Cancel::stoppable(cancel, [&](auto *flag) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_mask_refine(get(), &image, reach, edges, flag, rest...); }));
        });
    }
    /** a + b: what is in either mask. a - b: what is in a but not in b. a & b: what is in both. */
    Mask operator+(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_ADD); }
    Mask operator-(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_SUBTRACT); }
    Mask operator&(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_INTERSECT); }
    /** The smallest box around all pixels in which this mask differs from another of its size. */
    deepcrop_box changed_since(const Mask &before) const {
        deepcrop_box box{};
        detail::checked([&](auto *error) { return deepcrop_mask_changed_since(get(), before.get(), &box, error); });
        return box;
    }
    /** The box of a cropped cut-out; see deepcrop_cutout_box. */
    deepcrop_box cutout_box(std::uint32_t margin = 0) const {
        deepcrop_box box{};
        detail::checked([&](auto *error) { return deepcrop_cutout_box(get(), margin, &box, error); });
        return box;
    }
    /** The mask as run lengths, in COCO's form. */
    RunLengths run_lengths() const {
        return RunLengths(detail::made<deepcrop_run_lengths>(
            [&](auto... rest) { return deepcrop_mask_run_lengths(get(), rest...); }));
    }
    const deepcrop_mask *get() const noexcept { return handle_.get(); }

private:
    Mask changed(std::uint32_t change, double amount) const {
        return Mask(detail::made<deepcrop_mask>(
            [&](auto... rest) { return deepcrop_mask_change(get(), change, amount, rest...); }));
    }
    Mask combined(const Mask &other, std::uint32_t how) const {
        return Mask(detail::made<deepcrop_mask>(
            [&](auto... rest) { return deepcrop_mask_combine(get(), other.get(), how, rest...); }));
    }
    std::shared_ptr<deepcrop_mask> handle_;
};

/** Cuts the object out of its picture, into your memory. The canvas begins at column x and row y of the picture. */
inline void cutout(const deepcrop_image &image, const Mask &mask, const deepcrop_canvas &canvas, std::uint32_t x = 0,
                   std::uint32_t y = 0) {
    const deepcrop_cutout_options options{sizeof options, 0, x, y};
    detail::checked([&](auto *error) { return deepcrop_cutout(&image, mask.get(), &options, &canvas, error); });
}

/** All objects of a picture. */
class Objects : public detail::Owner<deepcrop_objects, deepcrop_objects_free> {
public:
    using Owner::Owner;
    std::size_t size() const noexcept { return deepcrop_objects_count(get()); }
    /** Box, score and class of an object. The name of its class lives as long as the objects. */
    deepcrop_object operator[](std::size_t index) const {
        return detail::told<deepcrop_object>(
            [&](auto... rest) { return deepcrop_objects_describe(get(), index, rest...); });
    }
    Mask mask(std::size_t index) const {
        return Mask(detail::made<deepcrop_mask>(
            [&](auto... rest) { return deepcrop_objects_mask(get(), index, rest...); }));
    }
};

/** One prompt: a click, box, lasso, scribble or mask. It keeps its points and its mask alive. */
class Prompt {
public:
    Prompt(std::uint32_t kind, double x, double y, double x1 = 0, double y1 = 0)
        : raw_{kind, 0, x, y, x1, y1, nullptr, 0, nullptr} {}
    Prompt(std::uint32_t kind, std::vector<deepcrop_point> points) : Prompt(kind, 0, 0) { points_ = std::move(points); }
    explicit Prompt(Mask mask) : Prompt(DEEPCROP_PROMPT_MASK, 0, 0) { mask_.emplace(std::move(mask)); }
    /** For calls of deepcrop.h. Valid as long as this prompt. */
    deepcrop_prompt raw() const noexcept {
        deepcrop_prompt raw = raw_;
        raw.points = points_.data();
        raw.point_count = points_.size();
        raw.mask = mask_ ? mask_->get() : nullptr;
        return raw;
    }

private:
    deepcrop_prompt raw_;
    std::vector<deepcrop_point> points_;
    std::optional<Mask> mask_;
};

/** A click on the object. */
inline Prompt include(double x, double y) { return {DEEPCROP_PROMPT_INCLUDE, x, y}; }
/** A click on what does not belong to the object. */
inline Prompt exclude(double x, double y) { return {DEEPCROP_PROMPT_EXCLUDE, x, y}; }
/** A box around the object. */
inline Prompt box(double x, double y, double x1, double y1) { return {DEEPCROP_PROMPT_BOX, x, y, x1, y1}; }
/** A closed line around the object. */
inline Prompt lasso(std::vector<deepcrop_point> points) { return {DEEPCROP_PROMPT_LASSO, std::move(points)}; }
/** A stroke over the object. */
inline Prompt scribble(std::vector<deepcrop_point> points) { return {DEEPCROP_PROMPT_SCRIBBLE, std::move(points)}; }
/** A stroke over what does not belong to the object. */
inline Prompt scribble_out(std::vector<deepcrop_point> line) { return {DEEPCROP_PROMPT_SCRIBBLE_OUT, std::move(line)}; }
/** A mask to start from, which has the size of the picture. */
inline Prompt from_mask(Mask mask) { return Prompt(std::move(mask)); }

/** How to make a selection; see deepcrop_segment_options. */
struct SegmentOptions {
    bool closer_look = true;
    bool guard = true;
    /** DEEPCROP_EDGES_AUTO or another edge mode. */
    std::uint32_t edges = DEEPCROP_EDGES_AUTO;
};

/** A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other. It does not
 *  need its model: you may destroy the model first, even while a call on the picture runs. */
class Picture : public detail::Owner<deepcrop_picture, deepcrop_picture_free> {
    // Before its uses, as its return type is deduced.
    template <class Call>
    static auto with(const std::vector<Prompt> &prompts, SegmentOptions given, const Cancel *cancel, Call call) {
        std::vector<deepcrop_prompt> list;
        for (const Prompt &prompt : prompts) list.push_back(prompt.raw());
        const deepcrop_segment_options options{sizeof options, !given.closer_look, !given.guard, given.edges};
        return Cancel::stoppable(cancel, [&](auto *flag) { return call(list.data(), list.size(), &options, flag); });
    }

public:
    Picture(const Model &model, const deepcrop_image &image, const Cancel *cancel = nullptr)
        : Owner(Cancel::stoppable(cancel, [&](auto *flag) {
              return detail::made<deepcrop_picture>(
                  [&](auto... rest) { return deepcrop_picture_new(model.get(), &image, flag, rest...); });
          })) {}
    /** The selection after all the prompts, in their order. Pass the whole list each time; to undo, pass fewer. */
    Mask segment(const std::vector<Prompt> &prompts, SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with(prompts, how, cancel, [&](auto... list) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_picture_segment(get(), list..., rest...); }));
        });
    }
    /** At most `capacity` sensible answers to the last prompt. The first one is the mask of segment(). */
    std::vector<Mask> candidates(const std::vector<Prompt> &prompts, std::size_t capacity = 8,
                                 SegmentOptions options = {}, const Cancel *cancel = nullptr) const {
        std::vector<deepcrop_mask *> found(capacity);
        std::size_t count = 0;
        with(prompts, options, cancel, [&](auto... list) {
            detail::checked([&](auto *error) {
                return deepcrop_picture_candidates(get(), list..., found.data(), capacity, &count, error);
            });
        });
        return std::vector<Mask>(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count));
    }
    /** All objects of the picture, without a click; see deepcrop_picture_objects. */
    Objects objects(SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with({}, how, cancel, [&](auto, auto, auto... options) {
            return Objects(detail::made<deepcrop_objects>(
                [&](auto... rest) { return deepcrop_picture_objects(get(), options..., rest...); }));
        });
    }
    /** The main subject of the picture, without a click; see deepcrop_picture_subject. */
    Mask subject(SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with({}, how, cancel, [&](auto, auto, auto... options) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_picture_subject(get(), options..., rest...); }));
        });
    }
};

/** A report on what the library found and what works, for a bug report. */
class Report : public detail::Owner<deepcrop_report, deepcrop_report_free> {
public:
    /** Tries everything, which takes about a second. An empty `runtime` searches for ONNX Runtime. */
    explicit Report(const std::filesystem::path &runtime = {}, const Cancel *cancel = nullptr)
        : Owner(Cancel::stoppable(cancel, [&](auto *flag) {
              const std::string path = detail::utf8(runtime);
              return detail::made<deepcrop_report>([&](auto... rest) {
                  return deepcrop_doctor(path.empty() ? nullptr : path.c_str(), flag, rest...);
              });
          })) {}
    /** The report as lines of text. The string lives as long as the report. */
    std::string_view text() const noexcept { return deepcrop_report_text(get()); }
    /** Whether the built-in network runs. */
    bool works() const noexcept { return deepcrop_report_works(get()); }
};

/** Selects the object at x, y: one click, one mask. For further clicks use Picture. */
inline Mask segment(const Model &model, const deepcrop_image &image, double x, double y) {
    return Mask(detail::made<deepcrop_mask>(
        [&](auto... rest) { return deepcrop_segment(model.get(), &image, x, y, rest...); }));
}

}  // namespace deepcrop

#endif  // DEEPCROP_HPP
