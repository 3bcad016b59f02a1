//! Connects to servers: time limits, proxies, mirrors, and error sentences.

use std::io;
use std::time::Duration;

use deepcrop::{ErrorKind, Result};
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy, Timeout};

const CONNECT: Duration = Duration::from_secs(30);

/// The longest chain of redirects.
const MAX_REDIRECTS: usize = 5;

/// Asks for an address from a byte on. `patience` is the longest wait for an answer. Each address that it is redirected to
/// gets its own proxy. The error says why, and what may help.
pub fn get(url: &str, from: u64, patience: Duration) -> std::result::Result<Response<Body>, String> {
    let mut url = url.to_owned();
    for _ in 0..=MAX_REDIRECTS {
        let agent = agent(&url, patience).map_err(|error| error.to_string())?;
        let mut request = agent.get(&url).header("Accept-Encoding", "identity");
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| explain(&error, patience))?;
        let target = response.headers().get("location").and_then(|target| target.to_str().ok());
        match (response.status().as_u16(), target) {
            (301 | 302 | 303 | 307 | 308, Some(target)) => url = redirected(&url, target),
            _ => return Ok(response),
        }
    }
    Err(format!("the server redirects more than {MAX_REDIRECTS} times; pass --mirror"))
}

/// The address of a redirect, which may leave out the scheme, the server or the folder (RFC 3986, section 5.2).
fn redirected(url: &str, target: &str) -> String {
    let is_whole = target.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#']));
    if is_whole {
        return target.into();
    }
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(target) = target.strip_prefix("//") {
        return format!("{scheme}://{target}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (target, query) = target.split_at(target.find(['?', '#']).unwrap_or(target.len()));
    let whole = match target {
        "" => path.to_owned(),
        _ if target.starts_with('/') => target.to_owned(),
        _ => format!("{folder}/{target}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.trim_start_matches('/').split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("{scheme}://{host}/{}{query}", steps.join("/"))
}

/// A client for this address.
fn agent(url: &str, patience: Duration) -> Result<Agent> {
    // The certificates of the system, which include those of a company's proxy.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy(url, |name| std::env::var(name).ok())?)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .timeout_per_write(Some(patience))
        .user_agent(concat!("deepcrop/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(config.into())
}

/// The same path on another server.
pub fn mirrored(url: &str, mirror: Option<&str>) -> Result<String> {
    let Some(mirror) = mirror else { return Ok(url.into()) };
    if host(mirror).is_none_or(str::is_empty) {
        return Err(ErrorKind::Argument
            .error(format!("the mirror `{mirror}` is not a web address; write https://HOST or https://HOST/PATH")));
    }
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    Ok(format!("{}/{path}", mirror.trim_end_matches('/')))
}

/// The name of the server in an address.
pub fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    Some(if authority.starts_with('[') { authority } else { authority.split(':').next()? })
}

/// The proxy from the environment, by the rules of curl: the variable for the address's scheme, else ALL_PROXY. The hosts
/// in NO_PROXY and their subdomains get none.
fn proxy(url: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let first = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| variable(name).filter(|text| !text.is_empty()).map(|text| (name, text)))
    };
    let own = if url.starts_with("https:") { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let Some((name, text)) = first(own).or_else(|| first(["ALL_PROXY", "all_proxy"])) else { return Ok(None) };
    // The error does not show the text, which may hold a password.
    let wrong = |_| {
        ErrorKind::File.error(format!("the variable {name} is not the address of a proxy; set it to http://HOST:PORT"))
    };
    let chosen = Proxy::new(&text).map_err(wrong)?;
    let mut builder = Proxy::builder(chosen.protocol()).host(chosen.host()).port(chosen.port());
    if let Some(name) = chosen.username() {
        builder = builder.username(name);
    }
    if let Some(password) = chosen.password() {
        builder = builder.password(password);
    }
    let (_, excepted) = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    for host in excepted.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        // ureq takes `x.org` for this host alone, and `.x.org` for those below it.
        let domain = host.trim_start_matches('*').trim_start_matches('.');
        builder = if domain.is_empty() {
            builder.no_proxy("*")
        } else {
            builder.no_proxy(domain).no_proxy(&format!(".{domain}"))
        };
    }
    builder.build().map(Some).map_err(wrong)
}

/// Why a request failed, and what may help.
pub fn explain(error: &ureq::Error, patience: Duration) -> String {
    let next = "check the network and the proxy settings, or pass --mirror";
    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("no connection within {} s; {next}", CONNECT.as_secs())
        }
        ureq::Error::Timeout(_) => stalled(patience),
        ureq::Error::HostNotFound => format!("the host was not found; {next}"),
        ureq::Error::Io(error) => explain_io(error, patience),
        ureq::Error::ConnectProxyFailed(why) => {
            format!("the proxy refuses the connection ({why}); check HTTPS_PROXY and ALL_PROXY")
        }
        ureq::Error::Rustls(why) => insecure(why),
        other => format!("{other}; {next}"),
    }
}

/// Whether the server sent nothing for too long.
pub fn is_stalled(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    is_timeout(error) || matches!(inner, Some(ureq::Error::Timeout(_)))
}

/// Why reading the answer failed, and what may help.
pub fn explain_io(error: &io::Error, patience: Duration) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(inner) => explain(inner, patience),
        None if is_timeout(error) => stalled(patience),
        // How rustls reports its errors.
        None if error.kind() == io::ErrorKind::InvalidData => insecure(error),
        None => format!("{error}; check the network and the proxy settings, or pass --mirror"),
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn insecure(why: &dyn std::fmt::Display) -> String {
    format!(
        "no secure connection ({why}); check the system's clock and certificates (on Linux the package ca-certificates, or \
         SSL_CERT_FILE for those of a proxy)"
    )
}

/// The sentence about a server from which too little comes.
pub fn trickles(bytes: u64, patience: Duration) -> String {
    format!("only {bytes} bytes arrived in {} s; check the network, or try another --mirror", patience.as_secs())
}

fn stalled(patience: Duration) -> String {
    format!("no data arrived for {} s; check the network, or try another --mirror", patience.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_keeps_the_path() {
        let url = "https://example.org/a/b.onnx";
        for (mirror, expected) in [
            (None, url),
            (Some("http://127.0.0.1:8080"), "http://127.0.0.1:8080/a/b.onnx"),
            (Some("https://mirror.example/models/"), "https://mirror.example/models/a/b.onnx"),
        ] {
            assert_eq!(mirrored(url, mirror).unwrap(), expected);
        }
        for mirror in ["", "mirror", "ftp://mirror", "https://"] {
            assert!(mirrored(url, Some(mirror)).unwrap_err().to_string().contains("is not a web address"), "{mirror}");
        }
    }

    #[test]
    fn proxies_are_read_as_curl_reads_them() {
        let found = |url: &str, set: &[(&str, &str)]| {
            let variable = |name: &str| set.iter().find(|entry| entry.0 == name).map(|entry| entry.1.to_owned());
            let taken = |proxy: &Proxy| !proxy.is_no_proxy(&url.parse().unwrap());
            proxy(url, variable).map(|proxy| proxy.filter(taken).map(|proxy| proxy.host().to_owned()))
        };
        let both = [("HTTPS_PROXY", "http://a:1"), ("http_proxy", "http://b:1"), ("ALL_PROXY", "http://c:1")];
        assert_eq!(found("https://x.org/f", &both).unwrap().as_deref(), Some("a"));
        assert_eq!(found("http://x.org/f", &both).unwrap().as_deref(), Some("b"));
        assert_eq!(found("http://x.org/f", &both[2..]).unwrap().as_deref(), Some("c"));
        assert_eq!(found("http://x.org/f", &[("HTTP_PROXY", "")]).unwrap(), None);
        for (excepted, direct) in [
            ("x.org", true),
            (" .x.org", true),
            ("*", true),
            ("*.x.org, y", true),
            ("ax.org", false),
            ("g", false),
            ("", false),
        ] {
            for host in ["x.org", "X.ORG:80", "cdn.x.org"] {
                let set = [both[0], ("NO_PROXY", excepted)];
                assert_eq!(found(&format!("https://{host}/f"), &set).unwrap().is_none(), direct, "{host} {excepted}");
            }
        }
        let error = found("https://x.org", &[("HTTPS_PROXY", "ftp://me:secret@x")]).unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn redirects_may_leave_out_the_server() {
        for (target, expected) in
            [("http://b/c", "http://b/c"), ("//b/c", "https://b/c"), ("/c", "https://a:1/c"), ("c", "https://a:1/x/c")]
        {
            assert_eq!(redirected("https://a:1/x/y", target), expected);
        }
        assert_eq!(redirected("https://a", "c"), "https://a/c");
        let url = "https://a/x/y/z?from=http://b/c#d";
        for (target, expected) in [
            ("/c?to=http://d/e", "https://a/c?to=http://d/e"),
            ("c?to=//d", "https://a/x/y/c?to=//d"),
            ("../c", "https://a/x/c"),
            ("./../../../c/./d/", "https://a/c/d/"),
            ("?part=2", "https://a/x/y/z?part=2"),
            ("HTTP://b", "HTTP://b"),
        ] {
            assert_eq!(redirected(url, target), expected);
        }
    }

    #[test]
    fn hosts() {
        for (url, name) in [
            ("https://a.org/b", Some("a.org")),
            ("http://u:p@a.org:80?q", Some("a.org")),
            ("http://[::1]:80/", Some("[::1]:80")),
            ("ftp://a", None),
        ] {
            assert_eq!(host(url), name);
        }
    }
}
