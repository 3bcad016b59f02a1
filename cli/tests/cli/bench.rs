//! `deepcrop bench`: the smallest measurement there is.

use crate::{deepcrop, folder, json};

#[test]
fn a_bench_tells_times_and_memory() {
    let folder = folder();
    let words = ["bench", "--model", "classical", "--sizes", "1", "--runs", "1"];
    let run = deepcrop(folder.path(), &words);
    assert_eq!(run.code, 0, "{}", run.err);
    for part in
        ["| median ms | 1 MP |", "| first click | ", "| peak extra memory, MB | ", "Measured by `deepcrop bench"]
    {
        assert!(run.out.contains(part), "{}", run.out);
    }
    let measured = json(&deepcrop(folder.path(), &[&words[..], &["--json"]].concat()));
    let size = &measured["sizes"][0];
    assert!(size["click"].as_f64().unwrap() > 0.0 && size["megapixels"] == 1, "{size}");
    if cfg!(target_os = "linux") {
        assert!(size["peak_extra_mb"].as_f64().unwrap() > 3.0, "at least our copy: {size}");
    }
    let run = deepcrop(folder.path(), &["bench", "--sizes", "1000"]);
    assert_eq!(run.code, 2, "{}", run.err);
}
