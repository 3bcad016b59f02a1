//! Whether the JSON that the program reads and writes has the shapes that docs/json.md describes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::eval::dataset;
use crate::objects::{network, with};
use crate::schema::Schema;
use crate::{Run, common, deepcrop, folder, segment};

#[track_caller]
fn assert_shape(name: &str, value: &Value) {
    if let Err(fault) = Schema::read(name).check(value) {
        panic!("{name}: {fault}\n{value}");
    }
    assert!(name == "batch-list" || value["format"] == 1, "{value}");
}

/// The run printed one JSON object of this shape, and the version stands first.
#[track_caller]
fn assert_printed(name: &str, run: &Run) -> Value {
    let value = crate::json(run);
    assert_shape(name, &value);
    let start: String = run.out.split_whitespace().collect();
    assert!(start.starts_with(r#"{"format":1,"#), "{}", run.out);
    value
}

fn json_in(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_selection_has_its_shape() {
    let folder = folder();
    let outputs = "-o m.png -o cutout:c.png -o overlay:o.png -o o.json -o coco:r.json";
    for words in [&format!("--at 60,70 {outputs}"), "--at 60,70 --candidates -o mask:a.png", "--not 60,70"] {
        let report = assert_printed("segment", &segment(folder.path(), &format!("scene.png {words} --json")));
        assert_eq!(report["box"].is_null(), words == "--not 60,70", "{report}");
        assert_eq!(report.get("candidates").is_some(), words.contains("--candidates"), "{report}");
    }
    assert_shape("outline", &json_in(&folder.path().join("o.json")));
    let words = ["subject", "scene.png", "--model", "classical", "--json"];
    assert_printed("segment", &deepcrop(folder.path(), &words));
    assert_printed("segment", &with(folder.path(), "segment scene.png --at 60,70 --json", "red"));
}

#[test]
fn a_list_of_objects_has_its_shape() {
    let folder = folder();
    let report = assert_printed("objects", &with(folder.path(), "objects scene.png -o mask:m.png --json", "objects"));
    assert_eq!(report["objects"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn figures_of_accuracy_have_their_shape() {
    let (folder, _data) = dataset();
    for (measure, network) in
        [("clicks", "red"), ("anywhere", "red"), ("boxes", "red"), ("proposals", "objects"), ("subject", "subject")]
    {
        let run = with(folder.path(), &format!("eval data --measure {measure} --json"), network);
        let report = assert_printed("eval", &run);
        assert_eq!(report["measure"], measure);
        assert_eq!(report.get("clicks").is_some(), measure == "clicks", "{report}");
    }
}

#[test]
fn figures_of_speed_have_their_shape() {
    let folder = folder();
    let words = ["bench", "--model", "classical", "--sizes", "1,2", "--runs", "1", "--json"];
    for more in [&[][..], &["--here"]] {
        let report = assert_printed("bench", &deepcrop(folder.path(), &[&words[..], more].concat()));
        let sizes: Vec<_> =
            report["sizes"].as_array().unwrap().iter().map(|size| size["megapixels"].as_u64()).collect();
        assert_eq!(sizes, [Some(1), Some(2)]);
    }
}

/// A path that is not UTF-8 neither stops the report nor leaves its shape.
#[test]
#[cfg(unix)]
fn paths_that_are_not_utf8_keep_the_shape() {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;
    let folder = folder();
    let name = |bytes: &[u8]| std::ffi::OsStr::from_bytes(bytes).to_owned();
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
        command.current_dir(folder.path()).env("DEEPCROP_MODELS", folder.path().join(name(b"\xff")));
        command
    };
    let picture = name(b"\xfe.png");
    fs::rename(folder.path().join("scene.png"), folder.path().join(&picture)).unwrap();
    let run = crate::run(command().args(["segment", "--model", "classical", "--at", "60,70", "--json"]).arg(picture));
    assert_eq!(assert_printed("segment", &run)["picture"], json!([254, 46, 112, 110, 103]));

    fs::copy(network("red"), folder.path().join(name(b"\xfe.onnx"))).unwrap();
    let mut bench = command();
    bench.args(["bench", "--sizes", "1", "--runs", "1", "--json", "--provider", "cpu", "--runtime"]);
    let run = crate::run(bench.arg(common::runtime()).arg("--model").arg(name(b"\xfe.onnx")));
    let measured = assert_printed("bench", &run);
    assert!(measured["command"].as_str().unwrap().ends_with("--model \u{fffd}.onnx"), "{measured}");

    assert_eq!(crate::run(command().args(["models", "import", "--name", "red"]).arg(name(b"\xfe.onnx"))).code, 0);
    let listed = assert_printed("models-list", &crate::run(command().args(["models", "list", "red", "--json"])));
    assert!(listed["networks"][0]["folder"].as_array().unwrap().contains(&255.into()), "{listed}");
}

#[test]
fn the_list_of_networks_has_its_shape() {
    let folder = folder();
    let run = |words: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deepcrop"));
        command.args(words.split(' ')).current_dir(folder.path());
        crate::run(command.env("DEEPCROP_MODELS", folder.path().join("models")))
    };
    fs::copy(network("red"), folder.path().join("red.onnx")).unwrap();
    assert_eq!(run("models import red.onnx").code, 0);
    fs::create_dir_all(folder.path().join("models/by-hand")).unwrap();
    fs::copy(network("red"), folder.path().join("models/by-hand/red.onnx")).unwrap();
    let list = assert_printed("models-list", &run("models list --json"));
    let find =
        |name: &str| list["networks"].as_array().unwrap().iter().find(|network| network["name"] == name).unwrap();
    assert!(find("red")["installed"].is_object() && find("red")["listed"].is_null(), "{list}");
    assert!(find("by-hand")["installed"].is_null() && find("by-hand")["folder"].is_string(), "{list}");
    assert!(find("mobilesam")["listed"].is_object() && find("mobilesam")["folder"].is_null(), "{list}");
}

#[test]
fn the_list_of_a_batch_and_its_results_have_their_shapes() {
    let folder = folder();
    let good = [
        r#"{"picture": "scene.png", "prompts": [{"at": [60, 70]}, {"not": [3.5, 3]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"box": [125, 35, 185, 105]}], "outputs": ["a.svg", "cutout:b.png"]}"#,
        r#"{"picture": [115, 99, 101, 110, 101, 46, 112, 110, 103], "prompts": [{"lasso": [[20, 30], [100, 30], [60, 120]]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"scribble": [[50, 70], [70, 70]]}, {"scribble-not": [[155, 70]]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"mask": "out/m.png"}]}"#,
    ];
    let bad = [
        r#""text""#,
        r#"{"prompts": [{"at": [60, 70]}]}"#,
        r#"{"picture": "scene.png"}"#,
        r#"{"picture": "scene.png", "prompts": []}"#,
        r#"{"picture": "scene.png", "prompts": [{}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": [60, 70], "not": [3, 3]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": [60]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": [60, 70, 80]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": ["60", 70]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"box": [1, 2, 3]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"lasso": [[20, 30], [100, 30]]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"scribble": []}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"touch": [60, 70]}]}"#,
        r#"{"picture": [300], "prompts": [{"at": [60, 70]}]}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": [60, 70]}], "outputs": "a.svg"}"#,
        r#"{"picture": "scene.png", "prompts": [{"at": [60, 70]}], "output": ["a.svg"]}"#,
    ];
    // The program and the schema agree on what is a request.
    let schema = Schema::read("batch-list");
    let as_json = |line: &&str| serde_json::from_str::<Value>(line).unwrap();
    good.iter().for_each(|line| assert_shape("batch-list", &as_json(line)));
    bad.iter().for_each(|line| assert!(schema.check(&as_json(line)).is_err(), "{line}"));
    let first = segment(folder.path(), "scene.png --at 60,70 -o m.png");
    assert_eq!(first.code, 0, "{}", first.err);
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::rename(folder.path().join("m.png"), folder.path().join("out/m.png")).unwrap();
    fs::write(folder.path().join("list.jsonl"), [&good[..], &bad[..], &["no JSON"]].concat().join("\n")).unwrap();
    let run = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert!(run.out.contains("22 lines: 5 done now, 0 done earlier, 17 failed"), "{}{}", run.out, run.err);

    let results = fs::read_to_string(folder.path().join("out/results.jsonl")).unwrap();
    assert_eq!(results.lines().count(), 22);
    for line in results.lines() {
        assert!(line.starts_with(r#"{"format":1,"line":"#), "{line}");
        let result: Value = serde_json::from_str(line).unwrap();
        assert_shape("batch-results", &result);
        let number = result["line"].as_u64().unwrap() as usize;
        assert_eq!(result.get("error").is_some(), number > good.len(), "{line}");
    }
}

/// The examples in docs/json.md, each with the name of the schema that was linked last before it.
fn examples() -> Vec<(String, Value)> {
    let text = fs::read_to_string(common::root().join("docs/json.md")).unwrap();
    let (mut schema, mut examples) = (String::new(), Vec::new());
    for (i, part) in text.split("```").enumerate() {
        let Some(code) = (i % 2 == 1).then_some(part) else {
            let link = part.rsplit_once(".schema.json)").and_then(|(before, _)| before.rsplit_once("(json/"));
            schema = link.map_or(schema, |(_, name)| name.to_owned());
            continue;
        };
        let mut add = |text: &str| {
            let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            examples.push((schema.clone(), value));
        };
        match code.split_once('\n') {
            Some(("json", object)) => add(object),
            Some(("jsonl", lines)) => lines.lines().for_each(add),
            _ => {}
        }
    }
    examples
}

#[test]
fn the_examples_have_the_shapes_and_every_schema_has_one() {
    let examples = examples();
    examples.iter().for_each(|(name, example)| assert_shape(name, example));
    for entry in fs::read_dir(common::root().join("docs/json")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".schema.json").unwrap_or_else(|| panic!("{file} is no schema"));
        assert!(examples.iter().any(|(other, _)| other == name), "docs/json.md has no example of {file}");
    }
}

#[test]
fn a_schema_refuses_what_is_missing_wrong_or_unknown() {
    for (name, example) in examples() {
        let schema = Schema::read(&name);
        let refuses = |change: &dyn Fn(&mut serde_json::Map<String, Value>), what: &str| {
            let mut changed = example.clone();
            change(changed.as_object_mut().unwrap());
            assert!(schema.check(&changed).is_err(), "{name}: {what} is accepted");
        };
        refuses(&|fields| _ = fields.insert("new".into(), 1.into()), "an unknown field");
        if name != "batch-list" {
            refuses(&|fields| _ = fields.insert("format".into(), 2.into()), "format 2");
        }
        // These may be missing, and a request may be anything.
        let optional = ["candidates", "clicks", "outputs", "error"];
        for field in example.as_object().unwrap().keys() {
            if !optional.contains(&field.as_str()) || (name == "batch-results" && field == "outputs") {
                refuses(&|fields| _ = fields.remove(field), &format!("a missing {field}"));
            }
            if field != "request" {
                refuses(&|fields| _ = fields.insert(field.clone(), json!({"wrong": 1})), &format!("a wrong {field}"));
            }
        }
    }
}
