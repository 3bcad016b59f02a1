//! What belongs to a network: its files, the weights that they refer to, and the manifests beside them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::base::files;
use crate::network::manifest::METADATA_KEY;
use crate::network::models::record::RECORD_NAME;
use crate::network::onnx::Header;
use crate::network::store::{manifest_beside, network_files};

/// The files to copy, by their path in the network's folder.
pub type Files = BTreeMap<String, PathBuf>;

/// Collects the networks and all files that belong to them, and the licence that a manifest states.
pub fn gather(paths: &[PathBuf]) -> Result<(Files, String)> {
    let mut networks = Vec::new();
    for path in paths {
        networks.extend(network_files(path)?);
    }
    let (mut sources, mut licence) = (Files::new(), String::new());
    while let Some(network) = networks.pop() {
        let mut header = read_header(&network)?;
        let name = network.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for weights in &header.external {
            // Its path without `./`, as the record of the network has it.
            let inside: Option<Vec<_>> = Path::new(weights)
                .components()
                .filter(|part| *part != Component::CurDir)
                .map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
                .collect();
            let Some(inside) = inside.filter(|parts| !parts.is_empty()) else {
                return Err(ErrorKind::Model.error(format!(
                    "{} expects its weights in `{weights}`, outside its folder; export it again with plain file names",
                    network.display()
                )));
            };
            add(&mut sources, inside.join("/"), network.with_file_name(weights))?;
        }
        let beside = manifest_beside(&network)?;
        if let Some((_, path)) = &beside {
            add(&mut sources, path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path.clone())?;
        }
        let inside = || header.metadata.remove(METADATA_KEY).map(|text| (text, network.clone()));
        if let Some((text, path)) = beside.or_else(inside) {
            let manifest: toml::Table = toml::from_str(&text).map_err(|error| {
                let why = files::one_line(&error);
                ErrorKind::Model
                    .error(format!("the manifest in {}: {why}; models/README.md lists the fields", path.display()))
            })?;
            if let Some(stated) = manifest.get("licence").and_then(|value| value.as_str()) {
                licence = stated.to_owned();
            }
            // Some manifests name the second file of a pair.
            for other in networks_named(&manifest).into_iter().map(|name| network.with_file_name(name)) {
                if other != network && !networks.contains(&other) && !sources.values().any(|source| *source == other) {
                    networks.push(other);
                }
            }
        }
        add(&mut sources, name, network)?;
    }
    Ok((sources, licence))
}

fn read_header(network: &Path) -> Result<Header> {
    let file = File::open(network).map_err(|error| files::cannot("read", network, &error))?;
    Header::read(file).map_err(|error| ErrorKind::Model.error(format!("{}: {error}", network.display())))
}

/// The plain file names of networks in a manifest's tables.
fn networks_named(table: &toml::Table) -> Vec<String> {
    let found = table.values().flat_map(|value| match value {
        toml::Value::String(text) if text.ends_with(".onnx") && !text.contains(['/', '\\']) => vec![text.clone()],
        toml::Value::Table(inner) => networks_named(inner),
        _ => Vec::new(),
    });
    found.collect()
}

fn add(sources: &mut Files, name: String, source: PathBuf) -> Result<()> {
    if name == RECORD_NAME {
        return Err(ErrorKind::File
            .error(format!("{} has a name that is reserved for deepcrop; rename the file", source.display())));
    }
    match sources.insert(name.clone(), source.clone()) {
        Some(other) if other != source => Err(ErrorKind::File.error(format!(
            "{} and {} would both be called {name}; rename one, or put them into one folder and import that",
            other.display(),
            source.display()
        ))),
        _ => Ok(()),
    }
}
