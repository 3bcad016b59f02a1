//! The segmenter: a loaded network, or an engine without one, that answers prompts. And its answers.

use ndarray::ArrayD;

use crate::base::cancel::Cancel;
use crate::base::error::{ErrorKind, Result};
use crate::geometry::connected_parts::Parts;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::grid::{render, sample_mask};
use crate::mask::logits::Logits;
use crate::mask::soft::Mask;
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::resize;
use crate::pixels::tensor::sigmoid;

/// A network of some family, loaded and ready to answer prompts; or an engine that needs no network.
pub trait Segmenter: Send + Sync {
    /// Computes all that can be known of a window of the picture before any prompt: the encoder output, or the prepared
    /// input. The window has picture coordinates and may be the whole picture.
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis>;

    /// The answers to the prompts within an analysed window, the best first. None if the network lists objects and the
    /// prompts point at none of them. `previous` is the selection so far.
    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>>;

    /// The largest window for a closer look, as a share of the picture's longer side: 0 for never, 1 for always.
    fn closer_look(&self) -> f64;

    /// Whether it only looks at the whole picture, because analysing a window takes as long as the whole picture.
    fn whole_only(&self) -> bool {
        false
    }

    /// Passes all objects in an analysed window to `_each`, those with the highest score first. One by one, as masks are
    /// large.
    fn objects(
        &self,
        _analysis: &Analysis,
        _each: &mut dyn FnMut(Object) -> Result<()>,
        _cancel: &Cancel,
    ) -> Result<()> {
        Err(ErrorKind::Argument.error(
            "this model cannot list objects, it only answers prompts; click on an object, or load a model that lists them (YOLO-seg, FastSAM, Mask R-CNN)",
        ))
    }

    /// The subject of an analysed window, the best answer first; an empty list if nothing stands out. None for networks that
    /// only answer prompts.
    fn subject(&self, _analysis: &Analysis, _cancel: &Cancel) -> Result<Option<Vec<Candidate>>> {
        Ok(None)
    }
}

/// An object that a network found without a prompt.
pub struct Object {
    /// The object's mask and score.
    pub candidate: Candidate,
    /// The box that the network gives for the object, in picture coordinates.
    pub bounds: Rect,
    /// The number of the object's class.
    pub label: u32,
    /// The name of the class; empty if it is not known.
    pub name: String,
}

/// The most cells along the longer side of an answer: no network sees finer than that, and memory is bounded.
pub const FINEST: usize = 2048;

/// The analysis of a window: encoder output or prepared input. Only the segmenter that made it understands the numbers.
pub struct Analysis {
    /// Where the window lies on the grid of the input.
    pub frame: Frame,
    /// The numbers, in an order that the segmenter knows.
    pub tensors: Vec<ArrayD<f32>>,
}

impl Analysis {
    /// The bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.len() * size_of::<f32>()).sum()
    }
}

/// The selection so far, and the answer that it was made from.
pub struct Previous<'a> {
    /// The mask that the user sees; none in a closer look.
    pub mask: Option<&'a Mask>,
    /// The model's answer.
    pub answer: Option<&'a Candidate>,
}

impl Previous<'_> {
    /// The selection on a grid: the model's probabilities, but the mask where the two disagree.
    pub fn on(&self, frame: &Frame) -> Result<Plane> {
        let answer = self.answer.map(|answer| answer.on(frame)).transpose()?;
        let mask = self.mask.map(|mask| sample_mask(mask, frame)).transpose()?;
        Ok(match (answer, mask) {
            (Some(mut answer), Some(mask)) => {
                for (said, decided) in answer.data.iter_mut().zip(mask.data) {
                    if (*said >= 0.5) != (decided >= 0.5) {
                        *said = decided;
                    }
                }
                answer
            }
            (answer, mask) => answer.or(mask).unwrap_or_else(|| Plane::zeros(frame.width, frame.height)),
        })
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The probability that a cell belongs to the object, on the grid of `frame`.
    pub plane: Plane,
    /// Where that grid lies in the picture.
    pub frame: Frame,
    /// The score: the IoU with the true object that the network predicts, 0 to 1.
    pub score: f32,
    /// The logits of the probabilities, on the same grid. Only from networks that draw edges between cells, or that take the
    /// logits as input at the next click.
    pub logits: Option<Logits>,
    /// Whether the plane is transparency, to be drawn unchanged. Otherwise its values between 0 and 1 are doubt.
    pub alpha: bool,
    /// The size in picture pixels of a cell of the network's own grid. The plane may be finer, but knows no more.
    pub cell: f64,
}

