//! Servers on loopback that mean harm.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tungstenite::handshake::derive_accept_key;

/// What a server does on one connection, which is the nth from 0.
pub(crate) type Conduct = dyn Fn(TcpStream, usize) -> std::io::Result<()> + Send + Sync;

/// Listens until the process ends. Returns the URL.
pub(crate) fn listen(
    scheme: &str,
    conduct: impl Fn(TcpStream, usize) -> std::io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("{scheme}://{}", listener.local_addr().expect("bound"));
    let (conduct, count): (Arc<Conduct>, _) = (Arc::new(conduct), AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (conduct, number) = (Arc::clone(&conduct), count.fetch_add(1, Ordering::Relaxed));
            // the suite ends the connection at some time, which is an error here
            thread::spawn(move || conduct(stream, number));
        }
    });
    url
}

/// Sends the same bytes until the suite ends the connection.
pub(crate) fn flood(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let many = bytes.repeat(64 * 1024 / bytes.len() + 1);
    loop {
        stream.write_all(&many)?;
    }
}

/// Sends one byte every second.
pub(crate) fn trickle(stream: &mut TcpStream, bytes: impl IntoIterator<Item = u8>) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[byte])?;
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

/// Reads until the suite ends the connection.
pub(crate) fn silence(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

/// Accepts a WebSocket.
pub(crate) fn upgrade(stream: &mut TcpStream, protocol: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    stream.write_all(
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
        )
        .as_bytes(),
    )
}

/// Answers packets until the suite ends the connection. `answer` gets a packet, and whether the connection is of v5.
pub(crate) fn broker(mut stream: TcpStream, answer: impl Fn(&[u8], bool) -> Option<Vec<u8>>) -> std::io::Result<()> {
    let (mut received, mut bytes, mut v5) = (Vec::new(), [0; 4096], false);
    loop {
        match stream.read(&mut bytes)? {
            0 => return Ok(()),
            len => received.extend(&bytes[..len]),
        }
        while let Some(len) = packet_len(&received) {
            let packet: Vec<u8> = received.drain(..len).collect();
            if packet[0] == 0x10 {
                v5 = packet.get(8) == Some(&5);
            }
            match answer(&packet, v5) {
                Some(answer) => stream.write_all(&answer)?,
                None => return Ok(()),
            }
        }
    }
}

/// The answer of a broker that accepts everything and delivers nothing.
pub(crate) fn polite(packet: &[u8], v5: bool) -> Vec<u8> {
    let properties: &[u8] = if v5 { &[0] } else { &[] };
    let id = packet.get(2..4).unwrap_or(&[0, 1]);
    let length = |body: usize| (body + properties.len()) as u8;
    match packet[0] >> 4 {
        1 => [&[0x20, length(2), 0, 0], properties].concat(),
        3 if packet[0] & 6 == 2 => {
            let topic = 2 + usize::from(packet[2]) * 256 + usize::from(packet[3]);
            [&[0x40, 2], packet.get(2 + topic..4 + topic).unwrap_or(&[0, 1])].concat()
        }
        8 => [&[0x90, length(3)], id, properties, &[0]].concat(),
        10 if v5 => [&[0xB0, length(3)], id, properties, &[0x11]].concat(),
        10 => [&[0xB0, 2], id].concat(),
        12 => vec![0xD0, 0],
        _ => Vec::new(),
    }
}

/// The length of the first packet, if all of it is there.
fn packet_len(bytes: &[u8]) -> Option<usize> {
    let (mut length, mut at) = (0, 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7F) << (7 * (at - 1));
        at += 1;
        if byte & 0x80 == 0 || at > 4 {
            break;
        }
    }
    (bytes.len() >= at + length).then_some(at + length)
}
