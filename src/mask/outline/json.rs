//! Writing an outline as JSON.

use std::fmt::Write;

use crate::mask::outline::Outline;
use crate::mask::outline::svg::push_hundredths;

impl Outline {
    /// The polygons as JSON: `{"format": 1, "size": [width, height], "rings": [{"hole": false, "parent": null,
    /// "points": [[x, y], …]}, …]}`, with coordinates to a hundredth of a pixel. `format` is the version of this shape,
    /// `parent` the index of the next ring outside.
    pub fn to_json(&self) -> String {
        let mut json = format!("{{\"format\":1,\"size\":[{},{}],\"rings\":[", self.width, self.height);
        for (i, ring) in self.rings.iter().enumerate() {
            json.push_str(if i == 0 { "\n" } else { ",\n" });
            let parent = ring.parent.map_or("null".into(), |parent| parent.to_string());
            write!(json, "{{\"hole\":{},\"parent\":{parent},\"points\":[", ring.hole).expect("a string takes all");
            for (i, point) in ring.points.iter().enumerate() {
                json.push_str(if i == 0 { "[" } else { ",[" });
                push_hundredths(&mut json, (point.x * 100.0).round() as i64, "0");
                json.push(',');
                push_hundredths(&mut json, (point.y * 100.0).round() as i64, "0");
                json.push(']');
            }
            json.push_str("]}");
        }
        json.push_str("\n]}\n");
        json
    }
}
