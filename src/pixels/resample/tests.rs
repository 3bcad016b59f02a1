use super::*;
use crate::geometry::frame::Point;
use crate::pixels::image::{PixelFormat, RgbImage};
use proptest::prelude::*;

fn ramp(width: u32, height: u32) -> RgbImage {
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, 7])).collect();
    RgbImage::new(pixels, width, height).unwrap()
}

#[test]
fn a_grid_of_the_pictures_own_size_is_the_picture() {
    let image = ramp(9, 5);
    let grid = sample_rgb(&image.view(), &Frame::stretch(Rect::whole(9, 5), 9, 5), [0.0; 3]).unwrap();
    let expected: Vec<f32> = (0..5).flat_map(|y| (0..9).flat_map(move |x| [x as f32, y as f32, 7.0])).collect();
    assert_eq!(grid, expected);
}

#[test]
fn reducing_keeps_the_mean_and_padding_lies_outside() {
    let image = ramp(200, 100);
    let frame = Frame::letterbox(Rect::whole(200, 100), 20, 20);
    let grid = sample_rgb(&image.view(), &frame, [-1.0; 3]).unwrap();
    let cell = |x: usize, y: usize| &grid[(y * 20 + x) * 3..][..3];
    assert_eq!(cell(3, 4), [-1.0; 3]);
    assert_eq!(cell(3, 15), [-1.0; 3]);
    // The middle of grid cell (10, 10) is picture point (105, 55); pixel values count from the pixel's left edge.
    assert!((cell(10, 10)[0] - 104.5).abs() < 1e-3 && (cell(10, 10)[1] - 54.5).abs() < 1e-3);
}

#[test]
fn bands_agree_with_one_band() {
    let image = ramp(2000, 1500); // large enough for several bands
    let frame = Frame::stretch(Rect::new(-100.0, 20.5, 1900.0, 1600.0), 64, 64);
    let grid = sample_rgb(&image.view(), &frame, [9.0; 3]).unwrap();
    let one_pixel = image.view().rgb_row(700, &mut Vec::new())[0..3].to_vec();
    assert_eq!(one_pixel, [0, (700 % 256) as u8, 7]);
    assert!(grid.as_chunks::<3>().0.iter().all(|cell| cell[2] == 9.0 || (cell[2] - 7.0).abs() < 1e-3));
    assert_eq!(grid.as_chunks::<3>().0[64 * 63 + 32], [9.0; 3], "below the picture");
}

#[test]
fn a_plane_rendered_and_sampled_again_is_nearly_itself() {
    let mut plane = Plane::zeros(24, 16);
    for (i, value) in plane.data.iter_mut().enumerate() {
        let (x, y) = ((i % 24) as f32 - 11.5, (i / 24) as f32 - 7.5);
        *value = (1.0 - (x * x + y * y).sqrt() / 8.0).clamp(0.0, 1.0);
    }
    let frame = Frame::stretch(Rect::new(10.0, 20.0, 250.0, 180.0), 24, 16);
    let mask = render(&plane, &frame, 300, 200).unwrap();
    assert!(mask.row(19).iter().all(|&v| v == 0), "nothing outside the window");
    let again = sample_mask(&mask, &frame).unwrap();
    for (a, b) in plane.data.iter().zip(&again.data) {
        assert!((a - b).abs() < 0.06, "{a} {b}");
    }
}

#[test]
fn a_line_in_a_wide_window_is_seen() {
    let image = RgbImage::new([200, 0, 0].repeat(500), 500, 1).unwrap();
    let grid = sample_rgb(&image.view(), &Frame::letterbox(Rect::whole(500, 1), 32, 32), [-1.0; 3]).unwrap();
    let seen: Vec<usize> = (0..32).filter(|y| grid[y * 32 * 3] >= 0.0).collect();
    // The line lies in the middle, on the border of two cells.
    assert_eq!(seen, [15, 16]);
}

