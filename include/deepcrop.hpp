/*
 * deepcrop.hpp - deepcrop.h for C++17: handles that free themselves, errors as exceptions.
 *
 *     deepcrop::Model model = deepcrop::Model::builtin();
 *     deepcrop::Picture picture(model, deepcrop::image(pixels, width, height, DEEPCROP_RGBA8));
 *     deepcrop::Mask mask = picture.segment({deepcrop::include(300, 200), deepcrop::exclude(20, 20)});
 *     std::cout << mask.outline().svg_path();
 *
 * deepcrop.h is the manual: what it says about threads, coordinates and lifetimes holds here too. Keep an object alive
 * until every call that it was passed to, or that was made on it, has returned. Calls that can fail throw deepcrop::Error.
 * An object that was moved from may only be destroyed or assigned to.
 *
 * Header only; link the library as from C. Licence: MIT OR Apache-2.0.
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

/** A call failed. what() says what was wrong and what to do about it. */
class Error : public std::runtime_error {
public:
    explicit Error(const deepcrop_error &error) : std::runtime_error(error.message), status_(error.status) {}
    /** DEEPCROP_ERROR_... */
    deepcrop_status status() const noexcept { return status_; }

private:
    deepcrop_status status_;
};

/** Hears how far a call is, from 0 to 1, and what is being done. What it throws stops the call and comes out of it. */
using Progress = std::function<void(float fraction, std::string_view doing)>;
/** Hears a message and its DEEPCROP_LOG_... level, from any thread. What it throws is lost. */
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

/** Makes a call with an error buffer; throws what came of it. */
template <class Call>
void checked(Call call) {
    deepcrop_error error;
    if (call(&error) != DEEPCROP_OK) throw Error(error);
}

/** Makes a call that gives a handle. */
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

/** UTF-8, whatever the system's own encoding is; u8string() has another type since C++20. */
inline std::string utf8(const std::filesystem::path &path) {
    const auto text = path.u8string();
    return std::string(text.begin(), text.end());
}

}  // namespace detail

/** A cancel flag: stops the calls that it is passed to, from any thread. Keep it alive until they have returned. */
class Cancel {
public:
    Cancel() : state_(std::make_unique<State>()) {}
    Cancel(Cancel &&) = default;
    Cancel &operator=(Cancel &&) = default;

    void raise() const noexcept { deepcrop_cancel_raise(get()); }
    void reset() const noexcept { deepcrop_cancel_reset(get()); }
    /** Who hears about the progress of calls that have this flag; nullptr for nobody. Not from within `progress`. */
    void on_progress(Progress progress) {
        auto next = std::make_unique<Listener>(Listener{*state_, std::move(progress)});
        deepcrop_cancel_on_progress(get(), next->progress ? hear : nullptr, next.get());
        state_->listener = std::move(next);  // the old one does not run any more
    }
    const deepcrop_cancel *get() const noexcept { return state_->handle.get(); }

