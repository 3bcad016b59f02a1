//! Loading a model and asking about it.

use std::ffi::{CString, c_char};
use std::path::PathBuf;

use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{Sized32, describe, entry, free, give, list, options, out, required, text};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::types::{DiskCache, Provider};
use deepcrop::{ErrorKind, LoadOptions, Model, Result, Source};

/// The fastest provider that ONNX Runtime has and that works here.
pub const DEEPCROP_PROVIDER_AUTO: u32 = 0;
/// The processor.
pub const DEEPCROP_PROVIDER_CPU: u32 = 1;
/// NVIDIA.
pub const DEEPCROP_PROVIDER_CUDA: u32 = 2;
/// Apple.
pub const DEEPCROP_PROVIDER_COREML: u32 = 3;
/// Any graphics card under Windows.
pub const DEEPCROP_PROVIDER_DIRECTML: u32 = 4;
/// Intel.
pub const DEEPCROP_PROVIDER_OPENVINO: u32 = 5;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_PROVIDER_AUTO == Provider::Auto as u32);
const _: () = assert!(DEEPCROP_PROVIDER_CPU == Provider::Cpu as u32);
const _: () = assert!(DEEPCROP_PROVIDER_CUDA == Provider::Cuda as u32);
const _: () = assert!(DEEPCROP_PROVIDER_COREML == Provider::CoreMl as u32);
const _: () = assert!(DEEPCROP_PROVIDER_DIRECTML == Provider::DirectMl as u32);
const _: () = assert!(DEEPCROP_PROVIDER_OPENVINO == Provider::OpenVino as u32);

/// A loaded model. Any number of threads may use it at once. Keep it alive until every call that it was passed to has
/// returned. Its pictures do not need it any more: it may be freed before them, even while a call on one of them runs.
pub struct deepcrop_model {
    pub(super) model: Model,
    info: Info,
}

/// How to load a model. Set struct_size to the size of this struct and everything else to zero but what you want to change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_model_options {
    /// sizeof(deepcrop_model_options)
    pub struct_size: u32,
    /// DEEPCROP_PROVIDER_...: what runs the network. Automatic choice tells in deepcrop_model_info.provider_note why it
    /// took nothing faster; a provider asked for by name works or is an error.
    pub provider: u32,
    /// Threads for the network, at most 1024; 0 is half the cores. Work on pixels takes up to four more.
    pub threads: u32,
    /// 1: without ONNX Runtime take the engine that needs no network, and say so in deepcrop_model_info.provider_note.
    /// 0: that is an error.
    pub fall_back: u32,
    /// Path of the ONNX Runtime library in UTF-8; NULL to look for it: DEEPCROP_ONNXRUNTIME, in the process, beside this
    /// library, in the system.
    pub runtime_path: *const c_char,
    /// Stops the loading and hears of its progress; may be NULL.
    pub cancel: *const deepcrop_cancel,
    /// Path of a matting network (ViTMatte) in UTF-8, or the name of an installed one, which redraws the edges of every
    /// selection with DEEPCROP_EDGES_AUTO or _HAIR so that hair gets its transparency; NULL for none.
    pub matting_path: *const c_char,
    /// 1: what the network says of a picture is not kept on disk. Otherwise a network with an encoder keeps it for the next
    /// time the picture is opened, readable by the user alone, 2 GiB at most, in the user's cache folder. The environment
    /// variables DEEPCROP_CACHE (a folder of your own, or `off`) and DEEPCROP_CACHE_SIZE (in MiB) change that.
    pub no_disk_cache: u32,
    /// 0
    pub reserved: u32,
}

// SAFETY: four u32, three pointers, two u32, no padding; zeros are the defaults.
unsafe impl Sized32 for deepcrop_model_options {}

/// What is to be told about a model. The strings are UTF-8, never NULL, and live as long as the model.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_model_info {
    /// Set by the caller: sizeof(deepcrop_model_info)
    pub struct_size: u32,
    /// Always 0 for now.
    pub reserved: u32,
    /// What it is called.
    pub name: *const c_char,
    /// Which kind it is: "click_map", "classical" ...
    pub family: *const c_char,
    /// Its own version.
    pub version: *const c_char,
    /// Under which it may be used.
    pub licence: *const c_char,
    /// What runs it, as the command line calls it: "cpu", "cuda" ...; "none" where there is no network.
    pub provider: *const c_char,
    /// Why nothing faster runs it, or why there is no network; empty when there is nothing to say.
    pub provider_note: *const c_char,
    /// Version and place of ONNX Runtime; empty without a network.
    pub runtime: *const c_char,
}

