//! Reads picture files: photos, masks and object maps.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::Args;
use deepcrop::internals::pixels::image::MAX_SIDE;
use deepcrop::{Error, ErrorKind, ImageView, Mask, Result};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::files::{cannot, complain, one_line};

/// 16,384 x 16,384 pixels: more than any camera takes.
const MAX_PIXELS: u64 = 1 << 28;

/// From this many bytes on, pictures are decoded one at a time, so that no other thread takes the memory that was found
/// to be free.
const LARGE: u64 = 1 << 28;

/// The memory for what comes before the pixels of a file, in bytes.
const HEAD: u64 = 1 << 26;

fn most_memory(bytes: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// Options of every command that reads pictures.
#[derive(Args, Clone, Copy)]
pub struct ReadArgs {
    /// Refuse pictures with more pixels than
    /// this
    #[arg(long, verbatim_doc_comment, value_name = "N", default_value_t = MAX_PIXELS, display_order = 60)]
    max_pixels: u64,
}

/// The pixels of a picture file, and what their colours mean.
#[derive(Default)]
pub struct Photo {
    /// Turned upright by the EXIF data, in a layout that `ImageView` can borrow.
    pub pixels: DynamicImage,
    /// The embedded colour profile (ICC).
    pub profile: Option<Vec<u8>>,
}

impl Photo {
    /// The pixels, for the library.
    pub fn view(&self) -> Result<ImageView<'_>> {
        ImageView::try_from(&self.pixels)
    }
}

impl ReadArgs {
    /// Reads a photo.
    pub fn photo(self, path: &Path) -> Result<Photo> {
        use DynamicImage::*;
        let Decoded { picture, orientation, profile, turn: _turn } = self.decode(path)?;
        let mut pixels = match picture {
            picture if ImageView::try_from(&picture).is_ok() => picture,
            ImageLumaA16(_) => picture.into_rgba16().into(),
            other if other.color().has_alpha() => other.into_rgba8().into(),
            other => other.into_rgb8().into(),
        };
        pixels.apply_orientation(orientation);
        Ok(Photo { pixels, profile })
    }

    /// Reads a mask: opaque pixels are selected if the file has transparency, otherwise bright pixels.
    pub fn mask(self, path: &Path) -> Result<Mask> {
        let picture = self.decode(path)?.picture;
        let (width, height) = (picture.width(), picture.height());
        let data = match picture {
            picture if is_transparent(&picture) => picture.into_rgba8().pixels().map(|pixel| pixel[3]).collect(),
            picture => picture.into_luma8().into_raw(),
        };
        Mask::new(width, height, data)
    }

    /// Reads an object map: for each pixel the number of its object, and the number that means "unknown".
    pub fn labels(self, path: &Path) -> Result<(u32, u32, Vec<u16>, u16)> {
        let picture = self.decode(path)?.picture;
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

    /// Decodes a file. A bug in a decoder, which a damaged file may reach, is an error too.
    fn decode(self, path: &Path) -> Result<Decoded> {
        catch_unwind(|| self.decode_file(path)).unwrap_or_else(|_| {
            Err(ErrorKind::File.error(format!(
                "{} cannot be read: its decoder failed, which is a bug; save the picture again in another program, and \
                 please report this",
                path.display()
            )))
        })
    }

    fn decode_file(self, path: &Path) -> Result<Decoded> {
        match self.open(path)? {
            Bytes::Memory(bytes) => {
                let decoded = self.decode_from(path, Cursor::new(&bytes[..]))?;
                if bytes.starts_with(JPEG) && is_cut_off(&bytes) {
                    warn(path, "is cut off, so a part of the picture is missing; get the file again");
                }
                if is_animated(&bytes) {
                    warn(path, "is animated; deepcrop reads its first frame");
                }
                Ok(decoded)
            }
            Bytes::Tiff(file) => self.decode_from(path, file),
        }
    }

    /// Opens a file or, for `-`, standard input. Pipes are read to their end.
    fn open(self, path: &Path) -> Result<Bytes> {
        let fault = |error: io::Error| cannot("read", path, &error);
        let mut source: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(path).map_err(fault)?;
            let is_file = file.metadata().map_err(fault)?.is_file();
            let mut file = BufReader::new(file);
            // A TIFF file may be as large as its pixels, so it stays on disk.
            if is_file && is_tiff(file.fill_buf().map_err(fault)?) {
                return Ok(Bytes::Tiff(file));
            }
            Box::new(file)
        };
        // No format takes more than 16 bytes for a pixel. This stops endless streams.
        let most = self.max_pixels.saturating_mul(16).saturating_add(1 << 26);
        let mut bytes = Vec::new();
        source.by_ref().take(most).read_to_end(&mut bytes).map_err(fault)?;
        if bytes.len() as u64 == most {
            return Err(ErrorKind::File.error(format!(
                "{} has more than {most} bytes, more than any picture of {} pixels; raise --max-pixels if it is one",
                path.display(),
                self.max_pixels
            )));
        }
        Ok(Bytes::Memory(bytes))
    }

