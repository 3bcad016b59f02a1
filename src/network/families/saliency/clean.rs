//! Cleaning a map, with ExtractNet's steps: a blur, a threshold, a morphological opening.
//!
//! They are done in the picture's size, and their kernels grow with it, so that a picture twice as large gives the same mask
//! twice as large. The opening is round like OpenCV's `MORPH_ELLIPSE`: a square one gives round objects corners.

use crate::base::error::Result;
use crate::mask::soft::Mask;
use crate::network::families::saliency::manifest::Cleaning;
use crate::pixels::plane::Plane;

/// The cleaned map.
pub fn cleaned(map: &Plane, how: &Cleaning) -> Result<Plane> {
    let &Cleaning { side, blur, threshold, opening } = how;
    let scale = map.width.max(map.height) as f64 / side;
    let bytes = map.data.iter().map(|value| (value * 255.0 + 0.5) as u8).collect();
    let mut mask = Mask::new(map.width as u32, map.height as u32, bytes)?;
    if let Some(kernel) = blur {
        mask.feather(deviation(kernel) * scale)?;
    }
    if let Some(least) = threshold {
        let decide = |value: &mut u8| *value = if f32::from(*value) >= least * 255.0 { 255 } else { 0 };
        mask.data_mut().iter_mut().for_each(decide);
    }
    if let Some(kernel) = opening {
        let radius = (kernel - 1.0) / 2.0 * scale;
        mask.shrink(radius)?;
        mask.grow(radius)?;
    }
    Ok(Plane { data: mask.data().iter().map(|value| f32::from(*value) / 255.0).collect(), ..*map })
}

/// The standard deviation that OpenCV gives a Gaussian of which only the size of the kernel is known.
fn deviation(kernel: f64) -> f64 {
    0.3 * ((kernel - 1.0) / 2.0 - 1.0) + 0.8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `side` cells along each side; what is likely tells the place as a share of the side.
    fn map(side: usize, likely: impl Fn(f64, f64) -> f32) -> Plane {
        let place = |cell: usize| (cell as f64 + 0.5) / side as f64;
        let data = (0..side * side).map(|cell| likely(place(cell % side), place(cell / side))).collect();
        Plane { width: side, height: side, data }
    }

    fn share(plane: &Plane) -> f64 {
        plane.data.iter().filter(|value| **value >= 0.5).count() as f64 / plane.data.len() as f64
    }

    fn how(blur: Option<f64>, threshold: Option<f32>, opening: Option<f64>) -> Cleaning {
        Cleaning { side: 224.0, blur, threshold, opening }
    }

    #[test]
    fn nothing_asked_is_nothing_done() {
        let ramp = map(50, |x, _| (x * 255.0).floor() as f32 / 255.0);
        let same = cleaned(&ramp, &how(None, None, None)).unwrap();
        assert!(same.data.iter().zip(&ramp.data).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn what_is_thin_goes_and_what_is_thick_stays_in_any_size() {
        // A disk of half the side across with a tail of a tenth, where the opening is 39 of 224.
        let disk = |x: f64, y: f64| (x - 0.4).hypot(y - 0.5) < 0.25;
        let tail = |x: f64, y: f64| x > 0.4 && (y - 0.5).abs() < 0.05;
        for side in [112, 224, 700] {
            let object = map(side, |x, y| if disk(x, y) || tail(x, y) { 0.9 } else { 0.1 });
            let round = map(side, |x, y| if disk(x, y) { 1.0 } else { 0.0 });
            let cleaned = cleaned(&object, &how(Some(27.0), Some(0.5), Some(39.0))).unwrap();
            let unlike = cleaned.data.iter().zip(&round.data).filter(|(a, b)| (**a >= 0.5) != (**b >= 0.5)).count();
            assert!((unlike as f64) < 0.03 * round.data.len() as f64, "{side}: {unlike}");
            let end = side / 2 * side + side * 9 / 10;
            assert!(object.data[end] > 0.5 && cleaned.data[end] < 0.01, "{side}");
        }
    }

    #[test]
    fn the_threshold_decides_and_counts_what_lies_on_it() {
        let ramp = map(255, |x, _| (x * 255.0).floor() as f32 / 255.0);
        for (least, expected) in [(0.5, 127.0 / 255.0), (0.2, 204.0 / 255.0), (1.0, 0.0)] {
            let decided = cleaned(&ramp, &how(None, Some(least), None)).unwrap();
            assert!(decided.data.iter().all(|value| *value == 0.0 || *value == 1.0));
            assert!((share(&decided) - expected).abs() < 1e-9, "{least}: {}", share(&decided));
        }
    }

    #[test]
    fn the_blur_is_opencvs() {
        // cv2.getGaussianKernel(27, 0): 0.3 * ((27 - 1) * 0.5 - 1) + 0.8.
        assert!((deviation(27.0) - 4.4).abs() < 1e-9);
        // A step becomes the normal distribution: 4.4 cells beside it 15.9 %.
        let step = map(224, |x, _| if x < 0.5 { 1.0 } else { 0.0 });
        let blurred = cleaned(&step, &how(Some(27.0), None, None)).unwrap();
        let at = |cell: usize| blurred.data[100 * 224 + cell];
        let between = at(115) + (at(116) - at(115)) * 0.9;
        assert!((between - 0.159).abs() < 0.01, "{between}");
    }

    #[test]
    fn one_cell_survives_its_own_border() {
        let one = Plane { width: 1, height: 1, data: vec![0.8] };
        assert_eq!(cleaned(&one, &how(Some(27.0), Some(0.5), Some(39.0))).unwrap().data, [1.0]);
    }
}
