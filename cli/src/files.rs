//! Reads and writes files: pictures, masks, object maps. Prints lines on standard output.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;

use deepcrop::internals::pixels::image::MAX_SIDE;
use deepcrop::{Error, ErrorKind, ImageView, Mask, PixelFormat, Result};
use image::codecs::png::PngEncoder;
use image::error::LimitErrorKind;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader};

/// More than any picture needs that DeepCrop can handle. A file that claims more is broken or hostile.
const MAX_DECODED_BYTES: u64 = 16 << 30;

/// The pixels of a picture file, and what their colours mean.
#[derive(Default)]
pub struct Photo {
    /// Turned upright by the EXIF data: 8-bit grey, RGB or RGBA, or 16-bit RGBA.
    pub pixels: DynamicImage,
    /// The embedded colour profile (ICC).
    pub profile: Option<Vec<u8>>,
}

/// Reads a picture.
pub fn read_picture(path: &Path) -> Result<Photo> {
    use DynamicImage::*;
    let Decoded { picture, orientation, profile } = decode(path)?;
    let mut pixels = match picture {
        ImageLuma8(_) | ImageRgb8(_) | ImageRgba8(_) | ImageRgba16(_) => picture,
        ImageLuma16(_) | ImageLumaA16(_) | ImageRgb16(_) => picture.into_rgba16().into(),
        other if other.color().has_alpha() => other.into_rgba8().into(),
        other => other.into_rgb8().into(),
    };
    pixels.apply_orientation(orientation);
    Ok(Photo { pixels, profile })
}

/// The pixels of a picture that [`read_picture`] read, for the library.
pub fn view(picture: &DynamicImage) -> Result<ImageView<'_>> {
    let format = match picture {
        DynamicImage::ImageLuma8(_) => PixelFormat::Gray8,
        DynamicImage::ImageRgb8(_) => PixelFormat::Rgb8,
        DynamicImage::ImageRgba16(_) => PixelFormat::Rgba16,
        _ => PixelFormat::Rgba8,
    };
    let (width, height) = (picture.width(), picture.height());
    ImageView::new(picture.as_bytes(), width, height, width as usize * format.bytes(), format)
}

/// Reads a mask: bright pixels are selected, or opaque pixels if the file has transparency.
pub fn read_mask(path: &Path) -> Result<Mask> {
    let picture = decode(path)?.picture;
    let (width, height) = (picture.width(), picture.height());
    let data = match picture {
        picture if picture.color().has_alpha() => picture.into_rgba8().pixels().map(|pixel| pixel[3]).collect(),
        picture => picture.into_luma8().into_raw(),
    };
    Mask::new(width, height, data)
}

/// Reads an object map: for each pixel the number of its object, and the number that means "unknown".
pub fn read_labels(path: &Path) -> Result<(u32, u32, Vec<u16>, u16)> {
    let picture = decode(path)?.picture;
    let (width, height) = (picture.width(), picture.height());
    match picture {
        DynamicImage::ImageLuma8(map) => {
            Ok((width, height, map.into_raw().into_iter().map(u16::from).collect(), u16::from(u8::MAX)))
        }
        DynamicImage::ImageLuma16(map) => Ok((width, height, map.into_raw(), u16::MAX)),
        other => Err(ErrorKind::File.error(format!(
            "{} is {:?}, but an object map is a grey PNG of 8 or 16 bits (0 background; 1, 2, 3 … the objects; the \
             highest number unknown); convert it first",
            path.display(),
            other.color()
        ))),
    }
}

struct Decoded {
    picture: DynamicImage,
    orientation: image::metadata::Orientation,
    profile: Option<Vec<u8>>,
}

