//! Installed networks: list, import, verify and remove them.

use std::ffi::{CString, c_char};
use std::path::PathBuf;

use super::entry::{
    Sized32, c_string, describe, entry, entry_or, flag, free, give, list, optional, options, out, required,
    required_text, text,
};
use super::status::{deepcrop_error, deepcrop_status};
use deepcrop::models::{self, ImportOptions, Installed};
use deepcrop::{ErrorKind, Result};

/// Installed networks, as they were at the time of the call. The list never changes, and any thread may read it.
pub struct deepcrop_models(Vec<Told>);

/// An installed network. The strings are UTF-8, are never NULL, and live as long as the list.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_installed_model {
    /// Set it to sizeof(deepcrop_installed_model) before the call.
    pub struct_size: u32,
    /// 1: deepcrop_models_verify can compare the files with a record. 0: somebody put them there by hand.
    pub has_record: u32,
    /// The name, for deepcrop_model_load.
    pub name: *const c_char,
    /// The title, for users; the name if there is no other.
    pub title: *const c_char,
    /// The licence; empty if none was stated.
    pub licence: *const c_char,
    /// Where the model comes from: a page or a path; empty if unknown.
    pub source: *const c_char,
    /// The folder of its files.
    pub folder: *const c_char,
    /// The size of its files in bytes.
    pub bytes: u64,
}

// SAFETY: two u32, five pointers, a u64: no padding; zeros are NULLs and numbers.
unsafe impl Sized32 for deepcrop_installed_model {}

/// The hash that a file must have.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_file_hash {
    /// Path of the file in UTF-8.
    pub path: *const c_char,
    /// Its SHA-256: 64 digits of 0-9 and a-f.
    pub sha256: *const c_char,
}

/// How to import a model. Zero is the default of every field except struct_size. The strings are UTF-8.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct deepcrop_import_options {
    /// Set it to sizeof(deepcrop_import_options).
    pub struct_size: u32,
    /// 1: replace an installed network of that name. 0: fail if there is one.
    pub replace: u32,
    /// The name that the model gets: at most 64 characters of a-z, 0-9, -, _ and ., of which the first and the last
    /// are a letter or digit. NULL for the name of the file or folder; several files need a name.
    pub name: *const c_char,
    /// The title, for users. NULL for the name.
    pub title: *const c_char,
    /// The licence. NULL for the one that the manifest of the network states.
    pub licence: *const c_char,
    /// Where the model comes from. NULL for the path that it is imported from.
    pub source: *const c_char,
    /// The hashes of files that you downloaded. If one has another hash, nothing is installed. A file that belongs to the
    /// network, such as its weights, may be named too. Files that are not named are not checked. May be NULL if
    /// hash_count is 0.
    pub hashes: *const deepcrop_file_hash,
    /// Number of hashes.
    pub hash_count: usize,
}

// SAFETY: two u32, five pointers, a size: no padding; zeros are the defaults.
unsafe impl Sized32 for deepcrop_import_options {}

/// What is told of an installed network, as C strings.
struct Told {
    name: CString,
    title: CString,
    licence: CString,
    source: CString,
    folder: CString,
    bytes: u64,
    has_record: bool,
}

impl From<Installed> for Told {
    fn from(installed: Installed) -> Self {
        Self {
            name: c_string(&installed.name),
            title: c_string(&installed.title),
            licence: c_string(&installed.licence),
            source: c_string(&installed.source),
            folder: c_string(&installed.folder.to_string_lossy()),
            bytes: installed.bytes,
            has_record: installed.has_record,
        }
    }
}

/// Lists the installed networks, sorted by name. They lie in the folder that the environment variable DEEPCROP_MODELS
/// names, else in deepcrop/models in the user's data folder; the program `deepcrop` installs them there too. The models
/// "builtin", "classical" and "extractnet" are part of the library and are not listed. Free the list with
/// deepcrop_models_free.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_list(
    models: *mut *mut deepcrop_models,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let models = out(models, "models")?;
        *models = give(deepcrop_models(models::list()?.into_iter().map(Told::from).collect()));
        Ok(())
    })
}

