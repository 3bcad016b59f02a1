//! Resampling bytes exactly as the tools do it that networks are trained with: first along x, then along y. Pillow rounds to
//! bytes after each, OpenCV at the end, torch at the end if the input was bytes.

use std::collections::VecDeque;

use crate::base::error::Result;
use crate::base::memory::buffer;
use crate::base::threads::for_each_band;
use crate::geometry::frame::Frame;
use crate::pixels::image::ImageView;
use crate::pixels::plane::Plane;
use crate::pixels::resample::axis::Filter;
use crate::pixels::resample::{Grey, Rows, axes};

/// The picture on the frame's grid: red, green, blue interleaved, whole numbers from 0 to 255; `padding` outside the picture.
pub fn resize_rgb(image: &ImageView, frame: &Frame, filter: Filter, padding: [f32; 3]) -> Result<Vec<f32>> {
    resize_rows::<3>(image, frame, filter, padding)
}

/// Bytes on the frame's grid: whole numbers from 0 to 255, divided by 255; 0 outside the picture.
pub fn resize_grey(grey: &Grey, frame: &Frame, filter: Filter) -> Result<Plane> {
    let mut data = resize_rows::<1>(grey, frame, filter, [0.0])?;
    data.iter_mut().for_each(|value| *value /= 255.0);
    Ok(Plane { width: frame.width, height: frame.height, data })
}

