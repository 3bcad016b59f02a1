//! An outline as SVG text.

use std::fmt::Write;

use super::Outline;
use crate::frame::Point;

impl Outline {
    /// SVG path data: one closed subpath a ring, in picture pixels, to a hundredth of one. Holes come out right with
    /// either fill rule.
    pub fn to_svg_path(&self) -> String {
        let mut path = String::new();
        for ring in &self.rings {
            let mut pen = (0, 0);
            for (i, &Point { x, y }) in ring.points.iter().enumerate() {
                // Steps between rounded points: short, and their errors do not add up.
                let point = ((x * 100.0).round() as i64, (y * 100.0).round() as i64);
                let step = (point.0 - pen.0, point.1 - pen.1);
                match i {
                    0 => path.push('M'),
                    1 => path.push('l'),
                    _ if step == (0, 0) => continue,
                    _ if step.0 >= 0 => path.push(' '),
                    _ => {}
                }
                push_hundredths(&mut path, step.0);
                if step.1 >= 0 {
                    path.push(' ');
                }
                push_hundredths(&mut path, step.1);
                pen = point;
            }
            path.push('z');
        }
        path
    }

    /// A whole SVG document of the picture's size with the outline as one black shape.
    pub fn to_svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\"><path fill-rule=\"evenodd\" d=\"{}\"/></svg>\n",
            self.to_svg_path()
        )
    }
}

/// As short as can be: no zeros at either end.
fn push_hundredths(path: &mut String, number: i64) {
    if number < 0 {
        path.push('-');
    }
    let (whole, part) = (number.unsigned_abs() / 100, number.unsigned_abs() % 100);
    let written = match part {
        0 => write!(path, "{whole}"),
        _ if whole == 0 && part % 10 == 0 => write!(path, ".{}", part / 10),
        _ if whole == 0 => write!(path, ".{part:02}"),
        _ if part % 10 == 0 => write!(path, "{whole}.{}", part / 10),
        _ => write!(path, "{whole}.{part:02}"),
    };
    written.expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::super::Ring;
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        let numbers = [0, 5, -50, 100, -123, 1230].map(|number| {
            let mut text = String::new();
            push_hundredths(&mut text, number);
            text
        });
        assert_eq!(numbers, ["0", ".05", "-.5", "1", "-1.23", "12.3"]);
    }

    #[test]
    fn a_triangle_as_a_document() {
        let points = [(1.0, 2.0), (3.504, 1.996), (0.5, 4.25)].map(|(x, y)| Point::new(x, y)).to_vec();
        let outline = Outline { width: 4, height: 5, rings: vec![Ring { points, hole: false, parent: None }] };
        assert_eq!(outline.to_svg_path(), "M1 2l2.5 0-3 2.25z");
        assert_eq!(
            outline.to_svg(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"4\" height=\"5\" viewBox=\"0 0 4 5\">\
             <path fill-rule=\"evenodd\" d=\"M1 2l2.5 0-3 2.25z\"/></svg>\n"
        );
    }
}
