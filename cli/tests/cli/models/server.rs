//! A server on this machine that can misbehave in every way that one somewhere else may.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What somebody asked for.
pub struct Request {
    pub method: String,
    pub path: String,
    /// Where to begin.
    pub from: Option<usize>,
}

/// A path, and where the answer is to begin.
pub type Asked = (String, Option<usize>);

/// Answers each request with a function of the request and its number, from 0.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn new(answer: impl Fn(&Request, usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let log = Arc::clone(&asked);
        // It ends with the test program.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || {
                    let mut stream = stream;
                    let Some(request) = read(&stream) else { return };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push((request.path.clone(), request.from));
                        log.len() - 1
                    };
                    answer(&request, number, &mut stream);
                });
            }
        });
        Self { port, asked }
    }

    /// Gives the content, as a good server does.
    pub fn good(content: Vec<u8>) -> Self {
        Self::new(move |request, _, stream| send(stream, &content, request.from))
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Where the requests wanted to begin.
    pub fn starts(&self) -> Vec<Option<usize>> {
        self.asked().into_iter().map(|(_, from)| from).collect()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ').map(String::from);
    let (method, path) = (words.next()?, words.next()?);
    let mut from = None;
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    Some(Request { method, path, from })
}

pub fn head(stream: &mut TcpStream, status: &str, headers: &str) {
    _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
}

/// The whole, or the rest from a place.
pub fn send(stream: &mut TcpStream, content: &[u8], from: Option<usize>) {
    send_until(stream, content, from, content.len());
}

/// Promises all and breaks off at a place.
pub fn send_until(stream: &mut TcpStream, content: &[u8], from: Option<usize>, until: usize) {
    let (start, total) = (from.unwrap_or(0), content.len());
    let length = format!("Content-Length: {}\r\n", total - start);
    match from {
        None => head(stream, "200 OK", &length),
        Some(_) => {
            let range = format!("Content-Range: bytes {start}-{}/{total}\r\n", total - 1);
            head(stream, "206 Partial Content", &format!("{length}{range}"));
        }
    }
    _ = stream.write_all(&content[start..until.max(start)]);
}

/// Says nothing more and keeps the line open, longer than any test waits.
pub fn stall() {
    thread::sleep(Duration::from_secs(60));
}
