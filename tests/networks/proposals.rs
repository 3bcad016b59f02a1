//! Networks that propose objects at each place and scale. The test network proposes what is red in the middle of a
//! patch; its refiner finds what is blue.

use std::fs;
use std::sync::Arc;

use deepcrop::types::Object;
use deepcrop::{Error, ErrorKind};
use tempfile::TempDir;

use super::*;

/// A square in the middle of a patch of the finer scale, half as wide as the patch.
const SMALL: Rect = Rect { x0: 24.0, y0: 24.0, x1: 40.0, y1: 40.0 };
/// The same for the coarser scale.
const LARGE: Rect = Rect { x0: 80.0, y0: 48.0, x1: 112.0, y1: 80.0 };

fn core(rect: Rect) -> Rect {
    let (w, h) = (rect.width() / 4.0, rect.height() / 4.0);
    Rect { x0: rect.x0 + w, y0: rect.y0 + h, x1: rect.x1 - w, y1: rect.y1 - h }
}

/// Two red squares on black, each with a bluish core.
fn scene() -> RgbImage {
    paint(128, 96, |x, y| {
        let within = |rect: Rect| rect.contains(Point::new(x, y));
        let red = within(SMALL) || within(LARGE);
        let blue = within(core(SMALL)) || within(core(LARGE));
        [red, false, blue].map(|on| if on { 255 } else { 0 })
    })
}

/// A network, with `more` as the manifest beside it.
fn told(name: &str, more: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["proposals", "proposals_refined", "proposals_refiner", "probability", "rank_3", "extra_input", "matting"]
    {
        fs::copy(network(file), folder.path().join(format!("{file}.onnx"))).unwrap();
    }
    let path = folder.path().join(format!("{name}.onnx"));
    fs::write(path.with_extension("toml"), more).unwrap();
    (folder, path)
}

fn objects(model: &Model, image: &RgbImage) -> Vec<Object> {
    picture(model, image).objects(&PLAIN, &Cancel::new()).unwrap()
}

fn mask(object: &Object) -> Mask {
    object.mask.unpack().unwrap()
}