    fn decode_from(self, path: &Path, mut bytes: impl BufRead + Seek) -> Result<Decoded> {
        let fault = |error: io::Error| cannot("read", path, &error);
        let refuse = |error: ImageError| refusal(path, &error);
        let start = bytes.fill_buf().map_err(fault)?;
        if let Some((format, command)) = foreign(start) {
            return Err(ErrorKind::File.error(format!(
                "{} is a {format} picture, which deepcrop cannot read; convert it first: {command} {} {}",
                path.display(),
                path.display(),
                path.with_extension("png").display()
            )));
        }
        if is_tiff(start) {
            if let Some(picture) = self.grey_floats(path, &mut bytes)? {
                return Ok(picture);
            }
            bytes.rewind().map_err(fault)?;
        }
        let mut reader = ImageReader::new(bytes);
        // For what is read before `check` knows the size: a colour profile may be packed a thousand to one.
        reader.limits(most_memory(HEAD));
        let reader = reader.with_guessed_format().map_err(fault)?;
        let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
        let mut decoder = reader.into_decoder().map_err(refuse)?;
        let (width, height) = decoder.dimensions();
        let (turn, room) =
            self.check(path, width, height, u64::from(decoder.color_type().bytes_per_pixel()), is_jpeg)?;
        // A frame may be larger than its picture says.
        decoder.set_limits(most_memory(room + HEAD)).map_err(refuse)?;
        // The pixels may be fine even if the orientation cannot be read.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let profile = decoder.icc_profile().unwrap_or_default();
        let picture = DynamicImage::from_decoder(decoder).map_err(refuse)?;
        Ok(Decoded { picture, orientation, profile, turn })
    }

    /// Refuses a picture that is too large for the limit or for the memory. Decoders cannot do that: a failed allocation
    /// ends the program. Returns a guard, to be kept until the picture is decoded and converted, and the room.
    fn check(self, path: &Path, width: u32, height: u32, bytes: u64, is_jpeg: bool) -> Result<(Turn, u64)> {
        static LARGE_PICTURE: Mutex<()> = Mutex::new(());
        let (name, most) = (path.display(), self.max_pixels);
        let pixels = u64::from(width) * u64::from(height);
        if width.max(height) > MAX_SIDE {
            return Err(ErrorKind::File.error(format!(
                "{name} has {width} x {height} pixels, but a side may have {MAX_SIDE} at most; scale it down"
            )));
        }
        if pixels > most {
            return Err(ErrorKind::File.error(format!(
                "{name} has {width} x {height} pixels, more than the limit of {most}; scale it down, or pass \
                 --max-pixels {pixels}"
            )));
        }
        // The pixels and a converted copy; a progressive JPEG also keeps two bytes for each number.
        let widest = match bytes {
            0 | 1 | 3 => 4,
            9.. => 16,
            // Grey and alpha with 16 bits become RGBA with 16 bits.
            _ => 8,
        };
        let room = pixels * widest * if is_jpeg { 4 } else { 2 };
        let turn = (room >= LARGE).then(|| LARGE_PICTURE.lock().unwrap_or_else(PoisonError::into_inner));
        if usize::try_from(room).is_ok_and(|room| Vec::<u8>::new().try_reserve_exact(room).is_ok()) {
            return Ok((turn, room));
        }
        Err(ErrorKind::Memory.error(format!(
            "{name} has {width} x {height} pixels, and reading them takes up to {} MB of memory, which is not free; \
             close other programs, or scale it down",
            room >> 20
        )))
    }

    /// The pixels of a grey TIFF of 32-bit floats, which the crate `image` does not read. `None` for any other TIFF.
    fn grey_floats(self, path: &Path, bytes: impl Read + Seek) -> Result<Option<Decoded>> {
        let Ok(mut decoder) = tiff::decoder::Decoder::new(bytes) else { return Ok(None) };
        if decoder.more_images() {
            warn(path, "has several pages; deepcrop reads the first");
        }
        let (Ok(tiff::ColorType::Gray(32)), Ok((width, height))) = (decoder.colortype(), decoder.dimensions()) else {
            return Ok(None);
        };
        let (turn, room) = self.check(path, width, height, 16, false)?;
        let number = decoder.get_tag_u32(tiff::tags::Tag::Orientation).ok().and_then(|number| number.try_into().ok());
        let orientation = number.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
        let profile = decoder.get_tag_u8_vec(tiff::tags::Tag::IccProfile).ok();
        // The pixels have room; the default limits for all else stay.
        let mut limits = tiff::decoder::Limits::default();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (room, room.saturating_add(HEAD as usize));
        let mut decoder = decoder.with_limits(limits);
        let Ok(tiff::decoder::DecodingResult::F32(grey)) = decoder.read_image() else { return Ok(None) };
        let pixels = grey.into_iter().flat_map(|value| [value; 3]).collect();
        let picture = ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb32F);
        Ok(picture.map(|picture| Decoded { picture, orientation, profile, turn }))
    }
}

