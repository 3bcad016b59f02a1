//! Writing an outline as SVG.

use std::fmt::Write;

use crate::geometry::point::Point;
use crate::mask::outline::{Outline, node};

impl Outline {
    /// SVG path data: a closed subpath for each ring, in picture pixels, to a hundredth of a pixel. Holes are right
    /// with both fill rules.
    pub fn to_svg_path(&self) -> String {
        let mut path = String::new();
        for ring in &self.rings {
            // Steps between rounded points are short, and their errors do not add up.
            let mut pen = (0, 0);
            let mut command = ' ';
            let mut draw = |path: &mut String, letter: char, points: &[Point]| {
                let to =
                    points.iter().map(|point| ((point.x * 100.0).round() as i64, (point.y * 100.0).round() as i64));
                let steps: Vec<(i64, i64)> = to.map(|(x, y)| (x - pen.0, y - pen.1)).collect();
                let &step = steps.last().expect("every command has a point");
                if letter == 'l' && step == (0, 0) {
                    return;
                }
                pen = (pen.0 + step.0, pen.1 + step.1);
                // A letter may be left out if it repeats the last one.
                if std::mem::replace(&mut command, letter) != letter {
                    path.push(letter);
                }
                for number in steps.into_iter().flat_map(|step| [step.0, step.1]) {
                    if number >= 0 && path.ends_with(|last: char| last.is_ascii_digit()) {
                        path.push(' ');
                    }
                    push_hundredths(path, number, "");
                }
            };
            let curves: Vec<_> = node::curves(&ring.nodes).collect();
            for (i, curve) in curves.iter().enumerate() {
                if i == 0 {
                    draw(&mut path, 'M', &curve.0[..1]);
                }
                match curve.is_line() {
                    // `z` draws the last line.
                    true if i + 1 == curves.len() => {}
                    true => draw(&mut path, 'l', &curve.0[3..]),
                    false => draw(&mut path, 'c', &curve.0[1..]),
                }
            }
            path.push('z');
        }
        path
    }

    /// An SVG document of the picture's size, with the outline as one black shape.
    pub fn to_svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\"><path fill-rule=\"evenodd\" d=\"{}\"/></svg>\n",
            self.to_svg_path()
        )
    }
}

/// Writes a number of hundredths as briefly as possible: no zeros at the end, and `none` instead of a zero before the point.
pub fn push_hundredths(text: &mut String, number: i64, none: &str) {
    if number < 0 {
        text.push('-');
    }
    let (whole, part) = (number.unsigned_abs() / 100, number.unsigned_abs() % 100);
    let whole = if whole == 0 && part != 0 { none.to_owned() } else { whole.to_string() };
    let written = match part {
        0 => write!(text, "{whole}"),
        _ if part % 10 == 0 => write!(text, "{whole}.{}", part / 10),
        _ => write!(text, "{whole}.{part:02}"),
    };
    written.expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::outline::Ring;
    use crate::mask::outline::node::Node;

    #[test]
    fn numbers_are_short_and_exact() {
        let written = |none: &str| {
            [0, 5, -50, 100, -123, 1230].map(|number| {
                let mut text = String::new();
                push_hundredths(&mut text, number, none);
                text
            })
        };
        assert_eq!(written(""), ["0", ".05", "-.5", "1", "-1.23", "12.3"]);
        assert_eq!(written("0"), ["0", "0.05", "-0.5", "1", "-1.23", "12.3"]);
    }

    #[test]
    fn a_triangle_as_a_document() {
        let points = [(1.0, 2.0), (3.504, 1.996), (0.5, 4.25)].map(|(x, y)| Point::new(x, y)).to_vec();
        let nodes = points.iter().map(|&point| Node::corner(point)).collect();
        let outline = Outline { width: 4, height: 5, rings: vec![Ring { points, nodes, hole: false, parent: None }] };
        assert_eq!(outline.to_svg_path(), "M1 2l2.5 0-3 2.25z");
        assert_eq!(
            outline.to_svg(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"5\" viewBox=\"0 0 4 5\">\
             <path fill-rule=\"evenodd\" d=\"M1 2l2.5 0-3 2.25z\"/></svg>\n"
        );
        assert_eq!(
            outline.to_json(),
            "{\"format\":1,\"size\":[4,5],\"rings\":[\n{\"hole\":false,\"parent\":null,\"points\":[[1,2],[3.5,2],[0.5,4.25]]}\n]}\n"
        );
    }
}