    /** Makes a call that takes the flag, which may be NULL; what its progress function threw comes out of it. */
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

/** The version of the library, "0.1.0" for example. */
inline std::string_view version() noexcept { return deepcrop_version(); }

/** Sends all messages to `log`; nullptr for silence. */
inline void set_log(Log log) {
    // Never destroyed, nor are the functions in it: a message may be on its way to an old one.
    static auto &kept = *new std::pair<std::mutex, std::deque<Log>>;
    const std::lock_guard<std::mutex> lock(kept.first);
    if (!log) return deepcrop_log_set(nullptr, nullptr);
    const deepcrop_log_callback hear = [](std::uint32_t level, const char *message, void *user_data) {
        try {
            (*static_cast<Log *>(user_data))(level, message);
        } catch (...) {
        }
    };
    deepcrop_log_set(hear, &kept.second.emplace_back(std::move(log)));
}

/** Pixels in your memory, borrowed for the time of a call. A stride of 0 means that there are no gaps between rows. */
inline deepcrop_image image(const void *data, std::uint32_t width, std::uint32_t height,
                            std::uint32_t format = DEEPCROP_RGB8, std::size_t stride = 0, bool premultiplied = false) {
    constexpr std::size_t bytes[] = {0, 1, 3, 4, 4, 8, 16};  // of a pixel, by the number of the format
    if (stride == 0 && format <= DEEPCROP_RGBAF32) stride = width * bytes[format];
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
};

/** A loaded model. Any number of threads may use it at once. Its pictures do not need it any more. */
class Model : public detail::Owner<deepcrop_model, deepcrop_model_free> {
public:
    /** The network in `path`, a file or a folder. */
    explicit Model(const std::filesystem::path &path, const ModelOptions &options = {})
        : Model(options, [&](auto... rest) { return deepcrop_model_load(detail::utf8(path).c_str(), rest...); }) {}
    /** The network in the library. */
    static Model builtin(const ModelOptions &options = {}) {
        return Model(options, [](auto... rest) { return deepcrop_model_load(nullptr, rest...); });
    }
    /** The engine that needs no network and no ONNX Runtime. */
    static Model classical(const ModelOptions &options = {}) {
        return Model(options, [](auto... rest) { return deepcrop_model_load("classical", rest...); });
    }
    /** A network in memory; the bytes are not needed after the call. */
    static Model from_bytes(const void *data, std::size_t size, const ModelOptions &options = {}) {
        const auto bytes = static_cast<const std::uint8_t *>(data);
        return Model(options, [&](auto... rest) { return deepcrop_model_load_bytes(bytes, size, rest...); });
    }
    /** What the model is and what really runs it. The strings live as long as the model. */
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
        const deepcrop_model_options options{
            sizeof options, given.provider, given.threads, given.fall_back, runtime, cancel, matting,
            given.no_disk_cache, 0};
        return detail::made<deepcrop_model>([&](auto... rest) { return load(&options, rest...); });
    })) {}
};

/** The closed lines round a mask. */
class Outline : public detail::Owner<deepcrop_outline, deepcrop_outline_free> {
public:
    using Owner::Owner;
    /** All rings; a ring comes after the one it lies in. Their points and nodes live as long as it. */
    std::vector<deepcrop_ring> rings() const {
        std::vector<deepcrop_ring> rings;
        for (std::size_t i = 0; i < deepcrop_outline_ring_count(get()); ++i)
            rings.push_back(detail::told<deepcrop_ring>(
                [&](auto... rest) { return deepcrop_outline_ring(get(), i, rest...); }));
        return rings;
    }
    /** The polygons of all rings as JSON; lives as long as the outline. */
    std::string_view json() const noexcept { return deepcrop_outline_json(get()); }
    /** The `d` of an SVG path, the curves of all rings, to be filled by the even-odd rule; lives as long as the outline. */
    std::string_view svg_path() const noexcept { return deepcrop_outline_svg_path(get()); }
};

/** A mask as the COCO data set writes it; what it tells lives as long as it. */
class RunLengths : public detail::Owner<deepcrop_run_lengths, deepcrop_run_lengths_free> {
public:
    using Owner::Owner;
    /** Pixels that are not selected and that are, in turn, column by column. */
    std::vector<std::uint32_t> counts() const {
        std::size_t count = 0;
        const std::uint32_t *first = deepcrop_run_lengths_counts(get(), &count);
        return {first, first + count};
    }
    /** The same as pycocotools packs it. */
    std::string_view packed() const noexcept { return deepcrop_run_lengths_packed(get()); }
    /** An annotation as in COCO's files. */
    std::string_view json() const noexcept { return deepcrop_run_lengths_json(get()); }
};

