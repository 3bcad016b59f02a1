//! What a network says of itself: the text of `model.toml` beside it, or the same text in its metadata.

pub mod input;
pub mod mistake;
pub mod output;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, ValueDeserializer};
use toml::{Table, Value};

use crate::base::error::{ErrorKind, Result};
use crate::network::manifest::input::InputManifest;
use crate::network::manifest::mistake::Mistake;

/// The metadata key of an ONNX file under which the text lies.
pub const METADATA_KEY: &str = "deepcrop";

/// The format of such texts that this version reads.
const FORMAT: u32 = 1;

/// What names and shapes in an ONNX file cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of this text: 1.
    pub format: u32,
    /// Which family the network belongs to.
    pub family: String,
    /// What to call the network.
    pub name: String,
    /// The network's version.
    pub version: String,
    /// The licence of the network.
    pub licence: String,
    /// How the network is shown a picture, for the families that take nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputManifest>,
    /// The table that has the family's name, as text. Only the family knows what its fields mean.
    #[serde(skip)]
    own: String,
}

/// A family's own table in a manifest.
pub trait OwnTable: Serialize + DeserializeOwned {
    /// The family, and so the name of the table.
    const FAMILY: &'static str;

    /// Refuses numbers with which the network could not run.
    fn check(&self) -> Result<(), Mistake> {
        Ok(())
    }
}

/// Reads a family's own table and writes it out again with all its defaults.
pub type ReadOwn = fn(Spanned<DeValue>) -> Result<String, Mistake>;

/// The reader of a family whose table is a `T`.
pub fn read_own<T: OwnTable>(table: Spanned<DeValue>) -> Result<String, Mistake> {
    let table = T::deserialize(ValueDeserializer::from(table))?;
    table.check()?;
    written(&table).map_err(Mistake::Other)
}

fn written<T: OwnTable>(table: &T) -> Result<String> {
    toml::to_string(&BTreeMap::from([(T::FAMILY, table)]))
        .map_err(|error| ErrorKind::Internal.error(error.to_string()).caused_by(error))
}

impl Manifest {
    /// The manifest of a network that was recognised. Its name is filled in by whoever knows its file.
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

    /// Reads a whole manifest. `reader` finds the reader of the table of a family; `origin` is named in the error.
    pub fn read(text: &str, origin: &str, reader: impl Fn(&str) -> Result<ReadOwn, Mistake>) -> Result<Self> {
        Self::read_text(text, reader).map_err(|mistake| mistake.in_text(text, origin))
    }

    /// This manifest with all that `text` says otherwise.
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
        let merged =
            toml::to_string(&merged).map_err(|error| ErrorKind::Internal.error(error.to_string()).caused_by(error))?;
        // The merged text has no lines that the writer knows; the message names the field.
        Self::read_text(&merged, reader).map_err(|mistake| mistake.in_fields(origin))
    }

    fn read_text(text: &str, reader: impl Fn(&str) -> Result<ReadOwn, Mistake>) -> Result<Self, Mistake> {
        let mut document = DeTable::parse(text)?;
        let tables = document.get_mut();
        // Format and family come first: a newer text has fields that mean nothing here.
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

    /// The table of its family, which is a `T`.
    pub fn own<T: OwnTable>(&self) -> Result<T> {
        let mut tables: BTreeMap<String, T> =
            toml::from_str(&self.own).map_err(|error| ErrorKind::Internal.error(error.to_string()).caused_by(error))?;
        tables.remove(&self.family).ok_or_else(|| ErrorKind::Internal.error("a manifest without its family's table"))
    }

    /// A text in a field of its family's table.
    pub fn own_text(&self, field: &str) -> Option<String> {
        text_in(&toml::from_str(&self.own).ok()?, &self.family, field)
    }

    /// As it would stand in model.toml.
    pub fn to_text(&self) -> Result<String> {
        let head =
            toml::to_string(self).map_err(|error| ErrorKind::Internal.error(error.to_string()).caused_by(error))?;
        Ok(format!("{head}\n{}", self.own))
    }
}

/// The fields of a text that may be no whole manifest; `origin` is named in the error.
pub fn fields(text: &str, origin: &str) -> Result<Table> {
    toml::from_str(text).map_err(|error| Mistake::from(error).in_text(text, origin))
}

/// A text in a field of one of the tables.
pub fn text_in(tables: &Table, table: &str, field: &str) -> Option<String> {
    tables.get(table)?.get(field)?.as_str().map(str::to_owned)
}

/// Tables are merged field by field, everything else is replaced.
fn overlay(table: &mut Table, own: Table) {
    for (key, value) in own {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}
