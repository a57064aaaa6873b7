//! One connection to a broker by the browser's WebSocket. What a browser has no way to do is not asked for, because such
//! cases are skipped (`runner/network/browser.rs`).

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use tokio::sync::{Semaphore, mpsc};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::{
    Admission, Incoming, Opening, Target, Write,
    exchange::{CONNECT_TIMEOUT, LARGEST_MESSAGE, MOST_WITHOUT_DATA, NOTICES, READ},
    limits::Lease,
};
use crate::{
    rt::{JoinHandle, sleep, spawn, timeout},
    transport::LinkError,
};

/// An open connection. Dropping it closes the WebSocket.
#[derive(Debug)]
pub struct Socket {
    /// The negotiated subprotocol.
    pub subprotocol: Option<String>,
    handle: Handle,
    reader: JoinHandle<()>,
    lease: Lease,
}

impl Socket {
    /// Connects, and sends whatever is received to `incoming`.
    pub async fn open(
        target: &Target,
        admission: Admission,
        opening: &Opening,
        incoming: mpsc::Sender<Incoming>,
    ) -> Result<Socket, LinkError> {
        let unreachable = |why: String| LinkError::Unreachable(why.into());
        if !target.is_websocket() {
            return Err(unreachable(format!(
                "cannot connect to {target} from a browser, which opens WebSockets only; expected a ws:// or wss:// URL"
            )));
        }
        if !target.headers.is_empty() {
            return Err(unreachable("a browser sends no headers of one's own".to_owned()));
        }
        // waiting here is not the broker's time
        let place = CONNECTING.acquire().await;
        let (events, mut came) = mpsc::unbounded_channel();
        let handle = Handle::connect(target, opening, events)
            .map_err(|why| unreachable(format!("the browser does not open a WebSocket to {target}: {why}")))?;
        let first = timeout(CONNECT_TIMEOUT, came.recv()).await.map_err(|_| {
            LinkError::Silent(format!("{target} did not answer within {} s", CONNECT_TIMEOUT.as_secs()).into())
        })?;
        drop(place);
        if !matches!(first, Some(Event::Opened)) {
            return Err(unreachable(format!(
                "cannot open a WebSocket to {target}, and a browser does not say why; is the broker running? {}; does \
                 it select the subprotocol mqtt? does the browser trust its certificate? a page from https:// opens \
                 wss:// only",
                target.advice()
            )));
        }
        let subprotocol = Some(handle.socket.protocol()).filter(|name| !name.is_empty());
        let reader = spawn(read(came, incoming));
        Ok(Socket { subprotocol, handle, reader, lease: admission.into_lease() })
    }

    /// Queues a write. If the connection has ended, this is not an error.
    pub fn write(&self, write: Write) {
        let socket = &self.handle.socket;
        // it throws only while the connection is being opened
        let _ = match write {
            Write::Frame { opcode: TEXT, payload, .. } => socket.send_with_str(&String::from_utf8_lossy(&payload)),
            // a copy outside the memory of WebAssembly, which the browser may send later
            Write::Piece(bytes) | Write::Frame { payload: bytes, .. } => {
                socket.send_with_array_buffer(&Uint8Array::from(bytes.as_slice()).buffer())
            }
            Write::Close | Write::Stop => socket.close(),
        };
    }

    /// Ends the connection after all queued writes. A browser has no reset; to MQTT, each is the end of the Network
    /// Connection without DISCONNECT.
    pub async fn reset(self) {
        drop(self);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
        // a broker that counts its connections counts this one until it has noticed the end, which a browser does not show
        if self.lease.is_counted() {
            let lease = self.lease.clone();
            spawn(async move {
                sleep(NOTICES).await;
                drop(lease);
            });
        }
    }
}

/// What the browser calls.
enum Event {
    Opened,
    Message(Received),
    Closed(Incoming),
}

enum Received {
    Binary(Vec<u8>),
    Text,
    TooLarge,
}

/// A WebSocket of the browser, and the functions that it calls. Dropping it closes the WebSocket and frees them.
#[derive(Debug)]
struct Handle {
    socket: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Handle {
    /// Begins to connect.
    ///
    /// # Errors
    /// Why the browser does not try, as text for people.
    fn connect(target: &Target, opening: &Opening, events: mpsc::UnboundedSender<Event>) -> Result<Self, String> {
        let mut url = target.to_string();
        if let Some(path) = &opening.path {
            url = format!("{}{path}", url.strip_suffix(&target.path).unwrap_or(&url));
        }
        let default = [String::from("mqtt")];
        let subprotocols = opening.subprotocols.as_deref().unwrap_or(&default);
        let subprotocols: Array = subprotocols.iter().map(|name| JsValue::from_str(name)).collect();
        let socket = WebSocket::new_with_str_sequence(&url, &subprotocols).map_err(|error| message(&error))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        // the receivers may be gone
        let tell = events.clone();
        let opened = Closure::new(move || drop(tell.send(Event::Opened)));
        let tell = events.clone();
        let message = Closure::new(move |event: MessageEvent| drop(tell.send(Event::Message(received(&event.data())))));
        let closed = Closure::new(move |event: CloseEvent| drop(events.send(Event::Closed(how(event.code())))));
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self { socket, _opened: opened, _message: message, _closed: closed })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // it fails for codes and reasons only, of which there are none
        let _ = self.socket.close();
    }
}

/// Passes on what is received until the connection ends.
async fn read(mut came: mpsc::UnboundedReceiver<Event>, incoming: mpsc::Sender<Incoming>) {
    let mut without_data = 0;
    while let Some(event) = came.recv().await {
        let next = match event {
            Event::Opened => continue,
            Event::Message(Received::Binary(bytes)) if bytes.is_empty() => {
                without_data += 1;
                if without_data <= MOST_WITHOUT_DATA {
                    continue;
                }
                Incoming::without_data()
            }
            Event::Message(Received::Binary(bytes)) => {
                for piece in bytes.chunks(READ) {
                    if incoming.send(Incoming::Bytes(piece.to_vec())).await.is_err() {
                        return;
                    }
                }
                continue;
            }
            Event::Message(Received::Text) => Incoming::text_frame(),
            Event::Message(Received::TooLarge) => Incoming::too_large(),
            Event::Closed(how) => how,
        };
        // the receiver may be gone
        let _ = incoming.send(next).await;
        return;
    }
}

fn received(data: &JsValue) -> Received {
    match data.dyn_ref::<ArrayBuffer>() {
        Some(buffer) if buffer.byte_length() as usize > LARGEST_MESSAGE => Received::TooLarge,
        Some(buffer) => Received::Binary(Uint8Array::new(buffer).to_vec()),
        None => Received::Text,
    }
}

/// How a connection ended, by the code of the browser's event (RFC 6455 section 7.4.1).
fn how(code: u16) -> Incoming {
    match code {
        1005 => Incoming::closed(None),
        1006 => Incoming::closed_without_close(),
        code => Incoming::closed(Some(code)),
    }
}

/// What an exception says.
fn message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.dyn_ref::<JsString>().map_or_else(|| format!("{error:?}"), String::from),
    }
}

/// How many connections are being opened at the same time. Browsers open one after the other to each host (RFC 6455
/// section 4.1), and Chromium makes whoever has many open ones wait for seconds.
static CONNECTING: Semaphore = Semaphore::const_new(4);
/// The opcode of a text frame.
const TEXT: u8 = 1;
