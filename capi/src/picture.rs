//! Prompts, pictures, and the selections they come to.

use super::cancel::{cancel_of, deepcrop_cancel};
use super::edges::edges_of;
use super::entry::{Sized32, entry, free, give, list, options, out, required};
use super::image::{deepcrop_image, view};
use super::mask::{deepcrop_mask, shared};
use super::model::deepcrop_model;
use super::point::deepcrop_point;
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::Rect;
use deepcrop::{Cancel, ErrorKind, Picture, Point, Prompt, Result, SegmentOptions};

/// A click on the object, at x, y.
pub const DEEPCROP_PROMPT_INCLUDE: u32 = 1;
/// A click on what is not the object, at x, y.
pub const DEEPCROP_PROMPT_EXCLUDE: u32 = 2;
/// The object lies in the box from x, y to x1, y1.
pub const DEEPCROP_PROMPT_BOX: u32 = 3;
/// The object lies within the closed line through `points`.
pub const DEEPCROP_PROMPT_LASSO: u32 = 4;
/// A stroke through `points` over the object.
pub const DEEPCROP_PROMPT_SCRIBBLE: u32 = 5;
/// A stroke through `points` over what is not the object.
pub const DEEPCROP_PROMPT_SCRIBBLE_OUT: u32 = 6;
/// Start from `mask`, which is as large as the picture.
pub const DEEPCROP_PROMPT_MASK: u32 = 7;

/// One thing that the user did. Set what its kind needs and everything else to zero. Coordinates are picture pixels, the
/// centre of the first pixel is 0.5, 0.5; outside the picture is an error.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_prompt {
    /// DEEPCROP_PROMPT_...
    pub kind: u32,
    /// 0
    pub reserved: u32,
    /// Of a click, or of a box's corner.
    pub x: f64,
    /// Of a click, or of a box's corner.
    pub y: f64,
    /// Of a box's opposite corner.
    pub x1: f64,
    /// Of a box's opposite corner.
    pub y1: f64,
    /// Of a lasso or scribble. Borrowed for the time of the call.
    pub points: *const deepcrop_point,
    /// How many points.
    pub point_count: usize,
    /// Of a prompt that starts from a mask. Borrowed for the time of the call.
    pub mask: *const deepcrop_mask,
}

/// How to make a selection. Set struct_size to the size of this struct and everything else to zero but what you want to
/// change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_segment_options {
    /// sizeof(deepcrop_segment_options)
    pub struct_size: u32,
    /// 1: small objects are not looked at again in a window round them.
    pub no_closer_look: u32,
    /// 1: a new click may change the selection anywhere. Otherwise an include click only adds, an exclude click only
    /// removes, and what the click does not lie in changes by at most 2 % of the selection; and an include click on
    /// another object adds that object, but not what lies between the two. An exclude click deep in the selection
    /// says that the guess was wrong: of the selection only what a new guess holds is kept.
    pub no_guard: u32,
    /// DEEPCROP_EDGES_...: how the mask follows the picture's edges.
    pub edges: u32,
}

// SAFETY: four u32; zeros are the defaults.
unsafe impl Sized32 for deepcrop_segment_options {}

/// A picture with a model: analysed once, clicked many times. Calls on one picture wait for each other; use several
/// pictures for several threads. Keep it alive until every call that it was passed to has returned. It does not need its
/// model any more: the model may be freed first, even while a call on the picture runs.
///
/// It keeps a copy of the pixels as RGB, three bytes a pixel, for closer looks and edges; the selection after each prompt
/// of the last list, run-length coded, with the model's coarse answer; the masks among those prompts, one byte a pixel; and
/// what the model knows of the windows looked at last, at most 256 MiB.
pub struct deepcrop_picture(pub Picture<'static>);

pub(super) fn segment_options(pointer: *const deepcrop_segment_options) -> Result<SegmentOptions> {
    let given = options(pointer, "options")?;
    Ok(SegmentOptions::new()
        .closer_look(given.no_closer_look == 0)
        .guard(given.no_guard == 0)
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
            return Err(
                ErrorKind::Prompt.error(format!("there is no prompt kind number {other}; see DEEPCROP_PROMPT_"))
            );
        }
    })
}

fn prompts(pointer: *const deepcrop_prompt, count: usize) -> Result<Vec<Prompt>> {
    list(pointer, count, "prompts")?.iter().map(prompt).collect()
}

/// One click, one mask: selects the object at x, y of the picture. For a second click on the same picture use
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

/// The selection after all the prompts, in their order. Pass the whole list each time: undo is passing fewer. The same list
/// always gives the same mask, and steps that an earlier call made are not made again. Later prompts overrule earlier ones: a
/// click takes back an opposite one on the same spot, a box or lasso forgets the clicks outside of it, a mask starts anew.
/// An empty list, and one with nothing but exclude clicks, gives an empty mask with score 0; so does a click beside
/// everything with a model that finds objects by itself. `options` and `cancel` may be NULL.
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

/// All sensible answers to the last prompt: part, object, whole. The first is what deepcrop_picture_segment gives, the
/// others follow by their score. At most `capacity` of them are written to `masks`, the rest of which becomes NULL, and
/// their number to `mask_count`. To go on from another than the first, end the list with it as a prompt of kind
/// DEEPCROP_PROMPT_MASK.
/// Free each mask with deepcrop_mask_free.
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
