//! Prompts, pictures, and selections.

use super::cancel::{cancel_of, deepcrop_cancel};
use super::edges::edges_of;
use super::entry::{Sized32, entry, flag, free, give, list, options, out, required, unknown};
use super::image::{deepcrop_image, view};
use super::mask::{deepcrop_mask, shared};
use super::model::deepcrop_model;
use super::point::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::Rect;
use deepcrop::{Cancel, ErrorKind, Picture, Point, Prompt, Result, SegmentOptions};

/// A click on the object, at x, y.
pub const DEEPCROP_PROMPT_INCLUDE: u32 = 1;
/// A click on what does not belong to the object, at x, y.
pub const DEEPCROP_PROMPT_EXCLUDE: u32 = 2;
/// A box around the object, from x, y to x1, y1.
pub const DEEPCROP_PROMPT_BOX: u32 = 3;
/// A closed line around the object, through `points`.
pub const DEEPCROP_PROMPT_LASSO: u32 = 4;
/// A stroke over the object, through `points`.
pub const DEEPCROP_PROMPT_SCRIBBLE: u32 = 5;
/// A stroke over what does not belong to the object, through `points`.
pub const DEEPCROP_PROMPT_SCRIBBLE_OUT: u32 = 6;
/// A mask to start from: `mask`, which has the size of the picture.
pub const DEEPCROP_PROMPT_MASK: u32 = 7;

/// One prompt: a click, box, lasso, scribble or mask that says what the object is. Set the fields that its kind needs,
/// and all others to zero. Coordinates are picture pixels; the centre of the top left pixel is 0.5, 0.5. A coordinate
/// outside the picture is an error.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_prompt {
    /// DEEPCROP_PROMPT_INCLUDE or another kind of prompt.
    pub kind: u32,
    /// Must be 0.
    pub reserved: u32,
    /// x of a click, or of one corner of a box.
    pub x: f64,
    /// y of a click, or of one corner of a box.
    pub y: f64,
    /// x of the opposite corner of a box.
    pub x1: f64,
    /// y of the opposite corner of a box.
    pub y1: f64,
    /// Points of a lasso or scribble. Borrowed for the time of the call.
    pub points: *const deepcrop_point,
    /// Number of points.
    pub point_count: usize,
    /// Mask of a DEEPCROP_PROMPT_MASK. Borrowed for the time of the call.
    pub mask: *const deepcrop_mask,
}

/// How to make a selection. Zero is the default of every field except struct_size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_segment_options {
    /// Set it to sizeof(deepcrop_segment_options).
    pub struct_size: u32,
    /// 1: small objects get no closer look in a window around them.
    pub no_closer_look: u32,
    /// 1: no guard, so a correction may change the selection anywhere. 0: an include click only adds and an exclude
    /// click only removes. A click changes the selection around it; elsewhere the selection changes by at most 2 %. An
    /// include click on another object adds that object, but nothing between the two. An exclude click deep in the
    /// selection means that the selection was a wrong guess: a new guess is made, and only what is in both is kept.
    pub no_guard: u32,
    /// DEEPCROP_EDGES_AUTO or another edge mode: how the mask is fitted to the edges of the picture.
    pub edges: u32,
}

// SAFETY: four u32; zeros are the defaults.
unsafe impl Sized32 for deepcrop_segment_options {}

/// A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other; use several
/// pictures for several threads. Keep it alive until every call that it was passed to has returned. It does not need
/// its model: you may free the model first, even while a call on the picture runs.
///
/// A picture holds a copy of the pixels as RGB, three bytes per pixel, for closer looks and edges. It holds the
/// selection after each prompt of the last list, as a packed mask, with the coarse answer of the model, and the masks
/// that you passed as prompts, one byte per pixel. It holds the same for up to two other sets of options, so that a
/// preview does not discard the steps of the selection. It also holds the encoder output of the latest windows, at most
/// 256 MiB.
pub struct deepcrop_picture(pub Picture<'static>);

pub(super) fn segment_options(pointer: *const deepcrop_segment_options) -> Result<SegmentOptions> {
    let given = options(pointer, "options")?;
    Ok(SegmentOptions::new()
        .closer_look(!flag(given.no_closer_look, "options->no_closer_look")?)
        .guard(!flag(given.no_guard, "options->no_guard")?)
        .edges(edges_of(given.edges)?))
}

fn prompt(given: &deepcrop_prompt) -> Result<Prompt> {
    let points = || -> Result<Vec<Point>> {
        let points = list(given.points, given.point_count, "prompt.points")?;
        Ok(points.iter().map(|point| Point::new(point.x, point.y)).collect())
    };
    if given.reserved != 0 {
        return Err(ErrorKind::Prompt.error("`reserved` of a prompt is not 0; clear the struct before you fill it"));
    }
    Ok(match given.kind {
        DEEPCROP_PROMPT_INCLUDE => Prompt::Include(Point::new(given.x, given.y)),
        DEEPCROP_PROMPT_EXCLUDE => Prompt::Exclude(Point::new(given.x, given.y)),
        DEEPCROP_PROMPT_BOX => Prompt::Box(Rect::new(given.x, given.y, given.x1, given.y1)),
        DEEPCROP_PROMPT_LASSO => Prompt::Lasso(points()?),
        DEEPCROP_PROMPT_SCRIBBLE => Prompt::Scribble(points()?),
        DEEPCROP_PROMPT_SCRIBBLE_OUT => Prompt::ScribbleOut(points()?),
        DEEPCROP_PROMPT_MASK => Prompt::Mask(shared(given.mask)?),
        other => {
            let known = "DEEPCROP_PROMPT_INCLUDE to DEEPCROP_PROMPT_MASK";
            return Err(unknown(ErrorKind::Prompt, "prompt kind", other, known));
        }
    })
}

fn prompts(pointer: *const deepcrop_prompt, count: usize) -> Result<Vec<Prompt>> {
    list(pointer, count, "prompts")?.iter().map(prompt).collect()
}

/// Selects the object at x, y of a picture: one click, one mask. For further clicks on the same picture use
/// deepcrop_picture_new. Free the mask with deepcrop_mask_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_segment(
    model: *const deepcrop_model,
    image: *const deepcrop_image,
    x: f64,
    y: f64,
    mask: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let mask = out(mask, "mask")?;
        let model = &required(model, "model")?.model;
        let (image, cancel) = (view(image)?, Cancel::new());
        let click = [Prompt::Include(Point::new(x, y))];
        // Checked before the picture is analysed for nothing.
        click[0].check(image.width(), image.height())?;
        let picture = Picture::borrowing(model, image, &cancel)?;
        *mask = give(picture.segment(&click, &SegmentOptions::default(), &cancel)?.into());
        Ok(())
    })
}

