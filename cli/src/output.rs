//! The values of `-o`, and the files that they write.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use deepcrop::internals::base::memory::buffer;
use deepcrop::internals::mask::cutout;
use deepcrop::internals::pixels::canvas::Canvas;
use deepcrop::types::{OutlineOptions, PixelBox, RunLengths};
use deepcrop::{ErrorKind, Mask, Outline, PixelFormat, Prompt, Result, Selection};
use image::{DynamicImage, GrayImage, ImageBuffer};
use serde::Serialize;

use crate::files;
use crate::json;
use crate::overlay;
use crate::pictures::Photo;

/// The part of the help that explains `-o`.
pub const OUTPUT_FILES: &str = "\
Output files:
  cup.png              the mask: white is selected, grey is soft
  cup.svg, cup.json    the outline: curves in SVG, polygons in JSON
  cutout:cup.png       the selected pixels alone, on transparency
  overlay:cup.png      the selection drawn over the picture
  coco:cup.json        the mask as COCO run lengths
  cup-cutout.png       a name that ends in a kind needs no prefix
  -, outline:-         standard output: the mask, or another kind (SVG for
                       outlines); the report goes to standard error";

/// The path that means standard output.
const STANDARD: &str = "-";

/// The kinds of output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Mask,
    Cutout,
    Overlay,
    Outline,
    Coco,
}

impl Kind {
    /// Each kind with its name and the endings of its files.
    const NAMES: [(Kind, &str, &[&str]); 5] = [
        (Kind::Mask, "mask", &["png"]),
        (Kind::Cutout, "cutout", &["png"]),
        (Kind::Overlay, "overlay", &["png"]),
        (Kind::Outline, "outline", &["svg", "json"]),
        (Kind::Coco, "coco", &["json"]),
    ];
}

/// How cut-outs and outlines are made.
pub struct Form {
    /// The margin around the selection, in pixels; `None` for a cut-out as large as the picture.
    pub crop: Option<u32>,
    /// How outlines are made.
    pub outline: OutlineOptions,
}

/// One file to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    pub kind: Kind,
    #[serde(with = "json::path")]
    pub path: PathBuf,
}

impl Output {
    /// `KIND:PATH`, or a path whose name ends in the kind: `cup-cutout.png`. Otherwise PNG is a mask, SVG and JSON are
    /// outlines.
    pub fn parse(text: &OsStr) -> std::result::Result<Self, String> {
        let prefix = Kind::NAMES.iter().find_map(|&(kind, name, _)| Some((kind, after(text, name)?)));
        let path = PathBuf::from(prefix.as_ref().map_or(text, |(_, path)| path));
        let text = text.display();
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
        let (stem, ending) = (part(path.file_stem()), part(path.extension()));
        if path == Path::new(STANDARD) {
            return Ok(Self { kind: prefix.map_or(Kind::Mask, |(kind, _)| kind), path });
        }
        let by_stem = || Kind::NAMES.iter().find(|(_, name, _)| stem.ends_with(name)).map(|&(kind, ..)| kind);
        let by_ending =
            || Kind::NAMES.iter().find(|(.., endings)| endings.contains(&ending.as_str())).map(|&(kind, ..)| kind);
        let kind = prefix.map(|(kind, _)| kind).or_else(by_stem).or_else(by_ending).ok_or_else(|| {
            format!("`{text}` does not say what to write; end the name in .png (mask), .svg (outline) or .json (polygons), or start it with cutout:, overlay: or coco:")
        })?;
        let (_, name, endings) = Kind::NAMES[kind as usize];
        if !endings.contains(&ending.as_str()) {
            return Err(format!(
                "`{text}` is of the kind {name}, which is written as {}; end the name in .{}",
                endings.iter().map(|ending| ending.to_uppercase()).collect::<Vec<_>>().join(" or "),
                endings.join(" or .")
            ));
        }
        Ok(Self { kind, path })
    }
}

