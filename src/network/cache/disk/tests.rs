use std::process::Command;
use std::thread;

use ndarray::IxDyn;
use tempfile::TempDir;

use super::*;
use crate::network::cache::key::KeyMaker;

/// The values have 4096 bytes and the file less than 256 more.
const BYTES: u64 = 4096 + 256;

fn key(number: u32) -> Key {
    KeyMaker::new().bytes(&number.to_le_bytes()).finish()
}

fn value(number: u32) -> Tensors {
    vec![("features".into(), ArrayD::from_elem(IxDyn(&[32, 32]), number as f32))]
}

fn disk(limit: u64) -> (TempDir, Disk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::new(folder.path().join("made/when/needed"), limit);
    (folder, disk)
}

fn kept(disk: &Disk, numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers.filter(|&number| disk.path(&key(number)).exists()).collect()
}

fn set_age(path: &Path, seconds: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

#[test]
fn what_is_put_is_got_by_its_key_alone() {
    let (_folder, disk) = disk(1 << 20);
    assert_eq!((disk.get(&key(1)), disk.usage()), (None, Usage::default()));
    disk.put(&key(1), &value(1));
    disk.put(&key(2), &value(2));
    assert_eq!((disk.get(&key(1)), disk.get(&key(2)), disk.get(&key(3))), (Some(value(1)), Some(value(2)), None));
    let usage = disk.usage();
    assert!(usage.entries == 2 && (2 * 4096..2 * BYTES).contains(&usage.bytes), "{usage:?}");
    assert_eq!((disk.clear(), disk.usage()), (usage, Usage::default()));
    assert_eq!(disk.get(&key(1)), None);
}

#[test]
fn what_was_not_used_longest_goes_and_the_bound_holds() {
    let (_folder, disk) = disk(3 * BYTES);
    for number in 0..3 {
        disk.put(&key(number), &value(number));
        set_age(&disk.path(&key(number)), 100 - u64::from(number));
    }
    assert!(disk.get(&key(0)).is_some(), "used now, though the first");
    disk.put(&key(3), &value(3));
    assert_eq!(kept(&disk, 0..4), [0, 2, 3]);
    for number in 4..20 {
        disk.put(&key(number), &value(number));
        assert!(disk.usage().bytes <= disk.limit(), "{:?}", disk.usage());
    }
    // A value larger than the cache is not kept, and nothing is deleted for it.
    let before = disk.usage();
    let large = vec![("features".into(), ArrayD::zeros(IxDyn(&[64, 64])))];
    disk.put(&key(99), &large);
    assert_eq!((disk.usage(), disk.get(&key(99))), (before, None));
}

#[test]
fn a_damaged_file_is_dropped_and_made_anew() {
    let (_folder, disk) = disk(1 << 20);
    disk.put(&key(1), &value(1));
    let path = disk.path(&key(1));
    let file = fs::read(&path).unwrap();
    let mut flipped = file.clone();
    flipped[file.len() / 2] ^= 1;
    disk.put(&key(2), &value(2));
    let others = fs::read(disk.path(&key(2))).unwrap();
    for damaged in [&flipped, &file[..file.len() / 2], &[][..], b"text", &others] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(disk.get(&key(1)), None);
        assert!(!path.exists());
        disk.put(&key(1), &value(1));
        assert_eq!(fs::read(&path).unwrap(), file);
    }
    // A folder, or something huge, in its place is let alone.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    disk.put(&key(1), &value(1));
    assert_eq!(disk.get(&key(1)), None);
    fs::remove_dir(&path).unwrap();
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(disk.get(&key(1)), None);
}

#[test]
fn what_a_killed_process_leaves_goes_after_an_hour() {
    let (_folder, disk) = disk(1 << 20);
    disk.put(&key(1), &value(1));
    let whole = fs::read(disk.path(&key(1))).unwrap();
    let [old, young] = ["old", "young"].map(|name| disk.folder().join(format!("{name}{UNFINISHED}")));
    fs::write(&old, &whole[..100]).unwrap();
    fs::write(&young, &whole).unwrap();
    set_age(&old, 3700);
    disk.put(&key(2), &value(2));
    assert!(!old.exists() && young.exists(), "the young one may be in the making");
    assert_eq!((disk.get(&key(1)), disk.get(&key(2))), (Some(value(1)), Some(value(2))));
    disk.clear();
    assert!(!young.exists());
}

