//! Draws a selection over its picture.

use deepcrop::internals::network::hints::Hints;
use deepcrop::{Mask, Prompt};
use image::{DynamicImage, Rgb, RgbImage};

const TINT: [u8; 3] = [30, 144, 255];
const HALO: [u8; 3] = [0, 0, 0];
const LINE: [u8; 3] = [255, 255, 255];
const INCLUDE: [u8; 3] = [0, 200, 60];
const EXCLUDE: [u8; 3] = [230, 30, 30];

/// Tints the object, draws its outline as a bright line on a dark one (so that it shows on any picture), and marks the
/// clicks.
pub fn draw(picture: &DynamicImage, prompts: &[Prompt], mask: &Mask) -> DynamicImage {
    let mut canvas = picture.to_rgb8();
    for (pixel, &selected) in canvas.pixels_mut().zip(mask.data()) {
        let share = u32::from(selected) * 2 / 5;
        for (channel, tint) in pixel.0.iter_mut().zip(TINT) {
            *channel = ((u32::from(*channel) * (255 - share) + u32::from(tint) * share) / 255) as u8;
        }
    }

    let (longer, shorter) = (mask.width().max(mask.height()), mask.width().min(mask.height()));
    let line = (longer / 800).clamp(1, 12) as i32;
    let contour: Vec<_> = contour(mask).collect();
    for (radius, colour) in [(line + 1 + line / 2, HALO), (line / 2, LINE)] {
        for &(x, y) in &contour {
            disc(&mut canvas, x as i32, y as i32, radius, colour);
        }
    }

    let hints = Hints::from_prompts(prompts);
    let dot = (shorter / 80).clamp(3, 40) as i32;
    for (points, colour) in [(&hints.include, INCLUDE), (&hints.exclude, EXCLUDE)] {
        for point in points {
            let (x, y) = (point.x.floor() as i32, point.y.floor() as i32);
            disc(&mut canvas, x, y, dot + line + 1, LINE);
            disc(&mut canvas, x, y, dot, colour);
        }
    }
    canvas.into()
}

/// The selected pixels that have a neighbour which is not selected.
fn contour(mask: &Mask) -> impl Iterator<Item = (u32, u32)> + '_ {
    let (width, height) = (mask.width(), mask.height());
    let selected = |x: u32, y: u32| mask.at(x, y) >= Mask::HALF;
    (0..height).flat_map(move |y| (0..width).map(move |x| (x, y))).filter(move |&(x, y)| {
        selected(x, y)
            && ((x > 0 && !selected(x - 1, y))
                || (x + 1 < width && !selected(x + 1, y))
                || (y > 0 && !selected(x, y - 1))
                || (y + 1 < height && !selected(x, y + 1)))
    })
}

/// Fills a disc, as far as it lies in the picture.
fn disc(canvas: &mut RgbImage, x: i32, y: i32, radius: i32, colour: [u8; 3]) {
    for dy in -radius..=radius {
        for dx in -radius..=radius {
            let (x, y) = ((x + dx) as u32, (y + dy) as u32);
            if dx * dx + dy * dy <= radius * radius && x < canvas.width() && y < canvas.height() {
                canvas.put_pixel(x, y, Rgb(colour));
            }
        }
    }
}
