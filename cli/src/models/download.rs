//! Downloads one file: resumes an earlier download, and accepts the file only if its SHA-256 is right.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deepcrop::internals::network::models::record::check;
use deepcrop::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};
use ureq::http::Response;

use super::catalogue::RemoteFile;
use super::http::{explain_io, get, is_stalled, mirrored, trickles};
use super::progress::{Progress, megabytes};
use crate::files::{self, hexadecimal};

/// How often a connection may break in one run. Each time, more of the file must have arrived.
const MAX_BREAKS: usize = 5;

/// A server that sends fewer bytes in a second is given up.
const SLOWEST: u64 = 256;

/// Where to download from, and how long to wait.
pub struct Downloader {
    pub mirror: Option<String>,
    /// The longest wait for the next byte.
    pub patience: Duration,
}

/// Why a transfer ended early.
enum Stop {
    /// It can be resumed at once.
    Broken(String),
    /// The server is too slow: it can be resumed later.
    Slow(String),
    Fatal(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Fatal(error)
    }
}

impl Downloader {
    /// Downloads the file into the folder, unless it is there already. On failure there is no file of that name; the part
    /// that arrived stays in the folder, for the next try.
    pub fn fetch(&self, file: &RemoteFile, folder: &Path) -> Result<()> {
        let last = folder.join(&file.name);
        if check(&last, file.bytes, &file.sha256).is_ok() {
            return Ok(());
        }
        let url = mirrored(&file.url, self.mirror.as_deref())?;
        let mut part = Part::open(folder.join(format!("{}.part", file.name)))?;
        if part.bytes > file.bytes {
            part.restart()?;
        }
        let rest = if part.bytes > 0 { format!(", {} already here", megabytes(part.bytes)) } else { String::new() };
        files::say(format!("{}: {}{rest}, from {url}", file.name, megabytes(file.bytes)));
        let mut progress = Progress::new(&file.name, file.bytes);
        let mut breaks = 0;
        while part.bytes < file.bytes {
            let before = part.bytes;
            match self.transfer(&url, file, &mut part, &mut progress) {
                Ok(()) => {}
                Err(Stop::Broken(why)) if part.bytes > before && breaks < MAX_BREAKS => {
                    breaks += 1;
                    progress.say(&format!("{}: {why}; resuming at {}", file.name, megabytes(part.bytes)));
                }
                Err(Stop::Broken(why) | Stop::Slow(why)) => {
                    let here = match part.bytes {
                        0 => "nothing was downloaded; run the same command again".to_owned(),
                        bytes => format!(
                            "{} of {} are here; run the same command again to resume",
                            megabytes(bytes),
                            megabytes(file.bytes)
                        ),
                    };
                    return Err(ErrorKind::File.error(format!("cannot download {url}: {why}; {here}")));
                }
                Err(Stop::Fatal(error)) => return Err(error),
            }
        }
        drop(progress);
        part.finish(&last, file, &url)
    }

    /// Sends one request, and adds the answer to the part. `Ok` means that the file is complete or that another request is
    /// needed.
    fn transfer(
        &self,
        url: &str,
        file: &RemoteFile,
        part: &mut Part,
        progress: &mut Progress,
    ) -> std::result::Result<(), Stop> {
        let response = get(url, part.bytes, self.patience).map_err(Stop::Broken)?;
        let size = match (response.status().as_u16(), content_range(&response)) {
            (206, Some((start, total))) if start == part.bytes => total,
            // The server sent another range: start again.
            (206 | 416, _) if part.bytes > 0 => return Ok(part.restart()?),
            (200, _) => {
                if part.bytes > 0 {
                    progress.say(&format!("{}: the server cannot resume a download; starting again", file.name));
                    part.restart()?;
                }
                number(&response, "content-length")
            }
            (status, _) => return Err(refused(url, status).into()),
        };
        if let Some(size) = size.filter(|&size| size != file.bytes) {
            return Err(ErrorKind::File
                .error(format!(
                    "{url} has {size} bytes instead of {}: it is another file, or a web page; nothing was installed; \
                 try another --mirror or a newer deepcrop",
                    file.bytes
                ))
                .into());
        }
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        let (mut since, mut before) = (Instant::now(), part.bytes);
        while part.bytes < file.bytes {
            if since.elapsed() > self.patience {
                let arrived = part.bytes - before;
                if arrived < self.patience.as_secs() * SLOWEST {
                    return Err(Stop::Slow(trickles(arrived, self.patience)));
                }
                (since, before) = (Instant::now(), part.bytes);
            }
            let count = match body.read(&mut buffer) {
                Ok(0) => return Err(Stop::Broken("the server closed the connection too early".into())),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_stalled(&error) => return Err(Stop::Slow(explain_io(&error, self.patience))),
                Err(error) => return Err(Stop::Broken(explain_io(&error, self.patience))),
            };
            // Surplus bytes are not written.
            let wanted = (file.bytes - part.bytes).min(count as u64) as usize;
            part.append(&buffer[..wanted], file.bytes)?;
            progress.reach(part.bytes);
            if wanted < count {
                return Err(too_long(part, url, file)?.into());
            }
        }
        match body.read(&mut buffer) {
            Ok(count) if count > 0 => Err(too_long(part, url, file)?.into()),
            // The file is complete, however the connection ends.
            _ => Ok(()),
        }
    }
}

