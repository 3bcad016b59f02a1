//! Prompts. Their ordered list is the whole state of a selection: undo is a shorter list.

use std::sync::Arc;

use crate::base::error::{ErrorKind, Result};
use crate::geometry::point::Point;
use crate::geometry::polygon::bounding_box;
use crate::geometry::rect::Rect;
use crate::mask::soft::Mask;
use crate::network::hints::Hints;

/// One statement of the user about the object. Coordinates are picture pixels; the centre of the first pixel is (0.5, 0.5).
///
/// ```
/// use deepcrop::{Point, Prompt};
///
/// let stroke = vec![Point::new(10.0, 12.0), Point::new(14.0, 12.0)];
/// let prompts = [Prompt::bounds(5.0, 5.0, 40.0, 30.0), Prompt::exclude(8.5, 8.5), Prompt::Scribble(stroke)];
/// assert_eq!(prompts[1], Prompt::Exclude(Point::new(8.5, 8.5)));
/// assert!(prompts.iter().all(|prompt| prompt.check(64, 48).is_ok()));
/// assert!(Prompt::include(70.0, 5.0).check(64, 48).is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Prompt {
    /// A click on the object.
    Include(Point),
    /// A click beside the object.
    Exclude(Point),
    /// A box round the object.
    Box(Rect),
    /// A closed line round the object.
    Lasso(Vec<Point>),
    /// A stroke over the object.
    Scribble(Vec<Point>),
    /// A stroke beside the object.
    ScribbleOut(Vec<Point>),
    /// A mask to start from; the prompts before it no longer count.
    Mask(Arc<Mask>),
}

/// The most clicks that a scribble is turned into. Networks trained on clicks invert their mask on dense points.
const POINTS_OF_A_SCRIBBLE: usize = 5;

impl Prompt {
    /// A click on the object.
    pub fn include(x: f64, y: f64) -> Self {
        Self::Include(Point::new(x, y))
    }

    /// A click beside the object.
    pub fn exclude(x: f64, y: f64) -> Self {
        Self::Exclude(Point::new(x, y))
    }

    /// A box round the object, from two opposite corners.
    pub fn bounds(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self::Box(Rect::new(x0, y0, x1, y1))
    }

    /// Checks that every coordinate is a number and lies in a picture of this size. The error is about the first that does
    /// not.
    pub fn check(&self, width: u32, height: u32) -> Result<()> {
        let check_point = |what: &str, point: &Point| {
            if !(point.x.is_finite() && point.y.is_finite()) {
                return Err(ErrorKind::Prompt
                    .error(format!("{what} has a coordinate that is not a number; pass picture pixels")));
            }
            if !Rect::whole(width, height).contains(*point) {
                return Err(ErrorKind::Prompt.error(format!(
                    "{what} at {:.1}, {:.1} lies outside the picture, which is {width} x {height} pixels; pass picture pixels",
                    point.x, point.y
                )));
            }
            Ok(())
        };
        let check_line = |what: &str, points: &[Point], least: usize| {
            if points.len() < least {
                return Err(
                    ErrorKind::Prompt.error(format!("{what} has {} points; pass at least {least}", points.len()))
                );
            }
            points.iter().try_for_each(|point| check_point(what, point))
        };
        match self {
            Prompt::Include(point) => check_point("the include click", point),
            Prompt::Exclude(point) => check_point("the exclude click", point),
            Prompt::Box(rect) => {
                check_point("the box corner", &Point::new(rect.x0, rect.y0))?;
                check_point("the box corner", &Point::new(rect.x1, rect.y1))?;
                if rect.width() < 1.0 || rect.height() < 1.0 {
                    return Err(ErrorKind::Prompt.error("the box is less than a pixel wide or high; pass a larger one"));
                }
                Ok(())
            }
            Prompt::Lasso(points) => check_line("the lasso", points, 3),
            Prompt::Scribble(points) | Prompt::ScribbleOut(points) => check_line("the scribble", points, 1),
            Prompt::Mask(mask) if (mask.width(), mask.height()) != (width, height) => Err(ErrorKind::Prompt.error(format!(
                "the prompt mask is {} x {} pixels, but the picture is {width} x {height}; pass a mask of the picture's size",
                mask.width(),
                mask.height()
            ))),
            Prompt::Mask(_) => Ok(()),
        }
    }
}

