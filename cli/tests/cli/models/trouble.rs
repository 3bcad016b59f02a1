//! Servers, networks and disks that fail, and what the next try makes of it.

use std::fs;
use std::io::Write;

use super::server::{Server, head, send, send_until, stall};
use super::{SIZE, Shop, content, run};

const HALF: usize = SIZE / 2;

#[test]
fn a_broken_connection_is_taken_up_again() {
    let server = Server::new(|request, number, stream| match number {
        0 => send_until(stream, &content(), request.from, HALF),
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    let done = shop.install();
    shop.assert_installed(&done);
    assert!(done.out.contains("resuming at 1.5 MB"), "{}", done.out);
    assert_eq!(server.starts(), [None, Some(HALF)]);
}

#[test]
fn the_next_run_goes_on_where_this_one_stopped() {
    let server = Server::new(|request, number, stream| match number {
        0 => send_until(stream, &content(), request.from, HALF),
        // Not one byte more: that is given up.
        1 => {}
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    shop.assert_failed(
        &shop.install(),
        &["cannot download http://", "1.5 MB of 3.0 MB are here", "run the same command again to resume"],
    );
    assert_eq!(shop.kept(), Some(HALF as u64));
    let done = shop.install();
    shop.assert_installed(&done);
    assert!(done.out.contains("1.5 MB already here"), "{}", done.out);
    assert_eq!(server.starts(), [None, Some(HALF), Some(HALF)]);
}

#[test]
fn a_server_that_breaks_again_and_again_is_given_up() {
    let server = Server::new(|request, _, stream| {
        let from = request.from.unwrap_or(0);
        send_until(stream, &content(), request.from, from + 1000);
    });
    let shop = Shop::new(server.port);
    shop.assert_failed(&shop.install(), &["run the same command again to resume"]);
    assert_eq!((shop.kept(), server.asked().len()), (Some(6000), 6));
}

#[test]
fn a_server_that_cannot_go_on_in_the_middle_starts_anew() {
    let server = Server::new(|_, number, stream| match number {
        0 => send_until(stream, &content(), None, HALF),
        _ => send(stream, &content(), None),
    });
    let shop = Shop::new(server.port);
    let done = shop.install();
    shop.assert_installed(&done);
    assert!(done.out.contains("cannot resume a download"), "{}", done.out);
    // One that answers with another place, or says that there is none, is asked for the whole.
    for wrong in ["206 Partial Content", "416 Range Not Satisfiable"] {
        let server = Server::new(move |request, _, stream| match request.from {
            None => send(stream, &content(), None),
            Some(_) => head(stream, wrong, "Content-Range: bytes 7-8/9\r\nContent-Length: 2\r\n"),
        });
        let shop = Shop::new(server.port);
        fs::create_dir_all(shop.at("models/.part/net")).unwrap();
        fs::write(shop.at("models/.part/net/net.onnx.part"), &content()[..100]).unwrap();
        shop.assert_installed(&shop.install());
        assert_eq!(server.starts(), [Some(100), None]);
    }
}

#[test]
fn what_an_earlier_try_left_is_not_trusted() {
    // Too long, complete, and of another file.
    let long = [content(), content()].concat();
    for (left, requests) in [(long, 1), (content(), 0)] {
        let server = Server::good(content());
        let shop = Shop::new(server.port);
        fs::create_dir_all(shop.at("models/.part/net")).unwrap();
        fs::write(shop.at("models/.part/net/net.onnx.part"), left).unwrap();
        shop.assert_installed(&shop.install());
        assert_eq!(server.asked().len(), requests);
    }
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    fs::create_dir_all(shop.at("models/.part/net")).unwrap();
    fs::write(shop.at("models/.part/net/net.onnx.part"), vec![7; HALF]).unwrap();
    shop.assert_failed(&shop.install(), &["SHA-256 is", "it was deleted and nothing was installed", "try again"]);
    assert_eq!(shop.kept(), None);
    shop.assert_installed(&shop.install());
}

#[test]
fn another_file_is_never_installed() {
    let mut changed = content();
    changed[SIZE - 1] ^= 0x80;
    let longer = [content(), vec![0; 100]].concat();
    // Without a length: the end of the connection is the end of the file.
    let endless = longer.clone();
    let no_length = Server::new(move |_, _, stream| {
        head(stream, "200 OK", "");
        _ = stream.write_all(&endless);
    });
    for (server, says) in [
        (Server::good(changed), "damaged or the wrong one: its SHA-256 is"),
        (Server::good(b"version https://git-lfs.github.com/spec/v1\n".to_vec()), "has 43 bytes instead of 3000000"),
        (Server::good(longer), "has 3000100 bytes instead of 3000000"),
        (no_length, "has more than the expected 3000000 bytes"),
    ] {
        let shop = Shop::new(server.port);
        shop.assert_failed(&shop.install(), &[says, "nothing was installed", "--mirror"]);
        assert!(shop.kept().unwrap_or(0) == 0);
    }
}

#[test]
fn refusals_are_explained() {
    for (status, says) in [
        ("404 Not Found", "status 404: the file is not there"),
        ("403 Forbidden", "refuses access"),
        ("407 Proxy Authentication Required", "needs a name and a password"),
        ("503 Service Unavailable", "busy or broken; run the same command later"),
        ("204 No Content", "unexpected answer"),
        ("206 Partial Content", "unexpected answer"),
    ] {
        let server = Server::new(move |_, _, stream| head(stream, status, "Content-Length: 0\r\n"));
        let shop = Shop::new(server.port);
        shop.assert_failed(&shop.install(), &["cannot download http://127.0.0.1", says]);
    }
}

#[test]
fn a_redirect_is_followed_and_a_circle_is_left() {
    let server = Server::new(|request, _, stream| match request.path.as_str() {
        "/some/net.onnx" => head(stream, "302 Found", "Location: /store/abc\r\nContent-Length: 0\r\n"),
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    fs::create_dir_all(shop.at("models/.part/net")).unwrap();
    fs::write(shop.at("models/.part/net/net.onnx.part"), &content()[..HALF]).unwrap();
    shop.assert_installed(&shop.install());
    assert_eq!(server.asked()[1], ("/store/abc".into(), Some(HALF)));

    let circle = Server::new(|_, _, stream| head(stream, "302 Found", "Location: /\r\nContent-Length: 0\r\n"));
    let shop = Shop::new(circle.port);
    shop.assert_failed(&shop.install(), &["redirects"]);
}

#[test]
fn no_network_is_told() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let shop = Shop::new(port);
    shop.assert_failed(&shop.install(), &["efused", "check the network", "--mirror"]);
    shop.list("https://host.invalid/net.onnx", "");
    shop.assert_failed(&shop.install(), &["https://host.invalid/net.onnx", "check the network"]);
    // Not a server of this kind at all.
    let server = Server::new(|_, _, stream| _ = stream.write_all(b"SSH-2.0-nonsense\r\n\r\n"));
    let shop = Shop::new(server.port);
    shop.assert_failed(&shop.install(), &["cannot download"]);
}

#[test]
fn a_server_that_falls_silent_is_not_waited_for() {
    let mute = Server::new(|_, _, _| stall());
    let shop = Shop::new(mute.port);
    shop.assert_failed(&shop.install(), &["no data arrived for 1 s", "the same command"]);

    let server = Server::new(|request, number, stream| match number {
        0 => {
            send_until(stream, &content(), request.from, HALF);
            stall();
        }
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    shop.assert_failed(&shop.install(), &["no data arrived for 1 s", "1.5 MB of 3.0 MB are here"]);
    shop.assert_installed(&shop.install());
}

#[test]
fn a_server_that_drips_is_not_waited_for() {
    let server = Server::new(|request, number, stream| match number {
        0 => {
            send_until(stream, &content(), request.from, HALF);
            for byte in &content()[HALF..] {
                std::thread::sleep(std::time::Duration::from_millis(200));
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        }
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    let start = std::time::Instant::now();
    // The first second brought much; the ones after it nearly nothing.
    shop.assert_failed(&shop.install(), &["bytes arrived in 1 s", "1.5 MB of 3.0 MB are here"]);
    assert!(start.elapsed().as_secs() < 10);
    shop.assert_installed(&shop.install());
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_the_next_run_goes_on() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    let program = env!("CARGO_BIN_EXE_deepcrop");
    // As if the disk ended after 512 kB or 1 MB, by the shell's unit.
    let script = format!("trap '' XFSZ; ulimit -f 1024; exec {program} models install net --catalogue list.toml");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(shop.0.path()).env("DEEPCROP_MODELS", shop.at("models"));
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    let failed = run(command);
    shop.assert_failed(&failed, &["cannot write", "net.onnx.part", "free 2.", "run the same command again to resume"]);
    let kept = shop.kept().unwrap() as usize;
    assert!(kept > 100_000 && kept < SIZE, "{kept}");
    shop.assert_installed(&shop.install());
    assert!(server.starts().last().unwrap().is_some_and(|start| start > 100_000));
    // A place where nothing can be written.
    let mut command = shop.command("models install net --catalogue list.toml");
    command.env("DEEPCROP_MODELS", "/dev/null/models");
    let failed = run(command);
    assert!(failed.code == 1 && failed.err.contains("/dev/null/models") && failed.err.contains("DEEPCROP_MODELS"));
}

#[test]
fn a_killed_install_goes_on() {
    let server = Server::new(|request, number, stream| match number {
        0 => {
            send_until(stream, &content(), request.from, HALF);
            stall();
        }
        _ => send(stream, &content(), request.from),
    });
    let shop = Shop::new(server.port);
    let mut child = shop.begin(HALF as u64);
    child.kill().unwrap();
    child.wait().unwrap();
    // What is not whole is not there.
    assert_eq!(shop.run("models verify").out, "nothing is installed\n");
    assert!(!shop.run("models path net").err.is_empty());
    shop.assert_installed(&shop.install());
    assert_eq!(server.starts(), [None, Some(HALF)]);
}

#[test]
fn half_an_install_can_be_removed() {
    let server = Server::new(|request, _, stream| send_until(stream, &content(), request.from, HALF));
    let shop = Shop::new(server.port);
    shop.assert_failed(&shop.install(), &["the same command"]);
    assert_eq!(shop.run("models remove net").out, "net is removed\n");
    assert_eq!(shop.kept(), None);
}

#[test]
fn a_kill_while_replacing_loses_nothing() {
    let server = Server::good(content());
    let shop = Shop::new(server.port);
    shop.assert_installed(&shop.install());
    fs::rename(shop.at("models/net"), shop.at("models/.part/net.old")).unwrap();
    assert!(shop.install().out.contains("already installed and complete"));
    assert!(!shop.at("models/.part/net.old").exists());
}

#[test]
fn two_at_once_do_no_harm() {
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let server = Server::new(move |request, _, stream| {
        let content = content();
        send_until(stream, &content, request.from, HALF);
        _ = gate.lock().unwrap().recv();
        _ = stream.write_all(&content[HALF..]);
    });
    let shop = Shop::new(server.port);
    let mut first = shop.begin(HALF as u64);
    for words in ["models install net --catalogue list.toml", "models remove net"] {
        let second = shop.run(words);
        shop.assert_failed(&second, &["another deepcrop is working on net", "wait"]);
    }
    open.send(()).unwrap();
    assert!(first.wait().unwrap().success());
    assert_eq!(shop.run("models verify").out, "net is complete and unchanged: 1 file, 3.0 MB\n");
    assert_eq!(server.asked().len(), 1);
}

#[cfg(unix)]
#[test]
fn links_in_a_shared_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let server = Server::good(content());
    let record = "models/.part/net/installed.toml";
    for link in ["models/.part/net/net.onnx.part", "models/.part/net.lock", "models/.part/net", record] {
        let shop = Shop::new(server.port);
        let precious = shop.at("precious");
        let target = if link.ends_with("/net") {
            fs::create_dir(&precious).unwrap();
            precious.join("net.onnx.part")
        } else {
            precious.clone()
        };
        fs::write(&target, "precious").unwrap();
        fs::create_dir_all(shop.at(link).parent().unwrap()).unwrap();
        symlink(&precious, shop.at(link)).unwrap();
        let run = shop.install();
        assert!(run.code == 1 && run.err.contains("link"), "{link}: {}", run.err);
        assert_eq!(fs::read(&target).unwrap(), b"precious", "{link}");
    }
}