fn too_long(part: &mut Part, url: &str, file: &RemoteFile) -> Result<Error> {
    part.restart()?;
    Ok(ErrorKind::File.error(format!(
        "{url} has more than the expected {} bytes: it is another file; nothing was installed; try another --mirror or a \
         newer deepcrop",
        file.bytes
    )))
}

fn number<T>(response: &Response<T>, header: &str) -> Option<u64> {
    response.headers().get(header)?.to_str().ok()?.trim().parse().ok()
}

/// Where the content starts, and the length of the whole file if it is stated: `bytes 100-199/200`.
fn content_range<T>(response: &Response<T>) -> Option<(u64, Option<u64>)> {
    let text = response.headers().get("content-range")?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.parse().ok()))
}

fn refused(url: &str, status: u16) -> Error {
    let why = match status {
        404 | 410 => "the file is not there; pass a --mirror that has it, or get a newer deepcrop".to_owned(),
        401 | 403 => "the server refuses access; pass a --mirror that allows it".to_owned(),
        407 => "the proxy needs a name and a password; set HTTPS_PROXY to http://NAME:PASSWORD@HOST:PORT".to_owned(),
        408 | 429 | 500.. => "the server is busy or broken; run the same command later, or pass --mirror".to_owned(),
        _ => "the server sent an unexpected answer; pass --mirror".to_owned(),
    };
    ErrorKind::File.error(format!("cannot download {url}: status {status}: {why}"))
}

/// The part that has arrived so far: a file, and the hash of its bytes.
struct Part {
    path: PathBuf,
    file: File,
    bytes: u64,
    hash: Sha256,
}

impl Part {
    /// Opens the part of an earlier try, or a new one.
    fn open(path: PathBuf) -> Result<Self> {
        let fault = |error: io::Error| files::cannot("write", &path, &error);
        let mut file = files::open_own(&path).map_err(fault)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
        loop {
            let count = file.read(&mut buffer).map_err(fault)?;
            if count == 0 {
                return Ok(Self { path, file, bytes, hash });
            }
            hash.update(&buffer[..count]);
            bytes += count as u64;
        }
    }

    fn restart(&mut self) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| files::cannot("write", &self.path, &error))?;
        (self.bytes, self.hash) = (0, Sha256::new());
        Ok(())
    }

    fn append(&mut self, bytes: &[u8], total: u64) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| {
            ErrorKind::File.error(format!(
                "cannot write {}: {error}; free {} of disk space, then run the same command again to resume",
                self.path.display(),
                megabytes(total - self.bytes)
            ))
        })?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Checks the hash, and gives the file its name.
    fn finish(self, last: &Path, file: &RemoteFile, url: &str) -> Result<()> {
        let found = hexadecimal(self.hash);
        if found != file.sha256 {
            _ = fs::remove_file(&self.path);
            return Err(ErrorKind::File.error(format!(
                "the file from {url} is damaged or the wrong one: its SHA-256 is {found} instead of {}; it was deleted and \
                 nothing was installed; try again, and if that fails too, pass another --mirror and report it",
                file.sha256
            )));
        }
        // The data is on the disk before the file has its name, so that it is complete even after a power cut.
        let named = self.file.sync_all().and_then(|()| {
            drop(self.file);
            fs::rename(&self.path, last)
        });
        named.map_err(|error| files::cannot("write", last, &error))
    }
}
