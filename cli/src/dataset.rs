//! Reads a folder of pictures whose objects are known: images/NAME.* and masks/NAME.png.

use std::fs;
use std::path::{Path, PathBuf};

use deepcrop::{ErrorKind, Mask, Result};

use crate::files;
use crate::pictures::{Photo, ReadArgs};

/// The paths of one picture and its object map.
pub struct Entry {
    pub image: PathBuf,
    pub map: PathBuf,
}

/// The pictures of the folder in the order of their names, or the pictures of the list. With a limit, that many of them,
/// spread evenly.
pub fn entries(folder: &Path, list: Option<&Path>, limit: Option<usize>) -> Result<Vec<Entry>> {
    let images = folder.join("images");
    let fault = |error| files::cannot("read", &images, &error);
    let found = fs::read_dir(&images).map_err(fault)?.map(|entry| entry.map(|entry| entry.path()));
    let mut found = found.collect::<std::io::Result<Vec<_>>>().map_err(fault)?;
    found.retain(|path| path.is_file());
    found.sort();
    if let Some(list) = list {
        let names = fs::read_to_string(list).map_err(|error| files::cannot("read", list, &error))?;
        found = names
            .lines()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| pick(&found, name))
            .collect::<Result<_>>()?;
    }
    if found.is_empty() {
        return Err(
            ErrorKind::File.error(format!("there are no pictures in {}; put some into this folder", images.display()))
        );
    }
    let count = found.len().min(limit.unwrap_or(usize::MAX));
    let chosen = (0..count).map(|i| &found[i * found.len() / count]);
    let map = |image: &Path| {
        let mut name = image.file_stem().unwrap_or_default().to_os_string();
        name.push(".png");
        folder.join("masks").join(name)
    };
    Ok(chosen.map(|image| Entry { image: image.clone(), map: map(image) }).collect())
}

/// Finds a picture of the list by its file name, with or without the ending.
fn pick(found: &[PathBuf], name: &str) -> Result<PathBuf> {
    let named = |path: &&PathBuf| [path.file_stem(), path.file_name()].contains(&Some(name.as_ref()));
    found.iter().find(named).cloned().ok_or_else(|| {
        ErrorKind::File.error(format!("the list names `{name}`, but images/ has no such picture; correct the list"))
    })
}

/// A picture with its objects.
pub struct Scene {
    pub picture: Photo,
    labels: Vec<u16>,
    /// The numbers of the objects that are not too small.
    pub objects: Vec<u16>,
    pub unknown: Option<Mask>,
}

impl Scene {
    /// Reads the files. Objects that cover less than `min_area` of the picture are left out.
    pub fn read(entry: &Entry, min_area: f64, read: ReadArgs) -> Result<Self> {
        let picture = read.photo(&entry.image)?;
        let (width, height, labels, unknown) = read.labels(&entry.map)?;
        if (width, height) != (picture.pixels.width(), picture.pixels.height()) {
            return Err(ErrorKind::File.error(format!(
                "{} is {width} x {height} pixels, but its picture is {} x {}; make them the same size",
                entry.map.display(),
                picture.pixels.width(),
                picture.pixels.height()
            )));
        }
        let mut areas = vec![0usize; usize::from(u16::MAX) + 1];
        labels.iter().for_each(|&label| areas[usize::from(label)] += 1);
        let least = (min_area * labels.len() as f64).max(1.0);
        let objects = (1..unknown).filter(|&label| areas[usize::from(label)] as f64 >= least).collect();
        let mut scene = Self { picture, labels, objects, unknown: None };
        if areas[usize::from(unknown)] > 0 {
            scene.unknown = Some(scene.mask(unknown)?);
        }
        Ok(scene)
    }

    /// The pixels of an object.
    pub fn mask(&self, label: u16) -> Result<Mask> {
        self.selected(|other| other == label)
    }

    /// The pixels of all objects that are not too small.
    pub fn union(&self) -> Result<Mask> {
        // The objects are sorted.
        self.selected(|label| self.objects.binary_search(&label).is_ok())
    }

    fn selected(&self, with: impl Fn(u16) -> bool) -> Result<Mask> {
        let data = self.labels.iter().map(|&label| if with(label) { 255 } else { 0 }).collect();
        Mask::new(self.picture.pixels.width(), self.picture.pixels.height(), data)
    }
}