/// Held while a large picture is decoded.
type Turn = Option<MutexGuard<'static, ()>>;

/// An opened picture file.
enum Bytes {
    Memory(Vec<u8>),
    Tiff(BufReader<File>),
}

struct Decoded {
    picture: DynamicImage,
    orientation: Orientation,
    profile: Option<Vec<u8>>,
    turn: Turn,
}

fn refusal(path: &Path, error: &ImageError) -> Error {
    let name = path.display();
    ErrorKind::File.error(match error {
        ImageError::Unsupported(_) => {
            format!("{name} is not a picture that deepcrop can read; pass PNG, JPEG, WebP, TIFF, BMP or GIF")
        }
        error => format!(
            "{name} cannot be read as a picture ({}); check that the file is complete, or save it again",
            one_line(error)
        ),
    })
}

fn warn(path: &Path, what: &str) {
    complain(format!("deepcrop: warning: {} {what}", path.display()));
}

/// The first bytes of a JPEG file.
const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF];

fn is_tiff(start: &[u8]) -> bool {
    [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| start.starts_with(*magic))
}

/// A format that deepcrop does not read, and the program that converts it to PNG.
fn foreign(start: &[u8]) -> Option<(&'static str, &'static str)> {
    let brand = start.get(4..12).and_then(|bytes| bytes.strip_prefix(b"ftyp"));
    match brand {
        Some(b"avif" | b"avis") => Some(("AVIF", "avifdec")),
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            Some(("HEIC", "heif-convert"))
        }
        _ if start.starts_with(b"\xFF\x0A") || start.starts_with(b"\0\0\0\x0CJXL \r\n") => Some(("JPEG XL", "djxl")),
        _ => None,
    }
}

/// Whether a mask file uses its alpha channel: some pixel is not opaque.
fn is_transparent(picture: &DynamicImage) -> bool {
    use DynamicImage::*;
    match picture {
        ImageLumaA8(pixels) => pixels.pixels().any(|pixel| pixel[1] < u8::MAX),
        ImageLumaA16(pixels) => pixels.pixels().any(|pixel| pixel[1] < u16::MAX),
        ImageRgba8(pixels) => pixels.pixels().any(|pixel| pixel[3] < u8::MAX),
        ImageRgba16(pixels) => pixels.pixels().any(|pixel| pixel[3] < u16::MAX),
        ImageRgba32F(pixels) => pixels.pixels().any(|pixel| pixel[3] < 1.0),
        _ => false,
    }
}

/// Whether a PNG, WebP or GIF file has more than one frame.
fn is_animated(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"GIF8") {
        let mut options = gif::DecodeOptions::new();
        options.skip_frame_decoding(true);
        let Ok(mut decoder) = options.read_info(bytes) else { return false };
        let mut next = || matches!(decoder.next_frame_info(), Ok(Some(_)));
        return next() && next();
    }
    if bytes.starts_with(b"\x89PNG") {
        // The chunk that counts the frames comes before the pixels.
        let mut rest = &bytes[bytes.len().min(8)..];
        while let Some((&[a, b, c, d, ref kind @ ..], _)) = rest.split_first_chunk::<8>() {
            if matches!(kind, b"acTL" | b"IDAT") {
                return kind == b"acTL";
            }
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            rest = length.checked_add(12).and_then(|chunk| rest.get(chunk..)).unwrap_or(&[]);
        }
        return false;
    }
    // The extended header of WebP has a bit for it.
    bytes.starts_with(b"RIFF")
        && bytes.get(8..16) == Some(b"WEBPVP8X")
        && bytes.get(20).is_some_and(|bits| bits & 2 != 0)
}

/// Whether a JPEG file lacks its end (marker FFD9), which the decoder accepts. Bytes after the end are not looked at:
/// phones put a film there.
fn is_cut_off(jpeg: &[u8]) -> bool {
    let mut rest = &jpeg[2..];
    loop {
        let [0xFF, kind, after @ ..] = rest else { return true };
        match kind {
            0xD9 => return false,
            // A byte that fills, and markers without a length.
            0xFF => rest = &rest[1..],
            0x01 | 0xD0..=0xD7 => rest = after,
            _ => {
                let Some(&[high, low]) = after.first_chunk() else { return true };
                let Some(scan) = after.get(usize::from(u16::from_be_bytes([high, low]))..) else { return true };
                rest = scan;
                if *kind == 0xDA {
                    // In a scan, FF is followed by 00 or by a restart marker until the next segment.
                    let is_marker = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7);
                    let Some(end) = scan.windows(2).position(is_marker) else { return true };
                    rest = &scan[end..];
                }
            }
        }
    }
}
