//! What a network found, as one list whatever its way to say it.

use ndarray::{ArrayD, Axis, IxDyn};

use crate::error::{Error, Result};
use crate::family::Analysis;
use crate::family::input::{Outputs, stranger};
use crate::frame::{Frame, Point, Rect};
use crate::manifest::{Detections, InstancesManifest, MaskPlace};
use crate::suppress::suppress;

/// An object without its mask.
pub struct Detection {
    /// Its box in the picture.
    pub bounds: Rect,
    /// How sure the network is, 0 to 1.
    pub score: f32,
    /// The number of its class.
    pub label: u32,
    /// Its number in the list, which is also that of its own mask where it has one.
    pub number: usize,
    /// How much of each prototype its mask is made of; empty where masks are whole.
    pub coefficients: Vec<f32>,
}

/// Numbers of a row before the coefficients: two corners, score, class.
const HEAD: usize = 6;

impl Detection {
    /// Whether its mask may reach a point: masks may stick out of their boxes a little.
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

/// An analysis: rows of corners (in the picture), score, class and coefficients, the surest first; and the prototypes or
/// masks.
pub fn analysis(outputs: &mut Outputs, shown: &Frame, window: Rect, manifest: &InstancesManifest) -> Result<Analysis> {
    let mut masks = match manifest.mask_place {
        MaskPlace::Prototypes => outputs.take(&manifest.masks, 3)?,
        MaskPlace::Boxes | MaskPlace::Input => {
            let masks = outputs.take(&manifest.masks, 4)?;
            let planes = masks.shape()[1];
            if planes != 1 {
                return Err(Error::Model(format!(
                    "the output `{}` has {planes} masks for each object",
                    manifest.masks
                )));
            }
            masks.index_axis_move(Axis(1), 0)
        }
    };
    if masks.shape()[1..].contains(&0) {
        return Err(Error::Model(format!("the output `{}` is empty", manifest.masks)));
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
        // Masks that fill their boxes would be squeezed with them.
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
    let list = list.map_err(|error| Error::Internal(error.to_string()))?;
    let frame = Frame::stretch(window, masks.shape()[2], masks.shape()[1]);
    Ok(Analysis { frame, tensors: vec![list, masks] })
}

/// The list of an analysis.
pub fn list(analysis: &Analysis) -> Result<Vec<Detection>> {
    let rows = analysis.tensors.first().filter(|list| list.ndim() == 2).ok_or_else(stranger)?;
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

/// One column an anchor, and many anchors an object.
fn anchors(outputs: &mut Outputs, prototypes: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let mut table = outputs.take(&manifest.boxes, 2)?;
    // How many numbers come before those of the classes.
    let head = if manifest.detections == Detections::Presences { 5 } else { 4 };
    if head == 5 {
        table = table.reversed_axes();
    }
    let (coefficients, named) = (prototypes.shape()[0], manifest.names.len());
    let classes = match table.shape()[0].checked_sub(head + coefficients) {
        Some(classes) if classes > 0 && (named == 0 || named == classes) => classes,
        _ => {
            return Err(Error::Model(format!(
                "the output `{}` has {} numbers for each anchor, but {head} for a box, {} for classes and {coefficients} for prototypes are needed; name the classes in model.toml (`names` in [instances])",
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

/// One row an object.
fn rows(outputs: &mut Outputs, prototypes: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let table = outputs.take(&manifest.boxes, 2)?;
    let coefficients = prototypes.shape()[0];
    if table.shape()[1] != HEAD + coefficients {
        return Err(Error::Model(format!(
            "the output `{}` has {} numbers for each object, not 6 and one for each of {coefficients} prototypes",
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

/// A list of boxes, one of scores, one of classes.
fn lists(outputs: &mut Outputs, masks: &ArrayD<f32>, manifest: &InstancesManifest) -> Result<Vec<Detection>> {
    let boxes = outputs.take(&manifest.boxes, 2)?;
    let mut numbers = |name: &Option<String>| outputs.take(name.as_deref().unwrap_or_default(), 1);
    let (scores, labels) = (numbers(&manifest.scores)?, numbers(&manifest.labels)?);
    let count = boxes.shape()[0];
    if boxes.shape()[1] != 4 || scores.len() != count || labels.len() != count || masks.shape()[0] != count {
        return Err(Error::Model(format!(
            "the network lists {:?} numbers as boxes, {} scores, {} classes and {} masks, which do not belong together",
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

/// Those that are sure enough, the surest first.
fn surest(mut found: Vec<Detection>, manifest: &InstancesManifest) -> Vec<Detection> {
    found.retain(|detection| detection.score > manifest.confidence);
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(manifest.most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Rect = Rect { x0: 0.0, y0: 0.0, x1: 200.0, y1: 100.0 };

    fn array(shape: &[usize], numbers: impl Fn(usize) -> f32) -> ArrayD<f32> {
        ArrayD::from_shape_vec(IxDyn(shape), (0..shape.iter().product()).map(numbers).collect()).unwrap()
    }

    fn yolo(names: &[&str]) -> InstancesManifest {
        InstancesManifest {
            detections: Detections::Anchors,
            boxes: "output0".into(),
            scores: None,
            labels: None,
            masks: "output1".into(),
            mask_place: MaskPlace::Prototypes,
            confidence: 0.4,
            overlap: 0.45,
            most: 300,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn lists() -> InstancesManifest {
        InstancesManifest {
            detections: Detections::Lists,
            boxes: "boxes".into(),
            scores: Some("scores".into()),
            labels: Some("labels".into()),
            masks: "masks".into(),
            mask_place: MaskPlace::Boxes,
            ..yolo(&[])
        }
    }

    fn found(outputs: &[(&str, ArrayD<f32>)], manifest: &InstancesManifest) -> Result<Vec<Detection>> {
        let mut outputs =
            Outputs::new(outputs.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect());
        // The picture at half its size.
        list(&analysis(&mut outputs, &Frame::stretch(WINDOW, 100, 50), WINDOW, manifest)?)
    }

    fn anchors_of(columns: &[[f32; 8]]) -> ArrayD<f32> {
        array(&[1, 8, columns.len()], |i| columns[i % columns.len()][i / columns.len()])
    }

    #[test]
    fn anchors_become_few_boxes_in_the_picture() {
        // Centre, size, two classes, two prototypes.
        let columns = [
            [20.0, 20.0, 10.0, 20.0, 0.1, 0.6, 5.0, 6.0],
            [20.5, 20.0, 10.0, 20.0, 0.1, 0.9, 7.0, 8.0],
            [20.5, 20.0, 10.0, 20.0, 0.5, 0.1, 1.0, 2.0],
            [70.0, 20.0, 10.0, 20.0, 0.1, 0.4, 3.0, 4.0],
            [99.0, 49.0, 10.0, 20.0, 0.7, 0.1, 3.0, 4.0],
        ];
        let outputs = [("output0", anchors_of(&columns)), ("output1", array(&[1, 2, 4, 4], |_| 0.0))];
        let found = found(&outputs, &yolo(&["cup", "duck"])).unwrap();
        let told: Vec<_> =
            found.iter().map(|object| (object.score, object.label, object.coefficients.as_slice())).collect();
        assert_eq!(told, [(0.9, 1, &[7.0, 8.0][..]), (0.7, 0, &[3.0, 4.0]), (0.5, 0, &[1.0, 2.0])]);
        assert_eq!(found[0].bounds, Rect::new(31.0, 20.0, 51.0, 60.0));
        assert_eq!(found[1].bounds, Rect::new(188.0, 78.0, 200.0, 100.0), "cut at the picture's border");
    }

    #[test]
    fn many_detections_are_bounded() {
        let columns: Vec<[f32; 8]> = (0..10_000u16)
            .map(|i| [f32::from(i % 100), f32::from(i / 100) / 2.0, 0.5, 0.3, 0.9, 0.0, 0.0, 0.0])
            .collect();
        let outputs = [("output0", anchors_of(&columns)), ("output1", array(&[1, 2, 4, 4], |_| 0.0))];
        assert_eq!(found(&outputs, &yolo(&[])).unwrap().len(), 300);
        let rows = array(&[1, 10_000, 8], |i| if i % 8 == 4 { 0.9 } else { 1.0 });
        let manifest = InstancesManifest { detections: Detections::Rows, ..yolo(&[]) };
        assert_eq!(found_of_rows(rows, &manifest), 300);
    }

    fn found_of_rows(rows: ArrayD<f32>, manifest: &InstancesManifest) -> usize {
        found(&[("output0", rows), ("output1", array(&[1, 2, 4, 4], |_| 0.0))], manifest).unwrap().len()
    }

    fn listed(count: usize) -> [(&'static str, ArrayD<f32>); 4] {
        [
            ("boxes", array(&[count, 4], |i| [1.0, 2.0, 11.0, 12.0][i % 4] + (i / 4) as f32)),
            ("labels", array(&[count], |i| i as f32)),
            ("scores", array(&[count], |i| [0.3, 0.6, 0.9][i % 3])),
            ("masks", array(&[count, 1, 2, 2], |i| (i / 4) as f32)),
        ]
    }

    #[test]
    fn lists_are_sorted_with_their_masks() {
        let manifest = lists();
        let mut outputs = Outputs::new(listed(3).map(|(name, array)| (name.to_owned(), array)).into());
        let analysis = analysis(&mut outputs, &Frame::stretch(WINDOW, 100, 50), WINDOW, &manifest).unwrap();
        let told: Vec<_> = list(&analysis).unwrap().iter().map(|object| (object.label, object.number)).collect();
        assert_eq!(told, [(2, 0), (1, 1)]);
        assert_eq!((analysis.tensors[1][[0, 0, 0]], analysis.tensors[1][[1, 0, 0]]), (2.0, 1.0));
        for none in [0, 1] {
            assert!(found(&listed(none), &manifest).unwrap().is_empty(), "{none}");
        }
    }

    #[test]
    fn outputs_that_do_not_belong_together_are_refused() {
        let prototypes = || array(&[1, 2, 4, 4], |_| 0.0);
        let table = |shape: &[usize]| [("output0", array(shape, |_| 0.5)), ("output1", prototypes())];
        let rows = InstancesManifest { detections: Detections::Rows, ..yolo(&[]) };
        let mut short = listed(3);
        short[2].1 = array(&[2], |_| 0.5);
        let mut double = listed(3);
        double[3].1 = array(&[3, 2, 2, 2], |_| 0.5);
        let mut flat = listed(3);
        flat[3].1 = array(&[3, 1, 0, 2], |_| 0.5);
        let mut nan = listed(3);
        nan[0].1[[0, 0]] = f32::NAN;
        for (outputs, manifest, says) in [
            (
                table(&[1, 8, 5]).to_vec(),
                yolo(&["cup", "duck", "tree"]),
                "8 numbers for each anchor, but 4 for a box, 3 for classes",
            ),
            (table(&[1, 6, 5]).to_vec(), yolo(&[]), "6 numbers for each anchor, but 4 for a box, 1 for classes and 2"),
            (table(&[8, 5, 3]).to_vec(), yolo(&[]), "has the shape [8, 5, 3]"),
            (table(&[1, 5, 9]).to_vec(), rows, "9 numbers for each object, not 6 and one for each of 2"),
            (table(&[1, 8, 5])[..1].to_vec(), yolo(&[]), "gave no output `output1`"),
            (short.to_vec(), lists(), "2 scores, 3 classes and 3 masks"),
            (double.to_vec(), lists(), "2 masks for each object"),
            (flat.to_vec(), lists(), "`masks` is empty"),
            (nan.to_vec(), lists(), "not a number"),
        ] {
            let error = found(&outputs, &manifest).err().expect(says).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