#[test]
fn the_surest_proposals_are_the_objects() {
    let found = objects(&load("proposals"), &scene());
    let [small, large, rest @ ..] = found.as_slice() else { panic!("{} objects", found.len()) };
    let (small, large) = if small.bounds.x0 < 60.0 { (small, large) } else { (large, small) };
    for (object, rect) in [(small, SMALL), (large, LARGE)] {
        // The score is the sigmoid of 2, and a little less because of the soft edge.
        assert!((0.75..0.89).contains(&object.score), "{}", object.score);
        assert_mask(&mask(object), rect.width() / 8.0, |point| in_rect(point, rect));
        let Rect { x0, y0, x1, y1 } = object.bounds;
        let strays = [x0 - rect.x0, y0 - rect.y0, x1 - rect.x1, y1 - rect.y1].map(f64::abs);
        assert!(strays.iter().all(|stray| *stray <= rect.width() / 4.0), "{:?}", object.bounds);
        assert_eq!((object.label, object.name.as_str()), (0, "object"));
    }
    assert!(!rest.is_empty() && rest.iter().all(|object| object.score < 0.5), "{}", rest[0].score);
    assert!(found.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(found.iter().all(|object| mask(object).area() > 0));
}

#[test]
fn of_masks_that_are_alike_the_surer_one_stays() {
    let all = |more: &str| {
        let (_folder, path) = told("proposals", more);
        objects(&load_from(Source::Path(path)).unwrap(), &scene())
    };
    let pairs_over = |found: &[Object], most: f64| {
        let masks: Vec<Mask> = found.iter().map(mask).collect();
        let pairs = (0..masks.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        pairs.filter(|&(i, j)| masks[i].overlap(&masks[j]).unwrap() > most).count()
    };
    let (every, usual, few) = (all("[proposals]\noverlap = 1.0"), all(""), all("[proposals]\noverlap = 0.3"));
    assert!(every.len() > usual.len() && usual.len() > few.len() && few.len() >= 2);
    // Masks are compared on a grid, so the limits here are a little higher.
    assert!(pairs_over(&every, 0.75) > 0 && pairs_over(&usual, 0.75) == 0 && pairs_over(&few, 0.35) == 0);
    let two = all("[proposals]\nmost = 2");
    assert_eq!(two, usual[..2]);
}

#[test]
fn a_click_picks_the_surest_mask_that_holds_it() {
    let picture = picture(&load("proposals"), &scene());
    let segment = |prompts: &[Prompt]| picture.segment(prompts, &PLAIN, &Cancel::new()).unwrap();
    let within = |rect: Rect| move |point| in_rect(point, rect);
    let small = segment(&[include(30.0, 29.0)]);
    assert_mask(&small.mask, 2.0, within(SMALL));
    let large = segment(&[include(110.0, 78.0)]);
    assert_mask(&large.mask, 4.0, within(LARGE));
    assert!(small.score > 0.75 && large.score > 0.75);
    // No single mask holds both clicks.
    let both = segment(&[include(30.0, 29.0), include(98.0, 66.0)]);
    assert_mask(&both.mask, 4.0, |point| in_rect(point, SMALL).max(in_rect(point, LARGE)));
    // A click beside all objects selects nothing. No answer holds an excluded point.
    assert_eq!(segment(&[include(8.0, 85.0)]).mask.area(), 0);
    let part = segment(&[include(84.0, 52.0), exclude(108.0, 76.0)]).mask;
    assert!(part.at(84, 52) >= HALF && part.at(108, 76) < HALF && part.area() < 32 * 32);
    // A box selects the mask that is most like it, even if another mask has a higher score.
    for rect in [SMALL, LARGE] {
        let mask = segment(&[Prompt::Box(rect)]).mask;
        assert_mask(&mask, rect.width() / 8.0, within(rect));
    }
    assert_eq!(segment(&[Prompt::Box(Rect::new(2.0, 80.0, 12.0, 94.0))]).mask.area(), 0);
    // After a mask and an exclude click, no prompt points at an object.
    let start = Prompt::Mask(Arc::new(small.mask.clone()));
    assert_eq!(segment(&[start, exclude(30.0, 29.0)]).mask.area(), 0);
    let surest = segment(&[include(98.0, 66.0)]).mask;
    let offered = picture.candidates(&[include(98.0, 66.0)], &PLAIN, &Cancel::new()).unwrap();
    assert!((2..=3).contains(&offered.len()) && offered[0].mask == surest, "{}", offered.len());
    assert!(offered[1..].iter().all(|answer| answer.mask.at(98, 66) >= HALF));
}

#[test]
fn a_subject_is_found_by_clicking() {
    let subject = picture(&load("proposals"), &scene()).subject(&PLAIN, &Cancel::new()).unwrap();
    assert_mask(&subject.mask, 4.0, |point| in_rect(point, LARGE));
}

#[test]
fn a_refiner_draws_the_surest_again() {
    for refined in [0, 1, 2] {
        let (_folder, path) = told("proposals_refined", &format!("[proposals]\nrefined = {refined}"));
        let found = objects(&load_from(Source::Path(path)).unwrap(), &scene());
        for (number, object) in found[..2].iter().enumerate() {
            let whole = if object.bounds.x0 < 60.0 { SMALL } else { LARGE };
            let wanted = if number < refined { core(whole) } else { whole };
            assert_mask(&mask(object), whole.width() / 8.0, |point| in_rect(point, wanted));
        }
    }
    let picture = picture(&load("proposals_refined"), &scene());
    let click = |x, y| picture.segment(&[include(x, y)], &PLAIN, &Cancel::new()).unwrap().mask;
    assert_mask(&click(32.0, 32.0), 2.0, |point| in_rect(point, core(SMALL)));
    assert_mask(&click(96.0, 64.0), 4.0, |point| in_rect(point, core(LARGE)));
    // If the refiner finds nothing, the first mask stays.
    let red = paint(128, 96, |x, y| if SMALL.contains(Point::new(x, y)) { [255, 0, 0] } else { [0; 3] });
    let (with, without) = (objects(&load("proposals_refined"), &red), objects(&load("proposals"), &red));
    assert_eq!(with, without);
}

#[test]
fn a_folder_holds_a_network_and_its_refiner() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["proposals_refined", "proposals_refiner"] {
        fs::copy(network(file), folder.path().join(format!("{file}.onnx"))).unwrap();
    }
    let model = load_from(Source::Path(folder.path().to_owned())).unwrap();
    assert_eq!(model.info().family, "proposals");
    assert_eq!(objects(&model, &scene()), objects(&load("proposals_refined"), &scene()));
    fs::remove_file(folder.path().join("proposals_refiner.onnx")).unwrap();
    let error = load_from(Source::Path(folder.path().to_owned())).err().unwrap().to_string();
    assert!(error.contains("proposals_refiner.onnx cannot be read"), "{error}");
    let bytes = fs::read(network("proposals_refined")).unwrap();
    let error = load_from(Source::from(bytes)).err().unwrap().to_string();
    assert!(
        error.contains("needs its refiner proposals_refiner.onnx beside it; load the network from a file"),
        "{error}"
    );
    load_from(Source::from(fs::read(network("proposals")).unwrap())).unwrap();
}

#[test]
fn pictures_smaller_than_a_patch_and_thin_ones() {
    for name in ["proposals", "proposals_refined"] {
        let model = load(name);
        let tiny =
            paint(5, 4, |x, y| if (x - 2.5).abs() < 1.3 && (y - 2.0).abs() < 1.1 { [255, 0, 0] } else { [0; 3] });
        let found = picture(&model, &tiny).segment(&[include(2.5, 2.0)], &PLAIN, &Cancel::new()).unwrap();
        assert!(found.mask.at(2, 2) >= HALF && found.mask.at(0, 0) < HALF, "{:?}", found.mask);
        for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 9)] {
            let black = paint(width, height, |_, _| [0; 3]);
            assert!(objects(&model, &black).is_empty());
            let red = paint(width, height, |_, _| [255, 0, 0]);
            let found = objects(&model, &red);
            let size = |object: &Object| (object.mask.width(), object.mask.height());
            assert!(
                !found.is_empty() && found.iter().all(|object| size(object) == (width, height)),
                "{width} x {height}"
            );
            let whole = Rect::whole(width, height);
            assert!(found.iter().all(|object| object.bounds.joined(whole) == whole), "within the picture");
        }
    }
}

