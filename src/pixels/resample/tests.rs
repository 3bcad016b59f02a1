use super::*;
use crate::geometry::point::Point;
use crate::pixels::image::PixelFormat;
use crate::pixels::rgb_image::RgbImage;
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
fn a_coarse_grid_of_the_reduced_picture_is_nearly_that_of_the_picture() {
    let (width, height) = (2600u32, 1404u32);
    // Stripes and grain.
    let value = |x: u32, y: u32, c: u32| {
        let grain = (x.wrapping_mul(73) ^ y.wrapping_mul(179) ^ c).wrapping_mul(0x9e37_79b1) >> 25;
        (if (x / 37 + y / 23).is_multiple_of(2) { 20 } else { 120 } + grain) as u8
    };
    let pixels = (0..width * height * 3).map(|i| value(i / 3 % width, i / 3 / width, i % 3)).collect();
    let image = RgbImage::new(pixels, width, height).unwrap();
    let reduced = RgbImage::reduced(&image.view()).unwrap().unwrap();
    let view = image.view().with_reduced(Some(reduced.as_reduced()));
    for (window, cells) in [
        (Rect::whole(width, height), 160),
        (Rect::new(301.5, -200.0, 2000.0, 1498.5), 128),
        (Rect::whole(width, height), 9),
    ] {
        let frame = Frame::letterbox(window, cells, cells);
        let [full, coarse] = [image.view(), view].map(|view| sample_rgb(&view, &frame, [-500.0; 3]).unwrap());
        let off: Vec<f32> = full.iter().zip(&coarse).map(|(full, coarse)| (full - coarse).abs()).collect();
        let mean = off.iter().sum::<f32>() / off.len() as f32;
        assert!(mean < 0.8, "{cells}: {mean} {:?}", off.iter().copied().fold(0.0, f32::max));
        assert!(off.iter().all(|off| *off < 6.0), "{cells}: {:?}", off.iter().copied().fold(0.0, f32::max));
    }
    // A finer grid is sampled from the picture itself.
    let frame = Frame::letterbox(Rect::whole(width, height), 400, 400);
    assert!(sample_rgb(&view, &frame, [0.0; 3]).unwrap() == sample_rgb(&image.view(), &frame, [0.0; 3]).unwrap());
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
