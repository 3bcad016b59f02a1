//! Scores, several answers, networks in two graphs, and the selection so far as an input.

use std::sync::Arc;

use deepcrop::internals::mask::soft::HALF;
use deepcrop::types::Rect;
use deepcrop::{Cancel, Edges, Mask, Model, Point, Prompt, SegmentOptions};

use crate::{CELLS, PLAIN, assert_mask, in_disk, in_rect, include, load, paint, picture, segment};

/// Three upright stripes: red, green, blue.
fn stripes() -> deepcrop::internals::pixels::rgb_image::RgbImage {
    paint(120, 80, |x, _| std::array::from_fn(|i| if (x / 40.0) as usize == i { 255 } else { 0 }))
}

fn stripe(number: usize) -> Rect {
    Rect::new(40.0 * number as f64, 0.0, 40.0 * (number + 1) as f64, 80.0)
}

#[test]
fn several_answers_are_ranked_by_their_scores() {
    let (model, image) = (load("answers"), stripes());
    let picture = picture(&model, &image);
    // For any click, this network ranks green before blue before red. As the click is obeyed, each answer also has a
    // spot.
    let click = Point::new(60.0, 40.0);
    let prompts = [Prompt::Include(click)];
    let best = picture.segment(&prompts, &PLAIN, &Cancel::new()).unwrap();
    let all = picture.candidates(&prompts, &PLAIN, &Cancel::new()).unwrap();
    assert_eq!((&all[0].mask, all[0].score), (&best.mask, best.score));
    assert_eq!(all.iter().map(|answer| answer.score).collect::<Vec<_>>(), [0.9, 0.6, 0.3]);
    for (answer, number) in all.iter().zip([1, 2, 0]) {
        let beside_the_click = |point: Point| in_disk(point, click, 4.0).max(in_rect(point, stripe(number)));
        // Pixels at the border of the picture are not checked: their depth is less than the margin.
        assert_mask(&answer.mask, 4.0, beside_the_click);
    }
}

#[test]
fn a_network_without_scores_is_judged_by_its_certainty() {
    let model = load("probability");
    for red in [153u8, 204, 255] {
        let image = paint(64, 64, |_, _| [red, 0, 0]);
        let selection = segment(&model, &image, &[include(32.0, 32.0)], &PLAIN);
        // All cells are selected, each with this probability.
        assert!((selection.score - f32::from(red) / 255.0).abs() < 1e-3, "{red} {}", selection.score);
        assert!(selection.mask.data().iter().all(|&value| value.abs_diff(red) <= 1));
    }
}

#[test]
fn two_graphs_are_bound_by_name() {
    let model = load("two_graphs");
    let object = Rect::new(20.0, 20.0, 140.0, 100.0);
    let image = paint(200, 200, |x, y| if object.contains(Point::new(x, y)) { [255, 0, 0] } else { [0; 3] });
    let picture = picture(&model, &image);
    for click in [Point::new(60.0, 60.0), Point::new(130.0, 90.0)] {
        let prompts = [Prompt::Include(click)];
        let selection = picture.segment(&prompts, &PLAIN, &Cancel::new()).unwrap();
        // This network selects what is red within a quarter of the picture's width, on a grid of half the cells.
        let expected = |point: Point| in_rect(point, object).min(in_disk(point, click, 50.0));
        assert_mask(&selection.mask, 200.0 / CELLS * 1.6, expected);
    }
}

#[test]
fn the_selection_so_far_goes_into_the_network() {
    let model = load("grow");
    let image = paint(300, 200, |_, _| [90; 3]);
    let start = Rect::new(40.0, 40.0, 100.0, 80.0);
    let pixels = (0..200).flat_map(|y| (0..300).map(move |x| (x, y)));
    let inside = |(x, y): (u32, u32)| start.contains(Point::new(f64::from(x) + 0.5, f64::from(y) + 0.5));
    let mask = Mask::new(300, 200, pixels.map(|pixel| if inside(pixel) { 255 } else { 0 }).collect()).unwrap();
    let click = Point::new(180.0, 120.0);
    let prompts = [Prompt::Mask(Arc::new(mask.clone())), Prompt::Include(click)];
    assert_eq!(segment(&model, &image, &prompts[..1], &PLAIN).mask, mask);
    // The window lies around the selection and the click, with some room.
    let side = (180.0 - 40.0) * 1.4;
    let selection = segment(&model, &image, &prompts, &PLAIN);
    assert_mask(&selection.mask, side / CELLS, |point| in_rect(point, start).max(in_disk(point, click, side / 8.0)));
    // Without an earlier mask, only the click counts, and the window is the whole picture.
    let selection = segment(&model, &image, &prompts[1..], &PLAIN);
    assert_mask(&selection.mask, 300.0 / CELLS * 0.5, |point| in_disk(point, click, 300.0 / 8.0));
}