/// Analyses a picture, so that clicks on it are fast. The pixels are not needed after the call. `cancel` may be NULL.
/// Free the picture with deepcrop_picture_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_new(
    model: *const deepcrop_model,
    image: *const deepcrop_image,
    cancel: *const deepcrop_cancel,
    picture: *mut *mut deepcrop_picture,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let picture = out(picture, "picture")?;
        let model = &required(model, "model")?.model;
        *picture = give(deepcrop_picture(Picture::new(model, &view(image)?, &cancel_of(cancel))?));
        Ok(())
    })
}

/// Makes the selection after all the prompts, in their order. Pass the whole list each time; to undo, pass fewer
/// prompts. The same list always gives the same mask, and steps that an earlier call computed are not computed again.
/// Later prompts overrule earlier ones: a click cancels an opposite click on the same spot, a box or lasso cancels the
/// clicks outside it, and a mask starts anew. The mask is empty, with score 0, if the list is empty or has nothing but
/// exclude clicks, or if the model lists objects and the click hits none of them. `options` and `cancel` may be NULL.
/// Free the mask with deepcrop_mask_free.
///
/// # Safety
/// `prompts` points to `prompt_count` prompts; all other pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_segment(
    picture: *const deepcrop_picture,
    prompts: *const deepcrop_prompt,
    prompt_count: usize,
    options: *const deepcrop_segment_options,
    cancel: *const deepcrop_cancel,
    mask: *mut *mut deepcrop_mask,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let mask = out(mask, "mask")?;
        let picture = &required(picture, "picture")?.0;
        let prompts = self::prompts(prompts, prompt_count)?;
        *mask = give(picture.segment(&prompts, &segment_options(options)?, &cancel_of(cancel))?.into());
        Ok(())
    })
}

/// Returns several different answers to the last prompt, for example part, object and whole. The first one is the mask
/// of deepcrop_picture_segment; the others follow, best score first. At most `capacity` answers are written to `masks`,
/// and the rest of `masks` is set to NULL. `*mask_count` is set to the number of answers written. To continue from
/// another answer than the first, append it to the list as a prompt of kind DEEPCROP_PROMPT_MASK. `options` and
/// `cancel` may be NULL. Free each mask with deepcrop_mask_free.
///
/// # Safety
/// `prompts` points to `prompt_count` prompts and `masks` to room for `capacity` pointers; all other pointers are NULL or
/// valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_candidates(
    picture: *const deepcrop_picture,
    prompts: *const deepcrop_prompt,
    prompt_count: usize,
    options: *const deepcrop_segment_options,
    cancel: *const deepcrop_cancel,
    masks: *mut *mut deepcrop_mask,
    capacity: usize,
    mask_count: *mut usize,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        // SAFETY: the caller passes NULL or room for a number.
        let count = unsafe { mask_count.as_mut() }
            .ok_or_else(|| ErrorKind::Argument.error("`mask_count` is NULL; pass a valid pointer"))?;
        *count = 0;
        list(masks, capacity, "masks")?;
        // SAFETY: there is room for `capacity` pointers; like every out pointer they are NULL until the call succeeds.
        (0..capacity).for_each(|i| unsafe { masks.add(i).write(std::ptr::null_mut()) });
        let picture = &required(picture, "picture")?.0;
        let prompts = self::prompts(prompts, prompt_count)?;
        let answers = picture.candidates(&prompts, &segment_options(options)?, &cancel_of(cancel))?;
        for answer in answers.into_iter().take(capacity) {
            // SAFETY: there is room for `capacity` pointers.
            unsafe { masks.add(*count).write(give(answer.into())) };
            *count += 1;
        }
        Ok(())
    })
}

/// Frees a picture. NULL does nothing.
///
/// # Safety
/// `picture` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_picture_free(picture: *mut deepcrop_picture) {
    free(picture);
}
