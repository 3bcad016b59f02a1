//! A start of ONNX Runtime that failed can be tried again. In a process of its own, since a process keeps its runtime.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::mem::offset_of;
use std::process::Command;

use deepcrop::internals::network::runtime::Runtime;
use ort::sys::OrtApi;

/// A library that passes everything on to the true ONNX Runtime, but fails to make an environment the first time.
const CODE: &str = r#"
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
struct base { const void *(*table)(uint32_t); const char *(*version)(void); };
typedef void *create(void *log, void *user, int level, const char *name, void **out);
static char table[SIZE];
static const struct base *true_base;
static create *true_create;
static int calls;
static void *create_second(void *log, void *user, int level, const char *name, void **out) {
    void *(*status)(int, const char *);
    memcpy(&status, table + STATUS, sizeof status);
    return calls++ ? true_create(log, user, level, name, out) : status(1, "not yet");
}
static const void *get(uint32_t number) {
    const char *whole = true_base->table(number);
    if (!whole) return 0;
    memcpy(table, whole, SIZE);
    memcpy(&true_create, table + CREATE, sizeof true_create);
    create *ours = create_second;
    memcpy(table + CREATE, &ours, sizeof ours);
    return table;
}
static const char *version(void) { return true_base->version(); }
static const struct base base = { get, version };
const struct base *OrtGetApiBase(void) {
    const struct base *(*entry)(void) = (const struct base *(*)(void))dlsym(dlopen(RUNTIME, RTLD_NOW), "OrtGetApiBase");
    true_base = entry();
    return &base;
}
"#;

#[test]
fn a_failed_start_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("second.c"), folder.path().join("libsecond.so"));
    fs::write(&source, CODE).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).args([
        format!("-DSIZE={}", size_of::<OrtApi>()),
        format!("-DSTATUS={}", offset_of!(OrtApi, CreateStatus)),
        format!("-DCREATE={}", offset_of!(OrtApi, CreateEnvWithCustomLogger)),
        format!("-DRUNTIME={:?}", common::runtime()),
    ]);
    let status =
        compiler.status().expect("a C compiler is needed (Debian, Ubuntu: `sudo apt install build-essential`)");
    assert!(status.success());
    let first = Runtime::get(Some(&library)).err().unwrap().to_string();
    assert!(first.contains("did not start") && first.contains("not yet"), "{first}");
    Runtime::get(Some(&library)).unwrap();
}
