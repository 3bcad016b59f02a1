//! Loading a model, and information about it.

use std::ffi::{CString, c_char, c_void};
use std::path::PathBuf;

use super::cancel::{cancel_of, deepcrop_cancel};
use super::entry::{Sized32, c_string, describe, entry, flag, free, give, list, options, out, required, text, unknown};
use super::log::{deepcrop_log_callback, sink_of};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::internals::base::memory::buffer;
use deepcrop::types::{DiskCache, Provider};
use deepcrop::{ErrorKind, LoadOptions, Model, Result, Source};

/// The fastest provider that ONNX Runtime has and that works on this machine.
pub const DEEPCROP_PROVIDER_AUTO: u32 = 0;
/// The processor (CPU).
pub const DEEPCROP_PROVIDER_CPU: u32 = 1;
/// NVIDIA graphics cards (CUDA).
pub const DEEPCROP_PROVIDER_CUDA: u32 = 2;
/// Apple hardware (Core ML).
pub const DEEPCROP_PROVIDER_COREML: u32 = 3;
/// Any graphics card on Windows (DirectML).
pub const DEEPCROP_PROVIDER_DIRECTML: u32 = 4;
/// Intel hardware (OpenVINO).
pub const DEEPCROP_PROVIDER_OPENVINO: u32 = 5;

// cbindgen writes only plain numbers into the header.
const _: () = assert!(DEEPCROP_PROVIDER_AUTO == Provider::Auto as u32);
const _: () = assert!(DEEPCROP_PROVIDER_CPU == Provider::Cpu as u32);
const _: () = assert!(DEEPCROP_PROVIDER_CUDA == Provider::Cuda as u32);
const _: () = assert!(DEEPCROP_PROVIDER_COREML == Provider::CoreMl as u32);
const _: () = assert!(DEEPCROP_PROVIDER_DIRECTML == Provider::DirectMl as u32);
const _: () = assert!(DEEPCROP_PROVIDER_OPENVINO == Provider::OpenVino as u32);

/// A loaded model. Any number of threads may use it at once. Keep it alive until every call that it was passed to has
/// returned. Its pictures do not need it: you may free it before them, even while a call on one of them runs.
pub struct deepcrop_model {
    pub(super) model: Model,
    info: Info,
}

/// How to load a model. Zero is the default of every field except struct_size.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_model_options {
    /// Set it to sizeof(deepcrop_model_options).
    pub struct_size: u32,
    /// DEEPCROP_PROVIDER_...: what runs the network. With DEEPCROP_PROVIDER_AUTO, deepcrop_model_info.provider_note
    /// says why no faster provider was chosen. If another provider does not work, loading fails.
    pub provider: u32,
    /// The most threads that a call on the model or its pictures uses, at most 1024. 0 means half the cores for the
    /// network, and up to four for the work on pixels.
    pub threads: u32,
    /// 1: without ONNX Runtime, load the classical engine instead; deepcrop_model_info.provider_note then says so. 0:
    /// without ONNX Runtime, fail.
    pub fall_back: u32,
    /// Path of the ONNX Runtime library in UTF-8. NULL to search for it, in this order: the path in the environment
    /// variable DEEPCROP_ONNXRUNTIME, libraries already in the process, the folder of this library, the system.
    pub runtime_path: *const c_char,
    /// Stops the loading and reports its progress; may be NULL.
    pub cancel: *const deepcrop_cancel,
    /// A matting network (ViTMatte): its path in UTF-8, or the name of an installed one. It redraws the edge of every
    /// selection made with DEEPCROP_EDGES_AUTO or DEEPCROP_EDGES_HAIR, so that hair becomes partly transparent. NULL
    /// for none.
    pub matting_path: *const c_char,
    /// 0: the encoder output of a picture is kept on disk, so that the picture opens faster the next time. It lies in
    /// the user's cache folder, readable only by the user, at most 2 GiB. The environment variables DEEPCROP_CACHE (a
    /// folder, or `off`) and DEEPCROP_CACHE_SIZE (in MiB) change that. 1: nothing is kept.
    pub no_disk_cache: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Receives the log messages about the model and its pictures, instead of the callback of deepcrop_log_set. NULL
    /// for none of its own. It is called like that one, but deepcrop_log_set does not stop it: it may be called until the
    /// load has failed, or until the model and all its pictures are freed.
    pub log: deepcrop_log_callback,
    /// Passed to `log`.
    pub log_user_data: *mut c_void,
}

