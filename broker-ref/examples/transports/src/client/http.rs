//! [`Http`]: one HTTP/1.1 connection that is kept alive, with the headers of a browser.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::network::Meter;

/// A connection that is opened at the first request and again after it was lost.
#[derive(Debug)]
pub(super) struct Http {
    address: SocketAddr,
    meter: Arc<Meter>,
    open: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer. What exactly it was makes no difference to a page: it tries again.
#[derive(Debug)]
pub(super) struct NoAnswer;

impl Http {
    pub(super) fn new(address: SocketAddr, meter: Arc<Meter>) -> Self {
        Self { address, meter, open: None }
    }

    /// The body of a successful answer.
    ///
    /// # Errors
    /// When the connection fails or the status is not a success.
    pub(super) async fn fetch(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes, NoAnswer> {
        let response = self.request(method, path, &[], body).await?;
        let body = response.into_body().collect().await.map_err(|_| NoAnswer)?;
        Ok(body.to_bytes())
    }

    /// A successful answer of which the body has yet to come. As browsers do, tries once more on a new connection if one
    /// that was used before fails: the server may have closed it in the meantime.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub(super) async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let request = || {
            let mut request = browser(Request::builder().method(method.clone()).uri(path), self.address);
            if method == Method::POST {
                request = request.header("Content-Type", "application/json").header("Origin", origin(self.address));
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.body(Full::new(body.clone())).map_err(|_| NoAnswer)
        };
        let (first, second) = (request()?, request()?);
        if let Some(mut kept) = self.open.take().filter(|kept| !kept.is_closed()) {
            self.meter.request();
            if let Ok(response) = kept.send_request(first).await {
                self.open = Some(kept);
                return success(response);
            }
        }
        let stream = TcpStream::connect(self.address).await.map_err(|_| NoAnswer)?;
        stream.set_nodelay(true).map_err(|_| NoAnswer)?;
        let (mut new, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| NoAnswer)?;
        // ends with the sender of requests, and a failure is also the failure of a request
        tokio::spawn(connection);
        self.meter.request();
        let response = new.send_request(second).await.map_err(|_| NoAnswer)?;
        self.open = Some(new);
        success(response)
    }
}

fn success(response: Response<Incoming>) -> Result<Response<Incoming>, NoAnswer> {
    if response.status().is_success() { Ok(response) } else { Err(NoAnswer) }
}

/// Adds what Chrome sends with every request to the page's own server, without cookies.
pub(super) fn browser(request: Builder, address: SocketAddr) -> Builder {
    let request = request.header("Host", address.to_string()).header("Referer", format!("{}/", origin(address)));
    BROWSER.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// The page's origin.
pub(super) fn origin(address: SocketAddr) -> String {
    format!("http://{address}")
}

const BROWSER: [(&str, &str); 11] = [
    ("Connection", "keep-alive"),
    ("sec-ch-ua-platform", "\"Linux\""),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    ),
    ("sec-ch-ua", "\"Chromium\";v=\"142\", \"Google Chrome\";v=\"142\", \"Not_A Brand\";v=\"99\""),
    ("sec-ch-ua-mobile", "?0"),
    ("Accept", "*/*"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Dest", "empty"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-US,en;q=0.9"),
];
