//! `deepcrop bench`: measures the time and memory of a click on pictures that it draws itself.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::metrics::median;
use clap::Args;
use deepcrop::internals::base::threads::for_each_band;
use deepcrop::internals::session::doctor::processor;
use deepcrop::types::{DiskCache, OutlineOptions};
use deepcrop::{
    Cancel, ErrorKind, ImageView, Model, Outline, Picture, PixelFormat, Point, Prompt, Result, SegmentOptions,
};
use serde::{Deserialize, Serialize};

use crate::args::{EngineArgs, model_help};
use crate::files::say;
use crate::json;
use crate::single_picture::milliseconds;

const HELP: &str = "\
The pictures are RGBA, 3:2, and show one object as large as a person. Each size
is measured in a process of its own, after a warm-up. Times are medians.

Without --threads the network uses half of the cores, as it does in programs
that use the library and in the plug-ins.

Peak extra memory is the most memory that the process needs beyond the caller's
pixels, the loaded model and a network that has run. It includes our copy of the
pixels, all temporary data and the finished mask. It is measured on Linux only.

Examples:
  Measure the built-in network at all sizes:
      deepcrop bench

  Measure the classical engine at 1 and 24 megapixels, and print JSON:
      deepcrop bench --model classical --sizes 1,24 --runs 5 --json

Exit codes: 0 success; 1 failure; 2 wrong command line";