/** A soft mask of a picture's size. It never changes, so a copy is the same mask and costs nothing. */
class Mask {
public:
    explicit Mask(deepcrop_mask *owned) : handle_(owned, deepcrop_mask_free) {}
    /** A mask of yours, one byte a pixel: 0 not selected, 255 selected. They are copied; stride 0: no gaps. */
    Mask(const std::uint8_t *data, std::uint32_t width, std::uint32_t height, std::size_t stride = 0)
        : Mask(detail::made<deepcrop_mask>([&](auto... rest) {
              return deepcrop_mask_new(data, stride ? stride : width, width, height, rest...);
          })) {}
    /** Size, score, box and area. */
    deepcrop_mask_info info() const {
        return detail::told<deepcrop_mask_info>([&](auto... rest) { return deepcrop_mask_describe(get(), rest...); });
    }
    /** One byte a pixel, row by row without gaps; they live as long as the mask and its copies. */
    const std::uint8_t *pixels() const noexcept { return deepcrop_mask_pixels(get()); }
    /** The lines round it; see deepcrop_outline_options for the numbers. */
    Outline outline(double tolerance = 0, double smallest_area = 0, bool straight = false) const {
        const deepcrop_outline_options options{sizeof options, straight, tolerance, smallest_area};
        return Outline(detail::made<deepcrop_outline>(
            [&](auto... rest) { return deepcrop_mask_outline(get(), &options, rest...); }));
    }
    /** Changed copies; see DEEPCROP_CHANGE_GROW and so on. */
    Mask grown(double radius) const { return changed(DEEPCROP_CHANGE_GROW, radius); }
    Mask shrunk(double radius) const { return changed(DEEPCROP_CHANGE_SHRINK, radius); }
    Mask feathered(double radius) const { return changed(DEEPCROP_CHANGE_FEATHER, radius); }
    Mask smoothed(double radius) const { return changed(DEEPCROP_CHANGE_SMOOTH, radius); }
    Mask without_holes(double largest = HUGE_VAL) const { return changed(DEEPCROP_CHANGE_FILL_HOLES, largest); }
    Mask without_specks(double least) const { return changed(DEEPCROP_CHANGE_DROP_SPECKS, least); }
    Mask inverted() const { return changed(DEEPCROP_CHANGE_INVERT, 0); }
    /** Only the connected parts that hold one of the points. */
    Mask parts_at(const std::vector<deepcrop_point> &points) const {
        return Mask(detail::made<deepcrop_mask>([&](auto... rest) {
            return deepcrop_mask_keep_parts(get(), points.data(), points.size(), rest...);
        }));
    }
    /** Made to follow the edges of its picture, which lie at most `reach` pixels off; see deepcrop_mask_refine. */
    Mask refined(const deepcrop_image &image, double reach, std::uint32_t edges = DEEPCROP_EDGES_AUTO,
                 const Cancel *cancel = nullptr) const {
        return Cancel::stoppable(cancel, [&](auto *flag) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_mask_refine(get(), &image, reach, edges, flag, rest...); }));
        });
    }
    /** Both, what is not in the other, what is in both. */
    Mask operator+(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_ADD); }
    Mask operator-(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_SUBTRACT); }
    Mask operator&(const Mask &other) const { return combined(other, DEEPCROP_COMBINE_INTERSECT); }
    /** How large a cropped cut-out is; see deepcrop_cutout_box. */
    deepcrop_box cutout_box(std::uint32_t margin = 0) const {
        deepcrop_box box{};
        detail::checked([&](auto *error) { return deepcrop_cutout_box(get(), margin, &box, error); });
        return box;
    }
    /** As COCO's run lengths. */
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

/** Cuts the object out of its picture into memory of yours, from column x and row y of the picture on. */
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
    /** Box, score and class; its name lives as long as the objects. */
    deepcrop_object operator[](std::size_t index) const {
        return detail::told<deepcrop_object>(
            [&](auto... rest) { return deepcrop_objects_describe(get(), index, rest...); });
    }
    Mask mask(std::size_t index) const {
        return Mask(detail::made<deepcrop_mask>(
            [&](auto... rest) { return deepcrop_objects_mask(get(), index, rest...); }));
    }
};

