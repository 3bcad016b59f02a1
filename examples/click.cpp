// Click an object in a picture, get its mask and its outline.
//
//     c++ -std=c++17 click.cpp $(pkg-config --cflags --libs deepcrop) -o click
//     ./click PICTURE.ppm X Y OUT       writes OUT.pgm, the mask, and OUT.svg, the outline
//
// A PPM keeps this free of libraries: `convert photo.jpg photo.ppm` makes one. Your own program has pixels already.
#include <deepcrop.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

struct Pixels {
    std::uint32_t width = 0, height = 0;
    std::vector<char> rgb;
};

// A binary PPM (P6) without comments.
static Pixels read_ppm(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    std::string kind;
    unsigned most = 0;
    Pixels pixels;
    file >> kind >> pixels.width >> pixels.height >> most;
    file.get();
    if (file && kind == "P6" && most == 255 && pixels.width < 65536 && pixels.height < 65536) {
        pixels.rgb.resize(std::size_t{pixels.width} * pixels.height * 3);
        file.read(pixels.rgb.data(), static_cast<std::streamsize>(pixels.rgb.size()));
    }
    if (!file || pixels.rgb.empty()) throw std::runtime_error(path.string() + " is not a binary PPM");
    return pixels;
}

static void write_results(const std::string &name, const deepcrop::Mask &mask, const deepcrop::Outline &outline) {
    const deepcrop_mask_info info = mask.info();
    std::ofstream pgm(name + ".pgm", std::ios::binary), svg(name + ".svg");
    pgm << "P5 " << info.width << ' ' << info.height << " 255\n";
    pgm.write(reinterpret_cast<const char *>(mask.pixels()), std::streamsize{info.width} * info.height);
    svg << "<svg xmlns='http://www.w3.org/2000/svg' width='" << info.width << "' height='" << info.height << "'>"
        << "<path fill-rule='evenodd' d='" << outline.svg_path() << "'/></svg>\n";
    if (!pgm.flush() || !svg.flush()) throw std::runtime_error(name + ".pgm and .svg cannot be written");
}

static void click(const std::filesystem::path &file, double x, double y, const std::string &out) {
    const Pixels pixels = read_ppm(file);

    // Without ONNX Runtime, use the classical engine instead of failing.
    deepcrop::ModelOptions options;
    options.fall_back = true;
    const auto model = deepcrop::Model::builtin(options);
    const deepcrop_model_info about = model.info();
    std::cout << about.name << ' ' << about.version << " (" << about.licence << ") on " << about.provider << ' '
              << about.provider_note << '\n';

    // The picture is analysed once, which takes most of the time; clicks on it are fast.
    const deepcrop::Picture picture(model, deepcrop::image(pixels.rgb.data(), pixels.width, pixels.height));

    // The list of prompts is the whole state of a selection. The first click: this is the object.
    std::vector<deepcrop::Prompt> prompts{deepcrop::include(x, y)};
    const deepcrop::Mask clicked = picture.segment(prompts);
    std::cout << "one click: " << clicked.info().area << " pixels, score " << clicked.info().score << '\n';

    // A second click corrects: the corner of the picture is not the object. Pass both.
    prompts.push_back(deepcrop::exclude(0.5, 0.5));
    std::cout << "corrected: " << picture.segment(prompts).info().area << " pixels\n";

    // To undo, pass fewer: nothing is computed again.
    prompts.pop_back();
    const deepcrop::Mask undone = picture.segment(prompts);
    std::cout << "undone: " << undone.info().area << " pixels\n";

    const deepcrop::Outline outline = undone.outline();
    std::cout << "outline: " << outline.rings().size() << " rings\n";
    write_results(out, undone, outline);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        std::cerr << "usage: " << argv[0] << " PICTURE.ppm X Y OUT\n";
        return EXIT_FAILURE;
    }
    try {
        click(argv[1], std::stod(argv[2]), std::stod(argv[3]), argv[4]);
        return EXIT_SUCCESS;
    } catch (const deepcrop::Error &error) {  // status() is for programs, what() for people
        std::cerr << error.what() << " (status " << error.status() << ")\n";
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
