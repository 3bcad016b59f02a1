//! The error of this library: its kind, a sentence, and its cause.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result of a fallible call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error, for programs. The numbers are those of the C interface and are never reused. See [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument is invalid, for example an unknown option.
    Argument = 1,
    /// The size, stride and format of a picture do not fit together, or one of them is invalid.
    Image = 2,
    /// A prompt lies outside the picture, has a coordinate that is not a number, or is malformed.
    Prompt = 3,
    /// A file or folder is missing or cannot be used.
    File = 4,
    /// A network is damaged or its family is unknown.
    Model = 5,
    /// ONNX Runtime is missing or too old, or the library found is not ONNX Runtime.
    Runtime = 6,
    /// The requested provider does not work on this machine.
    Provider = 7,
    /// The network failed while it ran.
    Inference = 8,
    /// The call was cancelled.
    Cancelled = 9,
    /// There is not enough memory.
    Memory = 10,
    /// A bug in this library; please report it.
    Internal = 11,
}

/// The error of a call. Displayed, it is a sentence for a person: first the cause, then what to do about it.
///
/// ```
/// use deepcrop::{ErrorKind, ImageView, PixelFormat};
///
/// let error = ImageView::new(&[0; 10], 4, 4, 4, PixelFormat::Gray8).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Image);
/// println!("{error}"); // "the pixel buffer has 10 bytes, but 4 x 4 pixels with a stride of 4 need 16; pass …"
/// ```
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    sentence: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// The error of a call that was cancelled.
    pub fn cancelled() -> Self {
        ErrorKind::Cancelled.error("cancelled")
    }

    /// An error that only a bug can cause, with its source.
    pub(crate) fn internal(source: impl StdError + Send + Sync + 'static) -> Self {
        ErrorKind::Internal.error(source.to_string()).caused_by(source)
    }

    /// Sets the error that caused this one.
    pub fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// Replaces the sentence by one that is made of it.
    pub fn reworded(self, sentence: impl FnOnce(&str) -> String) -> Self {
        Self { sentence: sentence(&self.sentence), ..self }
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl ErrorKind {
    /// An error of this kind with a sentence, for functions that return errors of this library and their own alike.
    ///
    /// ```
    /// use deepcrop::{Error, ErrorKind};
    ///
    /// fn read(path: &str) -> Result<Vec<u8>, Error> {
    ///     std::fs::read(path).map_err(|error| ErrorKind::File.error(format!("cannot read {path}")).caused_by(error))
    /// }
    /// let error = read("no such file").unwrap_err().reworded(|sentence| format!("{sentence}; check the name"));
    /// assert_eq!(error.to_string(), "cannot read no such file; check the name");
    /// assert_ne!(error, Error::cancelled());
    /// ```
    pub fn error(self, sentence: impl Into<String>) -> Error {
        Error { kind: self, sentence: sentence.into(), source: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Errors are equal if their kinds and sentences are.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.sentence) == (other.kind, &other.sentence)
    }
}
