//! Cases with prompts: compares the best answer after the last prompt, and the other answers.

use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::network::hints::{Hints, obeyed_radius};
use deepcrop::internals::session::guard;
use deepcrop::types::Rect;
use deepcrop::{Cancel, Edges, Mask, Point, Prompt, SegmentOptions};
use serde_json::Value;

use crate::{LEAST_IOU, PIXELS_OFF, SCORE_OFF, Set, differing, iou};

/// The network's plain answer: no closer look, no guard, no edges.
const PLAIN: SegmentOptions = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::None);
/// Answers with this IoU or more are offered as one.
const SAME_ANSWER: f64 = 0.85;

fn prompt(said: &Value) -> Prompt {
    let (kind, numbers) = said.as_object().and_then(|said| said.iter().next()).expect("a prompt says what it is");
    let numbers: Vec<f64> = numbers.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    match (kind.as_str(), numbers.as_slice()) {
        ("include", &[x, y]) => Prompt::Include(Point::new(x, y)),
        ("exclude", &[x, y]) => Prompt::Exclude(Point::new(x, y)),
        ("box", &[x0, y0, x1, y1]) => Prompt::Box(Rect::new(x0, y0, x1, y1)),
        _ => panic!("no prompt: {said}"),
    }
}

/// Compares the answers to the prompts of a case with the expected ones.
pub fn check(set: &mut Set, title: &str, case: &Value) {
    let prompts: Vec<Prompt> = case["prompts"].as_array().into_iter().flatten().map(prompt).collect();
    let picture = set.picture(case["picture"].as_str().expect("a case names its picture"));
    let hints = Hints::from_prompts(&prompts);
    let expected: Vec<(Mask, Option<f64>)> = case["answers"]
        .as_array()
        .expect("a case has answers")
        .iter()
        .map(|answer| {
            let mask = set.mask(answer["mask"].as_str().expect("an answer has a mask"));
            (mask, answer["score"].as_f64())
        })
        .collect();
    let default = expected.first().expect("a case has an answer");
    let found = match picture.segment(&prompts, &PLAIN, &Cancel::new()) {
        Ok(found) => found,
        Err(error) => return set.wrong.push(format!("{title}: {error}")),
    };
    let found_mask = pardoned(&found.mask, &default.0, &hints);
    set.compare(title, (&found_mask, f64::from(found.score)), (&default.0, default.1));
    let offered = picture.candidates(&prompts, &PLAIN, &Cancel::new()).unwrap();
    let obeyed: Vec<Mask> = expected.iter().map(|(mask, _)| obeyed(mask, &hints)).collect();
    for (rank, (mask, score)) in expected.iter().enumerate().skip(1) {
        let others = obeyed.iter().enumerate().filter(|(i, _)| *i != rank);
        let twice = others.into_iter().any(|(_, other)| iou(&obeyed[rank], other) >= SAME_ANSWER);
        let there = offered.iter().any(|offer| {
            let offered = pardoned(&offer.mask, mask, &hints);
            let alike = iou(mask, &offered) >= LEAST_IOU || differing(mask, &offered) <= PIXELS_OFF;
            alike && score.is_none_or(|score| (f64::from(offer.score) - score).abs() <= SCORE_OFF)
        });
        if mask.area() > 0 && !there && !twice {
            let nearest = offered.iter().map(|offer| iou(mask, &offer.mask)).fold(0.0, f64::max);
            set.wrong.push(format!("{title}: answer {} is not offered; the nearest has IoU {nearest:.4}", rank + 1));
        }
    }
}

/// The mask, changed so that every click is obeyed.
fn obeyed(mask: &Mask, hints: &Hints) -> Mask {
    let mut mask = mask.clone();
    guard::obey(&mut mask, hints);
    mask
}

/// The mask without the spots around clicks that the network ignored: the library obeys every click, the authors' code
/// does not.
fn pardoned(mask: &Mask, expected: &Mask, hints: &Hints) -> Mask {
    let reach = obeyed_radius(f64::from(mask.width().max(mask.height()))) + 1.0;
    let wishes =
        hints.include.iter().map(|click| (*click, true)).chain(hints.exclude.iter().map(|click| (*click, false)));
    let vain = |&(click, wish): &(Point, bool)| {
        let (x, y) = guard::pixel_of(expected, click);
        (expected.at(x, y) >= HALF) != wish
    };
    let vain: Vec<Point> = wishes.filter(vain).map(|(click, _)| click).collect();
    let width = mask.width() as usize;
    let pixel = |(i, (mine, theirs)): (usize, (&u8, &u8))| {
        let place = Point::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
        if vain.iter().any(|click| click.distance(place) <= reach) { *theirs } else { *mine }
    };
    let data = mask.data().iter().zip(expected.data()).enumerate().map(pixel).collect();
    Mask::new(mask.width(), mask.height(), data).unwrap()
}
