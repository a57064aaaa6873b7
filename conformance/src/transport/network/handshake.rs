//! The Client's side of the WebSocket opening handshake (RFC 6455 section 4.1). It does not use a library, because the
//! suite needs details that libraries hide: the subprotocol, and the status of a refusal.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use super::{Header, Target, stream::Stream};
use crate::transport::{recognize, shown};

/// The broker's answer to the handshake.
#[derive(Debug)]
pub(super) struct Accepted {
    /// The value of `Sec-WebSocket-Protocol` in the answer.
    pub(super) subprotocol: Option<String>,
    /// Bytes of the first frames, received together with the answer.
    pub(super) rest: Vec<u8>,
}

/// Requests a WebSocket with these subprotocols.
///
/// # Errors
/// A sentence about how the broker answered.
pub(super) async fn handshake(
    stream: &mut Stream,
    target: &Target,
    path: Option<&str>,
    subprotocols: &[String],
) -> Result<Accepted, String> {
    let key = generate_key();
    let path = path.unwrap_or(&target.path);
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
        target.authority(),
    );
    if !subprotocols.is_empty() {
        request += &format!("Sec-WebSocket-Protocol: {}\r\n", subprotocols.join(", "));
    }
    request.extend(target.headers.iter().map(Header::line));
    request += "\r\n";
    let lost = |error: std::io::Error| {
        target.tls_options.refusal(&error).unwrap_or_else(|| {
            format!("ended the connection during the WebSocket handshake ({error}); {}", target.advice())
        })
    };
    stream.write_all(request.as_bytes()).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let mut answer = Vec::new();
    loop {
        if let Some(accepted) = read_answer(&answer, &key, path, target)? {
            return Ok(accepted);
        }
        if answer.len() > MAXIMUM_ANSWER {
            return Err("sent an endless answer to the WebSocket handshake".to_owned());
        }
        if stream.read_buf(&mut answer).await.map_err(lost)? == 0 {
            return Err(match answer.is_empty() {
                true => {
                    format!("closes without an answer to the WebSocket handshake on path {path}; {}", target.advice())
                }
                false => "closed the connection in the middle of the WebSocket handshake".to_owned(),
            });
        }
    }
}

/// Returns `None` until the answer is complete.
fn read_answer(answer: &[u8], key: &str, path: &str, target: &Target) -> Result<Option<Accepted>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let len = match response.parse(answer) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) if answer.starts_with(b"HTTP/") => {
            return Err(format!("answered the WebSocket handshake with malformed HTTP ({error}): {}", shown(answer)));
        }
        Err(_) => {
            let what = recognize(answer)
                .unwrap_or_else(|| format!("{}; for MQTT without WebSocket use mqtt:// or mqtts://", shown(answer)));
            return Err(format!("does not speak HTTP: it sent {what}"));
        }
    };
    let status = response.code.unwrap_or_default();
    if status != 101 {
        let advice = match status {
            404 if path == "/" => format!("; brokers often serve it on /mqtt: try {target}mqtt"),
            404 => format!("; is the path {path} correct?"),
            401 | 403 => "; it may require a user or restrict origins".to_owned(),
            400 | 426 => "; it may require a subprotocol other than mqtt".to_owned(),
            _ => String::new(),
        };
        let reason = response.reason.unwrap_or_default();
        return Err(format!("refused the WebSocket handshake on path {path} with HTTP {status} {reason}{advice}"));
    }
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).trim().to_owned())
    };
    if header("Sec-WebSocket-Accept").as_deref() != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err("answered the WebSocket handshake with a wrong Sec-WebSocket-Accept".to_owned());
    }
    let rest = answer.get(len..).unwrap_or_default().to_vec();
    Ok(Some(Accepted { subprotocol: header("Sec-WebSocket-Protocol"), rest }))
}

const MAXIMUM_ANSWER: usize = 64 * 1024;
