//! Lists of prompts: what each kind of prompt selects, and that the list is the whole state.

use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::network::hints::Hints;
use deepcrop::types::Rect;
use deepcrop::{Cancel, Model, Point, Prompt, SegmentOptions};

use crate::{CELLS, PLAIN, assert_mask, exclude, in_disk, in_rect, include, load, paint, picture, segment};

fn grey() -> deepcrop::internals::pixels::rgb_image::RgbImage {
    paint(320, 240, |x, y| [(x / 2.0) as u8, (y / 2.0) as u8, 90])
}

#[test]
fn a_box_is_a_click_in_its_middle_in_a_window_round_it() {
    let rect = Rect::new(100.0, 80.0, 200.0, 160.0);
    let selection = segment(&load("disk"), &grey(), &[Prompt::Box(rect)], &PLAIN);
    let window = 1.4 * rect.width();
    assert_mask(&selection.mask, window / CELLS, |point| in_disk(point, rect.centre(), window / 8.0));
}

#[test]
fn a_lasso_is_a_click_deep_inside_it() {
    // An L: the middle of its box lies outside the L.
    let corners = [(60.0, 40.0), (100.0, 40.0), (100.0, 160.0), (220.0, 160.0), (220.0, 200.0), (60.0, 200.0)];
    let line: Vec<Point> = corners.iter().map(|&(x, y)| Point::new(x, y)).collect();
    let selection = segment(&load("disk"), &grey(), &[Prompt::Lasso(line.clone())], &PLAIN);
    let click = Hints::from_prompts(&[Prompt::Lasso(line)]).middle().unwrap();
    // The part of the disk that lies inside the lasso.
    let legs = [Rect::new(60.0, 40.0, 100.0, 200.0), Rect::new(60.0, 160.0, 220.0, 200.0)];
    let window = 1.4 * 160.0;
    assert_mask(&selection.mask, window / CELLS, |point| {
        in_disk(point, click, window / 8.0).min(in_rect(point, legs[0]).max(in_rect(point, legs[1])))
    });
    assert!(in_rect(click, legs[0]).max(in_rect(click, legs[1])) > 15.0, "{click:?}");
}

#[test]
fn a_network_that_knows_boxes_and_lassos_is_shown_them() {
    let rect = Rect::new(100.0, 80.0, 200.0, 160.0);
    let prompts = [Prompt::Box(rect)];
    let cell = 1.4 * rect.width() / CELLS;
    let inside = |point: Point| in_rect(point, rect);
    // The library adds no click of its own: this network deselects the place of a click.
    assert_mask(&segment(&load("framed"), &grey(), &prompts, &PLAIN).mask, cell, inside);
    assert_mask(&segment(&load("framed"), &grey(), &prompts, &SegmentOptions::default()).mask, 2.0 * cell, inside);
    let (a, b, c) = (Point::new(60.0, 40.0), Point::new(220.0, 40.0), Point::new(60.0, 200.0));
    let below = |point: Point| (260.0 - point.x - point.y) / 2f64.sqrt();
    let triangle = |point: Point| (point.x - a.x).min(point.y - a.y).min(below(point));
    let selection = segment(&load("framed"), &grey(), &[Prompt::Lasso(vec![a, b, c])], &PLAIN);
    assert_mask(&selection.mask, 1.4 * 160.0 / CELLS, triangle);
    // Without a box this network selects nothing, so only the click itself is selected.
    let clicked = segment(&load("framed"), &grey(), &[include(60.0, 40.0)], &PLAIN);
    assert_mask(&clicked.mask, 3.0, |point| in_disk(point, Point::new(60.0, 40.0), 2.0));
}

#[test]
fn a_scribble_is_clicks_along_it() {
    let line: Vec<Point> = (40..=280).map(|x| Point::new(f64::from(x), 120.0)).collect();
    let selection = segment(&load("disk"), &grey(), &[Prompt::Scribble(line)], &PLAIN);
    // Five disks, each as wide as a quarter of the picture, 60 pixels apart.
    let along = |point: Point| Point::new(point.x.clamp(40.0, 280.0), 120.0);
    assert_mask(&selection.mask, 15.0, |point| in_disk(point, along(point), 40.0));
}