#[test]
fn what_does_not_fit_is_said_when_it_is_loaded() {
    for (name, more, says) in [
        (
            "proposals",
            "[input]\nfit = \"stretch\"",
            "write `fit = \"inside\"` in [input], and neither `size` nor `multiple`",
        ),
        ("proposals", "[input]\nsize = [64, 64]", "neither `size` nor `multiple`"),
        ("proposals", "[input]\nname = \"picture\"", "there is no input `picture` among image"),
        ("proposals", "[proposals]\nmasks = \"nowhere\"", "there is no output `nowhere` among masks"),
        ("proposals", "[proposals]\nscores = \"nowhere\"", "there is no output `nowhere` among masks"),
        (
            "proposals",
            "[proposals]\nmasks = \"uneven\"",
            "is not a mask for each place [1, side * side, rows, columns]",
        ),
        ("proposals", "[proposals]\nscores = \"pairs\"", "is not a score for each place [1, 1, rows, columns]"),
        ("proposals", "[proposals]\nscores = \"flat\"", "the output `flat f32[1, ?]` is not a score for each place"),
        ("proposals", "[proposals]\npatch = 10", "`patch` is 10; write a multiple of `stride`"),
        ("proposals", "[proposals]\nstride = 0", "`patch` is 8; write a multiple of `stride`"),
        ("proposals", "[proposals]\nscales = []", "`scales` is []; write one to sixteen numbers from 1 to 2048"),
        ("proposals", "[proposals]\nscales = [0]", "`scales` is [0]"),
        ("proposals", "[proposals]\nscales = [4096]", "`scales` is [4096]"),
        ("proposals", "[proposals]\noverlap = 1.5", "`overlap` is 1.5; write a number from 0 to 1"),
        ("proposals", "[proposals]\nmost = 0", "`most` is 0; write a number from 1 to 4000"),
        ("proposals", "[proposals]\nmask = \"masks\"", "unknown field `mask`"),
        ("proposals", "[proposals]\nrefiner = \"none.onnx\"", "none.onnx cannot be read"),
        (
            "proposals",
            "[proposals]\nrefiner = \"extra_input.onnx\"",
            "a refiner must take a patch and return a mask, but this one takes x",
        ),
        (
            "proposals",
            "[proposals]\nrefiner = \"probability.onnx\"",
            "the refiner's input `x f32[1, 3, 32, 32]` is not a patch of 8 x 8 cells",
        ),
        ("proposals", "[proposals]\nrefiner = \"matting.onnx\"", "does not take a picture of three colours"),
        (
            "proposals",
            "[proposals]\npatch = 32\nrefiner = \"rank_3.onnx\"",
            "the refiner's output `mask f32[1, 3, 32, 32]` is not one mask [1, 1, height, width] of floats",
        ),
    ] {
        let (_folder, path) = told(name, more);
        let error = load_from(Source::Path(path)).err().unwrap_or_else(|| panic!("{more} was loaded"));
        assert!(matches!(error.kind(), ErrorKind::Model | ErrorKind::File), "{more}: {error:?}");
        assert!(error.to_string().contains(says), "{more}: {error}");
    }
}

