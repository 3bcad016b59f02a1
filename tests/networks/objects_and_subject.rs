//! Objects and subjects that networks find without a click, and edges that a matting network redraws.

use super::*;
use deepcrop::{Edges, Error, ErrorKind};

/// A red disc and a green rectangle. On the network's grid of 32 cells, the centre of the disc is at 12, 16: a cell is
/// five pixels wide, and there are 20 pixels of padding at the top.
fn scene() -> RgbImage {
    paint(160, 120, |x, y| match () {
        _ if (x - 60.0).hypot(y - 60.0) < 25.0 => [190, 40, 40],
        _ if x > 110.0 && y > 30.0 && y < 70.0 => [60, 180, 60],
        _ => [60, 80, 120],
    })
}

fn refused(result: Result<impl Sized>) -> String {
    let error = result.err().expect("an error");
    assert!(matches!(error.kind(), ErrorKind::Argument | ErrorKind::Model), "{error:?}");
    error.to_string()
}

#[test]
fn an_object_is_listed_with_its_class() {
    let picture = picture(&load("objects"), &scene());
    for options in [PLAIN, SegmentOptions::default()] {
        let found = picture.objects(&options, &Cancel::new()).unwrap();
        let [object] = found.as_slice() else { panic!("{} objects", found.len()) };
        assert_eq!((object.label, object.name.as_str(), object.score), (1, "red thing", 0.9));
        assert_eq!(object.bounds, Rect::new(30.0, 30.0, 90.0, 90.0));
        let disk = |point| in_disk(point, Point::new(60.0, 60.0), 25.0);
        assert_mask(&object.mask.unpack().unwrap(), 4.0, disk);
        let subject = picture.subject(&options, &Cancel::new()).unwrap();
        assert_eq!((&subject.mask, subject.score), (&object.mask.unpack().unwrap(), 0.9));
    }
}

#[test]
fn clicks_pick_among_what_was_found() {
    let network = load("objects");
    let picture = picture(&network, &scene());
    let segment = |prompts: &[Prompt]| picture.segment(prompts, &SegmentOptions::default(), &Cancel::new()).unwrap();
    let disc = segment(&[include(60.0, 60.0)]);
    assert!(disc.mask.at(60, 60) == 255 && disc.score == 0.9);
    // A click beside all objects selects nothing, as the first click and later.
    let beside = segment(&[include(130.0, 50.0)]);
    assert_eq!((beside.mask.area(), beside.score), (0, 0.0));
    // Every click is obeyed, if only with a dot.
    let both = segment(&[include(60.0, 60.0), include(130.0, 50.0)]).mask;
    assert!(both.at(60, 60) == 255 && both.at(130, 50) >= HALF && both.at(136, 50) == 0);
    assert!(both.area().abs_diff(disc.mask.area()) <= 16);
    // An exclude click on the only object leaves nothing; beside it, it changes nothing.
    assert_eq!(segment(&[include(60.0, 60.0), exclude(65.0, 60.0)]).mask.area(), 0);
    assert_eq!(segment(&[include(60.0, 60.0), exclude(5.0, 5.0)]).mask, disc.mask);
    // A box selects the object whose own box is most like it.
    let around = |x0, y0, x1, y1| Prompt::Box(Rect::new(x0, y0, x1, y1));
    assert_eq!(segment(&[around(20.0, 20.0, 100.0, 90.0)]).mask, disc.mask);
    assert_eq!(segment(&[around(110.0, 20.0, 150.0, 90.0)]).mask.area(), 0);
    let offered = picture.candidates(&[include(130.0, 50.0)], &SegmentOptions::default(), &Cancel::new()).unwrap();
    assert_eq!((offered.len(), offered[0].mask.area()), (1, 0));
}

#[test]
fn a_subject_stands_out() {
    let picture = picture(&load("subject"), &scene());
    let subject = picture.subject(&SegmentOptions::default(), &Cancel::new()).unwrap();
    assert_mask(&subject.mask, 4.0, |point| in_disk(point, Point::new(60.0, 60.0), 25.0));
    let segment = |prompts: &[Prompt]| picture.segment(prompts, &SegmentOptions::default(), &Cancel::new()).unwrap();
    assert_mask(&segment(&[include(60.0, 60.0)]).mask, 4.0, |point| in_disk(point, Point::new(60.0, 60.0), 25.0));
    assert_eq!(segment(&[include(5.0, 5.0)]).mask.area(), 0);
    let says = refused(picture.objects(&SegmentOptions::default(), &Cancel::new()));
    assert!(says.contains("load a model that lists them"), "{says}");
}

