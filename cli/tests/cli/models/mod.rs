//! `deepcrop models`: downloads from a server of the test, imports, checks.

mod own;
mod server;
mod trouble;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Run, assert_sentence};
use server::{Server, head, send};

/// Not small against the buffers on the way.
const SIZE: usize = 3_000_000;

/// The content of a file to download.
fn content() -> Vec<u8> {
    (0..SIZE as u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

/// Of [`content`], by sha256sum.
const SHA256: &str = "5452ab94dd87e38c71e52e1bdde3a9b18174f3de853fdb91b9bbf6f6cc6f7b89";

/// A folder with networks and a list of one, `net`, in one file.
struct Shop(TempDir);

impl Shop {
    fn new(port: u16) -> Self {
        let shop = Self(tempfile::tempdir().unwrap());
        shop.list(&format!("http://127.0.0.1:{port}/some/net.onnx"), "");
        shop
    }

    fn list(&self, url: &str, more: &str) {
        let text = format!(
            "format = 1\n[[network]]\nname = \"net\"\ntitle = \"A net\"\nfamily = \"saliency\"\nlicence = \"MIT\"\n\
             source = \"https://example.org/net\"\n{more}\n\
             files = [{{ url = \"{url}\", name = \"net.onnx\", bytes = {SIZE}, sha256 = \"{SHA256}\" }}]\n"
        );
        fs::write(self.at("list.toml"), text).unwrap();
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The program with the words, in the folder, without what the environment says of proxies.
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deepcrop"));
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.args(words.split(' ')).current_dir(self.0.path());
        command.env("DEEPCROP_MODELS", self.at("models")).env_remove("DEEPCROP_MIRROR");
        command
    }

    fn run(&self, words: &str) -> Run {
        run(self.command(words))
    }

    fn install(&self) -> Run {
        self.run("models install net --catalogue list.toml --patience 1")
    }

    /// Starts an install and waits until the server's first bytes lie on the disk.
    fn begin(&self, bytes: u64) -> std::process::Child {
        let mut command = self.command("models install net --catalogue list.toml");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let part = self.at("models/.part/net/net.onnx.part");
        let begun = (0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            fs::metadata(&part).is_ok_and(|data| data.len() >= bytes)
        });
        assert!(begun, "nothing came");
        child
    }

    #[track_caller]
    fn assert_installed(&self, run: &Run) {
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert!(run.out.contains("net is installed"), "{}", run.out);
        assert!(fs::read(self.at("models/net/net.onnx")).unwrap() == content());
        assert!(!self.at("models/.part/net").exists());
        assert_eq!(self.run("models verify").out, "net is complete and unchanged: 1 file, 3.0 MB\n");
    }

    /// The run failed with a sentence, and there is nothing that could be taken for a network.
    #[track_caller]
    fn assert_failed(&self, run: &Run, parts: &[&str]) {
        let told = Run { code: run.code, out: String::new(), err: run.err.clone() };
        assert_sentence(&told, 1, parts);
        let visible = |entry: fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
        let mut entries = fs::read_dir(self.at("models")).into_iter().flatten().flatten();
        assert!(!entries.any(visible), "something is left");
        assert!(!self.at("models/.part/net/net.onnx").exists());
    }

    /// So much came before the failure.
    fn kept(&self) -> Option<u64> {
        fs::metadata(self.at("models/.part/net/net.onnx.part")).ok().map(|data| data.len())
    }
}

fn run(mut command: Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_network_is_installed_listed_and_removed() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    let list = |shop: &Shop| -> Value {
        crate::json(&shop.run("models list --json --catalogue list.toml"))["networks"].clone()
    };
    assert_eq!((&list(&shop)[0]["state"], &list(&shop)[0]["folder"]), (&"install".into(), &Value::Null));

    let done = shop.install();
    shop.assert_installed(&done);
    let place = |part: &str| done.out.find(part).unwrap_or_else(|| panic!("no {part} in {}", done.out));
    assert!(
        place("licence: MIT") < place("net.onnx: 3.0 MB")
            && place("https://example.org/net") < place("net.onnx: 3.0 MB")
    );
    assert_eq!(server.asked(), [("/some/net.onnx".into(), None)]);
    assert_eq!(list(&shop)[0]["state"], "installed");
    assert_eq!(list(&shop)[0]["installed"]["files"][0]["sha256"], SHA256);
    let path = shop.run("models path net").out;
    assert_eq!(Path::new(path.trim()), shop.at("models/net"));

    // Once is enough.
    assert!(shop.install().out.contains("already installed and complete"));
    assert_eq!(server.asked().len(), 1);

    assert_eq!(shop.run("models remove net").out, "net is removed\n");
    assert!(!shop.at("models/net").exists() && !shop.at("models/.part/net").exists());
    for words in ["models path net", "models verify net", "models remove net"] {
        assert_sentence(&shop.run(words), 1, &["`net` is neither", "none is installed"]);
    }
}

#[test]
fn what_is_damaged_is_told_and_repaired() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    shop.assert_installed(&shop.install());
    let mut bytes = content();
    bytes[1000] ^= 1;
    for damage in [Some(&bytes[..]), Some(&bytes[..10]), None] {
        match damage {
            Some(bytes) => fs::write(shop.at("models/net/net.onnx"), bytes).unwrap(),
            None => fs::remove_file(shop.at("models/net/net.onnx")).unwrap(),
        }
        let why = match damage {
            Some([_, .., _]) if damage.unwrap().len() == SIZE => "has changed",
            Some(_) => "has 10 bytes instead of 3000000",
            None => "is missing",
        };
        assert_sentence(&shop.run("models verify"), 1, &["net.onnx", why, "`deepcrop models install net` repairs it"]);
        shop.assert_installed(&shop.install());
    }
    assert_eq!(server.asked().len(), 4);
    fs::write(shop.at("models/net/installed.toml"), "=").unwrap();
    assert_sentence(&shop.run("models verify"), 1, &["installed.toml", "is damaged", "delete its folder"]);
}

