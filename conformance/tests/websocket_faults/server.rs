//! A server that translates between WebSocket and a broker over TCP.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::spawn_local,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    endpoint::{Deed, Endpoint},
    frame::{CLOSE, Frame},
    habit::Habit::{self, *},
};

/// Listens as long as this task set lives. Returns the URL.
pub(crate) async fn serve(broker: SocketAddr, habit: Option<Habit>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/mqtt", listener.local_addr().expect("bound"));
    spawn_local(async move {
        while let Ok((client, _)) = listener.accept().await {
            // an error ends this connection, as it would without a server between
            spawn_local(async move { drop(join(client, broker, habit).await) });
        }
    });
    url
}

async fn join(mut client: TcpStream, broker: SocketAddr, habit: Option<Habit>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let answer = answer(&String::from_utf8_lossy(&request), habit);
    client.write_all(answer.as_bytes()).await?;
    if !answer.starts_with("HTTP/1.1 101") {
        return Ok(());
    }
    let mut broker = TcpStream::connect(broker).await?;
    broker.set_nodelay(true)?;
    let mut endpoint = Endpoint::new(habit);
    let (mut from_client, mut from_broker) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let len = read?;
                if len == 0 {
                    return Ok(());
                }
                for deed in endpoint.receive(&from_client[..len]) {
                    match deed {
                        Deed::ToBroker(bytes) => broker.write_all(&bytes).await?,
                        Deed::ToClient(bytes) => client.write_all(&bytes).await?,
                        Deed::End => return Ok(()),
                    }
                }
            }
            read = broker.read(&mut from_broker) => match read? {
                0 => {
                    client.write_all(&Frame::new(CLOSE, &NORMAL.to_be_bytes()).bytes()).await?;
                    return Ok(());
                }
                len => client.write_all(&endpoint.send(&from_broker[..len])).await?,
            }
        }
    }
}

/// The answer to an opening handshake (RFC 6455 section 4.2.2).
fn answer(request: &str, habit: Option<Habit>) -> String {
    let header = |name: &str| {
        let line = request.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| *known == name);
        line.map(|(_, value)| value)
    };
    let offered: Vec<&str> = header("Sec-WebSocket-Protocol").into_iter().flat_map(|list| list.split(", ")).collect();
    let key = header("Sec-WebSocket-Key").unwrap_or_default();
    let accept = if habit == Some(AcceptsWrongly) { key.to_owned() } else { derive_accept_key(key.as_bytes()) };
    let status = match habit {
        Some(AnswersWith200) => return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
        Some(RefusesLists) if offered.len() > 1 => {
            return "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        _ => "101 Switching Protocols",
    };
    let selected = match habit {
        Some(SelectsNothing) => None,
        Some(SelectsThatOf31) => Some("mqttv3.1"),
        Some(SelectsTheFirst) => offered.first().copied(),
        Some(SelectsUnasked) => Some("mqtt"),
        _ => offered.contains(&"mqtt").then_some("mqtt"),
    };
    let protocol = selected.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
    format!(
        "HTTP/1.1 {status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    )
}

/// More than the largest packet of a case, so that each packet of the broker is in one frame.
const BUFFER: usize = 256 * 1024;
const NORMAL: u16 = 1000;
