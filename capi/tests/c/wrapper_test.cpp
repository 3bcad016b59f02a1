// deepcrop.hpp: everything in it once, and what comes through it from C.
//
//     wrapper_test NETWORK      NETWORK: a file, of a name that is not ASCII
#include <deepcrop.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>
#include <type_traits>

#include "check.h"

using namespace deepcrop;

template <class T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && !std::is_copy_constructible_v<T>;
static_assert(moves_only<Model> && moves_only<Picture> && moves_only<Outline> && moves_only<RunLengths> && moves_only<Cancel>);
static_assert(std::is_copy_constructible_v<Mask> && std::is_copy_constructible_v<Prompt>);

static unsigned char rgb[WIDTH * HEIGHT * 3];

// The status of the deepcrop::Error that `work` throws, 0 if none.
template <class Work>
static deepcrop_status thrown(Work work) {
    try {
        work();
    } catch (const Error &caught) {
        CHECK(std::string_view(caught.what()).size() > 5);
        return caught.status();
    }
    return DEEPCROP_OK;
}

static void test_models(const std::filesystem::path &network) {
    ModelOptions options;
    options.provider = DEEPCROP_PROVIDER_CPU;
    options.threads = 1;
    const Model from_file(network, options);
    CHECK(from_file.info().family == std::string_view("click_map"));
    CHECK(from_file.info().provider == std::string_view("cpu"));
    std::ifstream file(network, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK(Model::from_bytes(bytes.data(), bytes.size()).info().name == std::string_view(from_file.info().name));
    CHECK(Model::builtin().info().family == std::string_view("click_map"));
    CHECK(thrown([&] { Model::from_bytes(bytes.data(), 100); }) == DEEPCROP_ERROR_MODEL);
    CHECK(thrown([&] { Model(network / "none"); }) == DEEPCROP_ERROR_FILE);
    options.runtime = network.parent_path() / "none.so";
    CHECK(thrown([&] { Model::builtin(options); }) == DEEPCROP_ERROR_RUNTIME);
}

static void test_installed_models(const std::filesystem::path &network) {
    const auto folder = network.parent_path() / "installed";
    CHECK(!setenv("DEEPCROP_MODELS", folder.c_str(), 1));
    CHECK(installed_models().empty());
    ImportOptions options;
    options.name = "mine";
    options.title = "Mine";
    options.hashes = {{network, std::string(64, '0')}};
    CHECK(thrown([&] { import_model({network}, options); }) == DEEPCROP_ERROR_FILE);
    options.hashes.clear();
    const InstalledModel model = import_model({network}, options);
    CHECK(model.name == "mine" && model.title == "Mine" && !model.licence.empty() && model.has_record);
    CHECK(model.folder == folder / "mine" && model.bytes == std::filesystem::file_size(network));
    CHECK(thrown([&] { import_model({network}, options); }) == DEEPCROP_ERROR_FILE);
    options.replace = true;
    import_model({network}, options);
    CHECK(import_model({network}).name == "n-h-1" && installed_models().size() == 2);
    CHECK(Model("mine").info().family == std::string_view("click_map"));
    verify_model("mine");
    std::ofstream(model.folder / "notes.txt") << "mine";
    std::filesystem::remove(model.folder / network.filename());
    CHECK(thrown([] { verify_model("mine"); }) == DEEPCROP_ERROR_FILE);
    CHECK(remove_model("mine") == 1 && remove_model("n-h-1") == 0);
    CHECK(thrown([] { remove_model("none"); }) == DEEPCROP_ERROR_FILE);
    CHECK(thrown([] { import_model({}); }) == DEEPCROP_ERROR_ARGUMENT);
    CHECK(!unsetenv("DEEPCROP_MODELS"));
    std::filesystem::remove_all(folder);
}

static void test_report() {
    const Report report;
    CHECK(report.works() && report.text().find("result: the built-in network runs") != std::string_view::npos);
    Cancel cancel;
    cancel.raise();
    CHECK(thrown([&] { Report({}, &cancel); }) == DEEPCROP_ERROR_CANCELLED);
}

static void test_without_clicks(const Picture &picture) {
    CHECK(thrown([&] { picture.objects(); }) == DEEPCROP_ERROR_ARGUMENT);
    CHECK(picture.subject().info().area > 0);
    const Picture prominent(Model("extractnet"), image(rgb, WIDTH, HEIGHT));
    CHECK(prominent.subject().info().area > 0);
    Cancel cancel;
    cancel.raise();
    CHECK(thrown([&] { prominent.subject({}, &cancel); }) == DEEPCROP_ERROR_CANCELLED);
}

static void test_prompts(const Picture &picture) {
    std::vector<Prompt> prompts{include(60, 60)};
    const Mask disc = picture.segment(prompts);
    CHECK(disc.info().width == WIDTH && disc.info().area > 2000 && disc.pixels()[60 * WIDTH + 60] >= 128);
    prompts.push_back(exclude(5, 100));
    prompts.push_back(scribble({{112, 40}, {125, 50}, {138, 60}}));
    prompts.push_back(scribble_out({{5, 5}, {20, 5}}));
    prompts.push_back(lasso({{28, 28}, {92, 28}, {92, 92}, {28, 92}}));
    prompts.push_back(box(28, 28, 92, 92));
    prompts.push_back(from_mask(disc));  // the prompt holds it
    CHECK(picture.segment(prompts).info().area == disc.info().area);
    prompts.resize(1, include(0, 0));
    CHECK(same(picture.segment(prompts).get(), disc.get()));
    CHECK(picture.segment({}).info().area == 0);
    SegmentOptions plain;
    plain.guard = plain.closer_look = false;
    plain.edges = DEEPCROP_EDGES_NONE;
    CHECK(picture.segment(prompts, plain).info().area > 0);
    const std::vector<Mask> candidates = picture.candidates(prompts);
    CHECK(!candidates.empty() && same(candidates[0].get(), disc.get()));
    CHECK(picture.candidates(prompts, 0).empty());
    CHECK(thrown([&] { picture.segment({include(-1, 0)}); }) == DEEPCROP_ERROR_PROMPT);
    CHECK(thrown([&] { picture.candidates({include(-1, 0)}); }) == DEEPCROP_ERROR_PROMPT);
}

static void test_masks() {
    std::vector<std::uint8_t> data(50 * 40);
    for (std::size_t y = 10; y < 20; ++y)
        for (std::size_t x = 5; x < 25; ++x) data[y * 50 + x] = 255;
    Outline outline = [&] {
        const Mask mask(data.data(), 40, 40, 50), copy = mask;
        CHECK(copy.info().area == 200 && copy.pixels() == mask.pixels());
        CHECK(thrown([&] { mask.outline(-1); }) == DEEPCROP_ERROR_ARGUMENT);
        CHECK(mask.grown(1).info().area > 200 && mask.shrunk(1).info().area < 200);
        CHECK(mask.feathered(1).smoothed(1).info().area > 150 && mask.without_holes().without_specks(5).info().area == 200);
        const deepcrop_box changed = mask.grown(1).changed_since(mask);
        CHECK(changed.x1 > changed.x0 && changed.y1 > changed.y0);
        CHECK((mask + mask.inverted()).info().area == 1600 && (mask - mask).info().area == 0);
        CHECK((mask & mask.grown(3)).info().area == 200 && mask.parts_at({{6, 11}}).info().area == 200);
        CHECK(thrown([&] { mask.grown(-1); }) == DEEPCROP_ERROR_ARGUMENT);
        const deepcrop_image grey = image(data.data(), 40, 40, DEEPCROP_GRAY8, 50);
        CHECK(mask.refined(grey, 6, DEEPCROP_EDGES_HARD).info().area == 200);
        const deepcrop_box box = mask.cutout_box(1);
        std::vector<std::uint8_t> room(static_cast<std::size_t>(box.x1 - box.x0) * (box.y1 - box.y0) * 4);
        const deepcrop_canvas canvas{room.data(), (box.x1 - box.x0) * 4u, box.x1 - box.x0, box.y1 - box.y0, DEEPCROP_BGRA8, 0};
        cutout(grey, mask, canvas, box.x0, box.y0);
        CHECK(box.x0 == 4 && room[3] == 0 && room[(22 + 1) * 4 + 3] == 255);
        CHECK(thrown([&] { cutout(image(data.data(), 40, 40, DEEPCROP_GRAY8, 50), mask, canvas, 30); }) == DEEPCROP_ERROR_ARGUMENT);
        CHECK(mask.outline(1, 1000).rings().empty());
        const RunLengths runs = mask.run_lengths();
        CHECK(runs.counts().size() == 41 && runs.counts()[0] == 210 && runs.packed().size() > 20);
        CHECK(runs.json().find("\"area\":200") != std::string_view::npos);
        CHECK(mask.outline(0, 0, true).rings()[0].node_count == mask.outline().rings()[0].point_count);
        return mask.outline();
    }();
    CHECK(outline.rings().size() == 1 && outline.rings()[0].point_count >= 4 && outline.svg_path()[0] == 'M');
    CHECK(outline.rings()[0].node_count == 4 && outline.json()[0] == '{');
    const Outline moved = std::move(outline);
    CHECK(moved.rings().size() == 1);
    CHECK(thrown([&] { Mask(data.data(), 0, 40); }) == DEEPCROP_ERROR_IMAGE);
}

static void test_cancel(const Model &model) {
    Cancel cancel;
    const deepcrop_image picture_of = image(rgb, WIDTH, HEIGHT);
    float last = -1;
    cancel.on_progress([&](float fraction, std::string_view doing) {
        CHECK(fraction >= last && !doing.empty());
        last = fraction;
    });
    const Picture picture(model, picture_of, &cancel);
    CHECK(last == 1);
    last = -1;
    cancel.raise();
    CHECK(thrown([&] { picture.segment({include(60, 60)}, {}, &cancel); }) == DEEPCROP_ERROR_CANCELLED);
    cancel.reset();
    // What a progress function throws stops the call and comes out of it; then the flag is down again.
    cancel.on_progress([](float, std::string_view) { throw std::out_of_range("enough"); });
    bool came = false;
    try {
        Picture(model, picture_of, &cancel);
    } catch (const std::out_of_range &) {
        came = true;
    }
    CHECK(came);
    cancel.on_progress(nullptr);
    CHECK(picture.segment({include(60, 60)}, {}, &cancel).info().area > 0);
    // A model may go while a call on its picture runs: here at the first progress of that call.
    auto going = std::make_unique<Model>(Model::classical());
    const Picture alone(*going, picture_of);
    std::thread killer;
    cancel.on_progress([&, once = false](float, std::string_view) mutable {
        if (!once) killer = std::thread([&] { going.reset(); });
        once = true;
    });
    CHECK(alone.segment({include(60, 60)}, {}, &cancel).info().area > 0);
    killer.join();
    CHECK(!going);
}

static void test_log() {
    int heard = 0;
    ModelOptions options;
    options.fall_back = true;
    options.runtime = "none";
    set_log([&](std::uint32_t, std::string_view message) { heard += !message.empty(); });
    Model::builtin(options);
    CHECK(heard == 1);
    set_log([](std::uint32_t, std::string_view) { throw 1; });
    Model::builtin(options);
    set_log(nullptr);
    Model::builtin(options);
    CHECK(heard == 1);
    options.log = [&](std::uint32_t, std::string_view) { ++heard; };
    Model::builtin(options);
    CHECK(heard == 2);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    draw(rgb);
    CHECK(version() == deepcrop_version());
    test_log();
    test_models(std::filesystem::path(argv[1]));
    test_installed_models(std::filesystem::path(argv[1]));
    test_masks();
    const Model model = Model::classical();
    CHECK(segment(model, image(rgb, WIDTH, HEIGHT), 60, 60).info().area > 2000);
    CHECK(thrown([&] { Picture(model, image(nullptr, 5, 5)); }) == DEEPCROP_ERROR_ARGUMENT);
    test_prompts(Picture(model, image(rgb, WIDTH, HEIGHT)));
    test_without_clicks(Picture(model, image(rgb, WIDTH, HEIGHT)));
    test_cancel(model);
    test_report();
    std::puts("every check passed");
}