#[test]
fn a_licence_that_forbids_must_be_accepted() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    shop.list(&format!("http://127.0.0.1:{}/net", server.port), "commercial = false");
    let refused = shop.install();
    assert_eq!(refused.code, 2);
    assert!(
        refused.out.contains("MIT (no commercial use)") && refused.err.contains("--accept-licence"),
        "{}",
        refused.err
    );
    assert!(server.asked().is_empty());
    shop.assert_installed(&shop.run("models install net --catalogue list.toml --accept-licence"));
}

#[test]
fn a_mirror_and_a_proxy_are_taken() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    let mirror = format!("http://127.0.0.1:{}/all", server.port);
    shop.list("https://host.invalid/some/net.onnx?x=1", "");
    shop.assert_installed(&shop.run(&format!("models install net --catalogue list.toml --mirror {mirror}")));
    assert_eq!(shop.run("models remove net").code, 0);
    let mut command = shop.command("models install net --catalogue list.toml");
    command.env("DEEPCROP_MIRROR", &mirror);
    shop.assert_installed(&run(command));
    assert!(server.asked().iter().all(|(path, _)| path == "/all/some/net.onnx?x=1"));
    let wrong = shop.run("models remove net");
    assert_eq!(wrong.code, 0);
    let wrong = shop.run("models install net --catalogue list.toml --mirror here");
    assert!(wrong.code == 2 && wrong.err.contains("is not a web address"), "{}", wrong.err);

    // The proxy answers for every host.
    let proxy = Server::new(|request, _, stream| {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("CONNECT", "host.invalid:80"));
        head(stream, "200 OK", "");
        let mut inner = [0; 4096];
        let count = std::io::Read::read(stream, &mut inner).unwrap();
        assert!(String::from_utf8_lossy(&inner[..count]).starts_with("GET /some/net.onnx HTTP/1.1"));
        send(stream, &content(), None);
    });
    shop.list("http://host.invalid/some/net.onnx", "");
    let mut command = shop.command("models install net --catalogue list.toml");
    command.env("HTTP_PROXY", format!("http://127.0.0.1:{}", proxy.port));
    shop.assert_installed(&run(command));
    // A proxy that refuses.
    let proxy = Server::new(|_, _, stream| head(stream, "403 Forbidden", ""));
    assert_eq!(shop.run("models remove net").code, 0);
    let mut command = shop.command("models install net --catalogue list.toml");
    command.env("ALL_PROXY", format!("http://127.0.0.1:{}", proxy.port));
    shop.assert_failed(&run(command), &["the proxy refuses the connection", "check HTTPS_PROXY"]);
    let mut command = shop.command("models install net --catalogue list.toml");
    command.env("HTTP_PROXY", "nonsense://me:secret@x");
    let run = run(command);
    shop.assert_failed(&run, &["HTTP_PROXY", "http://HOST:PORT"]);
    assert!(!run.err.contains("secret"));
}

#[test]
fn the_list_and_the_help_fit_the_screen() {
    let shop = Shop::new(1);
    let list = shop.run("models list");
    for part in ["mobilesam         install   61.2 MB  Apache-2.0", "edgesam", "(nc)", "AGPL-3.0", "ACCURACY"] {
        assert!(list.out.contains(part), "no `{part}` in {}", list.out);
    }
    for line in list.out.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let one = shop.run("models list sam2.1-small");
    assert!(one.out.contains("deepcrop models import FILES --name sam2.1-small"), "{}", one.out);
    assert!(shop.run("models --help").out.contains("Exit codes: "));
    assert_sentence(&shop.run("models list nix"), 2, &["no network `nix`"]);
}

#[test]
fn a_name_is_explained_where_it_is_not_installed() {
    let shop = Shop::new(1);
    crate::scene().save(shop.at("scene.png")).unwrap();
    let segment = |model: &str| shop.run(&format!("segment scene.png --at 60,70 --model {model}"));
    assert_sentence(&segment("mobilesam"), 1, &["`deepcrop models install mobilesam` downloads it (61.2 MB)"]);
    assert_sentence(&segment("sam2.1-small"), 1, &["`deepcrop models list sam2.1-small` says where"]);
    let bring = shop.run("models install sam2.1-small");
    assert!(
        bring.code == 1 && bring.err.contains("get the files yourself") && bring.err.contains("models import"),
        "{}",
        bring.err
    );
}

#[test]
fn a_bad_list_is_refused() {
    let shop = Shop::new(1);
    let good = fs::read_to_string(shop.at("list.toml")).unwrap();
    for (from, to, says) in [
        ("format = 1", "format = 9", "format 9"),
        ("bytes = 3000000", "bytes = \"many\"", "line 9"),
        ("net.onnx\", bytes", "../net.onnx\", bytes", "needs a plain file name"),
        ("http://", "ftp://", "needs an address"),
    ] {
        fs::write(shop.at("list.toml"), good.replacen(from, to, 1)).unwrap();
        for words in ["models install net --catalogue list.toml", "models list --catalogue list.toml"] {
            assert_sentence(&shop.run(words), 1, &["list.toml", says]);
        }
    }
    assert_sentence(&shop.run("models list --catalogue none.toml"), 1, &["none.toml", "check the path"]);
}
