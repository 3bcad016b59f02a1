//! Rectangles.

use crate::geometry::point::Point;

/// A rectangle in picture coordinates, with `x0 <= x1` and `y0 <= y1`.
///
/// ```
/// use deepcrop::Point;
/// use deepcrop::types::Rect;
///
/// let rect = Rect::new(9.0, 4.0, 1.0, 2.0);
/// assert_eq!((rect.width(), rect.height()), (8.0, 2.0));
/// assert!(rect.contains(Point::new(5.0, 3.0)) && rect.centre() == Point::new(5.0, 3.0));
/// assert_eq!(rect.joined(Rect::whole(6, 6)), Rect::new(0.0, 0.0, 9.0, 6.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// The left side.
    pub x0: f64,
    /// The top side.
    pub y0: f64,
    /// The right side.
    pub x1: f64,
    /// The bottom side.
    pub y1: f64,
}

impl Rect {
    /// A rectangle from two opposite corners, in any order.
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        // Not min and max: they would drop NaN before it is refused.
        let sorted = |a: f64, b: f64| if b < a { (b, a) } else { (a, b) };
        let ((x0, x1), (y0, y1)) = (sorted(x0, x1), sorted(y0, y1));
        Self { x0, y0, x1, y1 }
    }

    /// The rectangle of a whole picture.
    pub fn whole(width: u32, height: u32) -> Self {
        Self::new(0.0, 0.0, f64::from(width), f64::from(height))
    }

    /// The width.
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    /// The height.
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    /// The centre.
    pub fn centre(&self) -> Point {
        Point::new((self.x0 + self.x1) / 2.0, (self.y0 + self.y1) / 2.0)
    }

    /// Whether a point lies in the rectangle or on its border.
    pub fn contains(&self, point: Point) -> bool {
        (self.x0..=self.x1).contains(&point.x) && (self.y0..=self.y1).contains(&point.y)
    }

    /// The smallest rectangle that holds this one and a point.
    pub(crate) fn including(&self, point: Point) -> Self {
        Self { x0: self.x0.min(point.x), y0: self.y0.min(point.y), x1: self.x1.max(point.x), y1: self.y1.max(point.y) }
    }

    /// The smallest rectangle that holds this one and another.
    pub fn joined(&self, other: Rect) -> Self {
        self.including(Point::new(other.x0, other.y0)).including(Point::new(other.x1, other.y1))
    }

    /// A square of side `side` about this rectangle's centre, moved (not cut) so that it lies in the picture. Along an
    /// axis in which the picture is shorter, the square is centred on the picture.
    pub(crate) fn square_inside(&self, side: f64, width: u32, height: u32) -> Self {
        let place = |centre: f64, length: f64| {
            let middle = if side >= length { length / 2.0 } else { centre.clamp(side / 2.0, length - side / 2.0) };
            middle - side / 2.0
        };
        let (x0, y0) = (place(self.centre().x, f64::from(width)), place(self.centre().y, f64::from(height)));
        Self { x0, y0, x1: x0 + side, y1: y0 + side }
    }
}
