//! The pixel stages of a click, one by one, on 24 megapixels: `cargo bench --bench pixels`.
#![allow(missing_docs)]

use std::hint::black_box;

use deepcrop::internals::geometry::frame::Frame;
use deepcrop::internals::mask::cutout::cut_out;
use deepcrop::internals::mask::edge;
use deepcrop::internals::mask::grid::{render, sample_mask};
use deepcrop::internals::mask::run_lengths::RunLengths;
use deepcrop::internals::mask::soft::HALF;
use deepcrop::internals::network::hints::Hints;
use deepcrop::internals::pixels::canvas::Canvas;
use deepcrop::internals::pixels::plane::Plane;
use deepcrop::internals::pixels::resample::sample_rgb;
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::internals::session::guard;
use deepcrop::internals::session::guard::Wish;
use deepcrop::types::{OutlineOptions, PackedMask, Rect};
use deepcrop::{Cancel, Edges, ImageView, Mask, Outline, PixelFormat, Point};
use divan::Bencher;

const WIDTH: u32 = 6000;
const HEIGHT: u32 = 4000;
const GRID: usize = 192;

fn main() {
    divan::main();
}

fn whole() -> Frame {
    Frame::letterbox(Rect::whole(WIDTH, HEIGHT), GRID, GRID)
}

/// Two colours with grain; the one lies in a disc, as the planes say.
fn pixels() -> Vec<u8> {
    let pixel = |i: u32| {
        let (x, y) = (i % WIDTH, i / WIDTH);
        let grain = ((x * 73) ^ (y * 179)).wrapping_mul(0x9e37_79b1) >> 27;
        let inside = (f64::from(x) - 3000.0).hypot(f64::from(y) - 2000.0) < 1000.0;
        if inside { [180 + grain as u8, 60, 50, 255] } else { [80, 110 + grain as u8, 90, 255] }
    };
    (0..WIDTH * HEIGHT).flat_map(pixel).collect()
}

fn view(pixels: &[u8]) -> ImageView<'_> {
    ImageView::new(pixels, WIDTH, HEIGHT, WIDTH as usize * 4, PixelFormat::Rgba8).unwrap()
}

/// A soft disc in the middle of the picture.
fn disc(frame: &Frame, radius: f64) -> Plane {
    let mut plane = Plane::zeros(GRID, GRID);
    for (i, cell) in plane.data.iter_mut().enumerate() {
        let at = frame.to_picture(Point::new((i % GRID) as f64 + 0.5, (i / GRID) as f64 + 0.5));
        *cell = ((radius - at.distance(Point::new(3000.0, 2000.0))) / frame.cell() + 0.5).clamp(0.0, 1.0) as f32;
    }
    plane
}

fn mask(radius: f64) -> Mask {
    render(&disc(&whole(), radius), &whole(), WIDTH, HEIGHT).unwrap()
}

#[divan::bench]
fn copy_rgba(bencher: Bencher) {
    let pixels = pixels();
    bencher.bench_local(|| RgbImage::copy_of(&view(&pixels)).unwrap());
}

#[divan::bench]
fn reduce_rgba(bencher: Bencher) {
    let pixels = pixels();
    bencher.bench_local(|| sample_rgb(&view(&pixels), &whole(), [0.0; 3]).unwrap());
}

#[divan::bench]
fn reduce_rgb(bencher: Bencher) {
    let copy: RgbImage = RgbImage::copy_of(&view(&pixels())).unwrap();
    bencher.bench_local(|| sample_rgb(&copy.view(), &whole(), [0.0; 3]).unwrap());
}

#[divan::bench]
fn reduce_mask(bencher: Bencher) {
    let mask = mask(1000.0);
    bencher.bench_local(|| sample_mask(&mask, &whole()).unwrap());
}

/// The picture's full size from the whole picture's grid, and from that of a window round the object.
#[divan::bench(args = [6000.0, 2800.0])]
fn upsample(bencher: Bencher, window: f64) {
    let window = Rect::new(3000.0 - window / 2.0, 2000.0 - window / 2.0, 3000.0 + window / 2.0, 2000.0 + window / 2.0);
    let frame = Frame::letterbox(window, GRID, GRID);
    let plane = disc(&frame, 1000.0);
    bencher.bench_local(|| render(&plane, &frame, WIDTH, HEIGHT).unwrap());
}

