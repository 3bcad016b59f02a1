//! Cases with all objects in a picture.

use deepcrop::types::Object;
use deepcrop::{Cancel, Edges, SegmentOptions};
use serde_json::Value;

use crate::{BOX_OFF, Set};

/// The network's plain answer: no closer look, no guard, no edges.
const PLAIN: SegmentOptions = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::None);

/// Compares the objects found with the expected ones, in order.
pub fn check(set: &mut Set, title: &str, case: &Value) {
    let picture = set.picture(case["picture"].as_str().expect("a case names its picture"));
    let found = picture.objects(&PLAIN, &Cancel::new()).unwrap_or_else(|error| panic!("{title}: {error}"));
    let expected = case["objects"].as_array().expect("a case has objects");
    if found.len() != expected.len() {
        let list: Vec<_> = found.iter().map(|object| (object.score, object.label, object.bounds)).collect();
        set.wrong.push(format!("{title}: {} objects for {}: {list:?}", found.len(), expected.len()));
        return;
    }
    for (number, (Object { mask, score, bounds, label, name, .. }, wanted)) in found.iter().zip(expected).enumerate() {
        let title = format!("{title}, object {number}");
        let number = |value: &Value| value.as_f64().expect("a number");
        let corners = wanted["box"].as_array().expect("an object has a box").iter().map(number);
        let drawn = [bounds.x0, bounds.y0, bounds.x1, bounds.y1];
        let off = drawn.iter().zip(corners).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0, f64::max);
        let named = wanted["name"].as_str().unwrap_or_default();
        if off > BOX_OFF || u64::from(*label) != wanted["label"].as_u64().unwrap() || name != named {
            set.wrong.push(format!("{title}: {label} `{name}` at {bounds:?} for {wanted}"));
        }
        let expected = set.mask(wanted["mask"].as_str().expect("an object has a mask"));
        let mask = mask.unpack().unwrap();
        set.compare(&title, (&mask, f64::from(*score)), (&expected, wanted["score"].as_f64()));
    }
}