#[test]
fn a_click_on_another_object_adds_it() {
    let image = paint(320, 320, |_, _| [90; 3]);
    let (first, far, near) = (Point::new(60.0, 60.0), Point::new(240.0, 200.0), Point::new(120.0, 60.0));
    let disk = |centre: Point| move |point: Point| in_disk(point, centre, 320.0 / 8.0);
    let options = SegmentOptions::new().edges(Edges::None);
    let margin = 320.0 / CELLS * 0.5;
    let click = |model: &Model, second: Point, options: &SegmentOptions| {
        segment(model, &image, &[Prompt::Include(first), Prompt::Include(second)], options)
    };
    let sure = load("everything");
    let both = click(&sure, far, &options);
    assert_mask(&both.mask, margin, |point| disk(first)(point).max(disk(far)(point)));
    assert_eq!(both.score, 0.9);
    // No object is added if it overlaps with the selection, if its score is low, or if the guard is off.
    let all = |mask: &Mask| mask.area() > 150 * 150;
    assert!(all(&click(&sure, near, &options).mask));
    assert!(all(&click(&load("everything_unsure"), far, &options).mask));
    assert!(all(&click(&sure, far, &options.guard(false)).mask));
    let away = [Prompt::Include(first), Prompt::Exclude(Point::new(240.0, 215.0)), Prompt::Include(far)];
    assert!(
        all(&segment(&sure, &image, &away, &options).mask),
        "what was clicked away does not come back as an object"
    );
    // A click on the edge adds only a little there, even if the network answers with more.
    let little = click(&sure, Point::new(100.0, 60.0), &options).mask;
    assert!(
        little.at(103, 60) >= HALF && little.at(120, 60) < HALF && little.area() < 6000,
        "{} at 103, {} at 120, {} in all",
        little.at(103, 60),
        little.at(120, 60),
        little.area()
    );
    // The answer to both clicks together comes next.
    let picture = picture(&sure, &image);
    let answers =
        picture.candidates(&[Prompt::Include(first), Prompt::Include(far)], &options, &Cancel::new()).unwrap();
    assert_eq!(answers[0].mask, both.mask);
    assert!(all(&answers[1].mask));
    // A correction of the second object leaves the first alone.
    let prompts = [Prompt::Include(first), Prompt::Include(far), Prompt::Exclude(far)];
    let corrected = picture.segment(&prompts, &options, &Cancel::new()).unwrap().mask;
    assert_eq!((corrected.at(60, 60), corrected.at(240, 200)), (255, 0));
}

#[test]
fn a_click_deep_in_the_selection_makes_the_guess_afresh() {
    let model = load("stubborn");
    let image = paint(320, 320, |_, _| [90; 3]);
    let options = SegmentOptions::new().edges(Edges::None);
    let (include, deep) = (Prompt::Include(Point::new(100.0, 160.0)), Prompt::Exclude(Point::new(220.0, 160.0)));
    let whole: u64 = 320 * 320;
    assert_eq!(segment(&model, &image, std::slice::from_ref(&include), &options).mask.area(), whole);
    // This network keeps the selection that it is shown. In a new guess, without the selection, it leaves out the right
    // part.
    let clicks = [include.clone(), deep.clone()];
    let afresh = segment(&model, &image, &clicks, &options).mask;
    let width = (0..320).filter(|&x| afresh.at(x, 160) >= HALF).count();
    assert!(width.abs_diff(180) < 8, "{width}");
    assert_eq!((afresh.at(20, 20), afresh.at(300, 300)), (255, 0));
    // Its answer with the selection is the next candidate. Undo works as usual.
    let picture = picture(&model, &image);
    let answers = picture.candidates(&clicks, &options, &Cancel::new()).unwrap();
    assert_eq!(answers[0].mask, afresh);
    assert!(answers[1].mask.area() > whole - 1000);
    assert_eq!(picture.segment(&clicks[..1], &options, &Cancel::new()).unwrap().mask.area(), whole);
    // There is no new guess for a click near the edge, after a given mask, without the guard, or without closer looks.
    let all = |prompts: &[Prompt], options: &SegmentOptions| {
        let area = segment(&model, &image, prompts, options).mask.area();
        assert!(area > whole - 1000 && area < whole, "{area}");
    };
    all(&[include.clone(), Prompt::Exclude(Point::new(290.0, 160.0))], &options);
    let given = Prompt::Mask(Arc::new(Mask::new(320, 320, vec![255; 320 * 320]).unwrap()));
    all(&[given, include, deep], &options);
    all(&clicks, &options.guard(false));
    all(&clicks, &options.closer_look(false));
}

