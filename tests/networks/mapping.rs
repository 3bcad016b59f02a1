//! From the picture to the network's grid and back: answers lie in the right place in pictures of all shapes.

use deepcrop::Point;
use deepcrop::types::Rect;

use crate::{CELLS, PLAIN, assert_mask, in_disk, in_rect, include, load, paint, segment};

/// Pictures that are wide, tall, tiny, a single pixel, a line, as large as the input, larger, and much larger.
const SHAPES: [(u32, u32); 10] =
    [(300, 100), (60, 250), (20, 9), (3, 2), (1, 1), (500, 1), (2, 300), (32, 32), (700, 900), (2400, 1000)];

/// How far the edge of an answer may be from the true one: a part of a cell, and three quarters of a pixel.
fn margin(width: u32, height: u32, cells: f64) -> f64 {
    f64::from(width.max(height)) / CELLS * cells + 0.75
}

#[test]
fn a_click_lands_where_it_was_made() {
    let model = load("disk");
    for (width, height) in SHAPES {
        let image = paint(width, height, |_, _| [90; 3]);
        let (w, h) = (f64::from(width), f64::from(height));
        for (x, y) in [(0.5, 0.5), (w / 2.0, h / 2.0), (w * 0.3, h * 0.7), (w - 0.5, h * 0.2), (w, h)] {
            let selection = segment(&model, &image, &[include(x, y)], &PLAIN);
            let click = Point::new(x, y);
            // A disk that holds no pixel's centre is replaced by a dot, because the click is obeyed.
            let margin = margin(width, height, 0.25).max(if w.max(h) < 32.0 { 3.0 } else { 0.0 });
            assert_mask(&selection.mask, margin, |point| in_disk(point, click, w.max(h) / 8.0));
        }
    }
}

#[test]
fn what_the_network_sees_is_selected_where_it_is() {
    let model = load("red");
    for (width, height) in SHAPES {
        let (w, h) = (f64::from(width), f64::from(height));
        let object = Rect::new(w * 0.2, h * 0.3, w * 0.5, h * 0.9);
        let image = paint(width, height, |x, y| if object.contains(Point::new(x, y)) { [255, 0, 0] } else { [0; 3] });
        // An object finer than a cell may vanish; then only the click itself is selected.
        if object.width().min(object.height()) > 3.0 * w.max(h) / CELLS {
            let centre = object.centre();
            let selection = segment(&model, &image, &[include(centre.x, centre.y)], &PLAIN);
            assert_mask(&selection.mask, margin(width, height, 0.6), |point| in_rect(point, object));
        }
    }
}

#[test]
fn an_object_that_fills_the_picture_is_selected_up_to_every_border() {
    for name in ["red", "probability"] {
        let model = load(name);
        for (width, height) in SHAPES {
            let image = paint(width, height, |_, _| [255, 0, 0]);
            let (w, h) = (f64::from(width), f64::from(height));
            let selection = segment(&model, &image, &[include(w / 2.0, h / 2.0)], &PLAIN);
            let least = selection.mask.data().iter().min();
            assert!(least >= Some(&128), "{name} {width} x {height}: {least:?}");
        }
    }
}

#[test]
fn a_grid_that_is_no_square_and_a_graph_that_leaves_its_size_open() {
    let model = load("open_size");
    let (cells_x, cells_y) = (48.0, 24.0);
    for (width, height) in [(400, 200), (400, 100), (100, 300), (5, 5)] {
        let image = paint(width, height, |_, _| [90; 3]);
        let (w, h) = (f64::from(width), f64::from(height));
        // The width of the window that fills the grid. The disk's radius is an eighth of it.
        let window = (w / cells_x).max(h / cells_y) * cells_x;
        let click = Point::new(w * 0.4, h * 0.6);
        let selection = segment(&model, &image, &[include(click.x, click.y)], &PLAIN);
        assert_mask(&selection.mask, window / cells_x * 0.3 + 0.75, |point| in_disk(point, click, window / 8.0));
    }
}