// SAFETY: two u32 and pointers, no padding; zeros are NULLs.
unsafe impl Sized32 for deepcrop_model_info {}

struct Info {
    name: CString,
    family: CString,
    version: CString,
    licence: CString,
    provider: CString,
    provider_note: CString,
    runtime: CString,
}

fn load(source: &Source, options_pointer: *const deepcrop_model_options) -> Result<*mut deepcrop_model> {
    let given = options(options_pointer, "options")?;
    let provider = Provider::from_number(given.provider).ok_or_else(|| {
        ErrorKind::Argument.error(format!("there is no provider number {}; see DEEPCROP_PROVIDER_", given.provider))
    })?;
    if given.threads > 1024 {
        return Err(
            ErrorKind::Argument.error(format!("{} threads are too many; pass 0 for half the cores", given.threads))
        );
    }
    if given.reserved != 0 {
        return Err(ErrorKind::Argument.error("`reserved` of `options` is not 0; clear the struct before you fill it"));
    }
    let disk_cache = if given.no_disk_cache == 0 { DiskCache::Usual } else { DiskCache::Off };
    let mut load_options = LoadOptions::default()
        .provider(provider)
        .threads(given.threads as usize)
        .fall_back(given.fall_back != 0)
        .disk_cache(disk_cache);
    load_options.runtime = text(given.runtime_path, "options->runtime_path")?.map(PathBuf::from);
    load_options.matting = text(given.matting_path, "options->matting_path")?.map(Source::parse);
    let cancel = cancel_of(given.cancel);
    let model = Model::load(source, &load_options, &cancel)?;
    let c_string = |text: &str| CString::new(text.replace('\0', " ")).unwrap_or_default();
    let told = model.info();
    let info = Info {
        name: c_string(&told.name),
        family: c_string(&told.family),
        version: c_string(&told.version),
        licence: c_string(&told.licence),
        provider: c_string(&told.provider),
        provider_note: c_string(&told.provider_note),
        runtime: c_string(&told.runtime),
    };
    Ok(give(deepcrop_model { model, info }))
}

/// Loads a model. `path` is a network's file or folder in UTF-8, or, where there is no such path, the name under which
/// `deepcrop models` installed one; NULL or "builtin" for the network in this library; "classical" for the engine that needs
/// no network and no ONNX Runtime, "extractnet" for a plain baseline that ignores clicks. `options` may be NULL.
/// Free the model with deepcrop_model_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_model_load(
    path: *const c_char,
    options: *const deepcrop_model_options,
    model: *mut *mut deepcrop_model,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let model = out(model, "model")?;
        *model = load(&text(path, "path")?.map_or(Source::Builtin, Source::parse), options)?;
        Ok(())
    })
}

/// Loads a network from memory: a whole .onnx file that describes itself. The bytes are not needed after the call.
///
/// # Safety
/// `data` points to `size` bytes; all other pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_model_load_bytes(
    data: *const u8,
    size: usize,
    options: *const deepcrop_model_options,
    model: *mut *mut deepcrop_model,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let model = out(model, "model")?;
        *model = load(&Source::Bytes(list(data, size, "data")?.to_vec()), options)?;
        Ok(())
    })
}

/// Tells what the model is and what really runs it. Set info->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_model_describe(
    model: *const deepcrop_model,
    info: *mut deepcrop_model_info,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let told = &required(model, "model")?.info;
        let value = deepcrop_model_info {
            struct_size: 0,
            reserved: 0,
            name: told.name.as_ptr(),
            family: told.family.as_ptr(),
            version: told.version.as_ptr(),
            licence: told.licence.as_ptr(),
            provider: told.provider.as_ptr(),
            provider_note: told.provider_note.as_ptr(),
            runtime: told.runtime.as_ptr(),
        };
        describe(info, "info", value)
    })
}

/// Frees a model. NULL does nothing.
///
/// # Safety
/// `model` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_model_free(model: *mut deepcrop_model) {
    free(model);
}
