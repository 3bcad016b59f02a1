//! Masks in the format of the COCO data set: run lengths, column by column.

use crate::base::error::{ErrorKind, Result};
use crate::mask::soft::{HALF, Mask};

/// The columns that are handled together: as many as a line of the processor's cache holds.
const STRIP: usize = 64;

/// The run lengths of a mask: the numbers of pixels that are, in turn, not selected and selected (by half or more). They are
/// counted down each column, from the first to the last. The first run is not selected and may have the length 0.
///
/// ```
/// use deepcrop::Mask;
/// use deepcrop::types::RunLengths;
///
/// let runs = RunLengths::of(&Mask::new(2, 2, vec![0, 255, 255, 255])?)?;
/// assert_eq!((runs.counts.as_slice(), runs.area()), ([1, 3].as_slice(), 3));
/// assert_eq!(runs.to_compressed(), "13");
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunLengths {
    /// The width of the mask.
    pub width: u32,
    /// The height of the mask.
    pub height: u32,
    /// The run lengths. Their sum is the number of pixels.
    pub counts: Vec<u32>,
    /// The left, top, width and height of the smallest box round the selected pixels; all 0 if there are none.
    pub bounds: [u32; 4],
}

impl RunLengths {
    /// The run lengths of a mask.
    pub fn of(mask: &Mask) -> Result<Self> {
        let (width, height) = (mask.width(), mask.height());
        let all = u32::try_from(mask.data().len()).map_err(|_| {
            ErrorKind::Argument.error(format!(
                "a mask of {width} x {height} pixels is too large for COCO, which counts with 32 bits; make the mask smaller"
            ))
        })?;
        let mut counts = Vec::new();
        let mut last = 0;
        for x in (0..width as usize).step_by(STRIP) {
            for place in strip_changes(mask, x) {
                counts.push(place - last);
                last = place;
            }
        }
        if last < all || counts.is_empty() {
            counts.push(all - last);
        }
        let bounds = mask.bounds(HALF).map_or([0; 4], |b| [b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0]);
        Ok(Self { width, height, counts: joined(counts), bounds })
    }

    /// The number of selected pixels.
    pub fn area(&self) -> u64 {
        self.counts.iter().skip(1).step_by(2).map(|&count| u64::from(count)).sum()
    }

    /// The counts as COCO's tools pack them (`rleToString` of pycocotools): each as the difference from the count before the
    /// last, in as few characters of 5 bits as possible.
    pub fn to_compressed(&self) -> String {
        let mut text = String::new();
        for (i, &count) in self.counts.iter().enumerate() {
            let before = if i > 2 { self.counts[i - 2] } else { 0 };
            let mut rest = i64::from(count) - i64::from(before);
            loop {
                let bits = (rest & 31) as u8;
                rest >>= 5;
                // The fifth bit of the last character is the sign of the number.
                let done = rest == if bits & 16 == 0 { 0 } else { -1 };
                text.push(char::from(48 + bits + if done { 0 } else { 32 }));
                if done {
                    break;
                }
            }
        }
        text
    }

    /// An annotation as in COCO's files, in JSON: the packed counts, the area and the box (left, top, width, height).
    pub fn to_json(&self) -> String {
        let Self { width, height, bounds: [x, y, w, h], .. } = self;
        format!(
            "{{\"segmentation\":{{\"size\":[{height},{width}],\"counts\":\"{}\"}},\"area\":{},\"bbox\":[{x},{y},{w},{h}],\"iscrowd\":0}}\n",
            // Of the characters used, only this one has a meaning in JSON.
            self.to_compressed().replace('\\', "\\\\"),
            self.area()
        )
    }
}

/// The places, counted down each column, at which a strip of columns changes between selected and not selected. A
/// column begins and ends as not selected, so a run over the end of a column has two changes at one place.
fn strip_changes(mask: &Mask, first: usize) -> Vec<u32> {
    let height = mask.height() as usize;
    let columns = first..(first + STRIP).min(mask.width() as usize);
    let mut changes: Vec<Vec<u32>> = vec![Vec::new(); columns.len()];
    let mut before = [false; STRIP];
    for y in 0..height {
        let row = &mask.row(y as u32)[columns.clone()];
        let mut same = true;
        for (&pixel, &before) in row.iter().zip(&before) {
            same &= (pixel >= HALF) == before;
        }
        if same {
            continue;
        }
        for (x, &pixel) in row.iter().enumerate() {
            if (pixel >= HALF) != before[x] {
                before[x] = !before[x];
                changes[x].push(((first + x) * height + y) as u32);
            }
        }
    }
    for (x, changes) in changes.iter_mut().enumerate().filter(|(x, _)| before[*x]) {
        changes.push(((first + x + 1) * height) as u32);
    }
    changes.concat()
}

