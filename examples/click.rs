//! Click an object in a picture, get its mask and its outline.
//!
//!     cargo run --release -p deepcrop --features image --example click -- PICTURE X Y OUT
//!
//! It writes OUT.png, the mask, and OUT.svg, the outline.

use std::error::Error;
use std::process::ExitCode;

use deepcrop::types::OutlineOptions;
use deepcrop::{Cancel, ImageView, LoadOptions, Model, Outline, Picture, Prompt, SegmentOptions, Source};

fn click(file: &str, x: f64, y: f64, out: &str) -> Result<(), Box<dyn Error>> {
    let photo = image::DynamicImage::from(image::open(file)?.into_rgba8());

    // Another thread may raise the flag to stop a call; it also reports progress.
    let cancel = Cancel::new();

    // Without ONNX Runtime, use the classical engine instead of failing.
    let options = LoadOptions::default().fall_back(true);
    let model = Model::load(&Source::Builtin, &options, &cancel)?;
    let about = model.info();
    println!(
        "{} {} ({}) on {} {}",
        about.name,
        about.version,
        about.licence,
        about.provider_name(),
        about.provider_note
    );

    // The picture is analysed once, which takes most of the time; clicks on it are fast.
    let picture = Picture::new(&model, &ImageView::try_from(&photo)?, &cancel)?;

    // The list of prompts is the whole state of a selection. The first click: this is the object.
    let options = SegmentOptions::default();
    let mut prompts = vec![Prompt::include(x, y)];
    let clicked = picture.segment(&prompts, &options, &cancel)?;
    println!("one click: {} pixels, score {:.2}", clicked.mask.area(), clicked.score);

    // A second click corrects: the corner of the picture is not the object. Pass both.
    prompts.push(Prompt::exclude(0.5, 0.5));
    let corrected = picture.segment(&prompts, &options, &cancel)?;
    println!("corrected: {} pixels", corrected.mask.area());

    // To undo, pass fewer: nothing is computed again.
    prompts.pop();
    let undone = picture.segment(&prompts, &options, &cancel)?;
    println!("undone: {} pixels", undone.mask.area());

    let outline = Outline::trace(&undone.mask, &OutlineOptions::default())?;
    println!("outline: {} rings", outline.rings.len());
    image::GrayImage::from(&undone.mask).save(format!("{out}.png"))?;
    std::fs::write(format!("{out}.svg"), outline.to_svg())?;
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, x, y, out] = arguments.as_slice() else {
        eprintln!("usage: click PICTURE X Y OUT");
        return ExitCode::FAILURE;
    };
    let (Ok(x), Ok(y)) = (x.parse(), y.parse()) else {
        eprintln!("{x} {y} is not a place in a picture");
        return ExitCode::FAILURE;
    };
    match click(file, x, y, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
