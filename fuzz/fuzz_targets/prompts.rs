//! Any list of prompts on a small picture, with the engine that needs no network.
#![no_main]

use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use deepcrop::{Cancel, Edges, ErrorKind, LoadOptions, Mask, Model, Picture, Point, Prompt, SegmentOptions, Source};
use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::network::hints::Hints;
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::internals::session::guard::pixel_of;
use deepcrop::types::Rect;

const WIDTH: u32 = 48;
const HEIGHT: u32 = 36;

#[derive(Arbitrary, Debug)]
struct Input {
    prompts: Vec<Kind>,
    /// As many are taken back, and given again.
    undo: u8,
    closer_look: bool,
    guard: bool,
    edges: u32,
    candidates: bool,
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Include(Place),
    Exclude(Place),
    Box(Place, Place),
    Lasso(Vec<Place>),
    Scribble(Vec<Place>),
    ScribbleOut(Vec<Place>),
    /// Width, height, and a value for each pixel in turn.
    Mask(u8, u8, Vec<u8>),
}

/// In quarters of a pixel, mostly in the picture.
#[derive(Arbitrary, Debug)]
struct Place(u8, u8);

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::load(&Source::Engine("classical"), &LoadOptions::default(), &Cancel::new()).unwrap());

/// A bright disc and a dark square on a shaded ground.
static IMAGE: LazyLock<RgbImage> = LazyLock::new(|| {
    let colour = |x: u32, y: u32| match (x, y) {
        _ if (x as i32 - 14).pow(2) + (y as i32 - 18).pow(2) < 90 => [220, 180, 60],
        (30..44, 8..24) => [30, 40, 90],
        _ => [(90 + x) as u8, (100 + y) as u8, 110],
    };
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| colour(x, y))).flatten().collect();
    RgbImage::new(pixels, WIDTH, HEIGHT).unwrap()
});

fuzz_target!(|input: Input| {
    let prompts: Vec<Prompt> = input.prompts.iter().take(8).map(prompt).collect();
    let options = SegmentOptions::new().closer_look(input.closer_look).guard(input.guard).edges(Edges::ALL[input.edges as usize % Edges::ALL.len()]);
    let picture = Picture::borrowing(&MODEL, IMAGE.view(), &Cancel::new()).unwrap();
    let ask = |picture: &Picture, prompts: &[Prompt]| picture.segment(prompts, &options, &Cancel::new());
    let good = prompts.iter().all(|prompt| prompt.check(WIDTH, HEIGHT).is_ok());
    let selection = match ask(&picture, &prompts) {
        Ok(selection) => selection,
        Err(error) if error.kind() == ErrorKind::Prompt => {
            assert!(!good, "{error}");
            return;
        }
        Err(other) => panic!("{other:?}"),
    };
    assert!(good);
    assert_eq!((selection.mask.width(), selection.mask.height()), (WIDTH, HEIGHT));
    assert!((0.0..=1.0).contains(&selection.score), "{}", selection.score);
    check_obeyed(&prompts, &selection.mask);

    let fewer = &prompts[..prompts.len().saturating_sub(usize::from(input.undo % 4))];
    let undone = ask(&picture, fewer).unwrap();
    let fresh = Picture::new(&MODEL, &IMAGE.view(), &Cancel::new()).unwrap();
    assert_eq!(ask(&fresh, fewer).unwrap().mask, undone.mask, "undo");
    assert_eq!(ask(&picture, &prompts).unwrap().mask, selection.mask, "redo");
    if input.candidates {
        let candidates = picture.candidates(&prompts, &options, &Cancel::new()).unwrap();
        assert_eq!(candidates[0].mask, selection.mask);
        candidates.iter().for_each(|answer| check_obeyed(&prompts, &answer.mask));
        assert_eq!(ask(&picture, &prompts).unwrap().mask, selection.mask, "after candidates");
    }
});

/// Every click is obeyed, but where two opposite ones share a pixel. A mask as the last prompt is taken as it is.
fn check_obeyed(prompts: &[Prompt], mask: &Mask) {
    if let Some(Prompt::Mask(given)) = prompts.last() {
        assert_eq!(mask, &**given);
        return;
    }
    let hints = Hints::from_prompts(prompts);
    if hints.include.is_empty() && hints.bounds.is_none() && !prompts.iter().any(|p| matches!(p, Prompt::Mask(_))) {
        assert_eq!(mask.bounds(1), None, "nothing to find");
    }
    for (points, others, inside) in [(&hints.include, &hints.exclude, true), (&hints.exclude, &hints.include, false)] {
        for &point in points {
            let pixel = pixel_of(mask, point);
            let contradicted = others.iter().any(|&other| pixel_of(mask, other) == pixel);
            assert!(contradicted || (mask.at(pixel.0, pixel.1) >= HALF) == inside, "{pixel:?} is not {inside}");
        }
    }
}

fn prompt(kind: &Kind) -> Prompt {
    let line = |places: &[Place]| places.iter().take(20).map(point).collect();
    match kind {
        Kind::Include(place) => Prompt::Include(point(place)),
        Kind::Exclude(place) => Prompt::Exclude(point(place)),
        Kind::Box(a, b) => {
            let (a, b) = (point(a), point(b));
            Prompt::Box(Rect::new(a.x, a.y, b.x, b.y))
        }
        Kind::Lasso(places) => Prompt::Lasso(line(places)),
        Kind::Scribble(places) => Prompt::Scribble(line(places)),
        Kind::ScribbleOut(places) => Prompt::ScribbleOut(line(places)),
        Kind::Mask(width, height, values) => {
            // Mostly of the right size.
            let (width, height) =
                if width % 8 == 0 { (u32::from(*width).max(1), u32::from(*height).max(1)) } else { (WIDTH, HEIGHT) };
            let mut mask = Mask::empty(width, height).unwrap();
            if !values.is_empty() {
                mask.data_mut().iter_mut().zip(values.iter().cycle()).for_each(|(to, from)| *to = *from);
            }
            Prompt::Mask(Arc::new(mask))
        }
    }
}

fn point(place: &Place) -> Point {
    let coordinate = |value: u8, length: u32| match value {
        255 => f64::NAN,
        254 => f64::INFINITY,
        253 => -0.25,
        value => f64::from(u32::from(value) % (4 * length + 1)) / 4.0,
    };
    Point::new(coordinate(place.0, WIDTH), coordinate(place.1, HEIGHT))
}