/// Joins the neighbours of runs of length 0, except the first run.
fn joined(counts: Vec<u32>) -> Vec<u32> {
    let mut joined: Vec<u32> = Vec::with_capacity(counts.len());
    let mut counts = counts.into_iter();
    joined.extend(counts.next());
    while let Some(count) = counts.next() {
        match (count, joined.last_mut()) {
            (0, Some(last)) => *last += counts.next().unwrap_or(0),
            _ => joined.push(count),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs(rows: &[&str]) -> RunLengths {
        let data =
            rows.iter().flat_map(|row| row.bytes()).map(|letter| if letter == b'#' { 255 } else { 127 }).collect();
        RunLengths::of(&Mask::new(rows[0].len() as u32, rows.len() as u32, data).unwrap()).unwrap()
    }

    /// What pycocotools does to read the packed counts.
    fn unpacked(text: &str) -> Vec<u32> {
        let mut counts: Vec<i64> = Vec::new();
        let mut bytes = text.bytes();
        while let Some(mut byte) = bytes.next() {
            let (mut number, mut shift) = (0i64, 0);
            loop {
                let bits = i64::from(byte) - 48;
                number |= (bits & 31) << shift;
                shift += 5;
                if bits & 32 == 0 {
                    if bits & 16 != 0 {
                        number |= -1 << shift;
                    }
                    break;
                }
                byte = bytes.next().unwrap();
            }
            let before = if counts.len() > 2 { counts[counts.len() - 2] } else { 0 };
            counts.push(number + before);
        }
        counts.into_iter().map(|count| count as u32).collect()
    }

    #[test]
    fn counts_go_down_the_columns() {
        assert_eq!(runs(&["..", ".."]).counts, [4]);
        assert_eq!(runs(&["##", "##"]).counts, [0, 4]);
        assert_eq!(runs(&["#.", ".."]).counts, [0, 1, 3]);
        assert_eq!(runs(&[".#.", "##."]).counts, [1, 3, 2]);
        assert_eq!(runs(&["#.#"]).counts, [0, 1, 1, 1]);
        assert_eq!(runs(&["#", ".", "#"]).counts, [0, 1, 1, 1]);
        let holed = runs(&["....", ".##.", "...."]);
        assert_eq!((holed.area(), holed.bounds), (2, [1, 1, 2, 1]));
        assert_eq!((runs(&["."]).area(), runs(&["."]).bounds), (0, [0; 4]));
    }

    #[test]
    fn an_annotation_is_json() {
        // 44 is written as a backslash and more, which JSON has to escape.
        let json = runs(&["....", ".##.", "...."]).to_json();
        assert_eq!(
            json,
            "{\"segmentation\":{\"size\":[3,4],\"counts\":\"41202\"},\"area\":2,\"bbox\":[1,1,2,1],\"iscrowd\":0}\n"
        );
        let escaped = RunLengths { width: 1, height: 44, counts: vec![44], bounds: [0; 4] };
        assert_eq!(escaped.to_compressed(), "\\1");
        assert!(escaped.to_json().contains("\"\\\\1\""));
    }

    proptest! {
        #[test]
        fn runs_give_the_mask_back(width in 1usize..150, data in prop::collection::vec(prop_oneof![Just(0u8), Just(128), Just(255)], 1..900),
                                   thick in 1usize..40) {
            let data: Vec<u8> = data.iter().flat_map(|&value| std::iter::repeat_n(value, thick)).collect();
            let width = width.min(data.len());
            let height = data.len() / width;
            let mask = Mask::new(width as u32, height as u32, data[..width * height].to_vec()).unwrap();
            let runs = RunLengths::of(&mask).unwrap();
            prop_assert!(runs.counts[1..].iter().all(|&count| count > 0));
            let columns: Vec<bool> = runs.counts.iter().enumerate().flat_map(|(i, &n)| std::iter::repeat_n(i % 2 == 1, n as usize)).collect();
            let expected: Vec<bool> = (0..width).flat_map(|x| (0..height).map(move |y| (x, y))).map(|(x, y)| mask.at(x as u32, y as u32) >= HALF).collect();
            prop_assert_eq!(columns, expected);
            prop_assert_eq!(runs.area(), mask.area());
            prop_assert_eq!(unpacked(&runs.to_compressed()), runs.counts);
        }
    }
}