#[test]
fn files_of_others_are_let_alone() {
    let (_folder, disk) = disk(BYTES);
    disk.put(&key(1), &value(1));
    let names =
        ["photo.jpg", "mine.embedding", &format!("{}.embedding.bak", key(5)), &format!("{:0>64}x.embedding", 1)];
    for name in names {
        fs::write(disk.folder().join(name), [0; 10_000]).unwrap();
        set_age(&disk.folder().join(name), 1_000_000);
    }
    disk.put(&key(2), &value(2));
    assert_eq!(kept(&disk, 0..3), [2]);
    assert_eq!(disk.clear().entries, 1);
    assert!(names.iter().all(|name| disk.folder().join(name).exists()));
}

#[test]
fn many_who_write_and_read_the_same_never_see_half_a_file() {
    let (_folder, disk) = disk(4 * BYTES);
    thread::scope(|scope| {
        for thread in 0..4 {
            let disk = &disk;
            scope.spawn(move || {
                for round in 0..100 {
                    let number = (round + thread) % 6;
                    disk.put(&key(number), &value(number));
                    for number in 0..6 {
                        assert!(disk.get(&key(number)).is_none_or(|found| found == value(number)));
                    }
                }
            });
        }
    });
    // Each writer may have added one file that the others had not seen yet.
    let usage = disk.usage();
    assert!((1..=6).contains(&usage.entries), "{usage:?}");
    disk.put(&key(9), &value(9));
    assert!(disk.usage().bytes <= disk.limit());
    assert!(
        fs::read_dir(disk.folder()).unwrap().all(|file| !file
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with(UNFINISHED))
    );
}

/// Not a test by itself: the next test runs it in another process, which it kills.
#[test]
#[ignore = "writes until it is killed; the test of kills runs it"]
fn write_for_ever() {
    let disk = Disk::new(std::env::var_os("DEEPCROP_TEST_FOLDER").expect("the next test sets it").into(), u64::MAX);
    for number in (0..50).cycle() {
        disk.put(&key(number), &[("features".into(), ArrayD::from_elem(IxDyn(&[256, 256]), number as f32))]);
    }
}

#[test]
fn a_kill_at_any_moment_leaves_only_whole_files() {
    let (_folder, disk) = disk(1 << 30);
    let test = concat!(module_path!(), "::write_for_ever");
    let test = test.split_once("::").unwrap().1;
    let mut seen = 0;
    for round in 0..20 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", test])
            .env("DEEPCROP_TEST_FOLDER", disk.folder())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let start = SystemTime::now();
        while disk.usage().entries == 0 {
            assert!(start.elapsed().unwrap() < Duration::from_secs(60), "nothing is written");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        for number in 0..50 {
            let there = disk.path(&key(number)).exists();
            let found = disk.get(&key(number));
            assert_eq!(there, found.is_some(), "number {number} was not whole");
            assert!(found.is_none_or(|found| found[0].1[[7, 7]] == number as f32));
            seen += usize::from(there);
        }
        disk.clear();
    }
    assert!(seen >= 20, "{seen}");
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, disk) = disk(1 << 20);
    disk.put(&key(1), &value(1));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(disk.folder()), mode(&disk.path(&key(1)))), (0o700, 0o600));
}

#[test]
fn a_place_that_cannot_be_written_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    // A file where the folder should be; even root cannot write there.
    for place in [file.clone(), file.join("below")] {
        let disk = Disk::new(place, 1 << 20);
        disk.put(&key(1), &value(1));
        assert_eq!((disk.get(&key(1)), disk.usage(), disk.clear()), (None, Usage::default(), Usage::default()));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[cfg(target_os = "linux")]
#[test]
fn the_usual_folder_is_the_users() {
    let from = |set: &'static [(&str, &str)]| {
        usual_folder(move |name| set.iter().find(|(other, _)| *other == name).map(|(_, path)| path.into()))
    };
    assert_eq!(from(&[("HOME", "/home/eva")]), Some("/home/eva/.cache/deepcrop".into()));
    assert_eq!(from(&[("HOME", "/home/eva"), ("XDG_CACHE_HOME", "/fast")]), Some("/fast/deepcrop".into()));
    assert_eq!(from(&[]), None);
}