const FROM_THE_GROUND_UP: &str = r#"
    format = 1
    family = "proposals"
    name = "other"
    version = "1"
    licence = "MIT"
    [input]
    name = "x"
    fit = "inside"
    mean = [0, 0, 0]
    std = [255, 255, 255]
    [proposals]
    masks = "mask"
    scores = "mask"
    patch = 8
    stride = 4
    scales = [32]
"#;

#[test]
fn networks_of_another_make_are_refused() {
    let head = FROM_THE_GROUND_UP.split("    [input]").next().unwrap();
    let input = FROM_THE_GROUND_UP.split("    [proposals]").next().unwrap();
    for (name, text, says) in [
        (
            "probability",
            FROM_THE_GROUND_UP,
            "the input `x f32[1, 3, 32, 32]` has a fixed size, but this network takes a picture at several scales",
        ),
        (
            "extra_input",
            FROM_THE_GROUND_UP,
            "the network takes more than a picture: x f32[1, 3, 32, 32], tiredness f32[1]",
        ),
        ("probability", head, "has no table [proposals]; add one"),
        ("probability", input, "has no table [proposals]; add one"),
        ("probability", &FROM_THE_GROUND_UP.replace("[input]", "[matting]\nalpha = \"x\"\n[nothing]"), "unknown field"),
    ] {
        let (_folder, path) = told(name, text);
        let error = load_from(Source::Path(path)).err().unwrap_or_else(|| panic!("{name} was loaded"));
        assert!(error.kind() == ErrorKind::Model && error.to_string().contains(says), "{name}: {error}");
    }
    let without = {
        let (first, rest) = FROM_THE_GROUND_UP.split_once("    [input]").unwrap();
        format!("{first}[proposals]{}", rest.split_once("[proposals]").unwrap().1)
    };
    let (_folder, path) = told("probability", &without);
    let error = load_from(Source::Path(path)).err().unwrap().to_string();
    assert!(error.contains("there is no table [input]"), "{error}");
}

#[test]
fn wrong_numbers_are_refused_when_they_come() {
    for (more, status, says) in [
        ("[proposals]\nmasks = \"roots\"", 8, "the network returned values that are not numbers"),
        (
            "[proposals]\nstride = 2",
            5,
            "for an input of 40 x 32 the output `masks` has the shape [16, 7, 9] and `scores` [7, 9], but patches of 8 cells with a stride of 2 make 13 rows of 17 places",
        ),
    ] {
        let (_folder, path) = told("proposals", &format!("{more}\nscales = [32]"));
        let model = load_from(Source::Path(path)).unwrap();
        let error = Picture::new(&model, &scene().view(), &Cancel::new()).err().unwrap();
        assert!(error.kind() as i32 == status && error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_look_at_many_scales_stops_between_them() {
    let (_folder, path) = told("proposals_refined", &format!("[proposals]\nscales = {:?}", [512; 16]));
    let model = load_from(Source::Path(path)).unwrap();
    stopping::stops_soon(|cancel| Picture::new(&model, &scene().view(), cancel));
    let cancel = Cancel::new();
    let picture = picture(&load("proposals_refined"), &scene());
    cancel.raise();
    for result in
        [picture.segment(&[include(30.0, 29.0)], &PLAIN, &cancel).map(drop), picture.objects(&PLAIN, &cancel).map(drop)]
    {
        assert_eq!(result, Err(Error::cancelled()));
    }
}
