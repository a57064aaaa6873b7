//! A server of the files that are in the binary.

use std::{convert::Infallible, net::SocketAddr, process::ExitCode, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, runtime::Builder, time::sleep};

use crate::cli::{CliError, interruption};

/// The names of the files, and what is in them.
pub(super) static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

pub(super) fn run(listen: SocketAddr) -> Result<ExitCode, CliError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(CliError::new)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await;
        let listener = listener.map_err(|error| CliError(format!("cannot listen on {listen}: {error}")))?;
        let address = listener.local_addr().map_err(CliError::new)?;
        println!("http://{address}/ has the page; Ctrl-C stops it");
        tokio::select! {
            never = accept(listener) => never,
            () = interruption() => Ok(ExitCode::SUCCESS),
        }
    })
}

async fn accept(listener: TcpListener) -> Result<ExitCode, CliError> {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // too many open files, perhaps; a connection may end meanwhile
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(10))
                .serve_connection(
                    TokioIo::new(stream),
                    service_fn(async |request| Ok::<_, Infallible>(answer(&request))),
                );
            // a browser that ends the connection early is no concern of anybody
            let _ = connection.await;
        });
    }
}

fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let name = match request.uri().path().trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let (status, name, body) = match FILES.iter().find(|(own, _)| *own == name) {
        _ if request.method() != Method::GET => (StatusCode::METHOD_NOT_ALLOWED, "", &b"only GET is allowed\n"[..]),
        Some((name, body)) => (StatusCode::OK, *name, *body),
        None => (StatusCode::NOT_FOUND, "", &b"there is no such file\n"[..]),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    // another version of the binary has other files under the same names
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "wasm")) => "application/wasm",
        _ => "text/plain; charset=utf-8",
    }
}