/** One thing that the user did. It holds its points and its mask. */
class Prompt {
public:
    Prompt(std::uint32_t kind, double x, double y, double x1 = 0, double y1 = 0)
        : raw_{kind, 0, x, y, x1, y1, nullptr, 0, nullptr} {}
    Prompt(std::uint32_t kind, std::vector<deepcrop_point> points) : Prompt(kind, 0, 0) { points_ = std::move(points); }
    explicit Prompt(Mask mask) : Prompt(DEEPCROP_PROMPT_MASK, 0, 0) { mask_.emplace(std::move(mask)); }
    /** For calls of deepcrop.h; valid as long as this prompt. */
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
/** A click on what is not the object. */
inline Prompt exclude(double x, double y) { return {DEEPCROP_PROMPT_EXCLUDE, x, y}; }
/** The object lies in this box. */
inline Prompt box(double x, double y, double x1, double y1) { return {DEEPCROP_PROMPT_BOX, x, y, x1, y1}; }
/** The object lies within this closed line. */
inline Prompt lasso(std::vector<deepcrop_point> points) { return {DEEPCROP_PROMPT_LASSO, std::move(points)}; }
/** A stroke over the object. */
inline Prompt scribble(std::vector<deepcrop_point> points) { return {DEEPCROP_PROMPT_SCRIBBLE, std::move(points)}; }
/** A stroke over what is not the object. */
inline Prompt scribble_out(std::vector<deepcrop_point> line) { return {DEEPCROP_PROMPT_SCRIBBLE_OUT, std::move(line)}; }
/** Start from this mask, which is as large as the picture. */
inline Prompt from_mask(Mask mask) { return Prompt(std::move(mask)); }

/** How to make a selection; see deepcrop_segment_options. */
struct SegmentOptions {
    bool closer_look = true;
    bool guard = true;
    /** DEEPCROP_EDGES_AUTO or its like. */
    std::uint32_t edges = DEEPCROP_EDGES_AUTO;
};

/** A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other. Its model may be
 *  destroyed before it, even while a call on the picture runs. */
class Picture : public detail::Owner<deepcrop_picture, deepcrop_picture_free> {
    // Above its uses: what it returns is deduced.
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
    /** The selection after all the prompts, in their order. Pass the whole list each time: undo is passing fewer. */
    Mask segment(const std::vector<Prompt> &prompts, SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with(prompts, how, cancel, [&](auto... list) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_picture_segment(get(), list..., rest...); }));
        });
    }
    /** At most `capacity` sensible answers to the last prompt; the first is what segment() gives. */
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
    /** All objects that the model finds by itself. */
    Objects objects(SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with({}, how, cancel, [&](auto, auto, auto... options) {
            return Objects(detail::made<deepcrop_objects>(
                [&](auto... rest) { return deepcrop_picture_objects(get(), options..., rest...); }));
        });
    }
    /** What the picture shows first of all, without a click. */
    Mask subject(SegmentOptions how = {}, const Cancel *cancel = nullptr) const {
        return with({}, how, cancel, [&](auto, auto, auto... options) {
            return Mask(detail::made<deepcrop_mask>(
                [&](auto... rest) { return deepcrop_picture_subject(get(), options..., rest...); }));
        });
    }
};

/** What was found and what works, for a bug report. */
class Report : public detail::Owner<deepcrop_report, deepcrop_report_free> {
public:
    /** Tries everything, which takes a second or so. Without `runtime`, ONNX Runtime is looked for. */
    explicit Report(const std::filesystem::path &runtime = {}, const Cancel *cancel = nullptr)
        : Owner(Cancel::stoppable(cancel, [&](auto *flag) {
              const std::string path = detail::utf8(runtime);
              return detail::made<deepcrop_report>([&](auto... rest) {
                  return deepcrop_doctor(path.empty() ? nullptr : path.c_str(), flag, rest...);
              });
          })) {}
    /** Lines to paste; they live as long as the report. */
    std::string_view text() const noexcept { return deepcrop_report_text(get()); }
    /** Whether the built-in network runs. */
    bool works() const noexcept { return deepcrop_report_works(get()); }
};

/** One click, one mask: for a picture that is clicked once. */
inline Mask segment(const Model &model, const deepcrop_image &image, double x, double y) {
    return Mask(detail::made<deepcrop_mask>(
        [&](auto... rest) { return deepcrop_segment(model.get(), &image, x, y, rest...); }));
}

}  // namespace deepcrop

#endif  // DEEPCROP_HPP
