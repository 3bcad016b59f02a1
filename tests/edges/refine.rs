//! Refines a coarse mask, so that it follows the edges of its picture.
//!
//!     cargo run --release --example refine -- auto FOLDER...
//!
//! Each folder holds picture.png and coarse.png, a small grey mask that covers the whole picture. Writes auto.png, the
//! refined mask, and auto.json, the time it took. Instead of `auto`, pass `hard`, `smooth` or `hair`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use deepcrop::internals::geometry::frame::Frame;
use deepcrop::internals::mask::edge;
use deepcrop::internals::mask::edge::tidy::tidy;
use deepcrop::internals::mask::grid::render;
use deepcrop::internals::pixels::plane::Plane;
use deepcrop::types::Rect;
use deepcrop::{Cancel, Edges, ImageView, PixelFormat};

/// The number of runs, of which the fastest counts.
const RUNS: usize = 3;

fn refine(way: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let edges: Edges = way.parse()?;
    let picture = image::open(folder.join("picture.png"))?.into_rgb8();
    let coarse = image::open(folder.join("coarse.png"))?.into_luma8();
    let (width, height) = picture.dimensions();
    let view = ImageView::new(&picture, width, height, width as usize * 3, PixelFormat::Rgb8)?;
    let plane = Plane {
        width: coarse.width() as usize,
        height: coarse.height() as usize,
        data: coarse.iter().map(|value| f32::from(*value) / 255.0).collect(),
    };
    let frame = Frame::stretch(Rect::whole(width, height), plane.width, plane.height);
    let laid = render(&edge::settle(&plane), &frame, width, height)?;
    let mut mask = laid.clone();
    let mut fastest = Duration::MAX;
    for _ in 0..RUNS {
        mask.clone_from(&laid);
        let start = Instant::now();
        edge::refine(&view, &mut mask, frame.cell(), edges, &Cancel::new())?;
        if edges != Edges::Hair {
            tidy(&mut mask, &plane, &frame, &[]);
        }
        fastest = fastest.min(start.elapsed());
    }
    image::save_buffer(folder.join(format!("{way}.png")), mask.data(), width, height, image::ExtendedColorType::L8)?;
    std::fs::write(folder.join(format!("{way}.json")), format!("{{\"seconds\": {}}}\n", fastest.as_secs_f64()))?;
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, folders @ ..] = &arguments[..] else {
        eprintln!("Usage: refine auto|hard|smooth|hair FOLDER...");
        return ExitCode::from(2);
    };
    for folder in folders {
        if let Err(error) = refine(way, Path::new(folder)) {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
