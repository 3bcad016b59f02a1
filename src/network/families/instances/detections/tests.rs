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
    let mut outputs = Outputs::new(outputs.iter().map(|(name, array)| ((*name).to_owned(), array.clone())).collect());
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
    let columns: Vec<[f32; 8]> =
        (0..10_000u16).map(|i| [f32::from(i % 100), f32::from(i / 100) / 2.0, 0.5, 0.3, 0.9, 0.0, 0.0, 0.0]).collect();
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
            "8 numbers for each anchor, not 4 for a box, 3 for classes",
        ),
        (table(&[1, 6, 5]).to_vec(), yolo(&[]), "6 numbers for each anchor, not 4 for a box, 1 for classes and 2"),
        (table(&[8, 5, 3]).to_vec(), yolo(&[]), "has the unexpected shape [8, 5, 3]"),
        (table(&[1, 5, 9]).to_vec(), rows, "9 numbers for each object, not 6 and one for each of 2"),
        (table(&[1, 8, 5])[..1].to_vec(), yolo(&[]), "returned no output `output1`; name the right output"),
        (short.to_vec(), lists(), "2 scores, 3 classes and 3 masks"),
        (double.to_vec(), lists(), "2 masks for each object; name the right output"),
        (flat.to_vec(), lists(), "`masks` is empty; export the network again"),
        (nan.to_vec(), lists(), "not numbers"),
    ] {
        let error = found(&outputs, &manifest).err().expect(says).to_string();
        assert!(error.contains(says), "{error}");
    }
}
