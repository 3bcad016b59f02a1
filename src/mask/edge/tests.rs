//! What edges become.

use super::*;
use crate::base::error::Error;
use crate::mask::edge::edges::Edges;
use crate::pixels::rgb_image::RgbImage;
use proptest::prelude::*;

/// A disc of one colour on another, with some texture and a hole of a third of its size.
fn disc(width: u32, height: u32, x: f64, y: f64, radius: f64) -> (RgbImage, Mask) {
    let mut data = Vec::new();
    let mut pixels = Vec::new();
    for (j, i) in (0..height).flat_map(|j| (0..width).map(move |i| (j, i))) {
        let inside = (radius / 3.0..radius).contains(&(f64::from(i) + 0.5 - x).hypot(f64::from(j) + 0.5 - y));
        let texture = ((i * 7 + j * 13) % 17) as u8;
        pixels.extend(if inside { [180 + texture, 90, 60] } else { [90 + texture, 110, 70 + texture] });
        data.push(if inside { 255 } else { 0 });
    }
    (RgbImage::new(pixels, width, height).unwrap(), Mask::new(width, height, data).unwrap())
}

/// The mean over squares, which is what a coarse grid leaves.
fn blurred(mask: &Mask, radius: i64) -> Mask {
    let (width, height) = (i64::from(mask.width()), i64::from(mask.height()));
    let mean = |x: i64, y: i64| {
        let near = (y - radius..=y + radius).flat_map(|j| (x - radius..=x + radius).map(move |i| (i, j)));
        let inside = near.map(|(i, j)| (i.clamp(0, width - 1), j.clamp(0, height - 1)));
        let sum: i64 = inside.map(|(i, j)| i64::from(mask.at(i as u32, j as u32))).sum();
        (sum / (2 * radius + 1).pow(2)) as u8
    };
    let data = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
    Mask::new(mask.width(), mask.height(), data).unwrap()
}

fn error(a: &Mask, b: &Mask) -> u64 {
    a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() / 255
}

#[test]
fn doubt_far_from_the_edge_is_settled() {
    let mut plane = Plane::zeros(30, 20);
    for (i, value) in plane.data.iter_mut().enumerate() {
        let (x, y) = (i % 30, i / 30);
        // An object at the left rim, sure of itself only at its edge; a haze all round.
        *value = if x < 15 && (4..16).contains(&y) { 0.6 } else { 0.2 };
    }
    let settled = settle(&plane);
    assert_eq!((settled.at(0, 10), settled.at(7, 10), settled.at(29, 19), settled.at(25, 0)), (1.0, 1.0, 0.0, 0.0));
    assert!((settled.at(14, 10) - 0.6).abs() < 1e-6 && (settled.at(15, 10) - 0.2).abs() < 1e-6);
    assert!(plane.data.iter().zip(&settled.data).all(|(a, b)| (*a >= 0.5) == (*b >= 0.5)));
}

#[test]
fn a_mask_that_is_off_snaps_to_the_edge() {
    let (image, truth) = disc(300, 200, 150.0, 100.0, 60.0);
    let (_, near) = disc(300, 200, 152.0, 99.0, 59.0);
    for (blur, cell) in [(4, 6.0), (8, 12.0)] {
        let before = blurred(&near, blur);
        let mut mask = before.clone();
        refine(&image.view(), &mut mask, cell, Edges::Auto, &Cancel::new()).unwrap();
        assert!(
            error(&mask, &truth) * 3 < error(&before, &truth),
            "{} {}",
            error(&mask, &truth),
            error(&before, &truth)
        );
        assert_eq!([mask.at(190, 100), mask.at(150, 100), mask.at(5, 5)], [255, 0, 0], "the hole stays");
    }
}

