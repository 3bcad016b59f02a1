//! What we add to the bare network at 1 megapixel: `cargo bench --bench overhead`. A first click runs the network on the
//! whole picture and, closer, round each of its three answers. So the bare runs come in fours too.
#![allow(missing_docs)]

use deepcrop::internals::network::runtime::Runtime;
use deepcrop::internals::network::runtime::graph::{Graph, GraphSource};
use deepcrop::internals::pixels::rgb_image::RgbImage;
use deepcrop::types::Provider;
use deepcrop::{Cancel, Edges, LoadOptions, Model, Picture, Point, Prompt, SegmentOptions, Source};
use divan::Bencher;
use ndarray::{ArrayD, IxDyn};

const NETWORK: &[u8] = include_bytes!("../models/click.onnx");
const SHAPE: [usize; 4] = [1, 8, 160, 160];
const WIDTH: u32 = 1225;
const HEIGHT: u32 = 816;

fn main() {
    divan::main();
}

/// Numbers of the kind that the network meets: its speed depends on zeros and on denormal numbers.
fn input() -> ArrayD<f32> {
    ArrayD::from_shape_fn(IxDyn(&SHAPE), |at| ((at[1] * 31 + at[2] * 7 + at[3] * 13) % 64) as f32 / 32.0 - 1.0)
}

#[divan::bench]
fn network_alone(bencher: Bencher) {
    let runtime = Runtime::get(None).unwrap();
    let graph = Graph::open(runtime, GraphSource::Bytes(NETWORK), Provider::Cpu, 1).unwrap();
    let input = input();
    bencher.bench_local(|| {
        for _ in 0..4 {
            graph.run(&[("x", input.view())], &Cancel::new()).unwrap();
        }
    });
}

/// A first click, with and without the snapping to the picture's edges.
#[divan::bench(args = [false, true])]
fn click(bencher: Bencher, edges: bool) {
    let pixel = |i: u32| {
        let (x, y) = (f64::from(i % WIDTH), f64::from(i / WIDTH));
        let grain = ((i % WIDTH * 73) ^ (i / WIDTH * 179)) as u8 % 32;
        if (x - 600.0).hypot(y - 400.0) < 200.0 { [180 + grain, 60, 50] } else { [80, 110 + grain, 90] }
    };
    let image = RgbImage::new((0..WIDTH * HEIGHT).flat_map(pixel).collect(), WIDTH, HEIGHT).unwrap();
    let load = LoadOptions::default().provider(Provider::Cpu).threads(1);
    let model = Model::load(&Source::Builtin, &load, &Cancel::new()).unwrap();
    let edges = if edges { Edges::Auto } else { Edges::None };
    let options = SegmentOptions::new().edges(edges);
    let prompts = [Prompt::Include(Point::new(600.0, 400.0))];
    bencher
        .with_inputs(|| Picture::borrowing(&model, image.view(), &Cancel::new()).unwrap())
        .bench_local_refs(|picture| picture.segment(&prompts, &options, &Cancel::new()).unwrap());
}