#[test]
fn a_network_that_knows_the_subject_is_asked_without_a_click() {
    let red = |point: Point| in_rect(point, Rect::new(40.0, 60.0, 120.0, 140.0));
    let image = paint(320, 240, |x, y| [if red(Point::new(x, y)) > 0.0 { 255 } else { 0 }, 0, 0]);
    // This network selects nothing near a click, so it is asked without one, in the closer look too. A cell is ten
    // pixels wide in the whole picture, and three and a half in the window around the square.
    for (options, margin) in [(PLAIN, 10.0), (SegmentOptions::default(), 3.5)] {
        let subject = picture(&load("unasked"), &image).subject(&options, &Cancel::new()).unwrap();
        assert_mask(&subject.mask, margin, red);
    }
    assert_eq!(segment(&load("unasked"), &image, &[include(80.0, 100.0)], &PLAIN).score, 0.0);
}

#[test]
fn a_soft_map_becomes_a_line_only_where_one_is_asked_for() {
    let picture = picture(&load("subject"), &scene());
    let partial = |edges| {
        let options = SegmentOptions::new().edges(edges);
        let mask = picture.subject(&options, &Cancel::new()).unwrap().mask;
        mask.data().iter().filter(|value| (13..242).contains(*value)).count()
    };
    let soft = partial(Edges::None);
    assert_eq!(partial(Edges::Auto), soft, "the map's own transparency");
    for edges in [Edges::Hard, Edges::Smooth] {
        // The circle is 157 pixels long, with about one soft pixel for each and some more at corners.
        assert!(partial(edges) < 320 && partial(edges) * 2 < soft, "{edges}: {} of {soft}", partial(edges));
    }
}

#[test]
fn a_map_is_cleaned_if_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("subject.onnx");
    std::fs::copy(network("subject"), &path).unwrap();
    let cleaned = |more: &str| {
        std::fs::write(path.with_extension("toml"), format!("[saliency.clean]\nside = 160\n{more}")).unwrap();
        load_from(Source::Path(path.clone()))
    };
    // A red disc with a thin tail, and a speck; the cleaning removes both.
    let image = paint(160, 120, |x, y| {
        let red = (x - 60.0).hypot(y - 60.0) < 30.0
            || (y - 60.0).abs() < 6.0 && x > 60.0
            || (x - 120.0).hypot(y - 20.0) < 8.0;
        if red { [190, 40, 40] } else { [60, 80, 120] }
    });
    let subject = |more: &str, options: &SegmentOptions| {
        picture(&cleaned(more).unwrap(), &image).subject(options, &Cancel::new()).unwrap()
    };
    let plain = picture(&load("subject"), &image).subject(&PLAIN, &Cancel::new()).unwrap();
    assert!(plain.mask.at(140, 60) >= HALF && plain.mask.at(120, 20) >= HALF);
    assert_eq!(subject("", &PLAIN).mask, plain.mask);
    let all = "blur = 9\nthreshold = 0.5\nopening = 25";
    let opened = subject(all, &PLAIN);
    assert_mask(&opened.mask, 6.0, |point| in_disk(point, Point::new(60.0, 60.0), 30.0));
    // The score comes from the network's probabilities, not from the map after the threshold.
    assert!(opened.score > 0.8 && opened.score < 1.0, "{}", opened.score);
    // If the mask follows the picture's edges, a part of the tail may stay.
    let along = subject(all, &SegmentOptions::default()).mask;
    assert_mask(&along, 16.0, |point| in_disk(point, Point::new(60.0, 60.0), 30.0));
    let model = cleaned(all).unwrap();
    let click = |x, y| segment(&model, &image, &[include(x, y)], &PLAIN);
    assert_mask(&click(60.0, 60.0).mask, 6.0, |point| in_disk(point, Point::new(60.0, 60.0), 30.0));
    assert_eq!(click(140.0, 60.0).mask.area(), 0);
    let hard = subject("threshold = 0.9", &PLAIN).mask;
    assert!(hard.data().iter().all(|value| [0, 255].contains(value)) && hard.area() < plain.mask.area());

    for (more, says) in [
        ("blur = 0.5", "`blur` is 0.5; write a number from 1 to `side`"),
        ("opening = 161", "`opening` is 161.0; write a number from 1 to `side`"),
        ("blur = nan", "`blur` is NaN"),
        ("threshold = 0", "`threshold` is 0.0; write a number above 0, at most 1"),
        ("threshold = 1.1", "`threshold` is 1.1"),
        ("size = 3", "unknown field `size`"),
    ] {
        assert!(refused(cleaned(more)).contains(says), "{more}: {}", refused(cleaned(more)));
    }
    std::fs::write(path.with_extension("toml"), "[saliency.clean]\nside = 0").unwrap();
    assert!(refused(load_from(Source::Path(path.clone()))).contains("`side` is 0.0; write the length"));
}