impl Output {
    /// The parser of `-o`.
    pub fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(|text| Self::parse(&text))
    }

    /// Whether this is written to standard output.
    pub fn is_standard(&self) -> bool {
        self.path == Path::new(STANDARD)
    }

    /// The output for the candidate of this rank: `cup-mask.png` becomes `cup-mask-2.png`.
    pub fn numbered(&self, rank: usize) -> Self {
        if self.is_standard() {
            return self.clone();
        }
        let mut name = self.path.file_stem().unwrap_or_default().to_os_string();
        name.push(format!("-{rank}."));
        name.push(self.path.extension().unwrap_or_default());
        Self { kind: self.kind, path: self.path.with_file_name(name) }
    }

    /// The file's bytes.
    fn bytes(&self, photo: &Photo, prompts: &[Prompt], mask: &Mask, form: &Form) -> Result<Vec<u8>> {
        let profile = photo.profile.as_deref();
        match self.kind {
            Kind::Mask => files::png(&GrayImage::from(mask).into(), None),
            Kind::Cutout => files::png(&cutout(photo, mask, form.crop)?, profile),
            Kind::Overlay => files::png(&overlay::draw(&photo.pixels, prompts, mask), profile),
            Kind::Outline => {
                let outline = Outline::trace(mask, &form.outline)?;
                let json = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
                Ok(if json { outline.to_json() } else { outline.to_svg() }.into_bytes())
            }
            Kind::Coco => Ok(RunLengths::of(mask)?.to_json().into_bytes()),
        }
    }
}

/// The text after `NAME:`; `None` if the text does not begin with that.
fn after(text: &OsStr, name: &str) -> Option<OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let rest = text.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b":")?;
        Some(OsStr::from_bytes(rest).to_owned())
    }
    #[cfg(not(unix))]
    Some(text.to_str()?.strip_prefix(name)?.strip_prefix(':')?.into())
}

/// Refuses standard output where there may be several answers.
pub fn check_several(outputs: &[Output], several: bool) -> Result<()> {
    match several && outputs.iter().any(Output::is_standard) {
        true => Err(ErrorKind::Argument
            .error("-o - takes one file, but there may be several answers; name a file, which then gets numbers")),
        false => Ok(()),
    }
}

/// Refuses, before any work, outputs that could not be written at the end.
pub fn check(outputs: &[Output], picture: &Path, force: bool, json: bool) -> Result<()> {
    let mut seen = HashSet::new();
    for output in outputs {
        let path = &output.path;
        if !seen.insert(path) {
            let next = if output.is_standard() {
                "it takes one file: name the others"
            } else {
                "choose another name for one of them"
            };
            return Err(ErrorKind::Argument.error(format!("-o names {} twice; {next}", path.display())));
        }
        if output.is_standard() {
            if json {
                return Err(
                    ErrorKind::Argument.error("-o - and --json both write to standard output; name a file after -o")
                );
            }
            if io::stdout().is_terminal() {
                return Err(ErrorKind::Argument
                    .error("-o - writes a file's bytes, which a terminal cannot show; redirect it: > FILE"));
            }
            continue;
        }
        if path.canonicalize().is_ok_and(|path| picture.canonicalize().is_ok_and(|picture| path == picture)) {
            return Err(ErrorKind::Argument
                .error(format!("{} is the input itself; choose another name for the output", path.display())));
        }
        if path.exists() && !force {
            return Err(files::exists(path));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(
                ErrorKind::File.error(format!("the folder {} does not exist; create it first", folder.display()))
            );
        }
    }
    Ok(())
}

/// Writes all output files of a selection. `may_replace` says which of them may replace a file.
pub fn write(
    outputs: &[Output],
    photo: &Photo,
    prompts: &[Prompt],
    mask: &Mask,
    form: &Form,
    may_replace: impl Fn(&Path) -> bool,
) -> Result<()> {
    outputs.iter().try_for_each(|output| {
        let bytes = output.bytes(photo, prompts, mask, form)?;
        if output.is_standard() {
            files::send(&bytes)
        } else {
            files::write(&output.path, &bytes, may_replace(&output.path))
        }
    })
}

/// How a report names a file that was written.
impl Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (_, name, _) = Kind::NAMES[self.kind as usize];
        write!(f, "{name} -> {}", self.path.display())
    }
}

/// Prints a line of the report: on standard output, or on standard error if a file goes to standard output.
pub fn tell(outputs: &[Output], line: impl Display) {
    if outputs.iter().any(Output::is_standard) { files::complain(line) } else { files::say(line) }
}