#[test]
fn excluding_alone_selects_nothing() {
    let stroke = Prompt::ScribbleOut(vec![Point::new(5.0, 5.0), Point::new(300.0, 200.0)]);
    for options in [PLAIN, SegmentOptions::default()] {
        for prompts in [vec![], vec![exclude(50.0, 60.0)], vec![exclude(50.0, 60.0), stroke.clone()]] {
            let selection = segment(&load("disk"), &grey(), &prompts, &options);
            assert_eq!((selection.mask.bounds(1), selection.score), (None, 0.0));
        }
    }
}

#[test]
fn a_click_that_the_network_ignores_is_obeyed() {
    for options in [PLAIN, SegmentOptions::default()] {
        let prompts = [include(160.0, 120.0), exclude(165.0, 130.0)];
        let mask = segment(&load("disk"), &grey(), &prompts, &options).mask;
        assert!(mask.at(160, 120) >= HALF && mask.at(165, 130) < HALF);
        // The picture has nothing red, so this network finds nothing.
        let prompts = [include(160.0, 120.0), include(20.0, 20.0)];
        let mask = segment(&load("red"), &grey(), &prompts, &options).mask;
        assert!(mask.at(160, 120) >= HALF && mask.at(20, 20) >= HALF);
    }
}

/// Pseudo-random numbers below `limit`, the same in every run.
fn numbers(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |limit| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % limit
    }
}

#[test]
fn a_list_gives_the_same_mask_whatever_was_asked_before() {
    for model in ["disk", "grow", "two_graphs"].map(load).into_iter().chain([classical()]) {
        let image = grey();
        let used = picture(&model, &image);
        let mut number = numbers(5);
        let mut list: Vec<Prompt> = Vec::new();
        let mut known: Vec<(Vec<Prompt>, SegmentOptions, deepcrop::Mask)> = Vec::new();
        for _ in 0..12 {
            match number(4) {
                0 => drop(list.pop()),
                _ => {
                    let point = Point::new(number(320) as f64 + 0.5, number(240) as f64 + 0.5);
                    let corner = Point::new(point.x / 2.0, point.y / 2.0);
                    list.push(match number(5) {
                        0 => Prompt::Exclude(point),
                        1 => Prompt::Box(Rect::new(point.x + 2.0, point.y + 2.0, corner.x, corner.y)),
                        2 => Prompt::Scribble(vec![point, corner]),
                        _ => Prompt::Include(point),
                    });
                }
            }
            list.truncate(4);
            list.retain(|prompt| prompt.check(320, 240).is_ok());
            let options = if number(3) == 0 { PLAIN } else { SegmentOptions::default() };
            let mask = used.segment(&list, &options, &Cancel::new()).unwrap().mask;
            assert_eq!(segment(&model, &image, &list, &options).mask, mask, "{list:?}");
            known.push((list.clone(), options, mask));
        }
        for (list, options, mask) in known.iter().rev() {
            assert_eq!(used.segment(list, options, &Cancel::new()).unwrap().mask, *mask, "{list:?}");
        }
    }
}

fn classical() -> Model {
    crate::load_from(deepcrop::Source::Engine("classical")).unwrap()
}

#[test]
fn taking_a_prompt_back_and_again_needs_no_network() {
    let picture = picture(&load("disk"), &grey());
    let prompts = [include(60.0, 60.0), include(200.0, 100.0), exclude(205.0, 110.0)];
    let ask = |count: usize| picture.segment(&prompts[..count], &SegmentOptions::default(), &Cancel::new()).unwrap();
    let masks: Vec<_> = (0..=3).map(|count| ask(count).mask).collect();
    for count in [2, 1, 0, 1, 2, 3] {
        let again = ask(count);
        assert_eq!(again.mask, masks[count]);
        assert_eq!(again.timings, Default::default());
    }
}
