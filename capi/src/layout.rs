//! A C program prints sizes, offsets and constants, which must be those of Rust. It is made from the header, so the test
//! fails if a new struct or constant is missing here.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::mem::offset_of;
use std::process::Command;

use super::*;

/// The structs of the header with their fields, and its constants.
fn declared(header: &str) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let (mut structs, mut constants) = (BTreeMap::new(), Vec::new());
    let mut current: Option<(String, Vec<String>)> = None;
    for line in header.lines().map(str::trim) {
        if let Some((name, fields)) = &mut current {
            if line.starts_with('}') {
                structs.insert(std::mem::take(name), std::mem::take(fields));
                current = None;
            } else if let Some(declaration) = line.strip_suffix(';') {
                let name = declaration.rsplit([' ', '*']).next().unwrap();
                fields.push(name.split('[').next().unwrap().to_owned());
            }
        } else if let Some(rest) = line.strip_prefix("typedef struct ").and_then(|rest| rest.strip_suffix(" {")) {
            current = Some((rest.to_owned(), Vec::new()));
        } else if let Some(rest) = line.strip_prefix("#define ")
            && let Some((name, _)) = rest.split_once(' ')
        {
            constants.push(name.to_owned());
        }
    }
    (structs, constants)
}

/// A C program that prints a line for each of them.
fn text(structs: &BTreeMap<String, Vec<String>>, constants: &[String]) -> String {
    let mut text = String::from("#include <deepcrop.h>\n#include <stdio.h>\nint main(void) {\n");
    for (name, fields) in structs {
        writeln!(text, "printf(\"{name} %zu\\n\", sizeof({name}));").unwrap();
        for field in fields {
            writeln!(text, "printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));").unwrap();
        }
    }
    for name in constants {
        writeln!(text, "printf(\"{name} %lld\\n\", (long long){name});").unwrap();
    }
    text + "return 0;\n}\n"
}

macro_rules! layout {
    ($lines:ident: $($name:ident { $($field:ident),* })*) => {$(
        $lines.insert(stringify!($name).to_owned(), size_of::<$name>() as i64);
        $($lines.insert(concat!(stringify!($name), ".", stringify!($field)).to_owned(), offset_of!($name, $field) as i64);)*
    )*};
}

macro_rules! numbers {
    ($lines:ident: $($name:ident)*) => {$($lines.insert(stringify!($name).to_owned(), $name as i64);)*};
}

