//! The one error type: what kind of thing went wrong, and a sentence that says what to do next.

/// What a fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every variant carries a whole sentence for a person; the variant tells a program what kind of failure it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An argument that makes no sense: NULL, a bad size, an unknown option.
    #[error("{0}")]
    Argument(String),
    /// A picture whose size, stride or format does not hold together.
    #[error("{0}")]
    Image(String),
    /// A prompt outside the picture, not a number, or malformed.
    #[error("{0}")]
    Prompt(String),
    /// A file or folder that cannot be read or written.
    #[error("{0}")]
    File(String),
    /// A network that is corrupt, or of a kind that is not understood.
    #[error("{0}")]
    Model(String),
    /// ONNX Runtime is missing, too old or not what it claims to be.
    #[error("{0}")]
    Runtime(String),
    /// The execution provider that was asked for does not work here.
    #[error("{0}")]
    Provider(String),
    /// The network failed while it ran.
    #[error("{0}")]
    Inference(String),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Not enough memory for a buffer.
    #[error("{0}")]
    Memory(String),
    /// A fault of this library; please report it.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// The number the C interface reports. Numbers are never reused.
    pub fn status(&self) -> i32 {
        match self {
            Error::Argument(_) => 1,
            Error::Image(_) => 2,
            Error::Prompt(_) => 3,
            Error::File(_) => 4,
            Error::Model(_) => 5,
            Error::Runtime(_) => 6,
            Error::Provider(_) => 7,
            Error::Inference(_) => 8,
            Error::Cancelled => 9,
            Error::Memory(_) => 10,
            Error::Internal(_) => 11,
        }
    }
}
