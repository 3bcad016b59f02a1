//! The report of `deepcrop doctor`: what is installed and what runs, ready to paste into a bug report.

use std::path::Path;
use std::time::Instant;

use crate::base::cancel::Cancel;
use crate::base::error::{Error, ErrorKind, Result};
use crate::geometry::point::Point;
use crate::mask::soft::Mask;
use crate::network::cache::disk;
use crate::network::engines::ENGINES;
use crate::network::runtime;
use crate::network::runtime::provider::Provider;
use crate::network::store::Source;
use crate::pixels::rgb_image::RgbImage;
use crate::session::model::{LoadOptions, Model, ModelInfo};
use crate::session::picture::Picture;
use crate::session::picture::selection::SegmentOptions;
use crate::session::prompt::Prompt;

/// Tests the runtime, the providers and the engines, and passes each line of the report to `say` as soon as it is known.
/// Returns whether the built-in network runs; fails only if cancelled. `program` is the first line, the name of the caller;
/// `runtime` is the ONNX Runtime library to use instead of the one that is found.
pub fn examine(program: &str, runtime: Option<&Path>, cancel: &Cancel, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let mut trials = Trials { runtime, cancel, say };
    trials.say(program.to_owned());
    trials.say(format!("system: {}", system()));
    trials.say(format!("processor: {}", processor()));
    let works = trials.tell_runtime() && trials.tell_network()?;
    let classical = match trials.test_click(Source::Engine(ENGINES[0].name), Provider::Auto)? {
        Ok((_, result)) => format!("classical engine: {result}"),
        Err(error) => format!("classical engine: does not run: {error}"),
    };
    trials.say(classical);
    trials.say(disk::summary());
    trials.say(if works {
        "result: the built-in network runs".into()
    } else {
        "result: the built-in network does not run; the command line and the plug-ins use the classical engine instead"
            .into()
    });
    Ok(works)
}

struct Trials<'a> {
    runtime: Option<&'a Path>,
    cancel: &'a Cancel,
    say: &'a mut dyn FnMut(&str),
}

impl Trials<'_> {
    fn say(&mut self, line: String) {
        (self.say)(&line);
    }

    /// Reports where the runtime was searched for and what was found. Returns whether there is one.
    fn tell_runtime(&mut self) -> bool {
        let report = runtime::report(self.runtime);
        report.tried.iter().for_each(|place| self.say(format!("looked for ONNX Runtime at {place}")));
        let Some(version) = report.version else {
            self.say(format!("ONNX Runtime: none: {}", report.error.unwrap_or_default()));
            return false;
        };
        let path = report.path.unwrap_or_default();
        self.say(format!("ONNX Runtime: {version} at {}, built with {}", path.display(), report.providers.join(", ")));
        true
    }

    /// Tests the built-in network on every known provider, and on the one that is chosen by default.
    fn tell_network(&mut self) -> Result<bool> {
        for provider in [Provider::Cpu].into_iter().chain(Provider::ACCELERATORS.iter().copied()) {
            let result = match self.test_click(Source::Builtin, provider)? {
                Ok((info, result)) if info.provider == Some(provider) => {
                    format!("works: {result}")
                }
                Ok((info, _)) => {
                    format!("does not work, {} runs instead: {}", info.provider_name(), info.provider_note)
                }
                Err(error) => error.to_string(),
            };
            self.say(format!("provider {provider}: {result}"));
        }
        let network = self.test_click(Source::Builtin, Provider::Auto)?;
        self.say(match &network {
            Ok((info, result)) => {
                let ModelInfo { name, version, licence, provider_note, .. } = info;
                let provider = info.provider_name();
                let why = if provider_note.is_empty() { String::new() } else { format!(" ({provider_note})") };
                format!("built-in network: {name} {version}, licence {licence}, on {provider}{why}: {result}")
            }
            Err(error) => format!("built-in network: does not run: {error}"),
        });
        Ok(network.is_ok())
    }

    /// Clicks the test disc. A failure is a line of the report, but a cancellation ends the report.
    fn test_click(&self, source: Source, provider: Provider) -> Result<Result<(ModelInfo, String)>> {
        match click_disc(&source, provider, self.runtime, self.cancel) {
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(Error::cancelled()),
            found => Ok(found),
        }
    }
}

/// Clicks a disc on a shaded background. Returns how long it took and how well the disc was found.
fn click_disc(
    source: &Source,
    provider: Provider,
    runtime: Option<&Path>,
    cancel: &Cancel,
) -> Result<(ModelInfo, String)> {
    const SIDE: u32 = 480;
    let (mut pixels, mut truth) = (Vec::new(), Vec::new());
    for (y, x) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x))) {
        let inside = (f64::from(x) - 239.5).hypot(f64::from(y) - 239.5) < 100.0;
        let shade = ((x + y) / 16) as u8;
        pixels.extend(if inside { [200, 70 + shade, 40] } else { [60 + shade, 90 + shade, 110 + shade] });
        truth.push(if inside { 255 } else { 0 });
    }
    let image = RgbImage::new(pixels, SIDE, SIDE)?;
    let truth = Mask::new(SIDE, SIDE, truth)?;

    let options = LoadOptions { provider, runtime: runtime.map(Path::to_owned), ..LoadOptions::default() };
    let mut lap = Instant::now();
    let mut take = || std::mem::replace(&mut lap, Instant::now()).elapsed().as_secs_f64() * 1e3;
    let model = Model::load(source, &options, cancel)?;
    let load = take();
    let click = || {
        let picture = Picture::new(&model, &image.view(), cancel)?;
        picture.segment(&[Prompt::Include(Point::new(240.0, 240.0))], &SegmentOptions::default(), cancel)
    };
    click()?;
    let first = take();
    let selection = click()?;
    let second = take();
    let iou = selection.mask.overlap(&truth)?;
    let result = format!(
        "loaded in {load:.0} ms, first click {first:.1} ms, second {second:.1} ms, test disc found with IoU {iou:.2}"
    );
    Ok((model.info().clone(), result))
}

/// The operating system, and its name if /etc/os-release has one.
fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"'));
    let kind = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    name.map_or(kind.clone(), |name| format!("{kind}, {name}"))
}

/// The processor: its name, cores, and the features that make networks faster.
pub fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map(|(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let features = features();
    let features =
        if features.is_empty() { "none of those that make networks faster".into() } else { features.join(" ") };
    format!("{}, {cores} cores, features: {features}", name.unwrap_or("name unknown"))
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let found = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    found.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<&'static str> {
    let found = [
        ("fp16", std::arch::is_aarch64_feature_detected!("fp16")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
        ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
        ("sve", std::arch::is_aarch64_feature_detected!("sve")),
    ];
    found.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_ends_it() {
        let cancel = Cancel::new();
        let mut lines = 0;
        let stopped = examine("test", Some(Path::new("/nothing/here.so")), &cancel, &mut |line| {
            lines += 1;
            if line.starts_with("processor") {
                cancel.raise();
            }
        });
        assert_eq!((stopped, lines), (Err(Error::cancelled()), 5));
    }
}
