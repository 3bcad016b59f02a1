//! The new guess: an exclude click deep in the selection means that the whole guess was wrong, not only its edge.
//!
//! A network that is shown the selection keeps most of it, and a correction reaches no farther than its click. So the model
//! is run again with all the clicks but without the selection. The selection is then cut down to the best answer that obeys
//! every click.
//!
//! Measured with the built-in network 0.4 on 850 objects in photos: the mean IoU after three clicks is 82.4 % instead of
//! 80.9, after five 87.0 instead of 86.3; but 4.8 % of the corrections cost more than a point, instead of 4.3. With
//! `classical` on 51 of the objects: 59.3 instead of 53.8, 69.2 instead of 62.4. Neither a new guess at include clicks far
//! outside the selection nor a choice by score between new guess and correction gained anything.

use crate::base::error::Result;
use crate::geometry::connected_parts::Parts;
use crate::geometry::distance::depth;
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::mask::grid::sample_mask;
use crate::mask::soft::{HALF, Mask};
use crate::network::families::segmenter::Candidate;
use crate::network::hints::Hints;
use crate::session::picture::call::{Call, Selected};
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

/// The least distance from the edge of a deep click, as a share of the selection's size (the root of its area). The middle
/// of a disk has 0.56.
const DEEP: f64 = 0.2;

/// The cells along the longer side of the grid on which the distance is measured.
const GRID: usize = 128;

impl Call<'_> {
    /// The new guess, if the last prompt asks for one.
    pub fn new_guess(
        &mut self,
        prompts: &[Prompt],
        hints: &Hints,
        before: &Selected,
        options: &SegmentOptions,
    ) -> Result<Option<Candidate>> {
        let [.., last @ (Prompt::Exclude(_) | Prompt::ScribbleOut(_))] = prompts else { return Ok(None) };
        // After a box, a lasso or a mask the selection is not a guess.
        let given = |prompt: &Prompt| matches!(prompt, Prompt::Box(_) | Prompt::Lasso(_) | Prompt::Mask(_));
        let guessed = !prompts.iter().any(given);
        let asked = options.guard && options.closer_look && !self.model.segmenter().whole_only();
        if !(guessed && asked && deep(last, hints, &before.mask)?) {
            return Ok(None);
        }
        let answers = self.segment(self.whole(), hints, None)?;
        Ok(self.closer(answers, hints)?.into_iter().find(|answer| obeys(answer, hints)))
    }
}

/// Whether an answer holds every include click and no exclude click.
fn obeys(answer: &Candidate, hints: &Hints) -> bool {
    let holds = |&point: &Point| answer.holds(point);
    hints.include.iter().all(holds) && !hints.exclude.iter().any(holds)
}

/// Whether a prompt lies deep in the selection, and in the part that holds every include click. If other parts were clicked
/// too, a new guess for this part would lose them.
fn deep(prompt: &Prompt, hints: &Hints, selected: &Mask) -> Result<bool> {
    let Some(bounds) = selected.bounds(HALF).map(Rect::from) else { return Ok(false) };
    let frame = Frame::pixels(bounds, GRID);
    let mask = sample_mask(selected, &frame)?;
    let inside = |cell: usize| mask.data[cell] >= 0.5;
    let parts = Parts::find(mask.width, mask.height, inside);
    let depth = depth(mask.width, mask.height, inside);
    let size = (parts.areas.iter().sum::<usize>() as f64).sqrt();
    let cell = |point: Point| {
        let (x, y) = frame.cell_of(point);
        y * mask.width + x
    };
    let far = |point: Point| bounds.contains(point) && f64::from(depth[cell(point)]) >= DEEP * size;
    let part = |point: Point| parts.label[cell(point)];
    let one_thing =
        |point: Point| hints.include.len() == 1 || hints.include.iter().all(|&other| part(other) == part(point));
    Ok(Hints::from_prompts(std::slice::from_ref(prompt)).points().any(|point| far(point) && one_thing(point)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_apart_and_was_clicked_is_another_guess() {
        let mut mask = Mask::empty(200, 100).unwrap();
        for y in 10..90 {
            for x in (10..90).chain(110..190) {
                mask.data_mut()[y * 200 + x] = 255;
            }
        }
        let [left, right] = [Point::new(20.0, 20.0), Point::new(180.0, 20.0)];
        let asks = |include: &[Point], exclude: (f64, f64)| {
            let exclude = Point::new(exclude.0, exclude.1);
            let hints = Hints { include: include.to_vec(), exclude: vec![exclude], ..Hints::default() };
            deep(&Prompt::Exclude(exclude), &hints, &mask).unwrap()
        };
        assert!(asks(&[left], (50.0, 50.0)) && !asks(&[left], (15.0, 50.0)) && !asks(&[left], (100.0, 50.0)));
        // Both squares are one guess until both are clicked.
        assert!(asks(&[left], (150.0, 50.0)));
        assert!(!asks(&[left, right], (150.0, 50.0)));
        assert!(asks(&[left, Point::new(80.0, 80.0)], (50.0, 50.0)));
    }

    #[test]
    fn where_nothing_is_selected_nothing_is_deep() {
        let click = Point::new(50.0, 50.0);
        assert!(!deep(&Prompt::Exclude(click), &Hints::default(), &Mask::empty(200, 100).unwrap()).unwrap());
    }
}