#[test]
fn a_picture_of_nothing_has_no_objects() {
    let grey = paint(40, 30, |_, _| [90, 90, 90]);
    let picture_of = |name| picture(&load(name), &grey);
    assert!(picture_of("objects").objects(&SegmentOptions::default(), &Cancel::new()).unwrap().is_empty());
    for name in ["objects", "subject"] {
        let subject = picture_of(name).subject(&SegmentOptions::default(), &Cancel::new()).unwrap();
        assert_eq!((subject.mask.area(), subject.score), (0, 0.0), "{name}");
    }
}

#[test]
fn a_model_that_needs_a_click_is_clicked_all_over() {
    let picture = picture(&load("red"), &scene());
    for options in [PLAIN, SegmentOptions::default()] {
        let subject = picture.subject(&options, &Cancel::new()).unwrap();
        assert_mask(&subject.mask, 4.0, |point| in_disk(point, Point::new(60.0, 60.0), 25.0));
    }
    let cancel = Cancel::new();
    cancel.raise();
    assert_eq!(picture.subject(&PLAIN, &cancel).err(), Some(Error::cancelled()));
}

#[test]
fn models_that_list_nothing_say_so() {
    let picture = picture(&load("red"), &scene());
    assert!(refused(picture.objects(&SegmentOptions::default(), &Cancel::new())).contains("click on an object"));
}

#[test]
fn a_matting_network_redraws_only_the_edge() {
    let options = |matting| {
        LoadOptions::default()
            .provider(Provider::Cpu)
            .runtime(common::runtime())
            .matting(Source::Path(network(matting)))
    };
    let load = |source: &Source, matting| Model::load(source, &options(matting), &Cancel::new());
    let red = Source::Path(network("red"));
    // Red fades from left to right. The network selects what is more than half red; the matting network returns the red
    // as opacity.
    let image = paint(1500, 60, |x, _| [(255.0 - x * 0.17) as u8, 0, 0]);
    let edges = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::Auto);
    let click = [include(10.0, 30.0)];
    let mask = segment(&load(&red, "matting").unwrap(), &image, &click, &edges).mask;
    let drawn = segment(&self::load("red"), &image, &click, &edges).mask;
    let redrawn: Vec<u32> = (0..1500).filter(|&x| mask.at(x, 30) != drawn.at(x, 30)).collect();
    let (first, last) = (redrawn[0], redrawn[redrawn.len() - 1]);
    assert!((640..720).contains(&first) && (780..860).contains(&last), "{first}..={last}");
    for x in first..=last {
        let red = 255.0 - (f64::from(x) + 0.5) * 0.17;
        assert!((f64::from(mask.at(x, 30)) - red).abs() <= 3.0, "{x}: {} is not {red}", mask.at(x, 30));
    }
    let plain = edges.edges(Edges::None);
    let without = segment(&self::load("red"), &image, &click, &plain).mask;
    assert_eq!(segment(&load(&red, "matting").unwrap(), &image, &click, &plain).mask, without);

    assert!(refused(load(&Source::Path(network("matting")), "matting")).contains("pass it as the option `matting`"));
    assert!(refused(load(&red, "subject")).contains("(a network of the family `saliency`) is not a matting network"));
    let cancel = Cancel::new();
    let picture = picture(&load(&red, "matting").unwrap(), &image);
    cancel.raise();
    assert_eq!(picture.segment(&click, &edges, &cancel).err(), Some(Error::cancelled()));
}
