//! Detections: the objects that a network lists, in one form for all kinds of list.

use ndarray::{ArrayD, Axis, IxDyn};

use crate::base::error::{Error, ErrorKind, Result};
use crate::geometry::frame::Frame;
use crate::geometry::point::Point;
use crate::geometry::rect::Rect;
use crate::geometry::suppression::suppress;
use crate::network::families::faults::foreign_analysis;
use crate::network::families::instances::manifest::{Detections, InstancesManifest, MaskPlace};
use crate::network::families::picture_input::Outputs;
use crate::network::families::segmenter::Analysis;

/// A detected object without its mask.
pub struct Detection {
    /// The box, in picture coordinates.
    pub bounds: Rect,
    /// The score, 0 to 1.
    pub score: f32,
    /// The number of the class.
    pub label: u32,
    /// The index in the list and, unless there are prototypes, of the mask.
    pub number: usize,
    /// The weights of the prototypes; empty if there are none.
    pub coefficients: Vec<f32>,
}

/// The numbers of a row before the coefficients: two corners, score, class.
const HEAD: usize = 6;

impl Detection {
    /// Whether the object's mask may hold a point. Masks may extend a little beyond their boxes.
    pub fn reaches(&self, point: Point) -> bool {
        let Rect { x0, y0, x1, y1 } = self.bounds;
        let room = |length: f64| 2.0 + 0.05 * length;
        let (across, down) = (room(self.bounds.width()), room(self.bounds.height()));
        (x0 - across..=x1 + across).contains(&point.x) && (y0 - down..=y1 + down).contains(&point.y)
    }

    fn row(&self) -> impl Iterator<Item = f32> + '_ {
        let Rect { x0, y0, x1, y1 } = self.bounds;
        [x0, y0, x1, y1]
            .map(|at| at as f32)
            .into_iter()
            .chain([self.score, self.label as f32])
            .chain(self.coefficients.iter().copied())
    }
}

/// The analysis: rows of corners (in picture coordinates), score, class and coefficients, the highest score first; and the
/// prototypes or masks.
pub fn analysis(outputs: &mut Outputs, shown: &Frame, window: Rect, manifest: &InstancesManifest) -> Result<Analysis> {
    let mut masks = match manifest.mask_place {
        MaskPlace::Prototypes => outputs.take(&manifest.masks, 3)?,
        MaskPlace::Boxes | MaskPlace::Input => {
            let masks = outputs.take(&manifest.masks, 4)?;
            let planes = masks.shape()[1];
            if planes != 1 {
                return Err(ErrorKind::Model.error(format!(
                    "the output `{}` has {planes} masks for each object; name the right output in model.toml",
                    manifest.masks
                )));
            }
            masks.index_axis_move(Axis(1), 0)
        }
    };
    if masks.shape()[1..].contains(&0) {
        return Err(
            ErrorKind::Model.error(format!("the output `{}` is empty; export the network again", manifest.masks))
        );
    }
    let found = match manifest.detections {
        Detections::Anchors | Detections::Presences => anchors(outputs, &masks, manifest)?,
        Detections::Rows => rows(outputs, &masks, manifest)?,
        Detections::Lists => lists(outputs, &masks, manifest)?,
    };
    if manifest.detections == Detections::Lists {
        let chosen: Vec<usize> = found.iter().map(|detection| detection.number).collect();
        masks = masks.select(Axis(0), &chosen);
    }
    let length = HEAD + found.first().map_or(0, |detection| detection.coefficients.len());
    let place = |Detection { bounds: Rect { x0, y0, x1, y1 }, .. }: &Detection| {
        let (low, high) = (shown.to_picture(Point::new(*x0, *y0)), shown.to_picture(Point::new(*x1, *y1)));
        // Boxes that their masks cover are not cut off, as that would squeeze the mask.
        let inside = |at: f64, least: f64, most: f64| match manifest.mask_place {
            MaskPlace::Boxes => at,
            MaskPlace::Prototypes | MaskPlace::Input => at.clamp(least, most),
        };
        let (across, down) = (|at| inside(at, window.x0, window.x1), |at| inside(at, window.y0, window.y1));
        Rect::new(across(low.x), down(low.y), across(high.x), down(high.y))
    };
    let numbers = found.iter().flat_map(|detection| {
        let placed = Detection { bounds: place(detection), coefficients: detection.coefficients.clone(), ..*detection };
        placed.row().collect::<Vec<f32>>()
    });
    let list = ArrayD::from_shape_vec(IxDyn(&[found.len(), length]), numbers.collect());
    let list = list.map_err(Error::internal)?;
    let frame = Frame::stretch(window, masks.shape()[2], masks.shape()[1]);
    Ok(Analysis { frame, tensors: vec![list, masks] })
}

