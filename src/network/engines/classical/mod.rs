//! The classical engine: answers without a network. The prompts teach it the colours and places of the inside and the
//! outside, and the boundary follows edges (GrabCut: Rother, Kolmogorov and Blake 2004, with histograms instead of
//! mixtures). A single click says nothing about the object's size, so several sizes are tried. The answer that fits the
//! picture best comes first.

mod belief;
mod scene;

use ndarray::{ArrayD, IxDyn};

use crate::base::cancel::Cancel;
use crate::base::error::{Error, Result};
use crate::geometry::frame::Frame;
use crate::geometry::rect::Rect;
use crate::network::engines::classical::scene::{Scene, overlap, reduced};
use crate::network::engines::colours::palette::{lab, palette};
use crate::network::families::segmenter::{Analysis, Candidate, Previous, Segmenter};
use crate::network::hints::Hints;
use crate::pixels::image::ImageView;
use crate::pixels::resample::sample_rgb;

/// The cells along the longer side of the coarse grid, on which sizes are tried; the fine grid has twice as many.
const CELLS: f64 = 128.0;
/// The colours of the palette.
const COLOURS: usize = 64;
/// The IoU above which two answers are the same answer, and the most answers: more would confuse.
const SAME: f32 = 0.9;
const ANSWERS: usize = 4;

/// The engine.
pub struct Classical;

impl Segmenter for Classical {
    fn analyse(&self, image: &ImageView, window: Rect, cancel: &Cancel) -> Result<Analysis> {
        cancel.check()?;
        // A fine cell is not smaller than a pixel.
        let scale = (CELLS / window.width().max(window.height())).min(0.5);
        let cells = |length: f64| 2 * (length * scale).round().max(1.0) as usize;
        let frame = Frame::stretch(window, cells(window.width()), cells(window.height()));
        let mut colours = sample_rgb(image, &frame, [f32::NAN; 3])?;
        for colour in colours.as_chunks_mut().0.iter_mut().filter(|colour| colour[0].is_finite()) {
            *colour = lab(*colour);
        }
        let coarse = reduced(colours.as_chunks().0, frame.width, frame.height);
        let known: Vec<[f32; 3]> = coarse.into_iter().filter(|colour| colour[0].is_finite()).collect();
        let palette = palette(&known, COLOURS);
        cancel.check()?;
        let tensor =
            |shape: &[usize], data: Vec<f32>| ArrayD::from_shape_vec(IxDyn(shape), data).map_err(Error::internal);
        let tensors = vec![
            tensor(&[frame.height, frame.width, 3], colours)?,
            tensor(&[palette.len(), 3], palette.into_flattened())?,
        ];
        Ok(Analysis { frame, tensors })
    }