/// Measure the time and memory of a click
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Bench {
    /// Picture sizes in megapixels
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', default_value = "1,12,24,100", value_parser = clap::value_parser!(u32).range(1..=900))]
    sizes: Vec<u32>,
    /// The number of measurements of each time
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Print the figures as one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
    /// Measure in this process, not in a new process for each size
    #[arg(long, hide = true)]
    here: bool,
    #[arg(long, value_name = "MODEL", help = model_help(), help_heading = "Engine")]
    model: Option<OsString>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What `--json` prints.
#[derive(Serialize, Deserialize)]
struct Report {
    processor: String,
    command: String,
    sizes: Vec<Sizes>,
}

/// The figures for one size; times in milliseconds.
#[derive(Serialize, Deserialize)]
struct Sizes {
    megapixels: u32,
    size: [u32; 2],
    engine: String,
    /// The time of the first load in a process, which also finds and opens ONNX Runtime.
    first_load: f64,
    load: f64,
    #[serde(flatten)]
    round: Round,
    peak_extra_mb: Option<f64>,
}

/// The times for a picture that is opened, clicked, corrected and outlined.
#[derive(Default, Serialize, Deserialize)]
struct Round {
    analyse: f64,
    /// The time of a selection with a first look only, as an editor shows it while the pointer moves.
    preview: f64,
    click: f64,
    prepare: f64,
    network: f64,
    render: f64,
    edge: f64,
    /// The time of the first click without the network.
    ours: f64,
    further: f64,
    undo: f64,
    outline: f64,
}

/// The name of each time in the table, and its field.
type Line = (&'static str, fn(&Round) -> f64);
const LINES: [Line; 11] = [
    ("open: copy and reduce", |round| round.analyse),
    ("preview: first look only", |round| round.preview),
    ("first click", |round| round.click),
    ("– closer look, reduce", |round| round.prepare),
    ("– network", |round| round.network),
    ("– upsample", |round| round.render),
    ("– edge", |round| round.edge),
    ("– all except the network", |round| round.ours),
    ("further click", |round| round.further),
    ("undo", |round| round.undo),
    ("outline", |round| round.outline),
];

impl Bench {
    pub fn run(self) -> Result<ExitCode> {
        let mut sizes = Vec::new();
        for &size in &self.sizes {
            match self.here {
                true => sizes.push(self.measure(size)?),
                false => sizes.append(&mut self.measure_apart(size)?),
            }
        }
        let words: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        let report = Report { processor: processor(), command: format!("deepcrop {}", words.join(" ")), sizes };
        say(if self.json { json::lines(&report) } else { table(&report) });
        Ok(ExitCode::SUCCESS)
    }

    /// Measures in a new process, which has a memory peak of its own.
    fn measure_apart(&self, megapixels: u32) -> Result<Vec<Sizes>> {
        let failed =
            |why: String| ErrorKind::Internal.error(format!("measuring {megapixels} megapixels failed: {why}"));
        let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let mut child = Command::new(program);
        child.args(["bench", "--here", "--json", "--sizes", &megapixels.to_string(), "--runs", &self.runs.to_string()]);
        child.args(["--provider", &self.engine.provider.to_string(), "--threads", &self.engine.threads.to_string()]);
        self.model.iter().for_each(|model| _ = child.arg("--model").arg(model));
        self.engine.runtime.iter().for_each(|path| _ = child.arg("--runtime").arg(path));
        let output = child.output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        let report: Report = serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))?;
        Ok(report.sizes)
    }

    fn measure(&self, megapixels: u32) -> Result<Sizes> {
        let load = || {
            let start = Instant::now();
            let model = self.engine.load(self.model.as_deref(), DiskCache::Off, 0)?;
            Ok((model, milliseconds(start.elapsed())))
        };
        let (model, first_load) = load()?;
        let [(), ()] = [small_round(&model)?, small_round(&model)?];
        let (width, height) = shape(megapixels);
        let pixels = person(width, height);
        let view = ImageView::new(&pixels, width, height, width as usize * 4, PixelFormat::Rgba8)?;
        let before = Memory::mark();
        round(&model, &view)?;
        let peak_extra_mb = before.and_then(Memory::growth_mb);
        let rounds = (0..self.runs).map(|_| round(&model, &view)).collect::<Result<Vec<_>>>()?;
        let loads = (0..self.runs).map(|_| load().map(|(_, time)| time)).collect::<Result<Vec<f64>>>()?;
        let of = |time: fn(&Round) -> f64| median(&rounds.iter().map(time).collect::<Vec<_>>());
        let round = Round {
            analyse: of(|round| round.analyse),
            preview: of(|round| round.preview),
            click: of(|round| round.click),
            prepare: of(|round| round.prepare),
            network: of(|round| round.network),
            render: of(|round| round.render),
            edge: of(|round| round.edge),
            ours: of(|round| round.ours),
            further: of(|round| round.further),
            undo: of(|round| round.undo),
            outline: of(|round| round.outline),
        };
        let engine = format!("{}, provider {}", model.info().name, model.info().provider_name());
        Ok(Sizes { megapixels, size: [width, height], engine, first_load, load: median(&loads), round, peak_extra_mb })
    }
}

/// A round on a small picture: the network allocates its buffers in its first runs.
fn small_round(model: &Model) -> Result<()> {
    let (width, height) = (240, 160);
    let pixels = person(width, height);
    round(model, &ImageView::new(&pixels, width, height, width as usize * 4, PixelFormat::Rgba8)?).map(drop)
}

/// Opens a picture of [`person`], clicks the body, then the head, undoes that click and traces the outline.
fn round(model: &Model, view: &ImageView) -> Result<Round> {
    let (width, height) = (f64::from(view.width()), f64::from(view.height()));
    let clicks = [0.6, 0.27].map(|y| Prompt::Include(Point::new(0.5 * width, y * height)));
    let (cancel, options) = (Cancel::new(), SegmentOptions::default());
    let mut lap = Instant::now();
    let mut take = || milliseconds(std::mem::replace(&mut lap, Instant::now()).elapsed());
    let picture = Picture::new(model, view, &cancel)?;
    let analyse = take();
    picture.segment(&clicks[..1], &options.closer_look(false), &cancel)?;
    let preview = take();
    let parts = picture.segment(&clicks[..1], &options, &cancel)?.timings;
    let click = take();
    picture.segment(&clicks, &options, &cancel)?;
    let further = take();
    let selection = picture.segment(&clicks[..1], &options, &cancel)?;
    let undo = take();
    Outline::trace(&selection.mask, &OutlineOptions::default())?;
    let outline = take();
    let [prepare, network, render, edge] = [parts.prepare, parts.network, parts.render, parts.edge].map(milliseconds);
    Ok(Round { analyse, preview, click, prepare, network, render, edge, ours: click - network, further, undo, outline })
}

