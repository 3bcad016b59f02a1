//! `deepcrop models list`: shows known and installed networks.

use std::path::PathBuf;

use clap::Args;
use deepcrop::Result;
use deepcrop::internals::network::models::record::Record;
use deepcrop::internals::network::store::installed;
use serde::Serialize;

use super::catalogue::{CatalogueArgs, Entry};
use super::install::amount;
use super::progress::megabytes;
use crate::files::say;
use crate::json;

const LEGEND: &str = "\
installed  ready: pass --model NAME
install    `deepcrop models install NAME` downloads it
bring      get the files yourself, then import them; `deepcrop models list NAME` says how
(nc)       no commercial use
Speed and accuracy are the published figures of each source; compare only figures of one source.";

/// List all networks, or show everything about some
#[derive(Args)]
pub struct List {
    /// Show everything about these networks
    names: Vec<String>,
    /// Print the list as one JSON object (docs/json.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogue: CatalogueArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    networks: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    state: &'static str,
    licence: String,
    /// Where it is installed.
    folder: Option<Folder>,
    installed: Option<&'a Record>,
    listed: Option<&'a Entry>,
}

#[derive(Serialize)]
struct Folder(#[serde(serialize_with = "json::path::serialize")] PathBuf);

/// A network of the catalogue, an installed one, or both.
struct Row<'a> {
    name: &'a str,
    entry: Option<&'a Entry>,
    installed: bool,
    record: Option<Record>,
}

impl List {
    pub fn run(self) -> Result<()> {
        let catalogue = self.catalogue.read()?;
        let installed = installed::names()?;
        let row = |name| Row::new(name, catalogue.network.iter().find(|entry| entry.name == name), &installed);
        let rows: Vec<Row> = if self.names.is_empty() {
            let listed = catalogue.network.iter().map(|entry| entry.name.as_str());
            let own = installed.iter().map(String::as_str).filter(|name| catalogue.find(name).is_err());
            own.chain(listed).map(row).collect()
        } else {
            let known = |name: &&String| installed.contains(*name) || catalogue.find(name).is_ok();
            if let Some(unknown) = self.names.iter().find(|name| !known(name)) {
                catalogue.find(unknown)?;
            }
            self.names.iter().map(|name| row(name.as_str())).collect()
        };
        if self.json {
            say(json::line(&Report { networks: rows.iter().map(Row::line).collect() }));
        } else if self.names.is_empty() {
            table(&rows).iter().for_each(say);
            say(format!("\n{LEGEND}"));
        } else {
            rows.iter().for_each(Row::tell);
        }
        Ok(())
    }
}

impl<'a> Row<'a> {
    fn new(name: &'a str, entry: Option<&'a Entry>, installed: &[String]) -> Self {
        let there = installed.iter().any(|other| other == name);
        // `verify` reports a record that cannot be read.
        let folder = installed::folder(name).ok().filter(|_| there);
        let record = folder.and_then(|folder| Record::read(&folder).ok().flatten());
        Self { name, entry, installed: there, record }
    }

    fn state(&self) -> &'static str {
        match self.entry {
            _ if self.installed => "installed",
            Some(entry) if !entry.files.is_empty() => "install",
            _ => "bring",
        }
    }

    /// The licence of the installed files, else the licence in the catalogue.
    fn licence(&self) -> String {
        match (&self.record, self.entry) {
            (Some(record), _) if !record.licence.is_empty() => record.licence.clone(),
            (None, Some(entry)) if entry.commercial => entry.licence.clone(),
            (None, Some(entry)) => format!("{} (nc)", entry.licence),
            _ => "?".into(),
        }
    }

    fn size(&self) -> String {
        let listed = || self.entry.map(Entry::size).unwrap_or_default();
        self.record.as_ref().map_or_else(listed, |record| megabytes(record.bytes()))
    }

    fn cells(&self) -> [String; 6] {
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        let entry = self.entry;
        [
            self.name.into(),
            self.state().into(),
            self.size(),
            self.licence(),
            text(entry.and_then(|entry| entry.speed.as_ref())),
            text(entry.and_then(|entry| entry.accuracy.as_ref())),
        ]
    }

    fn line(&self) -> Line<'_> {
        Line {
            name: self.name,
            state: self.state(),
            licence: self.licence(),
            folder: self.installed.then(|| installed::folder(self.name).ok()).flatten().map(Folder),
            installed: self.record.as_ref(),
            listed: self.entry,
        }
    }

    fn tell(&self) {
        let title = match (&self.record, self.entry) {
            (Some(record), _) => &record.title,
            (_, Some(entry)) => &entry.title,
            _ => self.name,
        };
        say(format!("{} – {title}", self.name));
        let line = |what: &str, text: &str| {
            if !text.is_empty() {
                say(format!("  {what:<9} {text}"));
            }
        };
        if let Some(entry) = self.entry {
            line("family", &entry.family);
            line("licence", &entry.terms());
            line("source", &entry.source);
            line("input", &entry.side.map_or(String::new(), |side| format!("{side} x {side} pixels")));
            line("speed", entry.speed.as_deref().unwrap_or_default());
            line("accuracy", entry.accuracy.as_deref().unwrap_or_default());
            line("figures", entry.figures_from.as_deref().unwrap_or_default());
            line("note", entry.note.as_deref().unwrap_or_default());
            for file in &entry.files {
                line("file", &format!("{}, {}, {}", file.name, megabytes(file.bytes), file.url));
            }
        }
        if let Some(record) = &self.record {
            let folder = installed::folder(self.name).map(|folder| folder.display().to_string());
            line("installed", &format!("{} in {}", amount(record), folder.unwrap_or_default()));
            if self.entry.is_none() {
                line("licence", &self.licence());
                line("source", &record.source);
            }
        }
        match self.entry {
            _ if self.installed => line("use", &format!("--model {}", self.name)),
            Some(entry) => match &entry.take {
                Some(take) => {
                    line("take", take);
                    line("then", &format!("deepcrop models import FILES --name {}", self.name));
                }
                None => line("get", &format!("deepcrop models install {}", self.name)),
            },
            None => {}
        }
    }
}

/// Aligns the cells in columns, sizes to the right.
fn table(rows: &[Row]) -> Vec<String> {
    let head = ["NAME", "STATE", "SIZE", "LICENCE", "SPEED", "ACCURACY"].map(String::from);
    let cells: Vec<[String; 6]> = [head].into_iter().chain(rows.iter().map(Row::cells)).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let line = |row: &[String; 6]| {
        let cell = |(i, text): (usize, &String)| {
            let gap = " ".repeat(widths[i] - text.chars().count());
            if i == 2 { format!("{gap}{text}") } else { format!("{text}{gap}") }
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}
