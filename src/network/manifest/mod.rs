//! The manifest: the text that says what a network's inputs and outputs mean. It is `model.toml` beside the network, or lies
//! in its metadata.

pub mod input;
pub mod mistake;
pub mod output;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, ValueDeserializer};
use toml::{Table, Value};

use crate::base::error::{Error, ErrorKind, Result};
use crate::network::manifest::input::InputManifest;
use crate::network::manifest::mistake::Mistake;

/// The metadata key of the manifest in an ONNX file.
pub const METADATA_KEY: &str = "deepcrop";

/// The format of manifests that this version reads.
const FORMAT: u32 = 1;

/// A manifest: all that the names and shapes in an ONNX file do not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the manifest: 1.
    pub format: u32,
    /// The network's family.
    pub family: String,
    /// The network's name.
    pub name: String,
    /// The network's version.
    pub version: String,
    /// The network's licence.
    pub licence: String,
    /// How a picture becomes the network's input, for the families with such an input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputManifest>,
    /// The family's table, as text. Only the family knows what its fields mean.
    #[serde(skip)]
    own: String,
}

/// A family's table in a manifest.
pub trait OwnTable: Serialize + DeserializeOwned {
    /// The name of the family and of its table.
    const FAMILY: &'static str;

    /// Refuses values with which the network could not run.
    fn check(&self) -> Result<(), Mistake> {
        Ok(())
    }
}

/// Reads a family's table and returns it as text, with all its defaults.
pub type ReadOwn = fn(Spanned<DeValue>) -> Result<String, Mistake>;

/// The [`ReadOwn`] of a family whose table is a `T`.
pub fn read_own<T: OwnTable>(table: Spanned<DeValue>) -> Result<String, Mistake> {
    let table = T::deserialize(ValueDeserializer::from(table))?;
    table.check()?;
    written(&table).map_err(Mistake::Other)
}

fn written<T: OwnTable>(table: &T) -> Result<String> {
    toml::to_string(&BTreeMap::from([(T::FAMILY, table)])).map_err(Error::internal)
}

impl Manifest {
    /// The manifest of a recognised network. Its name is filled in later, from the file.
    pub fn of<T: OwnTable>(input: Option<InputManifest>, table: &T) -> Result<Self> {
        Ok(Self {
            format: FORMAT,
            family: T::FAMILY.into(),
            name: String::new(),
            version: String::new(),
            licence: "not stated in the file; ask where you got it".into(),
            input,
            own: written(table)?,
        })
    }

    /// Reads a whole manifest. `reader` returns the reader of a family's table; `origin` goes into the error sentence.
    pub fn read(text: &str, origin: &str, reader: impl Fn(&str) -> Result<ReadOwn, Mistake>) -> Result<Self> {
        Self::read_text(text, reader).map_err(|mistake| mistake.in_text(text, origin))
    }

    /// This manifest, overridden by the fields in `text`.
    pub fn overridden(
        &self,
        text: &str,
        origin: &str,
        reader: impl Fn(&str) -> Result<ReadOwn, Mistake>,
    ) -> Result<Self> {
        let table =
            |text: &str| toml::from_str::<Table>(text).map_err(|error| Mistake::from(error).in_text(text, origin));
        let mut merged = table(&self.to_text()?)?;
        overlay(&mut merged, table(text)?);
        let merged = toml::to_string(&merged).map_err(Error::internal)?;
        // The lines of the merged text mean nothing to its author, so the error names the field only.
        Self::read_text(&merged, reader).map_err(|mistake| mistake.in_fields(origin))
    }

    fn read_text(text: &str, reader: impl Fn(&str) -> Result<ReadOwn, Mistake>) -> Result<Self, Mistake> {
        let mut document = DeTable::parse(text)?;
        let tables = document.get_mut();
        // Format and family come first: a newer format may have unknown fields.
        let format = tables.get("format").and_then(|value| value.get_ref().as_integer()?.as_str().parse().ok());
        if let Some(format) = format.filter(|format| *format != FORMAT) {
            return Err(Mistake::Format(format));
        }
        let family = tables.get("family").and_then(|value| value.get_ref().as_str()).map(str::to_owned);
        let own = match &family {
            Some(family) => Some((reader(family)?, tables.remove(family.as_str()))),
            None => None,
        };
        let mut manifest = Self::deserialize(Deserializer::from(document))?;
        manifest.input.as_ref().map_or(Ok(()), InputManifest::check)?;
        match own {
            Some((read, Some(table))) => manifest.own = read(table)?,
            _ => return Err(Mistake::Missing(manifest.family)),
        }
        Ok(manifest)
    }

    /// The family's table, which is a `T`.
    pub fn own<T: OwnTable>(&self) -> Result<T> {
        let mut tables: BTreeMap<String, T> = toml::from_str(&self.own).map_err(Error::internal)?;
        tables.remove(&self.family).ok_or_else(|| ErrorKind::Internal.error("a manifest without its family's table"))
    }

    /// The text in a field of the family's table.
    pub fn own_text(&self, field: &str) -> Option<String> {
        text_in(&toml::from_str(&self.own).ok()?, &self.family, field)
    }

    /// The manifest as the text of a model.toml.
    pub fn to_text(&self) -> Result<String> {
        let head = toml::to_string(self).map_err(Error::internal)?;
        Ok(format!("{head}\n{}", self.own))
    }
}

/// The fields of a text that need not be a whole manifest; `origin` goes into the error sentence.
pub fn fields(text: &str, origin: &str) -> Result<Table> {
    toml::from_str(text).map_err(|error| Mistake::from(error).in_text(text, origin))
}

/// The text in a field of a table.
pub fn text_in(tables: &Table, table: &str, field: &str) -> Option<String> {
    tables.get(table)?.get(field)?.as_str().map(str::to_owned)
}

/// Overrides a table: tables in it are merged field by field, other values replaced.
fn overlay(table: &mut Table, own: Table) {
    for (key, value) in own {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}