#[test]
fn where_all_answers_are_one_the_network_is_asked_for_more_and_less() {
    // Four bands with probabilities from 0 to 1, two of them close to 0.5. In a grey picture, the network's three
    // answers are the same.
    let image = paint(320, 320, |x, _| [[0, 120, 135, 255][(x / 80.0) as usize]; 3]);
    let picture = picture(&load("answers"), &image);
    let answers = picture.candidates(&[include(280.0, 160.0)], &PLAIN, &Cancel::new()).unwrap();
    let widths: Vec<usize> =
        answers.iter().map(|answer| (0..320).filter(|&x| answer.mask.at(x, 160) >= HALF).count()).collect();
    assert!(widths[0].abs_diff(160) < 12, "{widths:?}");
    for wanted in [240, 80] {
        assert!(widths[1..].iter().any(|width| width.abs_diff(wanted) < 12), "{wanted} of {widths:?}");
    }
}

#[test]
fn a_closer_look_sees_a_small_object_larger() {
    let model = load("disk");
    let image = paint(400, 300, |_, _| [90; 3]);
    let click = Point::new(210.0, 140.0);
    let far = segment(&model, &image, &[Prompt::Include(click)], &PLAIN);
    let radius = 400.0 / 8.0;
    assert_mask(&far.mask, 400.0 / CELLS * 0.25, |point| in_disk(point, click, radius));
    let closer = PLAIN.closer_look(true);
    let near = segment(&model, &image, &[Prompt::Include(click)], &closer);
    // The radius of this network's disk is an eighth of the window. The second window is 1.4 times as wide as the first
    // disk.
    let window = 1.4 * 2.0 * radius;
    assert_mask(&near.mask, 1.4 * 400.0 / CELLS / 8.0 + 1.0, |point| in_disk(point, click, window / 8.0));
}

#[test]
fn every_answer_is_looked_at_from_near_before_one_is_chosen() {
    // Two red bars far apart fill 29 % of the picture. A green square between them fills 2 % of it, but half of a
    // window around the square.
    let model = load("shares");
    let bars = [Rect::new(10.0, 10.0, 310.0, 60.0), Rect::new(10.0, 260.0, 310.0, 310.0)];
    let square = Rect::new(140.0, 140.0, 180.0, 180.0);
    let image = paint(320, 320, |x, y| {
        let point = Point::new(x, y);
        [bars.iter().any(|bar| bar.contains(point)), square.contains(point), false].map(|on| if on { 255 } else { 0 })
    });
    let closer = PLAIN.closer_look(true);
    let click = Point::new(160.0, 160.0);
    let clicks = [Prompt::Include(click)];
    let red = |point: Point| in_rect(point, bars[0]).max(in_rect(point, bars[1])).max(in_disk(point, click, 3.0));
    let far = segment(&model, &image, &clicks, &PLAIN);
    assert_mask(&far.mask, 320.0 / CELLS, red);
    let picture = picture(&model, &image);
    let all = picture.candidates(&clicks, &closer, &Cancel::new()).unwrap();
    assert_mask(&all[0].mask, 320.0 / CELLS, |point| in_rect(point, square));
    assert_mask(&all[1].mask, 320.0 / CELLS, red);
    assert!(all[0].score > 0.4 && all[1].score < 0.35, "{} {}", all[0].score, all[1].score);
}

#[test]
fn a_correction_that_reaches_beyond_its_window_is_seen_in_a_wider_one() {
    // The selection and the click lie far to the left of the red bar's right end.
    let model = load("red");
    let bar = Rect::new(20.0, 80.0, 380.0, 120.0);
    let image = paint(400, 200, |x, y| if bar.contains(Point::new(x, y)) { [255, 0, 0] } else { [0; 3] });
    let pixels = (0..200).flat_map(|y| (0..400).map(move |x| (x, y)));
    let start = |(x, y): (u32, u32)| (30..60).contains(&x) && (90..110).contains(&y);
    let mask = Mask::new(400, 200, pixels.map(|pixel| if start(pixel) { 255 } else { 0 }).collect()).unwrap();
    let prompts = [Prompt::Mask(Arc::new(mask)), include(80.0, 100.0)];
    let selection = segment(&model, &image, &prompts, &PLAIN);
    assert_mask(&selection.mask, 400.0 / CELLS, |point| in_rect(point, bar));
}