#[test]
fn fine_masks_cancelled_runs_and_wrong_sizes_change_nothing() {
    let (image, truth) = disc(60, 40, 30.0, 20.0, 12.0);
    let mut mask = blurred(&truth, 3);
    let before = mask.clone();
    refine(&image.view(), &mut mask, 1.5, Edges::Auto, &Cancel::new()).unwrap();
    let cancel = Cancel::new();
    cancel.raise();
    assert_eq!(refine(&image.view(), &mut mask, 8.0, Edges::Auto, &cancel), Err(Error::cancelled()));
    assert!(refine(&image.view(), &mut mask, f64::NAN, Edges::Auto, &Cancel::new()).is_err());
    assert_eq!(mask, before);
    let mut small = Mask::empty(3, 3).unwrap();
    assert!(
        refine(&image.view(), &mut small, 8.0, Edges::Auto, &Cancel::new())
            .is_err_and(|error| error.kind() == ErrorKind::Argument)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn far_from_the_edge_nothing_changes(
        (width, height) in (1u32..200, 1u32..200),
        (x, y, radius) in (0f64..200.0, 0f64..200.0, 0f64..90.0),
        cell in 1f64..40.0,
    ) {
        let (image, truth) = disc(width, height, x, y, radius);
        let before = blurred(&truth, 2);
        let mut mask = before.clone();
        refine(&image.view(), &mut mask, cell, Edges::Auto, &Cancel::new()).unwrap();
        for (j, i) in (0..height).flat_map(|j| (0..width).map(move |i| (j, i))) {
            let from_centre = (f64::from(i) + 0.5 - x).hypot(f64::from(j) + 0.5 - y);
            if (from_centre - radius).abs().min((from_centre - radius / 3.0).abs()) > 2.5 * cell + 4.0 {
                prop_assert_eq!(mask.at(i, j), before.at(i, j));
            }
        }
    }
}

#[test]
fn empty_and_full_masks_stay() {
    for (width, height, value) in [(1, 1, 0), (1, 1, 255), (90, 70, 0), (90, 70, 255), (5000, 1, 255)] {
        let (image, _) = disc(width, height, 0.0, 0.0, 40.0);
        let mut mask = Mask::new(width, height, vec![value; (width * height) as usize]).unwrap();
        refine(&image.view(), &mut mask, 1e9, Edges::Auto, &Cancel::new()).unwrap();
        assert!(mask.data().iter().all(|&v| v == value));
    }
}

/// A red body left of column 60 with red hairs to the right of it, before green; and its alpha.
fn hairs(width: f64) -> (RgbImage, Mask) {
    let alpha = |x: u32, y: u32| {
        // How far a pixel's middle is from the middle of the next of the hairs, which rise slowly.
        let away = ((f64::from(y) + 0.5 + 0.2 * f64::from(x)).rem_euclid(8.0) - 4.0).abs();
        let hair = if x < 72 { (width / 2.0 + 0.5 - away).clamp(0.0, 1.0) } else { 0.0 };
        if x < 60 { 1.0 } else { hair }
    };
    let all = || (0..120u32).flat_map(|y| (0..130u32).map(move |x| (x, y)));
    let grain = |x: u32, y: u32| f64::from((x * 7 + y * 13) % 5);
    let mix = |(x, y): (u32, u32)| {
        let share = alpha(x, y);
        let colour = |object: f64, behind: f64| (share * object + (1.0 - share) * behind + grain(x, y)) as u8;
        [colour(190.0, 60.0), colour(60.0, 140.0), colour(50.0, 70.0)]
    };
    let truth = all().map(|(x, y)| (alpha(x, y) * 255.0) as u8).collect();
    (RgbImage::new(all().flat_map(mix).collect(), 130, 120).unwrap(), Mask::new(130, 120, truth).unwrap())
}

fn refined(image: &RgbImage, before: &Mask, edges: Edges) -> Mask {
    let mut mask = before.clone();
    refine(&image.view(), &mut mask, 10.0, edges, &Cancel::new()).unwrap();
    mask
}

#[test]
fn hairs_are_found_unless_a_line_is_asked_for() {
    let (image, truth) = hairs(2.0);
    let before = blurred(&truth, 6);
    for edges in [Edges::Auto, Edges::Hair] {
        let mask = refined(&image, &before, edges);
        assert!(error(&mask, &truth) * 4 < error(&before, &truth), "{edges}: {}", error(&mask, &truth));
        // Along a column in the middle of the hairs.
        for y in 20..100 {
            let (found, real) = (i32::from(mask.at(65, y)), i32::from(truth.at(65, y)));
            assert!((found - real).abs() < 90, "{edges}: {found} is not {real} in row {y}");
        }
    }
    let even = refined(&image, &before, Edges::Smooth);
    let crossings = (21..100).filter(|&y| (even.at(65, y) < 128) != (even.at(65, y - 1) < 128)).count();
    assert!(crossings <= 2, "{crossings}");
}

#[test]
fn hairs_thinner_than_a_pixel_are_partly_transparent() {
    let (image, truth) = hairs(0.6);
    let mask = refined(&image, &blurred(&truth, 6), Edges::Hair);
    let partial = (20..100).filter(|&y| (30..200).contains(&mask.at(65, y))).count();
    assert!(partial > 10, "{partial}");
}

#[test]
fn a_hard_edge_is_one_pixel_wide_and_what_is_flat_stays_flat() {
    let (image, truth) = disc(300, 200, 150.0, 100.0, 60.0);
    let before = blurred(&truth, 8);
    for edges in [Edges::Auto, Edges::Hard, Edges::Smooth] {
        let mask = refined(&image, &before, edges);
        let row: Vec<u8> = (200..220).map(|x| mask.at(x, 100)).collect();
        let partial = row.iter().filter(|value| (13..242).contains(*value)).count();
        assert!(partial <= 2, "{edges}: {row:?}");
        assert!(
            row[..6].iter().all(|value| *value == 255) && row[14..].iter().all(|value| *value == 0),
            "{edges}: {row:?}"
        );
    }
    assert_eq!(refined(&image, &before, Edges::None), before);
}

#[test]
fn edges_have_names_and_numbers() {
    for (number, edges) in Edges::ALL.iter().copied().enumerate() {
        assert_eq!((edges.to_string().parse(), edges as usize), (Ok(edges), number));
    }
    assert!("soft".parse::<Edges>().unwrap_err().to_string().contains("auto, hard, smooth, hair, none"));
}

#[test]
fn pictures_of_few_pixels_are_no_trouble() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 3), (17, 5)] {
        let (image, truth) = disc(width, height, 0.0, 0.0, 4.0);
        for &edges in Edges::ALL {
            for cell in [1.6, 7.0, 500.0] {
                let mut mask = blurred(&truth, 1);
                refine(&image.view(), &mut mask, cell, edges, &Cancel::new()).unwrap();
            }
        }
    }
}

