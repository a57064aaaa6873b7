//! Metrics and health over HTTP, on a listener of their own that has to be asked for.

use super::{
    handshake::{Answer, read_request},
    shared::Shared,
    stream::Stream,
    wire::close_gently,
};
use crate::core::Statistics;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use std::{cell::Cell, rc::Rc, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::spawn_local,
    time::{sleep, timeout},
};

/// Serves until it is aborted.
pub(super) async fn serve(shared: Rc<Shared>, listener: TcpListener) {
    let open = Rc::new(Cell::new(0_usize));
    loop {
        match listener.accept().await {
            Ok((socket, _)) if open.get() < AT_ONCE => {
                open.set(open.get() + 1);
                let (shared, open) = (Rc::clone(&shared), Rc::clone(&open));
                spawn_local(async move {
                    let _ = timeout(WITHIN, answer(&shared, socket)).await;
                    open.set(open.get().saturating_sub(1));
                });
            }
            // Dropping the socket closes it.
            Ok(_) => {}
            Err(_) => sleep(ACCEPT_AGAIN).await,
        }
    }
}

async fn answer(shared: &Shared, socket: TcpStream) -> Option<()> {
    let mut socket = Stream::Plain(socket);
    let answer = match read_request(&mut socket).await.ok()? {
        Ok((request, _)) => page(shared, request.uri().path()),
        Err(refused) => refused,
    };
    socket.write_all(answer.to_http().as_bytes()).await.ok()?;
    close_gently(&mut socket).await;
    Some(())
}

fn page(shared: &Shared, path: &str) -> Answer {
    let statistics = shared.core.with(|broker| broker.statistics());
    match path {
        "/metrics" => {
            let text = metrics(&statistics, shared.open_sockets());
            Answer::new("200 OK", text.trim_end()).with_content_type(OPEN_METRICS)
        }
        "/health" if shared.is_stopping() => Answer::new("503 Service Unavailable", "the broker is stopping"),
        "/health" if statistics.store_full => Answer::new(
            "503 Service Unavailable",
            "the disk is nearly full: QoS 1 and 2 messages are refused until there is room",
        ),
        "/health" => Answer::new("200 OK", "ok"),
        _ => Answer::new("404 Not Found", "nothing here, metrics are at /metrics and health is at /health"),
    }
}

/// In the text format of OpenMetrics.
fn metrics(statistics: &Statistics, sockets: usize) -> String {
    let mut registry = Registry::with_prefix("mqttspec");
    let gauge = |value: u64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        gauge
    };
    for (name, help, value) in [
        ("sockets", "Sockets, including those in a handshake", u64::try_from(sockets).unwrap_or(u64::MAX)),
        ("clients_connected", "Clients that are connected", statistics.clients_connected),
        ("sessions", "Sessions, connected or not", statistics.sessions),
        ("subscriptions", "Subscriptions in force", statistics.subscriptions),
        ("retained_messages", "Retained messages", statistics.retained_messages),
        ("logins_waiting", "CONNECTs whose passwords wait to be checked", statistics.logins_waiting),
        ("store_full", "1 while QoS 1 and 2 messages are refused for want of disk", statistics.store_full.into()),
    ] {
        registry.register(name, help, gauge(value));
    }
    let help = "Messages that wait in all Sessions";
    registry.register_with_unit("queued", help, Unit::Bytes, gauge(statistics.queued_bytes));
    let counter = |value| {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        counter
    };
    for (name, help, value) in
        [("received", "Bytes received", statistics.bytes_received), ("sent", "Bytes sent", statistics.bytes_sent)]
    {
        registry.register_with_unit(name, help, Unit::Bytes, counter(value));
    }
    for (name, help, value) in [
        ("packets_received", "Control Packets received", statistics.packets_received),
        ("packets_sent", "Control Packets sent", statistics.packets_sent),
        ("messages_received", "PUBLISH packets received", statistics.messages_received),
        ("messages_sent", "PUBLISH packets sent", statistics.messages_sent),
        ("logins_refused", "CONNECTs refused", statistics.logins_refused),
        ("publishes_refused", "Messages refused, or dropped for want of rights", statistics.publishes_refused),
        ("subscriptions_refused", "Subscriptions refused", statistics.subscriptions_refused),
    ] {
        registry.register(name, help, counter(value));
    }
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = encode(&mut text, &registry);
    text
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Requests at the same time; one more is closed at once.
const AT_ONCE: usize = 16;
/// For the request and for reading the answer.
const WITHIN: Duration = Duration::from_secs(5);
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
