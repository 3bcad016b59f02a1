//! Outlines: the closed lines around a mask.

use std::ffi::{CString, c_char};
use std::ptr::null;
use std::sync::OnceLock;

use super::entry::{Sized32, describe, entry, entry_or, flag, free, give, optional, options, out, required};
use super::mask::deepcrop_mask;
use super::point::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::{Node, OutlineOptions, Ring};
use deepcrop::{ErrorKind, Outline};

/// deepcrop_ring.parent of a ring that lies inside no other ring.
pub const DEEPCROP_NO_PARENT: u32 = 0xFFFF_FFFF;

/// The outline of a mask. It never changes, and any thread may read it. It does not need its mask: the mask may be
/// freed first.
pub struct deepcrop_outline {
    outline: Outline,
    lines: Vec<Line>,
    // Written when first asked for.
    svg_path: OnceLock<CString>,
    json: OnceLock<CString>,
}

/// A ring as C sees it.
struct Line {
    points: Vec<deepcrop_point>,
    nodes: Vec<deepcrop_node>,
}

/// How to make an outline. Zero is the default of every field except struct_size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_outline_options {
    /// Set it to sizeof(deepcrop_outline_options).
    pub struct_size: u32,
    /// 1: straight lines instead of smooth curves; the nodes are then the points.
    pub straight: u32,
    /// How far the outline may deviate from the mask's edge, in pixels; more tolerance gives fewer points. 0 means half
    /// a pixel.
    pub tolerance: f64,
    /// Rings with a smaller area than this many square pixels are left out; 0 means four.
    pub smallest_area: f64,
}

// SAFETY: two u32 and two f64, no padding; zeros are the defaults.
unsafe impl Sized32 for deepcrop_outline_options {}

/// A node of a smooth ring. The line to the next node is a cubic Bézier curve with these four points: x, y of this
/// node; out_x, out_y of this node; in_x, in_y of the next node; x, y of the next node. Where both control points lie
/// on their own nodes, the line is straight.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_node {
    /// x of the node in picture pixels.
    pub x: f64,
    /// y of the node.
    pub y: f64,
    /// x of the control point of the line that arrives at the node.
    pub in_x: f64,
    /// y of that control point.
    pub in_y: f64,
    /// x of the control point of the line that leaves the node.
    pub out_x: f64,
    /// y of that control point.
    pub out_y: f64,
    /// 1 if the line turns sharply here. 0 if it is smooth: then the node and its two control points lie on one
    /// straight line.
    pub corner: u32,
    /// Always 0 for now.
    pub reserved: u32,
}

impl From<&Node> for deepcrop_node {
    fn from(node: &Node) -> Self {
        let Node { point, handle_in, handle_out, corner, .. } = node;
        Self {
            x: point.x,
            y: point.y,
            in_x: handle_in.x,
            in_y: handle_in.y,
            out_x: handle_out.x,
            out_y: handle_out.y,
            corner: (*corner).into(),
            reserved: 0,
        }
    }
}

/// One closed line, both as a polygon and as smooth curves. The last point or node is joined to the first. Outer rings
/// run clockwise on the screen, holes anticlockwise.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_ring {
    /// Set it to sizeof(deepcrop_ring) before the call.
    pub struct_size: u32,
    /// 1 if the ring is the border of a hole, else 0.
    pub hole: u32,
    /// The points of the polygon in picture pixels. They live as long as the outline.
    pub points: *const deepcrop_point,
    /// Number of points, at least three.
    pub point_count: usize,
    /// Index of the ring directly around this one, or DEEPCROP_NO_PARENT. It is smaller than this ring's own index.
    pub parent: u32,
    /// Always 0 for now.
    pub reserved: u32,
    /// The nodes of the same line as smooth curves. They live as long as the outline.
    pub nodes: *const deepcrop_node,
    /// Number of nodes, at least two.
    pub node_count: usize,
}

// SAFETY: two u32, a pointer and a size, two u32, a pointer and a size, no padding; zeros are a value.
unsafe impl Sized32 for deepcrop_ring {}