/// Returns the number of models in a list; 0 if `models` is NULL.
///
/// # Safety
/// `models` is NULL or was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_count(models: *const deepcrop_models) -> usize {
    entry_or(0, || optional(models).map_or(0, |models| models.0.len()))
}

/// Writes information about model `index` of a list, counted from 0, to `*info`. Set info->struct_size before the call.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_describe(
    models: *const deepcrop_models,
    index: usize,
    info: *mut deepcrop_installed_model,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let models = &required(models, "models")?.0;
        let told = models.get(index).ok_or_else(|| {
            let count = models.len();
            ErrorKind::Argument
                .error(format!("there is no model {index}; pass an index below the number of models, {count}"))
        })?;
        let value = deepcrop_installed_model {
            struct_size: 0,
            has_record: told.has_record.into(),
            name: told.name.as_ptr(),
            title: told.title.as_ptr(),
            licence: told.licence.as_ptr(),
            source: told.source.as_ptr(),
            folder: told.folder.as_ptr(),
            bytes: told.bytes,
        };
        describe(info, "info", value)
    })
}

/// Installs files under a name, by which deepcrop_model_load then loads them. Each path is a network's file, one of
/// several that belong together (encoder and decoder), or their folder. The files are copied, together with the weights
/// that they refer to and the manifest (model.toml) beside them. Files that are damaged or of an unknown kind are
/// refused. The whole model is installed or nothing. The library downloads nothing: to install what you downloaded, pass
/// its hashes. `options` may be NULL. If `models` is not NULL, it receives a list with the new model alone; free it with
/// deepcrop_models_free.
///
/// # Safety
/// `paths` points to `path_count` strings; all other pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_import(
    paths: *const *const c_char,
    path_count: usize,
    options: *const deepcrop_import_options,
    models: *mut *mut deepcrop_models,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let models = if models.is_null() { None } else { Some(out(models, "models")?) };
        let path = |(i, path): (usize, &*const c_char)| required_text(*path, &format!("paths[{i}]")).map(PathBuf::from);
        let paths: Vec<PathBuf> =
            list(paths, path_count, "paths")?.iter().enumerate().map(path).collect::<Result<_>>()?;
        let imported = models::import(paths, &import_options(options)?)?;
        if let Some(models) = models {
            *models = give(deepcrop_models(vec![imported.into()]));
        }
        Ok(())
    })
}

fn import_options(pointer: *const deepcrop_import_options) -> Result<ImportOptions> {
    let given = options(pointer, "options")?;
    let owned = |pointer, name| text(pointer, name).map(|text| text.map(str::to_owned));
    let mut options = ImportOptions::new().replace(flag(given.replace, "options->replace")?);
    options.name = owned(given.name, "options->name")?;
    options.title = owned(given.title, "options->title")?;
    options.licence = owned(given.licence, "options->licence")?;
    options.source = owned(given.source, "options->source")?;
    for (i, hash) in list(given.hashes, given.hash_count, "options->hashes")?.iter().enumerate() {
        let path = required_text(hash.path, &format!("options->hashes[{i}].path"))?;
        options = options.sha256(path, required_text(hash.sha256, &format!("options->hashes[{i}].sha256"))?);
    }
    Ok(options)
}

/// Checks that the files of an installed network are complete and unchanged. If not, it fails with DEEPCROP_ERROR_FILE,
/// and the message names the files that are missing or changed.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_verify(name: *const c_char, error: *mut deepcrop_error) -> deepcrop_status {
    entry(error, || models::verify(required_text(name, "name")?))
}

/// Removes an installed network. Only what was installed is deleted: `*others`, which may be NULL, is set to the number of
/// files that somebody else put into its folder, and that stay there.
///
/// # Safety
/// All pointers are NULL or valid for the time of the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_remove(
    name: *const c_char,
    others: *mut usize,
    error: *mut deepcrop_error,
) -> deepcrop_status {
    entry(error, || {
        let stay = models::remove(required_text(name, "name")?)?;
        if !others.is_null() {
            // SAFETY: the caller passes NULL or room for a number.
            unsafe { others.write(stay) };
        }
        Ok(())
    })
}

/// Frees a list of models. NULL does nothing; the models stay installed.
///
/// # Safety
/// `models` is NULL or was not freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deepcrop_models_free(models: *mut deepcrop_models) {
    free(models);
}
