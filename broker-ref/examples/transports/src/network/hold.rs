//! [`Hold`]: a proxy that buffers responses.

use bytes::{Bytes, BytesMut};

/// Holds back the body of a response until it is complete, or until 64 KiB of it have come. Headers pass at once, and so
/// does everything after a change of protocol: such a proxy knows WebSockets.
#[derive(Debug, Default)]
pub(super) struct Hold {
    held: BytesMut,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    /// A body of which so many bytes are missing.
    Length(usize),
    /// A body in chunks, which ends with an empty chunk.
    Chunks,
    /// No longer HTTP.
    Open,
}

impl Hold {
    /// Takes what the server sent, and returns what may go on.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Bytes {
        self.held.extend_from_slice(bytes);
        let mut free = BytesMut::new();
        loop {
            let (end, next) = match self.state {
                State::Head => match head(&self.held) {
                    Some(head) => head,
                    None => break,
                },
                State::Length(missing) if self.held.len() >= missing => (missing, State::Head),
                State::Chunks if self.held.ends_with(LAST_CHUNK) => (self.held.len(), State::Head),
                State::Length(missing) if self.held.len() >= LIMIT => (LIMIT, State::Length(missing - LIMIT)),
                State::Chunks if self.held.len() >= LIMIT => (LIMIT, State::Chunks),
                State::Length(_) | State::Chunks => break,
                State::Open => (self.held.len(), State::Open),
            };
            free.unsplit(self.held.split_to(end));
            self.state = next;
            if self.held.is_empty() {
                break;
            }
        }
        free.freeze()
    }
}

/// The length of the header of a response, and what follows it; `None` until it is complete. What is not HTTP is let through.
fn head(bytes: &[u8]) -> Option<(usize, State)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((bytes.len(), State::Open)),
    };
    if response.code == Some(101) {
        return Some((end, State::Open));
    }
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    Some((end, length.map_or(State::Chunks, State::Length)))
}

const LIMIT: usize = 64 * 1024;
/// With the end of the chunk before it, if there is one. No chat message ends in this way.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_waits_until_it_is_complete() {
        let mut hold = Hold::default();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n";
        assert_eq!(hold.push(&head[..20]), "");
        assert_eq!(hold.push(&head[20..]), &head[..]);
        assert_eq!(hold.push(b"ab"), "");
        assert_eq!(hold.push(b"cd"), "abcd");
        assert_eq!(hold.push(head), &head[..]);
    }

    #[test]
    fn a_stream_waits_for_64_kib() {
        let mut hold = Hold::default();
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(hold.push(head), &head[..]);
        assert_eq!(hold.push(&[b'x'; LIMIT - 1]), "");
        assert_eq!(hold.push(b"xy").len(), LIMIT);
        assert_eq!(hold.push(b"\r\n0\r\n\r\n"), "y\r\n0\r\n\r\n");
        assert_eq!(hold.push(head), &head[..]);
    }

    #[test]
    fn a_websocket_is_not_held_back() {
        let mut hold = Hold::default();
        let bytes = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi";
        assert_eq!(hold.push(bytes), &bytes[..]);
        assert_eq!(hold.push(b"\x81\x02ho"), &b"\x81\x02ho"[..]);
    }
}
