//! Cases with the subject of a picture.

use deepcrop::{Cancel, Edges, SegmentOptions};
use serde_json::Value;

use crate::Set;

/// The network's plain answer: no closer look, no guard, no edges.
const PLAIN: SegmentOptions = SegmentOptions::new().closer_look(false).guard(false).edges(Edges::None);

/// Compares the soft mask of the subject with the expected one.
pub fn check(set: &mut Set, title: &str, case: &Value) {
    let picture = set.picture(case["picture"].as_str().expect("a case names its picture"));
    let found = picture.subject(&PLAIN, &Cancel::new()).unwrap_or_else(|error| panic!("{title}: {error}"));
    let expected = set.mask(case["subject"].as_str().expect("a case has a subject"));
    set.compare_map(title, &found.mask, &expected);
}
