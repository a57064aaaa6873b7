//! The HTTP handshake of a WebSocket: RFC 6455, section 4.2. Other requests are answered with a plain text.

use super::{
    http_rules, log::Log, origin::Origin, shared::Shared, stream::Stream, websocket::WebSocket, wire::close_gently,
};
use std::{fmt::Write, io};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{
    Error,
    error::ProtocolError,
    handshake::{
        machine::TryParse,
        server::{Request, Response, create_response, write_response},
    },
    http::HeaderValue,
};

/// Reads the request, answers it, and gives the WebSocket if the answer was yes.
///
/// The peer decides how long this takes, so give it a time limit.
pub(super) async fn accept(mut socket: Stream, path: &str, shared: &Shared, log: &Log) -> Option<WebSocket> {
    let verdict = match read_request(&mut socket).await.ok()? {
        Ok((request, early)) => {
            judge(&request, path, shared.limits.allowed_origins.as_deref()).map(|response| (response, early))
        }
        Err(answer) => Err(answer),
    };
    match verdict {
        Ok((response, early)) => {
            let mut head = Vec::new();
            write_response(&mut head, &response).ok()?;
            socket.write_all(&head).await.ok()?;
            socket.flush().await.ok()?;
            Some(WebSocket::new(socket, early, shared.max_message, shared.limits.packets_per_frame).await)
        }
        Err(answer) => {
            log.refused(format_args!("HTTP {}, {}", answer.status, answer.text));
            socket.write_all(answer.to_http().as_bytes()).await.ok()?;
            close_gently(&mut socket).await;
            None
        }
    }
}

/// An answer that opens no WebSocket.
#[derive(Debug)]
pub(super) struct Answer {
    /// Status code and reason phrase.
    status: &'static str,
    content_type: &'static str,
    /// Further header lines, each with its CR LF.
    headers: &'static str,
    /// Without its last line end.
    text: String,
}

impl Answer {
    pub(super) fn new(status: &'static str, text: impl Into<String>) -> Self {
        Self { status, content_type: PLAIN, headers: "Connection: close\r\n", text: text.into() }
    }

    pub(super) fn with_content_type(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    /// RFC 9110, section 15.5.22: 426 says what to upgrade to.
    fn upgrade(text: impl Into<String>) -> Self {
        let headers = "Connection: close, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
        Self { headers, ..Self::new("426 Upgrade Required", text) }
    }

    pub(super) fn to_http(&self) -> String {
        let Self { status, content_type, headers, text } = self;
        let mut http = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{headers}");
        // Writing to a String does not fail.
        let _ = write!(http, "Content-Length: {}\r\n\r\n{text}\n", text.len() + 1);
        http
    }
}

/// The request, and the bytes that followed it.
pub(super) async fn read_request(socket: &mut Stream) -> io::Result<Result<(Request, Vec<u8>), Answer>> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let known = head.len();
        if socket.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if head.len() > MAX_HEAD {
            return Ok(Err(Answer::new("431 Request Header Fields Too Large", "the request is over 8 KiB")));
        }
        // A head ends with a line; looking only then keeps a request in single bytes cheap.
        if !head.get(known..).is_some_and(|new| new.contains(&b'\n')) {
            continue;
        }
        match Request::try_parse(&head) {
            Ok(Some((len, request))) => {
                let early = head.split_off(len);
                return Ok(match http_rules::broken(&head, &request) {
                    Some(what) => Err(Answer::new("400 Bad Request", what)),
                    None => Ok((request, early)),
                });
            }
            Ok(None) => {}
            Err(error) => return Ok(Err(refuse(&error))),
        }
    }
}

