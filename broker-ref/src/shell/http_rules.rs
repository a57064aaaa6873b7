//! What RFC 9112 asks of a request beyond what the parser of the WebSocket library checks.

use tokio_tungstenite::tungstenite::{handshake::server::Request, http::HeaderMap};

/// What is wrong with a request, whose bytes `head` are up to its empty line; `None` if nothing is.
pub(super) fn broken(head: &[u8], request: &Request) -> Option<&'static str> {
    let headers = request.headers();
    let count = |name| headers.get_all(name).iter().count();
    if !has_whole_line_ends(head) {
        return Some("expected every line to end with CR LF");
    }
    if !has_one_host(headers) {
        return Some("expected exactly one header Host, such as Host: example.com:8083");
    }
    // RFC 9112, sections 6.1 and 6.3: a body would be taken for frames, and by whatever is before us perhaps not
    if count("transfer-encoding") > 0 || headers.get_all("content-length").iter().any(|length| length != "0") {
        return Some("expected a request without a body");
    }
    // RFC 6455, section 11.3
    if count("sec-websocket-key") > 1 || count("sec-websocket-version") > 1 {
        return Some("expected Sec-WebSocket-Key and Sec-WebSocket-Version at most once");
    }
    None
}

/// RFC 9112, section 2.2: a server may take a lone LF, but what is before it need not see a line end there.
fn has_whole_line_ends(head: &[u8]) -> bool {
    let ends = head.iter().enumerate().filter(|(_, byte)| matches!(byte, b'\r' | b'\n'));
    ends.into_iter().all(|(at, byte)| match byte {
        b'\r' => head.get(at + 1) == Some(&b'\n'),
        _ => at.checked_sub(1).is_some_and(|before| head.get(before) == Some(&b'\r')),
    })
}

/// RFC 9112, section 3.2, and RFC 3986, section 3.2: host and port, or nothing.
fn has_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all("host").iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let (name, port) = match host.rfind(':') {
        // the colons of an IPv6 address are in brackets
        Some(colon) if !host.ends_with(']') => host.split_at(colon),
        _ => (host, ""),
    };
    let is_port = port.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let is_name = match name.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| {
            !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.".contains(&byte))
        }),
        None => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)),
    };
    is_port && is_name
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::handshake::machine::TryParse;

    use super::*;

    #[test]
    fn hosts_are_host_and_port() {
        for (host, is_legal) in [
            ("h", true),
            ("", true),
            ("example.com:8083", true),
            ("127.0.0.1:", true),
            ("[::1]", true),
            ("[fe80::1]:8083", true),
            ("a b", false),
            ("a/b", false),
            ("user@h", false),
            ("h:80x", false),
            ("::1", false),
            ("[::1", false),
            ("[]", false),
            ("h\u{e9}", false),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let (_, request) = Request::try_parse(head.as_bytes()).unwrap().unwrap();
            assert_eq!(broken(head.as_bytes(), &request).is_none(), is_legal, "{host:?}");
        }
    }
}
