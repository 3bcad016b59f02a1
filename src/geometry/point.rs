//! Points.

use std::ops::{Add, Mul, Sub};

/// A point in picture coordinates, or the step from one point to another.
///
/// ```
/// use deepcrop::Point;
///
/// let (a, b) = (Point::new(1.0, 2.0), Point::new(4.0, 6.0));
/// assert_eq!(a.distance(b), 5.0);
/// assert_eq!(a + (b - a) * 0.5, Point::new(2.5, 4.0));
/// assert_eq!(((b - a).length(), a.dot(b)), (5.0, 16.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The coordinate to the right.
    pub x: f64,
    /// The coordinate downwards.
    pub y: f64,
}

impl Point {
    /// A point at these coordinates.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The distance between two points.
    pub fn distance(self, other: Point) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The distance from the origin, or the length of a step.
    pub fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    /// The scalar product of two steps.
    pub fn dot(self, other: Point) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// The area of the parallelogram between two steps; positive if the second points clockwise of the first, as on a screen.
    pub(crate) fn cross(self, other: Point) -> f64 {
        self.x * other.y - self.y * other.x
    }
}

impl Add for Point {
    type Output = Point;

    fn add(self, step: Point) -> Point {
        Point::new(self.x + step.x, self.y + step.y)
    }
}

impl Sub for Point {
    type Output = Point;

    fn sub(self, other: Point) -> Point {
        Point::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Point {
    type Output = Point;

    fn mul(self, times: f64) -> Point {
        Point::new(self.x * times, self.y * times)
    }
}
