//! Which processor runs a network: asked for, tried, checked against the CPU, and told.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProviderDispatch};

use crate::base::error::{Error, ErrorKind, Result};

/// An execution provider of ONNX Runtime. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[repr(u32)]
pub enum Provider {
    /// The fastest that the runtime has and that works here.
    #[default]
    Auto = 0,
    /// The processor.
    Cpu = 1,
    /// NVIDIA.
    Cuda = 2,
    /// Apple.
    CoreMl = 3,
    /// Any graphics card under Windows.
    DirectMl = 4,
    /// Intel.
    OpenVino = 5,
}

/// Every provider, by its name on the command line and ONNX Runtime's own name for it, fastest first.
const NAMES: [(Provider, &str, &str); 6] = [
    (Provider::Auto, "auto", ""),
    (Provider::Cuda, "cuda", "CUDAExecutionProvider"),
    (Provider::CoreMl, "coreml", "CoreMLExecutionProvider"),
    (Provider::DirectMl, "directml", "DmlExecutionProvider"),
    (Provider::OpenVino, "openvino", "OpenVINOExecutionProvider"),
    (Provider::Cpu, "cpu", "CPUExecutionProvider"),
];

impl Provider {
    /// The providers other than the CPU, fastest first.
    pub const ACCELERATORS: [Provider; 4] = [Provider::Cuda, Provider::CoreMl, Provider::DirectMl, Provider::OpenVino];

    /// The provider with this number in the C interface.
    #[doc(hidden)]
    pub fn from_number(number: u32) -> Option<Self> {
        NAMES.iter().map(|entry| entry.0).find(|provider| *provider as u32 == number)
    }

    /// ONNX Runtime's own name for it.
    pub(crate) fn runtime_name(self) -> &'static str {
        NAMES.iter().find(|entry| entry.0 == self).map_or("", |entry| entry.2)
    }

    /// What `ort` is to register; none for what needs no registering.
    pub(crate) fn dispatch(self) -> Option<ExecutionProviderDispatch> {
        let dispatch = match self {
            Provider::Auto | Provider::Cpu => return None,
            Provider::Cuda => ep::CUDA::default().build(),
            Provider::CoreMl => ep::CoreML::default().build(),
            Provider::DirectMl => ep::DirectML::default().build(),
            Provider::OpenVino => ep::OpenVINO::default().build(),
        };
        // Else a provider that cannot start is skipped in silence.
        Some(dispatch.error_on_failure())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|entry| entry.0 == *self).map_or("", |entry| entry.1))
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        NAMES.iter().find(|entry| entry.1 == name.to_ascii_lowercase()).map(|entry| entry.0).ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|entry| entry.1).collect();
            ErrorKind::Argument.error(format!("there is no provider `{name}`; choose one of {}", names.join(", ")))
        })
    }
}
