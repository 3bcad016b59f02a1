//! `deepcrop batch`, killed at random moments and run again, on a list with hostile pictures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat};
use serde_json::Value;

use crate::pictures::crc;
use crate::{deepcrop, scene};

/// One picture in so many is hostile.
const HOSTILE: usize = 10;

/// Files that are no pictures, in ten ways, and none at all.
fn hostile(number: usize, good: &[u8]) -> Option<Vec<u8>> {
    let header = |width: u32, height: u32| {
        // A PNG of which nothing but the header is true.
        let mut png = good[..33].to_vec();
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = crc(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        png
    };
    Some(match number % 11 {
        0 => good[..good.len() / 2].to_vec(),
        1 => header(65_500, 65_500),
        2 => header(16_000, 16_000),
        3 => header(0, 7),
        4 => Vec::new(),
        5 => vec![0xff; 5000],
        6 => b"\x89PNG\r\n\x1a\n".repeat(9),
        7 => b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(),
        8 => [b"II*\0\x08\0\0\0\xff\xff", &[0xff; 200][..]].concat(),
        9 => [b"GIF89a", &[0xff; 300][..]].concat(),
        _ => return None,
    })
}

/// Writes so many pictures and their list. Returns which lines are good.
fn prepare(folder: &Path, count: usize) -> Vec<bool> {
    let mut list = String::new();
    let mut is_good = Vec::new();
    for number in 0..count {
        let name = format!("{number}.png");
        // Each picture is another part of the scene.
        let (left, top) = (number as u32 * 7 % 25, number as u32 * 5 % 35);
        let picture = DynamicImage::from(scene()).crop_imm(left, top, 200 - left, 140 - top);
        let mut good = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut good, ImageFormat::Png).unwrap();
        let good = good.into_inner();
        is_good.push(number % HOSTILE != HOSTILE - 1);
        if is_good[number] {
            fs::write(folder.join(&name), good).unwrap();
        } else if let Some(bytes) = hostile(number / HOSTILE, &good) {
            fs::write(folder.join(&name), bytes).unwrap();
        }
        let (x, y) = (60 - left, 70 - top);
        list += &format!(
            "{{\"picture\": \"{name}\", \"prompts\": [{{\"at\": [{x}, {y}]}}], \"outputs\": [\"{number}-mask.png\", \"cutout:{number}.png\"]}}\n"
        );
    }
    fs::write(folder.join("list.jsonl"), list).unwrap();
    is_good
}

fn batch(folder: &Path, out: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
    command.args(["batch", "list.jsonl", "--out", out, "--model", "classical"]).current_dir(folder);
    command
}

/// The pictures and masks in a folder of results, by their names.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "png"));
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())).collect()
}

/// Kills a batch of `count` pictures so many times, then lets it end. Returns how many kills found it at work.
fn kill(count: usize, kills: u32) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let is_good = prepare(folder.path(), count);
    let start = Instant::now();
    let undisturbed = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "whole", "--model", "classical"]);
    let (time, bad) = (start.elapsed(), is_good.iter().filter(|good| !*good).count());
    assert!(undisturbed.code == 1 && undisturbed.out.contains(&format!("{bad} failed")), "{}", undisturbed.out);

    let mut killed = 0;
    let mut random = 12_345u32;
    for _ in 0..kills {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Twice the mean time that is left for each try, so that most of the work lies between the first and the last.
        let wait = 2.0 * time.as_secs_f64() / f64::from(kills) * f64::from(random >> 8) / f64::from(1 << 24);
        let mut child = batch(folder.path(), "out").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_secs_f64(wait));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
    }
    let run = deepcrop(folder.path(), &["batch", "list.jsonl", "--out", "out", "--model", "classical"]);
    assert!(run.code == 1 && run.out.contains(&format!("{bad} failed")), "{}{}", run.out, run.err);

    // All good results are there, byte for byte, and no others.
    let (wanted, found) = (files(&folder.path().join("whole")), files(&folder.path().join("out")));
    assert_eq!(wanted.len(), 2 * (count - bad));
    assert!(wanted.keys().eq(found.keys()), "{:?}", found.keys());
    assert!(wanted == found, "some results differ");
    // Each good line was done once, and each bad one is named with its fault.
    let text = fs::read_to_string(folder.path().join("out/results.jsonl")).unwrap();
    let mut done = vec![0; count];
    let mut faults = vec![0; count];
    for line in text.lines() {
        let report: Value = serde_json::from_str(line).unwrap();
        let number = report["line"].as_u64().unwrap() as usize - 1;
        match report.get("error") {
            None => done[number] += 1,
            Some(error) => {
                let names_it = error.as_str().unwrap().contains(&format!("{number}.png"));
                assert!(names_it, "line {}: {error}", number + 1);
                faults[number] += 1;
            }
        }
    }
    for (number, good) in is_good.iter().enumerate() {
        let (done, faults) = (done[number], faults[number]);
        assert!(if *good { (done, faults) == (1, 0) } else { done == 0 && faults > 0 }, "line {}", number + 1);
        let named = run.err.contains(&format!("line {}: ", number + 1));
        assert!(named != *good, "line {}: {}", number + 1, run.err);
    }
    killed
}

#[test]
fn a_batch_that_is_killed_loses_nothing() {
    assert!(kill(44, 6) > 0);
}

/// The test above is the same in short.
#[test]
#[ignore = "starts the program fifty times; `cargo xtask endurance` runs it"]
fn a_batch_that_is_killed_fifty_times_loses_nothing() {
    let killed = kill(300, 50);
    println!("300 pictures, every tenth hostile: all results are right after {killed} kills");
    assert!(killed >= 40);
}