fn judge(request: &Request, path: &str, allowed: Option<&[Origin]>) -> Result<Response, Answer> {
    let asked = request.uri().path();
    let response = create_response(request);
    match &response {
        Err(Error::Protocol(error)) if opens_no_websocket(error) && (asked == path || asked == "/") => {
            return Err(page(request, path));
        }
        _ if asked != path => {
            return Err(Answer::new("404 Not Found", format!("nothing here, MQTT over WebSocket is at {path}")));
        }
        _ => {}
    }
    let mut response = response.map_err(|error| refuse(&error))?;
    // RFC 6455, section 10.2
    let mut origins = request.headers().get_all("origin").iter();
    if let Some(allowed) = allowed
        && !origins.all(|origin| allowed.iter().any(|allowed| allowed.is(origin.as_bytes())))
    {
        return Err(Answer::new("403 Forbidden", "web pages of this origin may not connect to this broker"));
    }
    // v5 [MQTT-6.0.0-3], v3.1.1 [MQTT-6.0.0-3]
    let asked = request.headers().get_all(SUBPROTOCOL_HEADER);
    let asked = asked.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim);
    // v5 [MQTT-6.0.0-4], v3.1.1 [MQTT-6.0.0-4]: `mqtt` if it is among them.
    let Some(chosen) = asked.filter_map(|name| SUBPROTOCOLS.iter().position(|ours| *ours == name)).min() else {
        let text = "expected the WebSocket subprotocol mqtt: send the header Sec-WebSocket-Protocol: mqtt";
        return Err(Answer::new("400 Bad Request", text));
    };
    if let Some(name) = SUBPROTOCOLS.get(chosen) {
        response.headers_mut().insert(SUBPROTOCOL_HEADER, HeaderValue::from_static(name));
    }
    Ok(response)
}

fn opens_no_websocket(error: &ProtocolError) -> bool {
    matches!(error, ProtocolError::MissingConnectionUpgradeHeader | ProtocolError::MissingUpgradeWebSocketHeader)
}

/// For a person with a browser.
fn page(request: &Request, path: &str) -> Answer {
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    Answer {
        headers: "Connection: close\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
                  X-Content-Type-Options: nosniff\r\n",
        ..Answer::new("200 OK", super::page::html(host, path).trim_end()).with_content_type("text/html; charset=utf-8")
    }
}

fn refuse(error: &Error) -> Answer {
    let Error::Protocol(error) = error else {
        return Answer::new("400 Bad Request", "expected an HTTP/1.1 request that opens a WebSocket");
    };
    match error {
        ProtocolError::MissingSecWebSocketVersionHeader => Answer::upgrade("expected Sec-WebSocket-Version: 13"),
        ProtocolError::WrongHttpMethod => Answer {
            headers: "Connection: close\r\nAllow: GET\r\n",
            ..Answer::new("405 Method Not Allowed", "a WebSocket is opened with GET")
        },
        ProtocolError::WrongHttpVersion => Answer::new("505 HTTP Version Not Supported", "expected HTTP/1.1"),
        _ => Answer::new("400 Bad Request", format!("bad WebSocket request: {error}")),
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";
const SUBPROTOCOL_HEADER: &str = "sec-websocket-protocol";
/// In the order of preference. The second is what clients of 3.1 ask for.
const SUBPROTOCOLS: [&str; 2] = ["mqtt", "mqttv3.1"];
/// In bytes.
const MAX_HEAD: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mqtt_is_preferred_at_any_position() {
        for (lines, chosen) in [
            ("Sec-WebSocket-Protocol: mqtt", Some("mqtt")),
            ("Sec-WebSocket-Protocol: mqttv3.1, chat,mqtt", Some("mqtt")),
            ("Sec-WebSocket-Protocol: mqttv3.1\r\nSec-WebSocket-Protocol: mqtt", Some("mqtt")),
            ("Sec-WebSocket-Protocol: mqttv3.1", Some("mqttv3.1")),
            ("Sec-WebSocket-Protocol: MQTT, xmqtt", None),
            ("X: y", None),
        ] {
            let head = format!(
                "GET /mqtt?token=1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n\r\n"
            );
            let (_, request) = Request::try_parse(head.as_bytes()).unwrap().unwrap();
            let answer = judge(&request, "/mqtt", None).ok();
            let answered = answer.as_ref().and_then(|response| response.headers().get(SUBPROTOCOL_HEADER));
            assert_eq!(answered.map(|value| value.to_str().unwrap()), chosen, "{lines}");
        }
    }
}
