//! Changes to masks, as values for menus and command lines.

use crate::base::error::Result;
use crate::mask::soft::Mask;

/// A change to a mask. Lengths are in pixels, 0 to 131,072; areas are in pixels, 0 or more, also infinite. An
/// amount of 0 changes nothing.
///
/// ```
/// use deepcrop::Mask;
/// use deepcrop::types::Change;
///
/// let mut mask = Mask::new(3, 1, vec![255, 0, 0])?;
/// mask.change(Change::Invert)?;
/// assert_eq!(mask.data(), [0, 255, 255]);
/// for change in [Change::Shrink(0.5), Change::Feather(1.0), Change::Smooth(2.0), Change::FillHoles(9.0), Change::DropSpecks(9.0)] {
///     mask.change(change)?;
/// }
/// assert!(mask.change(Change::Grow(-1.0)).is_err());
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Moves the edge outwards; see [`Mask::grow`].
    Grow(f64),
    /// Moves the edge inwards; see [`Mask::shrink`].
    Shrink(f64),
    /// Makes the edge softer; see [`Mask::feather`].
    Feather(f64),
    /// Removes finer details from the edge; see [`Mask::smooth`].
    Smooth(f64),
    /// Selects holes of at most this area; see [`Mask::fill_holes`].
    FillHoles(f64),
    /// Deselects parts smaller than this area; see [`Mask::drop_specks`].
    DropSpecks(f64),
    /// Exchanges selected and not selected; see [`Mask::invert`].
    Invert,
}

/// How two masks `a` and `b` of the same size are combined. With 255 minus the value as complement, the usual rules for sets
/// hold for all 256 values.
///
/// ```
/// use deepcrop::Mask;
/// use deepcrop::types::Combine;
///
/// let mut a = Mask::new(3, 1, vec![255, 255, 0])?;
/// let b = Mask::new(3, 1, vec![0, 255, 255])?;
/// a.combine(&b, Combine::Subtract)?;
/// assert_eq!(a.data(), [255, 0, 0]);
/// a.combine(&b, Combine::Add)?;
/// a.combine(&b, Combine::Intersect)?;
/// assert_eq!(a, b);
/// a.combine(&Mask::empty(3, 1)?, Combine::Replace)?;
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Combine {
    /// The second mask: `b`.
    Replace,
    /// All that either mask selects: `max(a, b)`.
    Add,
    /// The first mask without the second: `min(a, 255 - b)`.
    Subtract,
    /// What both masks select: `min(a, b)`.
    Intersect,
}

