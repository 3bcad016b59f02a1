//! What a network says of itself: the text of `model.toml` beside it, or the same text in its metadata.

pub mod input;

use crate::network::families::click_map::manifest::ClickMapManifest;
use crate::network::families::encoder_decoder::manifest::EncoderDecoderManifest;
use crate::network::families::instances::manifest::InstancesManifest;
use crate::network::families::matting::manifest::MattingManifest;
use crate::network::families::proposals::manifest::ProposalsManifest;
use crate::network::families::saliency::manifest::SaliencyManifest;
use crate::network::families::semantic::manifest::SemanticManifest;
use crate::network::manifest::input::InputManifest;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::base::error::{Error, Result};

/// The metadata key of an ONNX file under which the text lies.
pub const METADATA_KEY: &str = "deepcrop";

/// What names and shapes in an ONNX file cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this text; 1.
    pub format: u32,
    /// Which kind of network it is.
    pub family: String,
    /// What to call it.
    pub name: String,
    /// Of the network.
    pub version: String,
    /// Under which it may be used.
    pub licence: String,
    /// How a picture is shown to it; `click_map` says that in its own table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<InputManifest>,
    /// For the family `click_map`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_map: Option<ClickMapManifest>,
    /// For the family `encoder_decoder`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder_decoder: Option<EncoderDecoderManifest>,
    /// For the family `instances`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<InstancesManifest>,
    /// For the family `semantic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantic: Option<SemanticManifest>,
    /// For the family `saliency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saliency: Option<SaliencyManifest>,
    /// For the family `proposals`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposals: Option<ProposalsManifest>,
    /// For the family `matting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matting: Option<MattingManifest>,
}

impl Manifest {
    /// A manifest for a network that was recognised; the name is to be filled in by who knows its file.
    pub fn of(family: &str) -> Self {
        Self {
            format: 1,
            family: family.into(),
            name: String::new(),
            version: String::new(),
            licence: "not stated in the file; ask where you got it".into(),
            input: None,
            click_map: None,
            encoder_decoder: None,
            instances: None,
            semantic: None,
            saliency: None,
            proposals: None,
            matting: None,
        }
    }

    /// Reads a whole manifest; `origin` is named in the error.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text).map_err(|error| mistake(text, &error, origin))?;
        manifest.check(origin)
    }

    /// This manifest with all that `text` says otherwise.
    pub fn overridden(&self, text: &str, origin: &str) -> Result<Self> {
        let own: Table = toml::from_str(text).map_err(|error| mistake(text, &error, origin))?;
        let mut table = Table::try_from(self).map_err(|error| Error::Internal(error.to_string()))?;
        overlay(&mut table, own);
        // The merged text has no lines that the writer knows; the message names the field.
        let manifest: Self = table.try_into().map_err(|error: toml::de::Error| {
            Error::Model(format!("{origin}: {}; models/README.md lists the fields", error.to_string().trim()))
        })?;
        manifest.check(origin)
    }

    /// The family that a text names.
    pub fn family_named(text: &str, origin: &str) -> Result<Option<String>> {
        let table: Table = toml::from_str(text).map_err(|error| mistake(text, &error, origin))?;
        Ok(table.get("family").and_then(Value::as_str).map(str::to_owned))
    }

    /// The files that a text names as encoder and decoder.
    pub fn pair_named(text: &str, origin: &str) -> Result<Option<[String; 2]>> {
        let table: Table = toml::from_str(text).map_err(|error| mistake(text, &error, origin))?;
        let name = |part| Some(table.get("encoder_decoder")?.get(part)?.as_str()?.to_owned());
        Ok(name("encoder").zip(name("decoder")).map(|(encoder, decoder)| [encoder, decoder]))
    }

    /// The second file that it names, to lie beside the first: a decoder or a refiner.
    pub fn second_file(&self) -> Option<&str> {
        let decoder = self.click_map.as_ref().and_then(|click_map| click_map.decoder.as_deref());
        decoder.or(self.proposals.as_ref().and_then(|proposals| proposals.refiner.as_deref()))
    }

    /// As it would stand in model.toml.
    pub fn to_text(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Internal(error.to_string()))
    }

    fn check(self, origin: &str) -> Result<Self> {
        if self.format != 1 {
            return Err(Error::Model(format!(
                "{origin} is written in format {}, this version of DeepCrop reads format 1; install a newer one",
                self.format
            )));
        }
        if let Some(input) = &self.input {
            check_colours(origin, &input.mean, &input.std)?;
            if let Some(multiple) = input.multiple.filter(|multiple| !(1..=1024).contains(multiple)) {
                return wrong(origin, "multiple", &multiple, "write a number from 1 to 1024");
            }
        }
        if let Some(instances) = &self.instances {
            instances.check(origin)?;
        }
        if let Some(click_map) = &self.click_map {
            click_map.check(origin)?;
        }
        if let Some(encoder_decoder) = &self.encoder_decoder {
            encoder_decoder.check(origin)?;
        }
        if let Some(saliency) = &self.saliency {
            saliency.check(origin)?;
        }
        if let Some(proposals) = &self.proposals {
            proposals.check(origin)?;
        }
        Ok(self)
    }
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