impl Candidate {
    /// An answer on the network's own grid.
    pub fn new(plane: Plane, frame: Frame, score: f32) -> Self {
        let cell = frame.cell();
        Self { plane, frame, score, logits: None, alpha: false, cell }
    }

    /// The answer on a grid no finer than the network's own, with some room round it. That is softer, for answers whose edges
    /// are then fitted to the picture.
    pub fn as_seen(&self) -> Result<Self> {
        if self.cell <= 1.5 * self.frame.cell() {
            return Ok(self.clone());
        }
        const ROOM: f64 = 4.0;
        let Rect { x0, y0, .. } = self.frame.window;
        let cells = |length: f64| (length / self.cell).ceil() + 2.0 * ROOM;
        let (across, down) = (cells(self.frame.window.width()), cells(self.frame.window.height()));
        let (x0, y0) = (x0 - ROOM * self.cell, y0 - ROOM * self.cell);
        let window = Rect { x0, y0, x1: x0 + across * self.cell, y1: y0 + down * self.cell };
        let frame = Frame::stretch(window, across as usize, down as usize);
        let plane = resize(&self.plane, &self.frame, &frame, Filter::Smooth)?;
        Ok(Self { plane, frame, logits: None, ..*self })
    }

    /// The number of picture pixels that the answer selects.
    pub fn area(&self) -> f64 {
        let cells = self.plane.data.iter().filter(|value| **value >= 0.5).count() as f64;
        cells * self.frame.window.width() / self.frame.width as f64 * self.frame.window.height()
            / self.frame.height as f64
    }

    /// A larger answer made of this one by adding `odds` to its log odds; a smaller one if `odds` is negative.
    pub fn leaning(&self, odds: f32) -> Self {
        let score = expected_iou(&self.plane, sigmoid(-odds));
        let lean = |p: &f32| sigmoid((p.max(1e-6) / (1.0 - p).max(1e-6)).ln() + odds);
        let plane = Plane { data: self.plane.data.iter().map(lean).collect(), ..self.plane };
        let logits = self.logits.as_ref().map(|logits| logits.leaning(odds));
        Self { plane, score, logits, ..*self }
    }

    /// The answer as a mask of a picture of this size.
    pub fn rendered(&self, width: u32, height: u32) -> Result<Mask> {
        match &self.logits {
            Some(logits) => logits.over(&self.frame, width, height),
            None => render(&self.plane, &self.frame, width, height),
        }
    }

    /// Whether the answer selects a point. A point on the picture's right or lower border means the last pixel.
    pub fn holds(&self, point: Point) -> bool {
        let (x, y) = self.frame.cell_of(point);
        self.frame.window.contains(point) && self.plane.at(x, y) >= 0.5
    }

    /// One answer that selects what any of these selects; none if there are none.
    pub fn together(answers: impl IntoIterator<Item = Result<Self>>) -> Result<Option<Self>> {
        answers.into_iter().try_fold(None, |all: Option<Self>, next| {
            let next = next?;
            Ok(Some(match all {
                Some(all) => all.joined(&next)?,
                None => next,
            }))
        })
    }

