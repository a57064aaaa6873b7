//! Servers that are not working brokers.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

/// How the server answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Answers the first bytes with this, then closes.
    Http(&'static str),
    /// Answers the first bytes with this, then closes.
    Connack(Vec<u8>),
    /// Accepts every CONNECT, answers PINGREQ and SUBSCRIBE, malformed or not, and ignores everything else.
    Deaf {
        /// Whether the answers have the properties of v5.
        v5: bool,
    },
}

/// Listens until the process ends. Returns the URL.
pub(crate) fn fake(scheme: &str, answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("{scheme}://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || serve(stream, &answer));
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: &Answer) {
    let mut bytes = [0; 4096];
    while let Ok(len @ 1..) = stream.read(&mut bytes) {
        let written = match answer {
            Answer::Http(text) => {
                let _ = stream.write_all(text.as_bytes());
                return;
            }
            Answer::Connack(connack) => {
                let _ = stream.write_all(connack);
                return;
            }
            Answer::Deaf { v5 } => stream.write_all(&deaf(&bytes[..len], if *v5 { &[0] } else { &[] })),
        };
        if written.is_err() {
            return;
        }
    }
}

/// Iterates over complete packets, which the suite sends in one write.
fn deaf(mut bytes: &[u8], properties: &[u8]) -> Vec<u8> {
    let mut answers = Vec::new();
    while let [first, len, rest @ ..] = bytes {
        let (body, next) = rest.split_at_checked(usize::from(*len)).unwrap_or((rest, &[]));
        match first >> 4 {
            1 => answers.extend([&[0x20, 2 + properties.len() as u8, 0, 0], properties].concat()),
            8 => answers.extend([&[0x90, 4 + properties.len() as u8, body[0], body[1]], properties, &[2, 2]].concat()),
            12 => answers.extend([0xD0, 0]),
            _ => {}
        }
        bytes = next;
    }
    answers
}