fn resize_rows<const C: usize>(
    source: &impl Rows<C>,
    frame: &Frame,
    filter: Filter,
    padding: [f32; C],
) -> Result<Vec<f32>> {
    let (columns, rows) = axes(source.size(), frame, filter);
    // OpenCV calculates with weights of 11 bits.
    let fixed = filter == Filter::Bilinear;
    let weigh = |weight: f32| if fixed { (weight * 2048.0).round() } else { weight };
    // On the way down it cuts off four bits, then sixteen, then two.
    let cut = |weight: f32, value: f32| ((weight as i64 * (value as i64 >> 4)) >> 16) as f32;
    let byte = |value: f32| match filter {
        Filter::Bilinear => ((value + 2.0) / 4.0).floor(),
        Filter::Antialiased => value.round_ties_even(),
        Filter::Linear => value,
        Filter::Smooth | Filter::Bicubic | Filter::Lanczos => (value + 0.5).floor().clamp(0.0, 255.0),
    };
    let narrow = |row: &[u8]| {
        let mut narrowed = vec![[0f32; C]; frame.width];
        for (x, cell) in narrowed.iter_mut().enumerate() {
            let (first, weights) = columns.of(x);
            for (weight, pixel) in weights.iter().zip(&row.as_chunks::<C>().0[first..]) {
                (0..C).for_each(|c| cell[c] += weigh(*weight) * f32::from(pixel[c]));
            }
            if matches!(filter, Filter::Smooth | Filter::Bicubic | Filter::Lanczos) {
                *cell = cell.map(byte);
            }
        }
        narrowed
    };

    let mut grid = buffer(frame.width * frame.height * C, 0f32)?;
    for_each_band(&mut grid, frame.width * C, 32, |first_row, band| {
        let mut scratch = Vec::new();
        // The source rows of a grid row, already resampled along x, and the index of the first.
        let (mut kept, mut start) = (VecDeque::new(), 0);
        for (i, out) in band.chunks_exact_mut(frame.width * C).enumerate() {
            let out = out.as_chunks_mut::<C>().0;
            let (first, weights) = rows.of(first_row + i);
            if weights.is_empty() {
                out.fill(padding);
                continue;
            }
            while start < first && kept.pop_front().is_some() {
                start += 1;
            }
            if kept.is_empty() {
                start = first;
            }
            for y in start + kept.len()..first + weights.len() {
                kept.push_back(narrow(source.row(y as u32, &mut scratch)));
            }
            for (weight, row) in weights.iter().zip(&kept) {
                let weight = weigh(*weight);
                for (cell, value) in out.iter_mut().zip(row) {
                    (0..C).for_each(|c| cell[c] += if fixed { cut(weight, value[c]) } else { weight * value[c] });
                }
            }
            for (x, cell) in out.iter_mut().enumerate() {
                *cell = if columns.of(x).1.is_empty() { padding } else { cell.map(byte) };
            }
        }
    });
    Ok(grid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::rect::Rect;
    use crate::pixels::rgb_image::RgbImage;

    /// What Pillow 11 and OpenCV 5 make of it: 7 x 5 pixels, brought to 4 x 3 and to 5 x 9.
    #[test]
    fn bytes_are_those_of_pillow_and_opencv() {
        let grey: Vec<u8> = (0..35u32).map(|i| (i * i * 37 % 251) as u8).collect();
        let grey = Grey { width: 7, height: 5, data: &grey };
        let resized = |filter, width, height| -> Vec<u8> {
            let frame = Frame::stretch(Rect::whole(7, 5), width, height);
            let plane = resize_grey(&grey, &frame, filter).unwrap();
            plane.data.iter().map(|value| (value * 255.0).round() as u8).collect()
        };
        for (filter, small, large) in EXPECTED {
            assert_eq!(resized(*filter, 4, 3), small, "{filter:?}");
            assert_eq!(resized(*filter, 5, 9), large, "{filter:?}");
        }
    }

    #[rustfmt::skip]
    const EXPECTED: &[(Filter, [u8; 12], [u8; 45])] = &[
        (
            Filter::Smooth,
            [50, 146, 134, 133, 110, 172, 148, 152, 128, 194, 161, 126],
            [
                12, 99, 95, 126, 109, 33, 126, 130, 131, 130, 67, 171, 187, 140, 165, 114, 154, 183, 137, 175, 163, 121, 164,
                130, 179, 89, 151, 182, 108, 153, 46, 178, 194, 102, 130, 128, 193, 185, 158, 119, 177, 202, 179, 191, 112,
            ],
        ),
        (
            Filter::Bicubic,
            [45, 149, 135, 134, 104, 179, 147, 152, 125, 200, 162, 123],
            [
                0, 96, 84, 127, 104, 18, 128, 127, 131, 126, 56, 181, 203, 137, 166, 119, 157, 202, 135, 181, 163, 117, 176,
                125, 180, 75, 151, 192, 95, 158, 24, 189, 203, 93, 133, 127, 200, 186, 164, 112, 189, 204, 176, 204, 102,
            ],
        ),
        (
            Filter::Lanczos,
            [49, 150, 136, 134, 100, 186, 145, 151, 123, 203, 160, 120],
            [
                0, 95, 77, 126, 106, 7, 134, 131, 128, 126, 44, 181, 212, 129, 159, 131, 152, 227, 130, 180, 159, 109, 192,
                117, 175, 60, 145, 197, 78, 163, 16, 201, 202, 91, 137, 121, 208, 186, 165, 109, 204, 201, 173, 214, 96,
            ],
        ),
        (
            Filter::Bilinear,
            [34, 170, 128, 130, 156, 181, 186, 172, 132, 193, 172, 120],
            [
                7, 104, 82, 123, 96, 27, 131, 117, 131, 129, 60, 176, 174, 146, 183, 120, 160, 170, 143, 199, 188, 128, 151,
                136, 204, 94, 158, 194, 108, 160, 35, 184, 221, 97, 123, 115, 193, 187, 159, 114, 163, 198, 166, 196, 108,
            ],
        ),
    ];

    #[test]
    fn what_lies_beside_the_picture_is_padding() {
        let image = RgbImage::new(vec![200; 3 * 4 * 2], 4, 2).unwrap();
        let frame = Frame::corner(Rect::whole(4, 2), 4, 4);
        let grid = resize_rgb(&image.view(), &frame, Filter::Bicubic, [1.0, 2.0, 3.0]).unwrap();
        assert_eq!((&grid[..3], &grid[3 * 8..3 * 9]), (&[200.0; 3][..], &[1.0, 2.0, 3.0][..]));
    }
}
