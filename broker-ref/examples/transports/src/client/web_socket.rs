//! Opens a WebSocket as a browser does.

use hyper::Request;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, handshake::client::generate_key},
};

use super::{
    User,
    http::{browser, origin},
};

/// A WebSocket at that path, with that subprotocol.
///
/// # Errors
/// When there is no connection, or the server refuses the handshake.
pub(super) async fn open(user: &User, path: &str, protocol: Option<&str>) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(user.address).await?;
    stream.set_nodelay(true)?;
    let mut request = browser(Request::builder().uri(format!("ws://{}{path}", user.address)), user.address)
        .header("Origin", origin(user.address))
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", generate_key());
    if let Some(protocol) = protocol {
        request = request.header("Sec-WebSocket-Protocol", protocol);
    }
    let mut request = request.body(())?;
    request.headers_mut().insert("Connection", UPGRADE);
    user.meter.request();
    let (socket, _) = client_async(request, stream).await?;
    Ok(socket)
}

const UPGRADE: hyper::http::HeaderValue = hyper::http::HeaderValue::from_static("Upgrade");