/// Traces the outline of a mask, with its holes: the line along which the mask is half selected, to a fraction of a
/// pixel. `options` may be NULL. Free the outline with deepcrop_outline_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_mask_outline(
    mask: *const deepcrop_mask,
    options: *const deepcrop_outline_options,
    outline: *mut *mut deepcrop_outline,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let to = out(outline, "outline")?;
        let mask = &required(mask, "mask")?.mask;
        let given = self::options(options, "options")?;
        let default = OutlineOptions::default();
        let or_default = |value: f64, default: f64| if value == 0.0 { default } else { value };
        let outline = Outline::trace(
            mask,
            &OutlineOptions::default()
                .tolerance(or_default(given.tolerance, default.tolerance))
                .smallest_area(or_default(given.smallest_area, default.smallest_area))
                .straight(flag(given.straight, "options->straight")?),
        )?;
        let line = |ring: &Ring| Line {
            points: ring.points.iter().map(|point| deepcrop_point { x: point.x, y: point.y }).collect(),
            nodes: ring.nodes.iter().map(deepcrop_node::from).collect(),
        };
        let lines = outline.rings.iter().map(line).collect();
        *to = give(deepcrop_outline { outline, lines, svg_path: OnceLock::new(), json: OnceLock::new() });
        Ok(())
    })
}

/// Returns the number of rings of an outline; 0 if `outline` is NULL.
///
/// # Safety
/// `outline` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_ring_count(outline: *const deepcrop_outline) -> usize {
    entry_or(0, || optional(outline).map_or(0, |outline| outline.lines.len()))
}

/// Writes ring `index`, counted from 0, to `*ring`. Set ring->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_ring(
    outline: *const deepcrop_outline,
    index: usize,
    ring: *mut deepcrop_ring,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let outline = required(outline, "outline")?;
        let rings = &outline.outline.rings;
        let (Some(known), Some(line)) = (rings.get(index), outline.lines.get(index)) else {
            let sentence =
                format!("there is no ring {index}; pass an index below the number of rings, {}", rings.len());
            return Err(ErrorKind::Argument.error(sentence));
        };
        let value = deepcrop_ring {
            struct_size: 0,
            hole: known.hole.into(),
            points: line.points.as_ptr(),
            point_count: line.points.len(),
            parent: known.parent.map_or(DEEPCROP_NO_PARENT, |parent| parent as u32),
            reserved: 0,
            nodes: line.nodes.as_ptr(),
            node_count: line.nodes.len(),
        };
        describe(ring, "ring", value)
    })
}

/// Returns the curves of all rings as the `d` of an SVG path, in picture pixels. Fill it by the even-odd rule. The
/// string lives as long as the outline. NULL if `outline` is NULL.
///
/// # Safety
/// `outline` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_svg_path(outline: *const deepcrop_outline) -> *const c_char {
    entry_or(null(), || {
        let Some(outline) = optional(outline) else { return null() };
        outline.svg_path.get_or_init(|| c_text(outline.outline.to_svg_path())).as_ptr()
    })
}

/// Returns the polygons of all rings as JSON, in picture pixels: `{"format": 1, "size": [width, height], "rings":
/// [{"hole": false, "parent": null, "points": [[x, y], ...]}, ...]}`. `format` is the version of this shape. The string
/// lives as long as the outline. NULL if `outline` is NULL.
///
/// # Safety
/// `outline` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_json(outline: *const deepcrop_outline) -> *const c_char {
    entry_or(null(), || {
        let Some(outline) = optional(outline) else { return null() };
        outline.json.get_or_init(|| c_text(outline.outline.to_json())).as_ptr()
    })
}

/// Text of the library itself, which has no zero in it.
fn c_text(text: String) -> CString {
    CString::new(text).unwrap_or_default()
}

/// Frees an outline. NULL does nothing.
///
/// # Safety
/// `outline` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_outline_free(outline: *mut deepcrop_outline) {
    free(outline);
}