// SAFETY: four u32, three pointers, two u32, two pointers, no padding; zeros are the defaults.
unsafe impl Sized32 for deepcrop_model_options {}

/// Information about a model. The strings are UTF-8, are never NULL, and live as long as the model.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_model_info {
    /// Set it to sizeof(deepcrop_model_info) before the call.
    pub struct_size: u32,
    /// Always 0 for now.
    pub reserved: u32,
    /// Name of the model.
    pub name: *const c_char,
    /// Family of the model: "click_map", "classical" ...
    pub family: *const c_char,
    /// Version of the model.
    pub version: *const c_char,
    /// Licence of the model.
    pub licence: *const c_char,
    /// What runs the model, named as on the command line: "cpu", "cuda" ...; "none" for a model without a network.
    pub provider: *const c_char,
    /// Why no faster provider runs the model, or why there is no network; otherwise empty.
    pub provider_note: *const c_char,
    /// Version and path of ONNX Runtime; empty for a model without a network.
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
    let known = "DEEPCROP_PROVIDER_AUTO to DEEPCROP_PROVIDER_OPENVINO";
    let mut providers = Provider::ALL.iter().copied();
    let provider = providers
        .find(|provider| *provider as u32 == given.provider)
        .ok_or_else(|| unknown(ErrorKind::Argument, "provider", given.provider, known))?;
    if given.threads > 1024 {
        return Err(ErrorKind::Argument
            .error(format!("{} threads are too many; pass at most 1024, or 0 for half the cores", given.threads)));
    }
    if given.reserved != 0 {
        return Err(ErrorKind::Argument.error("`reserved` of `options` is not 0; clear the struct before you fill it"));
    }
    let disk_cache =
        if flag(given.no_disk_cache, "options->no_disk_cache")? { DiskCache::Off } else { DiskCache::Default };
    let mut load_options = LoadOptions::default()
        .provider(provider)
        .threads(given.threads as usize)
        .fall_back(flag(given.fall_back, "options->fall_back")?)
        .disk_cache(disk_cache);
    load_options.runtime = text(given.runtime_path, "options->runtime_path")?.map(PathBuf::from);
    load_options.matting = text(given.matting_path, "options->matting_path")?.map(Source::parse);
    load_options.log = sink_of(given.log, given.log_user_data);
    let cancel = cancel_of(given.cancel);
    let model = Model::load(source, &load_options, &cancel)?;
    let told = model.info();
    let info = Info {
        name: c_string(&told.name),
        family: c_string(&told.family),
        version: c_string(&told.version),
        licence: c_string(&told.licence),
        provider: c_string(told.provider_name()),
        provider_note: c_string(&told.provider_note),
        runtime: c_string(&told.runtime),
    };
    Ok(give(deepcrop_model { model, info }))
}

/// Loads a model. `path` is one of these: the path in UTF-8 of a network's file or folder; the name under which
/// `deepcrop models` installed a network, if no such path exists; NULL or "builtin" for the network in this library;
/// "classical" for the engine that needs neither a network nor ONNX Runtime; "extractnet" for a simple baseline that
/// ignores clicks. `options` may be NULL. Free the model with deepcrop_model_free. A bad network can crash ONNX Runtime;
/// the program deepcrop-trial tries a network in a process of its own.
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

/// Loads a network from memory: a whole .onnx file that needs no manifest beside it. The bytes are not needed after the
/// call. `options` may be NULL. Free the model with deepcrop_model_free.
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
        let data = list(data, size, "data")?;
        // Not by `to_vec`, which aborts where memory is short.
        let mut copy = buffer(data.len(), 0u8)?;
        copy.copy_from_slice(data);
        *model = load(&Source::from(copy), options)?;
        Ok(())
    })
}

/// Writes to `*info` what the model is and what runs it. Set info->struct_size before the call.
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