/// The width and height of a 3:2 picture.
fn shape(megapixels: u32) -> (u32, u32) {
    let width = (f64::from(megapixels) * 1.5e6).sqrt().round();
    (width as u32, (f64::from(megapixels) * 1e6 / width).round() as u32)
}

/// An RGBA picture of a figure in a red shirt on a textured background.
fn person(width: u32, height: u32) -> Vec<u8> {
    let (columns, rows) = (width as usize, height as usize);
    let wave = |i: usize, length: usize, times: f32| (i as f32 / length as f32 * times).sin() * 20.0;
    let across: Vec<f32> = (0..columns).map(|x| wave(x, rows, 40.0) + wave(x, rows, 9.0)).collect();
    let mut pixels = vec![255; columns * rows * 4];
    for_each_band(&mut pixels, columns * 4, 64, |first, band| {
        for (i, row) in band.chunks_exact_mut(columns * 4).enumerate() {
            let y = first + i;
            let v = y as f32 / rows as f32;
            let down = wave(y, rows, 31.0);
            for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let u = (x as f32 - columns as f32 / 2.0) / rows as f32;
                let grain =
                    ((x as u32).wrapping_mul(73) ^ (y as u32).wrapping_mul(179)).wrapping_mul(0x9e37_79b1) >> 28;
                let within = |middle: f32, rx: f32, ry: f32| (u / rx).powi(2) + ((v - middle) / ry).powi(2) < 1.0;
                let [r, g, b] = match () {
                    () if within(0.27, 0.08, 0.1) => [205.0, 160.0, 130.0],
                    () if within(0.62, 0.14, 0.27) => [170.0, 45.0 - 60.0 * u, 50.0],
                    () => [95.0 + across[x], 125.0 + down + 0.5 * across[x], 105.0 - down],
                };
                *pixel = [(r as u8).wrapping_add(grain as u8), g as u8 + grain as u8, b as u8 + grain as u8, 255];
            }
        }
    });
    pixels
}

/// The memory peak of the process so far, in kilobytes.
struct Memory(u64);

impl Memory {
    /// Resets the peak, if the system can, and reads it.
    fn mark() -> Option<Self> {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self::peak()
    }

    fn peak() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok().map(Self)
    }

    fn growth_mb(self) -> Option<f64> {
        Self::peak().map(|now| (now.0 - self.0) as f64 * 1024.0 / 1e6)
    }
}

/// Markdown for docs/measurements.md.
fn table(report: &Report) -> String {
    let line = |name: &str, cell: &dyn Fn(&Sizes) -> String| {
        let cells: Vec<String> = report.sizes.iter().map(cell).collect();
        format!("| {name} | {} |", cells.join(" | "))
    };
    let mut lines = vec![line("median ms", &|size| format!("{} MP", size.megapixels))];
    lines.push(line(":--", &|_| "--:".into()));
    lines.extend(LINES.iter().map(|(name, time)| line(name, &|size| format!("{:.1}", time(&size.round)))));
    lines.push(line("peak extra memory, MB", &|size| {
        size.peak_extra_mb.map_or("not measured".into(), |peak| format!("{peak:.0}"))
    }));
    let middle = |time: fn(&Sizes) -> f64| median(&report.sizes.iter().map(time).collect::<Vec<_>>());
    lines.push(String::new());
    lines.push(format!(
        "{}; the model loads in {:.0} ms, and in {:.0} ms the first time in a process.",
        report.sizes[0].engine,
        middle(|size| size.load),
        middle(|size| size.first_load)
    ));
    lines.push(format!("Measured by `{}` on {}.", report.command, report.processor));
    lines.join("\n")
}