/// The detections in an analysis.
pub fn list(analysis: &Analysis) -> Result<Vec<Detection>> {
    let rows = analysis.tensors.first().filter(|list| list.ndim() == 2).ok_or_else(foreign_analysis)?;
    let detection = |(number, row): (usize, ndarray::ArrayViewD<f32>)| {
        let [x0, y0, x1, y1] = [0, 1, 2, 3].map(|i| f64::from(row[i]));
        Detection {
            bounds: Rect::new(x0, y0, x1, y1),
            score: row[4].clamp(0.0, 1.0),
            label: row[5].max(0.0) as u32,
            number,
            coefficients: row.iter().skip(HEAD).copied().collect(),
        }
    };
    Ok(rows.outer_iter().enumerate().map(detection).collect())
}

/// Reads a column for each anchor. An object has many anchors.
fn anchors(outputs: &mut Outputs, prototypes: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let mut table = outputs.take(&manifest.boxes, 2)?;
    // The numbers before those of the classes.
    let head = if manifest.detections == Detections::Presences { 5 } else { 4 };
    if head == 5 {
        table = table.reversed_axes();
    }
    let (coefficients, named) = (prototypes.shape()[0], manifest.names.len());
    let classes = match table.shape()[0].checked_sub(head + coefficients) {
        Some(classes) if classes > 0 && (named == 0 || named == classes) => classes,
        _ => {
            return Err(ErrorKind::Model.error(format!(
                "the output `{}` has {} numbers for each anchor, not {head} for a box, {} for classes and {coefficients} for prototypes; name all classes in model.toml (`names` in [instances])",
                manifest.boxes,
                table.shape()[0],
                named.max(1)
            )));
        }
    };
    let mut boxes = Vec::new();
    let mut columns = Vec::new();
    for (number, column) in table.axis_iter(Axis(1)).enumerate() {
        let best =
            (0..classes).fold(0, |best, class| if column[head + class] > column[head + best] { class } else { best });
        let score = column[head + best] * if head == 5 { column[4] } else { 1.0 };
        if score > manifest.confidence {
            let [x, y, w, h] = [0, 1, 2, 3].map(|i| f64::from(column[i]));
            boxes.push((Rect::new(x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0), score, best as u32));
            columns.push(number);
        }
    }
    let kept = suppress(&boxes, manifest.overlap.into(), manifest.most);
    let detection = |place: usize| {
        let ((bounds, score, label), number) = (boxes[place], columns[place]);
        let column = table.index_axis(Axis(1), number);
        Detection { bounds, score, label, number, coefficients: column.iter().skip(head + classes).copied().collect() }
    };
    Ok(kept.into_iter().map(detection).collect())
}

/// Reads a row for each object.
fn rows(outputs: &mut Outputs, prototypes: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let table = outputs.take(&manifest.boxes, 2)?;
    let coefficients = prototypes.shape()[0];
    if table.shape()[1] != HEAD + coefficients {
        return Err(ErrorKind::Model.error(format!(
            "the output `{}` has {} numbers for each object, not 6 and one for each of {coefficients} prototypes; name the right output in model.toml",
            manifest.boxes,
            table.shape()[1]
        )));
    }
    let detection = |(number, row): (usize, ndarray::ArrayViewD<f32>)| Detection {
        bounds: Rect::new(row[0].into(), row[1].into(), row[2].into(), row[3].into()),
        score: row[4],
        label: row[5].max(0.0) as u32,
        number,
        coefficients: row.iter().skip(HEAD).copied().collect(),
    };
    Ok(surest(table.outer_iter().enumerate().map(detection).collect(), manifest))
}

/// Reads separate lists of boxes, scores and classes.
fn lists(outputs: &mut Outputs, masks: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let boxes = outputs.take(&manifest.boxes, 2)?;
    let mut numbers = |name: &Option<String>| outputs.take(name.as_deref().unwrap_or_default(), 1);
    let (scores, labels) = (numbers(&manifest.scores)?, numbers(&manifest.labels)?);
    let count = boxes.shape()[0];
    if boxes.shape()[1] != 4 || scores.len() != count || labels.len() != count || masks.shape()[0] != count {
        return Err(ErrorKind::Model.error(format!(
            "the network's outputs do not belong together: boxes of the shape {:?}, {} scores, {} classes and {} masks; name the right outputs in model.toml",
            boxes.shape(),
            scores.len(),
            labels.len(),
            masks.shape()[0]
        )));
    }
    let detection = |(number, corner): (usize, ndarray::ArrayViewD<f32>)| Detection {
        bounds: Rect::new(corner[0].into(), corner[1].into(), corner[2].into(), corner[3].into()),
        score: scores[number],
        label: labels[number].max(0.0) as u32,
        number,
        coefficients: Vec::new(),
    };
    Ok(surest(boxes.outer_iter().enumerate().map(detection).collect(), manifest))
}

/// The detections with a sufficient score, the highest first.
fn surest(mut found: Vec<Detection>, manifest: &InstancesManifest) -> Vec<Detection> {
    found.retain(|detection| detection.score > manifest.confidence);
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(manifest.most);
    found
}

#[cfg(test)]
mod tests;