/// By how many pixels a cell of the grid covers.
#[divan::bench(args = [31.25, 14.6])]
fn refine_edge(bencher: Bencher, cell: f64) {
    let copy: RgbImage = RgbImage::copy_of(&view(&pixels())).unwrap();
    bencher
        .with_inputs(|| mask(1000.0))
        .bench_local_refs(|mask| edge::refine(&copy.view(), mask, cell, Edges::Auto, &Cancel::new()).unwrap());
}

#[divan::bench]
fn merge_guard(bencher: Bencher) {
    let (before, after) = (mask(800.0), mask(1000.0));
    let click = Point::new(3000.0, 1100.0);
    let hints = Hints { include: vec![Point::new(3000.0, 2000.0), click], ..Hints::default() };
    bencher.with_inputs(|| after.clone()).bench_local_refs(|after| {
        guard::merge(&before, after, whole().window, Wish::Include, &[click], &hints).unwrap();
    });
}

#[divan::bench]
fn bounds(bencher: Bencher) {
    let mask = mask(1000.0);
    bencher.bench_local(|| black_box(&mask).bounds(HALF));
}

#[divan::bench]
fn pack(bencher: Bencher) {
    let mask = mask(1000.0);
    bencher.bench_local(|| PackedMask::pack(&mask));
}

#[divan::bench]
fn unpack(bencher: Bencher) {
    let packed = PackedMask::pack(&mask(1000.0));
    bencher.bench_local(|| packed.unpack().unwrap());
}

#[divan::bench(args = [true, false])]
fn trace_outline(bencher: Bencher, straight: bool) {
    let mask = mask(1000.0);
    let options = OutlineOptions::default().straight(straight);
    bencher.bench_local(|| Outline::trace(&mask, &options).unwrap());
}

/// Of a line that is as long as the picture's edge twice over, in waves.
#[divan::bench(args = [true, false])]
fn trace_waves(bencher: Bencher, straight: bool) {
    let depth = |x: u32, y: u32| {
        let (x, y) = (f64::from(x), f64::from(y));
        let wave = 40.0 * (x / 61.0).sin() + 11.0 * (x / 17.0).cos();
        (y - 1000.0 - wave).min(3000.0 + wave - y)
    };
    let value = |i: u32| ((depth(i % WIDTH, i / WIDTH) + 0.5).clamp(0.0, 1.0) * 255.0) as u8;
    let mask = Mask::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(value).collect()).unwrap();
    let options = OutlineOptions::default().straight(straight);
    bencher.bench_local(|| Outline::trace(&mask, &options).unwrap());
}

#[divan::bench]
fn run_lengths(bencher: Bencher) {
    let mask = mask(1000.0);
    bencher.bench_local(|| RunLengths::of(&mask).unwrap());
}

/// By how many pixels.
#[divan::bench(args = [3.0, 100.0])]
fn grow(bencher: Bencher, radius: f64) {
    bencher.with_inputs(|| mask(1000.0)).bench_local_refs(|mask| mask.grow(radius).unwrap());
}

#[divan::bench(args = [2.0, 15.0, 200.0])]
fn feather(bencher: Bencher, radius: f64) {
    bencher.with_inputs(|| mask(1000.0)).bench_local_refs(|mask| mask.feather(radius).unwrap());
}

#[divan::bench]
fn drop_specks(bencher: Bencher) {
    bencher.with_inputs(|| mask(1000.0)).bench_local_refs(|mask| mask.drop_specks(50.0).unwrap());
}

/// A cut-out of the picture's size whose edge is so soft that colours mix over about this many pixels.
#[divan::bench(args = [3.0, 12.0])]
fn cut_out_colours(bencher: Bencher, softness: f64) {
    let pixels = pixels();
    let mut mask = mask(1000.0);
    mask.smooth(3.0).unwrap();
    mask.feather(softness / 4.0).unwrap();
    let stride = WIDTH as usize * 4;
    let mut room = vec![0; stride * HEIGHT as usize];
    bencher.bench_local(|| {
        let mut canvas = Canvas::new(&mut room, WIDTH, HEIGHT, stride, PixelFormat::Rgba8).unwrap();
        cut_out(&view(&pixels), &mask, (0, 0), &mut canvas).unwrap();
    });
}