    /// One answer that selects what either of the two selects. Its score is the lower one, since both have to be right.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        let frame = Frame::pixels(self.frame.window.joined(other.frame.window), FINEST);
        let (one, two) = (self.on(&frame)?, other.on(&frame)?);
        let data = one.data.iter().zip(&two.data).map(|(a, b)| a.max(*b)).collect();
        let plane = Plane { width: frame.width, height: frame.height, data };
        Ok(Self { cell: self.cell.max(other.cell), ..Self::new(plane, frame, self.score.min(other.score)) })
    }

    /// The box, in picture coordinates, of the parts that hold an include click; of all parts if none does.
    pub fn object(&self, hints: &Hints) -> Option<Rect> {
        let plane = &self.plane;
        let parts = Parts::find(plane.width, plane.height, |cell| plane.data[cell] >= 0.5);
        let mut wanted = vec![false; parts.areas.len() + 1];
        for (x, y) in hints.include.iter().map(|&point| self.frame.cell_of(point)) {
            wanted[parts.label[y * plane.width + x] as usize] = true;
        }
        wanted[0] = false;
        if !wanted.contains(&true) {
            wanted[1..].fill(true);
        }
        let cells = (0..plane.data.len()).filter(|&cell| wanted[parts.label[cell] as usize]);
        cells.map(|cell| self.frame.area_of(cell)).reduce(|a, b| a.joined(b))
    }

    /// Whether the window cuts off the object: whether more than a twentieth of a side of the window that lies within the
    /// picture is selected.
    pub fn reaches_beyond(&self, picture: Rect) -> bool {
        let Plane { width, height, data } = &self.plane;
        let Rect { x0, y0, x1, y1 } = self.frame.window;
        let cell = self.frame.cell();
        let sides = [
            (x0 - picture.x0 > cell, 0, *width, *height),
            (picture.x1 - x1 > cell, width - 1, *width, *height),
            (y0 - picture.y0 > cell, 0, 1, *width),
            (picture.y1 - y1 > cell, (height - 1) * width, 1, *width),
        ];
        sides.into_iter().any(|(within, first, step, count)| {
            within && (0..count).filter(|i| data[first + i * step] >= 0.5).count() > count / 20
        })
    }

    /// The IoU with another answer, within this answer's window.
    pub fn overlap(&self, other: &Self) -> Result<f64> {
        let other = other.on(&self.frame)?;
        let (mut both, mut either) = (0u32, 0u32);
        for (a, b) in self.plane.data.iter().zip(&other.data) {
            both += u32::from(*a >= 0.5 && *b >= 0.5);
            either += u32::from(*a >= 0.5 || *b >= 0.5);
        }
        Ok(f64::from(both) / f64::from(either.max(1)))
    }

    /// The answer on another grid, 0 beyond its own.
    pub fn on(&self, frame: &Frame) -> Result<Plane> {
        let data = self.plane.data.iter().map(|value| (value * 255.0 + 0.5) as u8).collect();
        let cells = Mask::new(self.plane.width as u32, self.plane.height as u32, data)?;
        sample_mask(&cells, &frame.over(&self.frame))
    }
}

/// The probability in a rough selection.
const SUGGESTED: f32 = 0.7;

/// A rough selection made of a box or lasso alone.
pub fn suggestion(hints: &Hints, frame: &Frame) -> Plane {
    filled(frame, SUGGESTED, |point| hints.suggest(point))
}

/// A plane with `value` in the cells whose centre is inside, else 0.
pub fn filled(frame: &Frame, value: f32, inside: impl Fn(Point) -> bool) -> Plane {
    let mut plane = Plane::zeros(frame.width, frame.height);
    let cells = plane.data.iter_mut().enumerate();
    cells.filter(|(cell, _)| inside(frame.centre_of(*cell))).for_each(|(_, cell)| *cell = value);
    plane
}

/// The IoU that a probability map expects of the mask made of it at the threshold `cut`: the sum of the probabilities in the
/// mask, over the cells of the mask and the sum outside it.
pub fn expected_iou(plane: &Plane, cut: f32) -> f32 {
    let (mut inside, mut selected, mut outside) = (0f64, 0f64, 0f64);
    for &p in &plane.data {
        if p >= cut {
            inside += f64::from(p);
            selected += 1.0;
        } else {
            outside += f64::from(p);
        }
    }
    if selected == 0.0 { 0.0 } else { (inside / (selected + outside)) as f32 }
}