#[test]
fn a_hard_mask_finds_the_edge_as_far_off_as_promised() {
    let (image, truth) = disc(300, 200, 150.0, 100.0, 75.0);
    for (radius, reach) in [(80.0, 6.0), (70.0, 6.0), (65.0, 12.0), (86.0, 12.0), (54.0, 24.0)] {
        // The disc's hole stays as it is: what is looked for is the outer edge.
        let drawn = |x: u32, y: u32| {
            let away = (f64::from(x) + 0.5 - 150.0).hypot(f64::from(y) + 0.5 - 100.0);
            if (25.0..radius).contains(&away) { 255 } else { 0 }
        };
        let data = (0..200).flat_map(|y| (0..300).map(move |x| drawn(x, y))).collect();
        let before = Mask::new(300, 200, data).unwrap();
        let mut mask = before.clone();
        mask.refine(&image.view(), &RefineOptions::new(reach).edges(Edges::Hard), &Cancel::new()).unwrap();
        assert!(error(&mask, &truth) * 8 < error(&before, &truth), "{radius}: {}", error(&mask, &truth));
    }
}

#[test]
fn what_is_far_from_every_edge_or_faint_stays() {
    let (image, mut mask) = disc(300, 200, 100.0, 100.0, 60.0);
    for (x, y) in (190..290).flat_map(|x| (0..200).map(move |y| (x, y))) {
        // A faint area, and in it a thin line.
        mask.data_mut()[y * 300 + x] = if y == 100 { 255 } else { 100 };
    }
    let before = mask.clone();
    mask.refine(&image.view(), &RefineOptions::new(12.0).edges(Edges::Auto), &Cancel::new()).unwrap();
    for (y, x) in (0..200).flat_map(|y| (190..300).map(move |x| (y, x))) {
        assert_eq!(mask.at(x, y), before.at(x, y), "{x}, {y}");
    }
}

#[test]
fn where_edges_cannot_be_looked_for_the_mask_stays() {
    let (image, truth) = disc(60, 40, 30.0, 20.0, 12.0);
    let mut mask = truth.clone();
    for reach in [f64::NAN, 0.0, -5.0, 3.9, 513.0, f64::INFINITY] {
        let refused = mask.refine(&image.view(), &RefineOptions::new(reach).edges(Edges::Auto), &Cancel::new());
        assert!(refused.unwrap_err().to_string().contains("4 to 512"), "{reach}");
    }
    let cancel = Cancel::new();
    cancel.raise();
    assert_eq!(
        mask.refine(&image.view(), &RefineOptions::new(8.0).edges(Edges::Hair), &cancel),
        Err(Error::cancelled())
    );
    mask.refine(&image.view(), &RefineOptions::new(8.0).edges(Edges::None), &Cancel::new()).unwrap();
    assert_eq!(mask, truth);
    let mut small = Mask::empty(3, 3).unwrap();
    assert!(
        small
            .refine(&image.view(), &RefineOptions::new(8.0).edges(Edges::Auto), &Cancel::new())
            .is_err_and(|error| error.kind() == ErrorKind::Argument)
    );
}