impl Hints {
    /// The hints that a list of prompts comes to. Later prompts overrule earlier ones: only the last box or lasso counts, and
    /// of the clicks before it only those inside it; a click removes opposite clicks on the same spot; a mask removes all
    /// hints before it.
    pub fn from_prompts(prompts: &[Prompt]) -> Self {
        let mut hints = Hints::default();
        for prompt in prompts {
            match prompt {
                Prompt::Include(point) => hints.include(&[*point]),
                Prompt::Exclude(point) => hints.exclude(&[*point]),
                Prompt::Box(rect) => hints.surround(Some(*rect), None),
                Prompt::Lasso(points) => hints.surround(bounding_box(points), Some(points.clone().into())),
                Prompt::Scribble(points) => hints.include(&spread(points, POINTS_OF_A_SCRIBBLE)),
                Prompt::ScribbleOut(points) => hints.exclude(&spread(points, POINTS_OF_A_SCRIBBLE)),
                Prompt::Mask(_) => hints = Hints::default(),
            }
        }
        hints
    }
}

/// At most `count` of the points: first the one nearest to the middle, then always the one farthest from those already taken.
fn spread(points: &[Point], count: usize) -> Vec<Point> {
    let Some(middle) = bounding_box(points).map(|rect| rect.centre()) else { return Vec::new() };
    let nearest = points.iter().copied().min_by(|a, b| a.distance(middle).total_cmp(&b.distance(middle)));
    let mut taken: Vec<Point> = nearest.into_iter().collect();
    while taken.len() < count {
        let gap = |point: &Point| taken.iter().map(|other| point.distance(*other)).fold(f64::INFINITY, f64::min);
        match points.iter().copied().max_by(|a, b| gap(a).total_cmp(&gap(b))) {
            Some(point) if gap(&point) >= 2.0 => taken.push(point),
            _ => break,
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::polygon::ClosedLine;
    use proptest::prelude::*;

    #[test]
    fn a_scribble_becomes_a_few_points_far_apart() {
        let line: Vec<Point> = (0..=1000).map(|i| Point::new(f64::from(i), 50.0)).collect();
        let hints = Hints::from_prompts(&[Prompt::Scribble(line)]);
        assert_eq!(hints.include.len(), 5);
        assert_eq!(hints.include[0].x, 500.0);
        let mut xs: Vec<f64> = hints.include.iter().map(|point| point.x).collect();
        xs.sort_by(f64::total_cmp);
        assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= 200.0), "{xs:?}");
    }

    #[test]
    fn later_prompts_overrule_earlier_ones() {
        let (a, b) = (Point::new(10.0, 10.0), Point::new(80.0, 40.0));
        let again = [Prompt::Include(a), Prompt::Exclude(b), Prompt::Include(Point::new(80.5, 40.5))];
        let hints = Hints::from_prompts(&again);
        assert_eq!((hints.include.len(), hints.exclude.len()), (2, 0), "the same spot, otherwise now");
        let in_one_pixel = [Prompt::Exclude(Point::new(7.01, 7.01)), Prompt::Include(Point::new(7.99, 7.99))];
        assert!(Hints::from_prompts(&in_one_pixel).exclude.is_empty());
        let boxed = [Prompt::Include(a), Prompt::Include(b), Prompt::Box(Rect::new(60.0, 30.0, 99.0, 50.0))];
        assert_eq!(Hints::from_prompts(&boxed).include, [b], "a box elsewhere means something else");
        let mask = Prompt::Mask(Arc::new(Mask::empty(100, 50).unwrap()));
        assert_eq!(Hints::from_prompts(&[Prompt::Exclude(a), boxed[2].clone(), mask]), Hints::default());
    }

    #[test]
    fn a_dot_of_a_scribble_is_one_click() {
        let dot = vec![Point::new(5.0, 5.0), Point::new(5.5, 5.2), Point::new(5.1, 5.9)];
        assert_eq!(Hints::from_prompts(&[Prompt::Scribble(dot)]).include.len(), 1);
    }

    #[test]
    fn prompts_outside_the_picture_are_refused_in_a_sentence() {
        for (prompt, says) in [
            (Prompt::Include(Point::new(100.1, 5.0)), "outside the picture, which is 100 x 50"),
            (Prompt::Exclude(Point::new(f64::NAN, 5.0)), "not a number"),
            (Prompt::Box(Rect::new(5.0, 5.0, 5.5, 20.0)), "less than a pixel"),
            (Prompt::Box(Rect::new(5.0, 5.0, f64::NAN, 20.0)), "not a number"),
            (Prompt::Lasso(vec![Point::new(1.0, 1.0)]), "at least 3"),
            (Prompt::Scribble(vec![]), "at least 1"),
            (Prompt::Mask(Arc::new(Mask::empty(5, 5).unwrap())), "5 x 5"),
        ] {
            let error = prompt.check(100, 50).unwrap_err();
            assert!(error.kind() == ErrorKind::Prompt && error.to_string().contains(says), "{error}");
        }
        Prompt::Include(Point::new(100.0, 50.0)).check(100, 50).unwrap();
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        prop::collection::vec((0.0..300.0, 0.0..200.0).prop_map(|(x, y)| Point::new(x, y)), 1..60)
    }

    proptest! {
        #[test]
        fn a_scribble_is_few_of_its_own_points(points in points()) {
            let hints = Hints::from_prompts(&[Prompt::Scribble(points.clone())]);
            prop_assert_eq!(&hints.include, &Hints::from_prompts(&[Prompt::ScribbleOut(points.clone())]).exclude);
            prop_assert!((1..=POINTS_OF_A_SCRIBBLE).contains(&hints.include.len()));
            prop_assert!(hints.include.iter().all(|point| points.contains(point)));
            for (i, a) in hints.include.iter().enumerate() {
                prop_assert!(hints.include[..i].iter().all(|b| a.distance(*b) >= 2.0));
            }
        }

        #[test]
        fn the_middle_of_a_lasso_lies_within_it(points in points()) {
            let hints = Hints::from_prompts(&[Prompt::Lasso(points.clone())]);
            let bounds = hints.bounds.unwrap();
            prop_assert!(points.iter().all(|&point| bounds.contains(point)));
            if let Some(middle) = hints.middle() {
                prop_assert!(bounds.contains(middle) && ClosedLine::from(points).surrounds(middle));
            }
        }

        #[test]
        fn the_last_box_or_lasso_counts(a in points(), b in points()) {
            let rect = Rect::new(1.0, 2.0, 30.0, 40.0);
            let (a, b) = (Prompt::Lasso(a), Prompt::Lasso(b));
            let last = Hints::from_prompts(std::slice::from_ref(&b));
            prop_assert_eq!(Hints::from_prompts(&[a.clone(), Prompt::Box(rect), b.clone()]), last);
            let boxed = Hints::from_prompts(&[a, b, Prompt::Box(rect)]);
            prop_assert_eq!((boxed.bounds, boxed.lasso), (Some(rect), None));
        }

        #[test]
        fn a_click_is_taken_exactly_if_it_lies_in_the_picture(x in -50.0..150.0, y in -50.0..100.0) {
            let inside = (0.0..=100.0).contains(&x) && (0.0..=50.0).contains(&y);
            for prompt in [Prompt::Include(Point::new(x, y)), Prompt::Scribble(vec![Point::new(5.0, 5.0), Point::new(x, y)])] {
                prop_assert_eq!(prompt.check(100, 50).is_ok(), inside);
            }
        }
    }
}