proptest! {
    #[test]
    fn one_colour_stays_one_colour(
        size in (1u32..60, 1u32..60),
        corner in (-40f64..50.0, -40f64..50.0),
        side in (0.01f64..200.0, 0.01f64..200.0),
        cells in (1usize..40, 1usize..40),
    ) {
        let (width, height) = size;
        let window = Rect::new(corner.0, corner.1, corner.0 + side.0, corner.1 + side.1);
        let frame = Frame::stretch(window, cells.0, cells.1);
        let image = RgbImage::new([9, 99, 199].repeat((width * height) as usize), width, height).unwrap();
        let grid = sample_rgb(&image.view(), &frame, [-5.0; 3]).unwrap();
        for (i, cell) in grid.as_chunks::<3>().0.iter().enumerate() {
            let (x, y) = ((i % cells.0) as f64, (i / cells.0) as f64);
            let low = frame.to_picture(Point::new(x, y));
            let high = frame.to_picture(Point::new(x + 1.0, y + 1.0));
            // How far the cell reaches into the picture, in cells.
            let reach = |low: f64, high: f64, end: u32| high.min(f64::from(end) - low) / (high - low);
            let inside = reach(low.x, high.x, width).min(reach(low.y, high.y, height));
            let expected = if inside > 0.0 { [9.0, 99.0, 199.0] } else { [-5.0; 3] };
            let good = cell.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01);
            prop_assert!(good || inside.abs() < 1e-4, "{:?} at {} {}: {}", cell, x, y, inside);
        }
    }

    #[test]
    fn a_full_plane_fills_its_window_and_nothing_else(
        size in (1u32..60, 1u32..60),
        corner in (-40f64..50.0, -40f64..50.0),
        side in (0.5f64..200.0, 0.5f64..200.0),
        cells in (1usize..40, 1usize..40),
    ) {
        let window = Rect::new(corner.0, corner.1, corner.0 + side.0, corner.1 + side.1);
        let plane = Plane { data: vec![1.0; cells.0 * cells.1], width: cells.0, height: cells.1 };
        let mask = render(&plane, &Frame::stretch(window, cells.0, cells.1), size.0, size.1).unwrap();
        for (y, x) in (0..size.1).flat_map(|y| (0..size.0).map(move |x| (y, x))) {
            let (left, top) = (f64::from(x), f64::from(y));
            let [across, down] = [(left, window.x0, window.x1), (top, window.y0, window.y1)]
                .map(|(pixel, low, high)| (pixel + 1.0 - low).min(high - pixel));
            let inside = across.min(down);
            prop_assert!(inside.abs() < 1e-4 || (inside > 0.0) == (mask.at(x, y) == 255), "{} {} {}", x, y, inside);
        }
    }
}

#[test]
fn one_pixel_and_huge_windows_work() {
    let pixels = [10u8, 20, 30];
    let image = ImageView::new(&pixels, 1, 1, 3, PixelFormat::Rgb8).unwrap();
    let grid = sample_rgb(&image, &Frame::letterbox(Rect::whole(1, 1), 8, 8), [0.0; 3]).unwrap();
    assert!(grid.as_chunks::<3>().0.iter().all(|cell| *cell == [10.0, 20.0, 30.0]));
    let far = Frame::stretch(Rect::new(50.0, 50.0, 60.0, 60.0), 4, 4);
    assert!(sample_rgb(&image, &far, [5.0; 3]).unwrap().iter().all(|&v| v == 5.0));
}

#[test]
fn what_is_faint_leaves_no_trace() {
    let frame = Frame::stretch(Rect::new(-10.0, 0.0, 230.0, 160.0), 24, 16);
    let mut plane = Plane::zeros(24, 16);
    plane.data[5 * 24 + 7] = 1.0;
    let alone = render(&plane, &frame, 200, 170).unwrap();
    plane.data.iter_mut().for_each(|value| *value = value.max(1e-4));
    assert_eq!(render(&plane, &frame, 200, 170).unwrap().bounds(1), alone.bounds(1));
    let beside = Frame::stretch(Rect::new(300.0, 0.0, 540.0, 160.0), 24, 16);
    assert_eq!(render(&plane, &beside, 200, 170).unwrap().bounds(1), None);
}