fn decode(path: &Path) -> Result<Decoded> {
    let name = path.display();
    let fault = |error: ImageError| {
        ErrorKind::File.error(match error {
            ImageError::Unsupported(_) => {
                format!("{name} is not a picture that deepcrop can read; pass PNG, JPEG, WebP, TIFF or BMP")
            }
            ImageError::Limits(error) if !matches!(error.kind(), LimitErrorKind::Unsupported { .. }) => {
                format!("{name} claims to be larger than {MAX_SIDE} pixels per side or 16 GB; scale it down")
            }
            error => format!(
                "{name} cannot be read as a picture ({}); check that the file is complete, or save it again",
                one_line(&error)
            ),
        })
    };
    let file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    let mut reader = ImageReader::new(BufReader::new(file));
    let mut limits = image::Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let reader = reader.with_guessed_format().map_err(|error| cannot("read", path, &error))?;
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let mut decoder = reader.into_decoder().map_err(fault)?;
    // The pixels may be fine even if the orientation cannot be read.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    let picture = DynamicImage::from_decoder(decoder).map_err(fault)?;
    if is_jpeg && fs::read(path).is_ok_and(|bytes| is_cut_off(&bytes)) {
        eprintln!("deepcrop: warning: {name} is cut off, so a part of the picture is missing; get the file again");
    }
    Ok(Decoded { picture, orientation, profile })
}

/// Whether a JPEG file lacks its end (marker FFD9) after its last scan (FFDA), which the decoder accepts. Neither
/// marker can occur within a scan.
fn is_cut_off(jpeg: &[u8]) -> bool {
    jpeg.windows(2).rfind(|pair| matches!(pair, [0xFF, 0xD9 | 0xDA])) == Some(&[0xFF, 0xDA])
}

/// Encodes a picture as PNG, with the colour profile if it suits the pixels.
pub fn png(picture: &DynamicImage, profile: Option<&[u8]>) -> Result<Vec<u8>> {
    let fault = |error: &dyn Display| {
        ErrorKind::Internal.error(format!("the PNG could not be made: {error}; please report this"))
    };
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(profile) = profile.filter(|profile| is_grey(profile) == Some(!picture.color().has_color())) {
        encoder.set_icc_profile(profile.to_vec()).map_err(|error| fault(&error))?;
    }
    picture.write_with_encoder(encoder).map_err(|error| fault(&error))?;
    Ok(bytes)
}

/// Whether a colour profile is for grey pixels (true) or for RGB (false). `None` if it is for other colours, such as a
/// printer's inks: pixels are converted when they are read. Bytes 16 to 19 of an ICC profile name its colour space.
pub fn is_grey(profile: &[u8]) -> Option<bool> {
    match profile.get(16..20) {
        Some(b"GRAY") => Some(true),
        Some(b"RGB ") => Some(false),
        _ => None,
    }
}

/// Writes a complete file or nothing. An existing file is replaced only with `force`, and only once the new file is
/// complete. A file that already has these bytes counts as written.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    if !force && path.exists() {
        return if fs::read(path).is_ok_and(|old| old == bytes) { Ok(()) } else { Err(exists(path)) };
    }
    let mut part = path.file_name().unwrap_or_default().to_os_string();
    part.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part);
    let written = fs::File::create_new(&part).and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| fs::rename(&part, path)).map_err(|error| {
        _ = fs::remove_file(&part);
        cannot("write", path, &error)
    })
}

/// The error for an output file that already exists.
pub fn exists(path: &Path) -> Error {
    ErrorKind::File
        .error(format!("{} already exists; choose another name, or pass --force to replace it", path.display()))
}

/// The error for a file or folder that the system refuses.
pub fn cannot(verb: &str, path: &Path, error: &io::Error) -> Error {
    let next = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check its permissions",
        io::ErrorKind::StorageFull => "free some disk space",
        _ => "check that it is the right file",
    };
    ErrorKind::File.error(format!("cannot {verb} {}: {error}; {next}", path.display()))
}

/// The message of a foreign error, on one line.
pub fn one_line(error: &impl Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints a line on standard output. A reader that stops early (`deepcrop … | head -1`) is no error; a full disk is.
pub fn say(line: impl Display) {
    if let Err(error) = writeln!(io::stdout(), "{line}")
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("deepcrop: cannot write to standard output: {error}; free some disk space, or redirect the output");
        std::process::exit(1);
    }
}
