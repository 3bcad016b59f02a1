//! Providers: the parts of ONNX Runtime that run a network on one kind of processor.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProviderDispatch};

use crate::base::error::{Error, ErrorKind, Result};

/// The provider: the part of ONNX Runtime that runs a network on one kind of processor. The numbers are those of the C
/// interface.
///
/// ```
/// use deepcrop::types::Provider;
///
/// let provider: Provider = "cuda".parse()?;
/// assert_eq!((provider, provider.to_string().as_str()), (Provider::Cuda, "cuda"));
/// assert!(Provider::ALL.contains(&provider));
/// # Ok::<(), deepcrop::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[repr(u32)]
pub enum Provider {
    /// The fastest provider that works here, or the CPU.
    #[default]
    Auto = 0,
    /// The CPU.
    Cpu = 1,
    /// Graphics cards from NVIDIA.
    Cuda = 2,
    /// Processors from Apple.
    CoreMl = 3,
    /// All graphics cards under Windows.
    DirectMl = 4,
    /// Processors and graphics cards from Intel.
    OpenVino = 5,
}

/// Every provider, with its name on the command line and its name in ONNX Runtime; the fastest first.
const NAMES: [(Provider, &str, &str); 6] = [
    (Provider::Auto, "auto", ""),
    (Provider::Cuda, "cuda", "CUDAExecutionProvider"),
    (Provider::CoreMl, "coreml", "CoreMLExecutionProvider"),
    (Provider::DirectMl, "directml", "DmlExecutionProvider"),
    (Provider::OpenVino, "openvino", "OpenVINOExecutionProvider"),
    (Provider::Cpu, "cpu", "CPUExecutionProvider"),
];

impl Provider {
    /// All providers, in the order of their numbers.
    pub const ALL: &[Provider] =
        &[Provider::Auto, Provider::Cpu, Provider::Cuda, Provider::CoreMl, Provider::DirectMl, Provider::OpenVino];

    /// All providers but the CPU, the fastest first.
    pub(crate) const ACCELERATORS: &[Provider] =
        &[Provider::Cuda, Provider::CoreMl, Provider::DirectMl, Provider::OpenVino];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|entry| entry.0 == self).map_or("", |entry| entry.1)
    }

    /// The provider's name in ONNX Runtime.
    pub(crate) fn runtime_name(self) -> &'static str {
        NAMES.iter().find(|entry| entry.0 == self).map_or("", |entry| entry.2)
    }

    /// The provider to register with `ort`; none for the CPU, which needs no registering.
    pub(crate) fn dispatch(self) -> Option<ExecutionProviderDispatch> {
        let dispatch = match self {
            Provider::Auto | Provider::Cpu => return None,
            Provider::Cuda => ep::CUDA::default().build(),
            Provider::CoreMl => ep::CoreML::default().build(),
            Provider::DirectMl => ep::DirectML::default().build(),
            Provider::OpenVino => ep::OpenVINO::default().build(),
        };
        // By default, a provider that cannot start is skipped silently.
        Some(dispatch.error_on_failure())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        NAMES.iter().find(|entry| entry.1.eq_ignore_ascii_case(name)).map(|entry| entry.0).ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|entry| entry.1).collect();
            ErrorKind::Argument.error(format!("unknown provider `{name}`; use one of {}", names.join(", ")))
        })
    }
}