fn ours() -> BTreeMap<String, i64> {
    let mut lines = BTreeMap::new();
    layout!(lines:
        deepcrop_error { status, message }
        deepcrop_model_options {
            struct_size, provider, threads, fall_back, runtime_path, cancel, matting_path, no_disk_cache, reserved,
            log, log_user_data
        }
        deepcrop_model_info {
            struct_size, reserved, name, family, version, licence, provider, provider_note, runtime
        }
        deepcrop_installed_model { struct_size, has_record, name, title, licence, source, folder, bytes }
        deepcrop_file_hash { path, sha256 }
        deepcrop_import_options { struct_size, replace, name, title, licence, source, hashes, hash_count }
        deepcrop_mask_info {
            struct_size, score, width, height, x0, y0, x1, y1, area, prepare_time, network_time, render_time, edge_time
        }
        deepcrop_object { struct_size, label, name, score, reserved, x0, y0, x1, y1 }
        deepcrop_image { data, stride, width, height, format, premultiplied }
        deepcrop_point { x, y }
        deepcrop_prompt { kind, reserved, x, y, x1, y1, points, point_count, mask }
        deepcrop_segment_options { struct_size, no_closer_look, no_guard, edges }
        deepcrop_outline_options { struct_size, straight, tolerance, smallest_area }
        deepcrop_box { x0, y0, x1, y1 }
        deepcrop_canvas { data, stride, width, height, format, premultiplied }
        deepcrop_cutout_options { struct_size, reserved, x, y }
        deepcrop_node { x, y, in_x, in_y, out_x, out_y, corner, reserved }
        deepcrop_ring { struct_size, hole, points, point_count, parent, reserved, nodes, node_count }
    );
    numbers!(lines:
        DEEPCROP_VERSION_MAJOR DEEPCROP_VERSION_MINOR DEEPCROP_VERSION_PATCH
        DEEPCROP_OK DEEPCROP_ERROR_ARGUMENT DEEPCROP_ERROR_IMAGE DEEPCROP_ERROR_PROMPT DEEPCROP_ERROR_FILE
        DEEPCROP_ERROR_MODEL DEEPCROP_ERROR_RUNTIME DEEPCROP_ERROR_PROVIDER DEEPCROP_ERROR_INFERENCE
        DEEPCROP_ERROR_CANCELLED DEEPCROP_ERROR_MEMORY DEEPCROP_ERROR_INTERNAL DEEPCROP_MESSAGE_SIZE
        DEEPCROP_LOG_ERROR DEEPCROP_LOG_WARNING DEEPCROP_LOG_INFO DEEPCROP_LOG_DEBUG
        DEEPCROP_PROVIDER_AUTO DEEPCROP_PROVIDER_CPU DEEPCROP_PROVIDER_CUDA DEEPCROP_PROVIDER_COREML
        DEEPCROP_PROVIDER_DIRECTML DEEPCROP_PROVIDER_OPENVINO
        DEEPCROP_GRAY8 DEEPCROP_RGB8 DEEPCROP_RGBA8 DEEPCROP_BGRA8 DEEPCROP_RGBA16 DEEPCROP_RGBAF32
        DEEPCROP_GRAY16 DEEPCROP_RGB16 DEEPCROP_RGBF32
        DEEPCROP_CHANGE_GROW DEEPCROP_CHANGE_SHRINK DEEPCROP_CHANGE_FEATHER DEEPCROP_CHANGE_SMOOTH
        DEEPCROP_CHANGE_FILL_HOLES DEEPCROP_CHANGE_DROP_SPECKS DEEPCROP_CHANGE_INVERT
        DEEPCROP_COMBINE_REPLACE DEEPCROP_COMBINE_ADD DEEPCROP_COMBINE_SUBTRACT DEEPCROP_COMBINE_INTERSECT
        DEEPCROP_PROMPT_INCLUDE DEEPCROP_PROMPT_EXCLUDE DEEPCROP_PROMPT_BOX DEEPCROP_PROMPT_LASSO
        DEEPCROP_PROMPT_SCRIBBLE DEEPCROP_PROMPT_SCRIBBLE_OUT DEEPCROP_PROMPT_MASK DEEPCROP_NO_PARENT
        DEEPCROP_EDGES_AUTO DEEPCROP_EDGES_HARD DEEPCROP_EDGES_SMOOTH DEEPCROP_EDGES_HAIR DEEPCROP_EDGES_NONE
    );
    lines.insert("DEEPCROP_ABI_VERSION".into(), ABI_VERSION.into());
    lines
}

/// Runs a command that must succeed, and returns its output.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not run ({error}): install a C compiler (Debian, Ubuntu: `sudo apt install build-essential`)")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn sizes_offsets_and_constants_are_rusts() {
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/../include");
    let (structs, constants) = declared(&fs::read_to_string(format!("{include}/deepcrop.h")).unwrap());
    assert!(structs.len() >= 10 && constants.len() >= 36, "the header is not read rightly: {structs:?} {constants:?}");
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("layout.c"), folder.path().join("layout"));
    fs::write(&source, text(&structs, &constants)).unwrap();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    succeed(Command::new(compiler).args(["-std=c99", "-I", include, "-o"]).arg(&program).arg(&source));
    let told = succeed(&mut Command::new(program));
    let told: BTreeMap<String, i64> = told
        .lines()
        .map(|line| line.split_once(' ').map(|(name, number)| (name.to_owned(), number.parse().unwrap())).unwrap())
        .collect();
    assert_eq!(told, ours());
}

#[test]
fn structs_have_no_padding_at_their_end() {
    // A later version may use the bytes of padding for an option, and they are not set.
    assert_eq!(size_of::<deepcrop_model_options>(), offset_of!(deepcrop_model_options, log_user_data) + 8);
    assert_eq!(size_of::<deepcrop_import_options>(), offset_of!(deepcrop_import_options, hash_count) + 8);
    assert_eq!(size_of::<deepcrop_segment_options>(), offset_of!(deepcrop_segment_options, edges) + 4);
    assert_eq!(size_of::<deepcrop_outline_options>(), offset_of!(deepcrop_outline_options, smallest_area) + 8);
    assert_eq!(size_of::<deepcrop_cutout_options>(), offset_of!(deepcrop_cutout_options, y) + 4);
    assert_eq!(size_of::<deepcrop_error>(), 512);
}
