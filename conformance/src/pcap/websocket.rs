//! Unwraps WebSocket frames.

use std::io::Cursor;

use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Data, OpCode},
};

use super::stream::{Run, Stream};

/// What the head of an HTTP connection says.
#[derive(Debug)]
pub(super) enum Upgrade {
    /// It is not about a WebSocket.
    None,
    /// The server answered with this status instead of 101.
    Refused(u16),
    /// The bytes that both sides sent in WebSocket messages, the client's first.
    Accepted {
        streams: [Stream; 2],
        /// Whether the client or the server named MQTT as the subprotocol.
        is_mqtt: bool,
    },
}

/// Unwraps a connection that begins with an HTTP upgrade to a WebSocket.
pub(super) fn unwrap(client: &Stream, server: &Stream) -> Upgrade {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(request_length)) = request.parse(client.first()) else { return Upgrade::None };
    if !has(request.headers, "upgrade", |value| value == "websocket") {
        return Upgrade::None;
    }
    let mut is_mqtt = has(request.headers, PROTOCOL, |value| value.starts_with("mqtt"));
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let response_length = match response.parse(server.first()) {
        Ok(httparse::Status::Complete(length)) if response.code == Some(101) => length,
        Ok(httparse::Status::Complete(_)) => return Upgrade::Refused(response.code.unwrap_or_default()),
        // the capture has only the client's side
        _ if server.length() == 0 => 0,
        _ => return Upgrade::None,
    };
    is_mqtt |= has(response.headers, PROTOCOL, |value| value.starts_with("mqtt"));
    Upgrade::Accepted { streams: [messages(client, request_length), messages(server, response_length)], is_mqtt }
}

fn has(headers: &[httparse::Header<'_>], name: &str, wanted: impl Fn(&str) -> bool) -> bool {
    headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).any(|header| {
        let value = String::from_utf8_lossy(header.value).to_ascii_lowercase();
        value.split(',').any(|item| wanted(item.trim()))
    })
}

/// The payloads of data frames after the head. What comes after a gap is lost, since no frame can be found there.
fn messages(stream: &Stream, head: usize) -> Stream {
    let Some(wrapped) = stream.runs.first() else { return Stream::default() };
    let (mut run, mut place, mut trouble) = (Run::default(), head, None);
    while let Some(rest) = wrapped.bytes.get(place..).filter(|rest| !rest.is_empty()) {
        let mut cursor = Cursor::new(rest);
        let (header, length) = match FrameHeader::parse(&mut cursor) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(error) => {
                trouble = Some(format!("the WebSocket frame at byte {place} cannot be read ({error})"));
                break;
            }
        };
        if header.rsv1 {
            trouble = Some(format!("the WebSocket message at byte {place} is compressed, which is not read"));
            break;
        }
        let start = usize::try_from(cursor.position()).unwrap_or(rest.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(rest.len());
        if matches!(header.opcode, OpCode::Data(Data::Binary | Data::Text | Data::Continue)) {
            let payload = rest.get(start..end).unwrap_or_default();
            let mask = header.mask.unwrap_or_default();
            let clear: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            run.push(wrapped.arrival(place + end), &clear);
        }
        place += end;
    }
    let missing = stream.runs.get(1).map_or(stream.missing_at_end, |next| next.missing_before);
    if stream.runs.len() > 1 {
        trouble.get_or_insert_with(|| "no WebSocket frame can be found after a gap".to_owned());
    }
    Stream { runs: vec![run], missing_at_end: missing, trouble }
}

const PROTOCOL: &str = "sec-websocket-protocol";
/// As many as any client or server sends.
const HEADERS: usize = 64;