    fn segment(
        &self,
        analysis: &Analysis,
        hints: &Hints,
        previous: Option<&Previous>,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>> {
        let scene = Scene::new(analysis, hints, previous)?;
        let mut trials = Vec::new();
        for odds in scene.beliefs() {
            cancel.check()?;
            trials.push(scene.settle(odds, cancel)?);
        }
        let mut ranked: Vec<_> = trials.iter().map(|trial| (scene.score(trial, &trials), trial)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut answers: Vec<(f32, &scene::Trial)> = Vec::new();
        for (score, trial) in ranked {
            if answers.iter().all(|(_, other)| overlap(&other.inside, &trial.inside) <= SAME) {
                answers.push((score, trial));
            }
        }
        answers.truncate(ANSWERS);
        answers
            .into_iter()
            .map(|(score, trial)| {
                cancel.check()?;
                Ok(Candidate::new(scene.refine(trial), analysis.frame, score))
            })
            .collect()
    }

    fn closer_look(&self) -> f64 {
        0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Error;
    use crate::geometry::point::Point;
    use crate::mask::grid::render;
    use crate::mask::soft::Mask;
    use crate::pixels::rgb_image::RgbImage;

    /// A picture of textured ground with things drawn on it.
    fn drawn(width: u32, height: u32, thing: impl Fn(i32, i32) -> Option<[u8; 3]>) -> RgbImage {
        let pixel = |i: i32| {
            let (x, y) = (i % width as i32, i / width as i32);
            let grain = ((x * 31 + y * 17) ^ (x * y)).rem_euclid(24) as u8;
            thing(x, y).unwrap_or([60, 110, 70]).map(|value| value.saturating_add(grain))
        };
        RgbImage::new((0..(width * height) as i32).flat_map(pixel).collect(), width, height).unwrap()
    }

    fn disc(x: i32, y: i32, (cx, cy, r): (i32, i32, i32)) -> bool {
        (x - cx).pow(2) + (y - cy).pow(2) < r * r
    }

    fn discs(list: &'static [(i32, i32, i32)]) -> RgbImage {
        drawn(300, 200, |x, y| list.iter().any(|d| disc(x, y, *d)).then_some([200, 60, 50]))
    }

    fn answers(image: &RgbImage, hints: &Hints, previous: Option<&Mask>) -> Vec<Candidate> {
        let view = image.view();
        let analysis = Classical.analyse(&view, Rect::whole(view.width(), view.height()), &Cancel::new()).unwrap();
        Classical
            .segment(
                &analysis,
                hints,
                previous.map(|mask| Previous { mask: Some(mask), answer: None }).as_ref(),
                &Cancel::new(),
            )
            .unwrap()
    }

    fn segment(image: &RgbImage, hints: &Hints, previous: Option<&Mask>) -> Mask {
        let best = &answers(image, hints, previous)[0];
        assert!((0.0..=1.0).contains(&best.score) && best.plane.data.iter().all(|value| (0.0..=1.0).contains(value)));
        render(&best.plane, &best.frame, image.view().width(), image.view().height()).unwrap()
    }

    fn iou(mask: &Mask, truth: impl Fn(i32, i32) -> bool) -> f32 {
        let width = mask.width() as usize;
        let truth: Vec<bool> = (0..mask.data().len()).map(|i| truth((i % width) as i32, (i / width) as i32)).collect();
        overlap(&mask.data().iter().map(|value| *value >= 128).collect::<Vec<_>>(), &truth)
    }

    fn clicks(include: &[(f64, f64)], exclude: &[(f64, f64)]) -> Hints {
        let points = |list: &[(f64, f64)]| list.iter().map(|(x, y)| Point::new(*x, *y)).collect();
        Hints { include: points(include), exclude: points(exclude), ..Hints::default() }
    }

    #[test]
    fn a_click_finds_a_disc_on_textured_ground() {
        for list in [&[(150, 100, 50)], &[(80, 120, 25)]] as [&'static [(i32, i32, i32)]; 2] {
            let (x, y, _) = list[0];
            let mask = segment(&discs(list), &clicks(&[(f64::from(x) + 5.0, f64::from(y))], &[]), None);
            let iou = iou(&mask, |x, y| disc(x, y, list[0]));
            assert!(iou > 0.95, "{iou}");
        }
    }

    #[test]
    fn an_object_that_touches_the_border_is_found_up_to_the_border() {
        let mask = segment(&discs(&[(20, 100, 60)]), &clicks(&[(30.0, 100.0)], &[]), None);
        assert!(iou(&mask, |x, y| disc(x, y, (20, 100, 60))) > 0.93);
        assert!(mask.at(0, 100) > 200);
    }

    #[test]
    fn of_two_objects_the_clicked_one_until_both_are_clicked() {
        let image = discs(&[(80, 100, 40), (220, 100, 40)]);
        let (left, right) = ((80, 100, 40), (220, 100, 40));
        let one = segment(&image, &clicks(&[(80.0, 100.0)], &[]), None);
        assert!(iou(&one, |x, y| disc(x, y, left)) > 0.93);
        let both = segment(&image, &clicks(&[(80.0, 100.0), (220.0, 100.0)], &[]), Some(&one));
        assert!(iou(&both, |x, y| disc(x, y, left) || disc(x, y, right)) > 0.93);
    }

    #[test]
    fn an_exclude_click_takes_away_the_other_half() {
        let thing = |x: i32, y: i32| (60..240).contains(&x) && (60..140).contains(&y);
        let image = drawn(300, 200, |x, y| thing(x, y).then_some(if x < 150 { [210, 60, 50] } else { [190, 160, 50] }));
        let whole = segment(&image, &clicks(&[(100.0, 100.0), (200.0, 100.0)], &[]), None);
        assert!(iou(&whole, thing) > 0.93);
        let half = segment(&image, &clicks(&[(100.0, 100.0)], &[(200.0, 100.0)]), Some(&whole));
        assert!(iou(&half, |x, y| thing(x, y) && x < 150) > 0.9);
    }

    #[test]
    fn every_answer_obeys_every_click() {
        let image = discs(&[(80, 100, 40), (220, 100, 40)]);
        let (include, exclude) =
            ([(80.0, 100.0), (0.0, 0.0), (299.9, 50.0)], [(84.0, 100.0), (299.9, 199.9), (220.0, 100.0)]);
        for bounds in [None, Some(Rect::new(60.0, 60.0, 120.0, 140.0))] {
            let hints = Hints { bounds, ..clicks(&include, &exclude) };
            for answer in answers(&image, &hints, None) {
                let mask = render(&answer.plane, &answer.frame, 300, 200).unwrap();
                include.iter().for_each(|(x, y)| assert!(mask.at(*x as u32, *y as u32) > 128, "{x} {y}"));
                exclude.iter().for_each(|(x, y)| assert!(mask.at(*x as u32, *y as u32) < 128, "{x} {y}"));
            }
        }
    }

    #[test]
    fn a_box_alone_is_enough() {
        let hints = Hints { bounds: Some(Rect::new(90.0, 40.0, 210.0, 160.0)), ..Hints::default() };
        let mask = segment(&discs(&[(150, 100, 50), (250, 100, 35)]), &hints, None);
        assert!(iou(&mask, |x, y| disc(x, y, (150, 100, 50))) > 0.93);
    }

    #[test]
    fn an_earlier_mask_alone_is_drawn_to_the_edges() {
        let mut rough = Mask::empty(300, 200).unwrap();
        (70..130usize).for_each(|y| rough.data_mut()[y * 300 + 110..y * 300 + 190].fill(255));
        let mask = segment(&discs(&[(150, 100, 50)]), &Hints::default(), Some(&rough));
        assert!(iou(&mask, |x, y| disc(x, y, (150, 100, 50))) > 0.9);
    }

    #[test]
    fn a_window_that_reaches_beyond_the_picture_changes_little() {
        let image = discs(&[(30, 100, 40)]);
        let window = Rect::new(-70.0, 20.0, 130.0, 220.0);
        let analysis = Classical.analyse(&image.view(), window, &Cancel::new()).unwrap();
        let best = &Classical.segment(&analysis, &clicks(&[(30.0, 100.0)], &[]), None, &Cancel::new()).unwrap()[0];
        let mask = render(&best.plane, &best.frame, 300, 200).unwrap();
        assert!(iou(&mask, |x, y| disc(x, y, (30, 100, 40))) > 0.93);
    }

    #[test]
    fn tiny_thin_and_flat_pictures() {
        for (width, height) in [(1, 1), (2, 1), (3, 500), (4000, 1), (64, 48)] {
            let image = RgbImage::new(vec![90; width as usize * height as usize * 3], width, height).unwrap();
            for (x, y) in
                [(0.0, 0.0), (f64::from(width), f64::from(height)), (f64::from(width) / 2.0, f64::from(height) / 2.0)]
            {
                let mask = segment(&image, &clicks(&[(x, y)], &[]), None);
                assert!(
                    mask.at((x as u32).min(width - 1), (y as u32).min(height - 1)) > 128,
                    "{width} {height} {x} {y}"
                );
            }
            segment(&image, &Hints { bounds: Some(Rect::whole(width, height)), ..Hints::default() }, None);
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer() {
        let image = discs(&[(80, 100, 40), (220, 100, 40)]);
        let ask = || answers(&image, &clicks(&[(100.0, 110.0)], &[]), None);
        let bits = |list: Vec<Candidate>| -> Vec<u32> {
            list.iter().flat_map(|c| c.plane.data.iter().map(|v| v.to_bits())).collect()
        };
        assert_eq!(bits(ask()), bits(ask()));
    }

    #[test]
    fn a_raised_flag_stops_it() {
        let image = discs(&[(80, 100, 40)]);
        let analysis = Classical.analyse(&image.view(), Rect::whole(300, 200), &Cancel::new()).unwrap();
        let cancel = Cancel::new();
        cancel.raise();
        let answer = Classical.segment(&analysis, &clicks(&[(80.0, 100.0)], &[]), None, &cancel);
        assert_eq!(answer.unwrap_err(), Error::cancelled());
    }
}