/// A selection in numbers.
#[derive(Serialize)]
pub struct Found {
    /// The IoU that the engine expects.
    pub score: f32,
    /// The number of pixels that are selected by half or more.
    pub area: u64,
    /// The area as a share of the picture.
    pub share: f64,
    /// Left, top, right and bottom of the smallest box around these pixels.
    #[serde(rename = "box")]
    pub bounds: Option<[u32; 4]>,
    pub files: Vec<Output>,
}

impl Found {
    pub fn new(selection: &Selection, files: Vec<Output>) -> Self {
        let area = selection.mask.area();
        Self {
            score: selection.score,
            area,
            share: area as f64 / selection.mask.data().len() as f64,
            bounds: selection.mask.bounds(Mask::HALF).map(|bounds| [bounds.x0, bounds.y0, bounds.x1, bounds.y1]),
            files,
        }
    }
}

/// The object on transparency. It has the picture's size, so that it stays in place, or is cropped; if nothing is selected,
/// it is not cropped. It has as many bits as the picture, and 16 for a picture of floats, which PNG does not know.
fn cutout(photo: &Photo, mask: &Mask, crop: Option<u32>) -> Result<DynamicImage> {
    let whole = PixelBox { x0: 0, y0: 0, x1: mask.width(), y1: mask.height() };
    let part = crop.and_then(|margin| mask.bounds_with_margin(margin)).unwrap_or(whole);
    let (width, height) = (part.x1 - part.x0, part.y1 - part.y0);
    let color = photo.pixels.color();
    let deep = color.bytes_per_pixel() > color.channel_count();
    let format = if deep { PixelFormat::Rgba16 } else { PixelFormat::Rgba8 };
    let stride = width as usize * format.bytes();
    let mut bytes = buffer(stride * height as usize, 0u8)?;
    let mut canvas = Canvas::new(&mut bytes, width, height, stride, format)?;
    cutout::cut_out(&photo.view()?, mask, (part.x0, part.y0), &mut canvas)?;
    let picture: DynamicImage = if deep {
        let numbers = bytes.as_chunks().0.iter().map(|&bytes| u16::from_ne_bytes(bytes)).collect();
        ImageBuffer::from_raw(width, height, numbers).map(DynamicImage::ImageRgba16)
    } else {
        ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8)
    }
    .expect("four numbers for each pixel");
    // A grey profile is for grey pixels.
    Ok(match photo.profile.as_deref().and_then(files::is_grey) {
        Some(true) if deep => picture.into_luma_alpha16().into(),
        Some(true) => picture.into_luma_alpha8().into(),
        _ => picture,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_written() {
        for (text, kind, path) in [
            ("cup.png", Kind::Mask, "cup.png"),
            ("cup.SVG", Kind::Outline, "cup.SVG"),
            ("a/cup-cutout.png", Kind::Cutout, "a/cup-cutout.png"),
            ("Overlay.png", Kind::Overlay, "Overlay.png"),
            ("cup.json", Kind::Outline, "cup.json"),
            ("outline:cup.JSON", Kind::Outline, "cup.JSON"),
            ("coco:cup.json", Kind::Coco, "cup.json"),
            ("cup-coco.json", Kind::Coco, "cup-coco.json"),
            ("mask:cup-overlay.png", Kind::Mask, "cup-overlay.png"),
            ("cutout:x:y.png", Kind::Cutout, "x:y.png"),
            ("C:\\cup.png", Kind::Mask, "C:\\cup.png"),
            ("-", Kind::Mask, "-"),
            ("cutout:-", Kind::Cutout, "-"),
            ("outline:-", Kind::Outline, "-"),
        ] {
            assert_eq!(Output::parse(text.as_ref()), Ok(Output { kind, path: path.into() }));
        }
        for (text, says) in [
            ("cup", "does not say"),
            ("cup.jpg", "does not say"),
            ("outline:cup.png", "kind outline, which is written as SVG or JSON; end the name in .svg or .json"),
            ("coco:cup.png", "kind coco, which is written as JSON; end the name in .json"),
            ("cutout:cup.svg", "kind cutout, which is written as PNG"),
            ("mask:", "end the name in .png"),
        ] {
            assert!(Output::parse(text.as_ref()).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn candidates_have_numbers() {
        let output = Output::parse("a/cup.b-mask.png".as_ref()).unwrap();
        assert_eq!(output.numbered(2).path, Path::new("a/cup.b-mask-2.png"));
        assert_eq!(output.numbered(2).kind, Kind::Mask);
    }
}