fn mistake(text: &str, error: &toml::de::Error, origin: &str) -> Error {
    let place = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
    Error::Model(format!("{origin}, line {place}: {}; models/README.md lists the fields", error.message()))
}

pub fn wrong<T>(origin: &str, field: &str, value: &dyn std::fmt::Debug, wanted: &str) -> Result<T> {
    Err(Error::Model(format!("{origin}: `{field}` is {value:?}; {wanted}, see models/README.md")))
}

pub fn above_nought(value: &f32) -> bool {
    value.is_finite() && *value > 0.0
}

pub fn check_colours(origin: &str, mean: &[f32; 3], std: &[f32; 3]) -> Result<()> {
    if !mean.iter().all(|value| value.is_finite()) {
        return wrong(origin, "mean", mean, "write three plain numbers");
    }
    if !std.iter().all(above_nought) {
        return wrong(origin, "std", std, "write three numbers above 0");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::families::click_map::manifest::PlaneKind;
    use crate::network::manifest::input::{Fit, IMAGENET};

    const TEXT: &str = r#"
        format = 1
        family = "click_map"
        name = "test"
        version = "1"
        licence = "MIT"
        [click_map]
        inputs = { x = ["red", "green", "blue", "include_distance"] }
        mean = [0, 0, 0]
        std = [255, 255, 255]
        output = "logits"
    "#;

    #[test]
    fn a_short_manifest_gets_defaults() {
        let click_map = Manifest::parse(TEXT, "model.toml").unwrap().click_map.unwrap();
        assert_eq!(click_map.inputs["x"][3], PlaneKind::IncludeDistance);
        assert_eq!((click_map.mask.as_str(), click_map.score), ("mask", None));
    }

    #[test]
    fn what_is_said_beside_a_network_overrides_what_was_assumed() {
        let assumed = Manifest {
            input: Some(InputManifest::normalised("image", Fit::Stretch, IMAGENET)),
            ..Manifest::of("saliency")
        };
        let text = "licence = \"MIT\"\n[input]\nfit = \"letterbox\"\nsize = [320, 200]";
        let manifest = assumed.overridden(text, "model.toml").unwrap();
        let input = manifest.input.clone().unwrap();
        assert_eq!((input.fit, input.size, input.std), (Fit::Letterbox, Some([320, 200]), IMAGENET.1));
        assert_eq!((manifest.licence.as_str(), manifest.family.as_str()), ("MIT", "saliency"));
        // What is printed for a person to start from says the same.
        assert_eq!(Manifest::parse(&manifest.to_text().unwrap(), "printed").unwrap(), manifest);
        for (wrong, says) in [
            ("[input]\nfits = 1", "unknown field `fits`"),
            ("[input]\nstd = [0, 1, 1]", "`std` is [0.0, 1.0, 1.0]"),
            ("[input", "model.toml, line 1"),
            ("format = 7", "format 7"),
        ] {
            let error = assumed.overridden(wrong, "model.toml").unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (wrong, says) in [
            (TEXT.replace("\"blue\"", "\"infrared\""), "line 8: unknown variant `infrared`"),
            (TEXT.replace("mean", "meen"), "line 9: unknown field `meen`"),
            (TEXT.replace("format = 1", "format = 2"), "format 2"),
            ("=".into(), "model.toml, line 1"),
            (TEXT.replace("mean = [0,", "mean = [nan,"), "`mean` is [NaN, 0.0, 0.0]"),
            (TEXT.replace("std = [255,", "std = [0,"), "`std` is [0.0, 255.0, 255.0]"),
            (TEXT.to_owned() + "spot = 0.0", "`spot` is 0.0; write a number above 0"),
            (TEXT.to_owned() + "reach = inf", "`reach` is inf"),
            (TEXT.to_owned() + "closer_look = 1.5", "`closer_look` is 1.5; write a number from 0 to 1"),
        ] {
            let error = Manifest::parse(&wrong, "model.toml").unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