impl Mask {
    /// Makes a change. If its amount is wrong, returns an error and changes nothing.
    pub fn change(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Grow(radius) => self.grow(radius),
            Change::Shrink(radius) => self.shrink(radius),
            Change::Feather(radius) => self.feather(radius),
            Change::Smooth(radius) => self.smooth(radius),
            Change::FillHoles(largest) => self.fill_holes(largest),
            Change::DropSpecks(least) => self.drop_specks(least),
            Change::Invert => {
                self.invert();
                Ok(())
            }
        }
    }

    /// Combines this mask with another of the same size.
    pub fn combine(&mut self, other: &Mask, how: Combine) -> Result<()> {
        self.check_same_size(other)?;
        let both = self.data.iter_mut().zip(&other.data);
        match how {
            Combine::Replace => self.data.copy_from_slice(&other.data),
            Combine::Add => both.for_each(|(a, &b)| *a = b.max(*a)),
            Combine::Subtract => both.for_each(|(a, &b)| *a = (255 - b).min(*a)),
            Combine::Intersect => both.for_each(|(a, &b)| *a = b.min(*a)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use proptest::prelude::*;

    fn row(data: Vec<u8>) -> Mask {
        Mask::new(data.len() as u32, 1, data).unwrap()
    }

    #[test]
    fn wrong_amounts_are_refused_and_change_nothing() {
        let before = row(vec![0, 255, 128]);
        for (wrong, says) in [(-3.0, "-3 pixels"), (f64::NAN, "NaN"), (f64::INFINITY, "inf"), (2e5, "pass 0 to 131072")]
        {
            for change in [Mask::grow, Mask::shrink, Mask::feather, Mask::smooth] {
                let mut mask = before.clone();
                assert!(change(&mut mask, wrong).unwrap_err().to_string().contains(says));
                assert_eq!(mask, before);
            }
        }
        for wrong in [-1.0, f64::NAN] {
            let mut mask = before.clone();
            assert!(mask.fill_holes(wrong).is_err() && mask.drop_specks(wrong).is_err());
            assert_eq!(mask, before);
        }
    }

    #[test]
    fn masks_of_two_sizes_are_not_compared() {
        let error = row(vec![0, 1]).overlap(&row(vec![0])).unwrap_err().to_string();
        assert!(error.contains("2 x 1 and 1 x 1") && error.contains("the same size"), "{error}");
    }

    proptest! {
        #[test]
        fn sets_keep_their_laws_on_all_levels(values in prop::collection::vec(any::<(u8, u8, u8)>(), 1..300)) {
            let [a, b, c] = [0, 1, 2].map(|i| row(values.iter().map(|&(a, b, c)| [a, b, c][i]).collect()));
            let with = |a: &Mask, how, b: &Mask| { let mut a = a.clone(); a.combine(b, how).unwrap(); a };
            let not = |a: &Mask| { let mut a = a.clone(); a.change(Change::Invert).unwrap(); a };
            use Combine::*;
            prop_assert_eq!(with(&a, Replace, &b), b.clone());
            for how in [Add, Intersect] {
                prop_assert_eq!(with(&a, how, &b), with(&b, how, &a));
                prop_assert_eq!(with(&with(&a, how, &b), how, &c), with(&a, how, &with(&b, how, &c)));
                prop_assert_eq!(with(&a, how, &a), a.clone());
            }
            prop_assert_eq!(with(&a, Intersect, &with(&a, Add, &b)), a.clone());
            prop_assert_eq!(with(&a, Subtract, &b), with(&a, Intersect, &not(&b)));
            prop_assert_eq!(with(&a, Add, &b), not(&with(&not(&a), Intersect, &not(&b))));
            prop_assert_eq!(not(&not(&a)), a.clone());
            let (none, all) = (row(vec![0; values.len()]), row(vec![255; values.len()]));
            prop_assert_eq!(with(&a, Subtract, &none), a.clone());
            prop_assert_eq!(with(&a, Subtract, &all), none);
        }
    }

    #[test]
    fn amounts_that_make_no_sense_are_refused() {
        let before = row(vec![0, 60, 255, 0, 255, 9]);
        let lengths: [fn(f64) -> Change; 4] = [Change::Grow, Change::Shrink, Change::Feather, Change::Smooth];
        let areas: [fn(f64) -> Change; 2] = [Change::FillHoles, Change::DropSpecks];
        for (change, bad) in lengths
            .into_iter()
            .flat_map(|change| [-1.0, f64::NAN, f64::INFINITY, 131_073.0, -f64::MIN_POSITIVE].map(|bad| (change, bad)))
            .chain(areas.into_iter().flat_map(|change| [-1.0, f64::NAN, f64::NEG_INFINITY].map(|bad| (change, bad))))
        {
            let mut mask = before.clone();
            let error = mask.change(change(bad)).unwrap_err();
            assert!(error.kind() == ErrorKind::Argument && error.to_string().contains("pass "), "{error}");
            assert_eq!(mask, before);
        }
        for change in lengths.into_iter().chain(areas) {
            let mut mask = before.clone();
            mask.change(change(0.0)).unwrap();
            assert_eq!(mask, before);
        }
    }

    #[test]
    fn masks_of_two_sizes_do_not_mix() {
        let mut mask = row(vec![1, 2, 3]);
        let error = mask.combine(&row(vec![1, 2]), Combine::Replace).unwrap_err().to_string();
        assert!(error.contains("3 x 1") && error.contains("2 x 1"), "{error}");
        assert_eq!(mask.data(), [1, 2, 3]);
    }
}
