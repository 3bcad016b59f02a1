//! Cases of prompts: the default answer after the last of them, and the others.

use deepcrop::cancel::Cancel;
use deepcrop::frame::{Point, Rect};
use deepcrop::guard;
use deepcrop::mask::Mask;
use deepcrop::picture::SegmentOptions;
use deepcrop::prompt::{Hints, Prompt};
use serde_json::Value;

use crate::{LEAST_IOU, PIXELS_OFF, SCORE_OFF, Set, differing, iou};

/// The network's answer and nothing else.
const PLAIN: SegmentOptions = SegmentOptions { closer_look: false, guard: false, edges: false };
/// Answers that overlap more than this are given as one.
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

/// Compares what is answered to the prompts of a case with what is expected.
pub fn check(set: &mut Set, title: &str, case: &Value) {
    let prompts: Vec<Prompt> = case["prompts"].as_array().into_iter().flatten().map(prompt).collect();
    let picture = set.picture(case["picture"].as_str().expect("a case names its picture"));
    let hints = Hints::from_prompts(&prompts);
    let expected: Vec<(Mask, f64)> = case["answers"]
        .as_array()
        .expect("a case has answers")
        .iter()
        .map(|answer| {
            let mut mask = set.mask(answer["mask"].as_str().expect("an answer has a mask"));
            // Every click is obeyed here, whatever a network says.
            guard::obey(&mut mask, &hints);
            (mask, answer["score"].as_f64().expect("an answer has a score"))
        })
        .collect();
    let (default, others) = expected.split_first().expect("a case has an answer");
    let found = picture.segment(&prompts, &PLAIN, &Cancel::new()).unwrap_or_else(|error| panic!("{title}: {error}"));
    set.compare(title, (&found.mask, f64::from(found.score)), (&default.0, default.1));
    let offered = picture.candidates(&prompts, &PLAIN, &Cancel::new()).unwrap();
    for (rank, (mask, score)) in others.iter().enumerate() {
        let alike = |other: &Mask| iou(mask, other) >= LEAST_IOU || differing(mask, other) <= PIXELS_OFF;
        let same = |other: &Mask| iou(mask, other) >= SAME_ANSWER;
        let there = |offer: &deepcrop::picture::Selection| {
            same(&offer.mask) && (!alike(&offer.mask) || (f64::from(offer.score) - score).abs() <= SCORE_OFF)
        };
        if mask.area() > 0 && !offered.iter().any(there) {
            let nearest = offered.iter().map(|offer| iou(mask, &offer.mask)).fold(0.0, f64::max);
            set.wrong.push(format!("{title}: answer {} is not offered; the nearest has IoU {nearest:.4}", rank + 2));
        }
    }
}
