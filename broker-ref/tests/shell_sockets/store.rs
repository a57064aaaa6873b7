//! Output that depends on what the store has not yet committed.

use crate::client::{CONNACK, PINGREQ, PINGRESP, SUBACK, connect, listeners, publish, socket, subscribe};
use mqttspec_broker::{
    core::{Config, Delta, Timestamp},
    shell::{Listen, ServeError, Server},
    store::{Loaded, Persist, Store, StoreError, StoreErrorKind},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread::{JoinHandle, spawn},
    time::Duration,
};
use tokio::sync::oneshot;

/// A store that tells of each commit and waits until it may, or must fail.
#[derive(Debug)]
struct Held {
    asked: Sender<usize>,
    may: Receiver<bool>,
}

impl Persist for Held {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        Ok(Loaded::default())
    }

    fn commit(&mut self, deltas: &[Delta], _: Timestamp) -> Result<(), StoreError> {
        let _ = self.asked.send(deltas.len());
        // the test has ended, so nothing is held
        match self.may.recv().unwrap_or(true) {
            true => Ok(()),
            false => {
                let full = std::io::Error::from(ErrorKind::StorageFull);
                Err(StoreError::new(Path::new("here"), StoreErrorKind::Full(full)))
            }
        }
    }
}

struct Broker {
    url: Listen,
    asked: Receiver<usize>,
    may: Sender<bool>,
    stop: oneshot::Sender<()>,
    thread: Ended,
}

type Ended = JoinHandle<Result<(), ServeError>>;

impl Broker {
    fn start() -> Self {
        let ((asked, of), (may, answer)) = (channel(), channel());
        let (url, stop, thread) = Self::start_with(Held { asked, may: answer });
        Self { url, asked: of, may, stop, thread }
    }

    fn start_with(store: impl Persist) -> (Listen, oneshot::Sender<()>, Ended) {
        let server = Server::new(Config::default()).with_store(store).unwrap().listen(&listeners()).unwrap();
        let url = server.urls()[0].clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.run(async {
                let _ = stopped.await;
            }))
        });
        (url, stop, thread)
    }

    fn client(&self, connect: &[u8]) -> TcpStream {
        let mut socket = socket(&self.url);
        socket.write_all(connect).unwrap();
        socket
    }

    /// A commit has begun.
    fn asked(&self) -> usize {
        self.asked.recv().unwrap()
    }
}

#[test]
fn only_output_that_depends_on_a_commit_waits() {
    let broker = Broker::start();
    let mut other = broker.client(&connect("o"));
    expect(&mut other, &CONNACK); // depends on nothing: this Session is not kept
    let mut kept = broker.client(&[kept_session("k"), PINGREQ.to_vec()].concat());
    assert_eq!(broker.asked(), 1, "the Session");
    other.write_all(&PINGREQ).unwrap();
    expect(&mut other, &PINGRESP);
    assert_silent(&mut kept);
    broker.may.send(true).unwrap();
    expect(&mut kept, &[&CONNACK[..], &PINGRESP].concat());

    kept.write_all(&[subscribe("t"), PINGREQ.to_vec()].concat()).unwrap();
    assert_eq!(broker.asked(), 1, "the subscription");
    other.write_all(&PINGREQ).unwrap();
    expect(&mut other, &PINGRESP);
    assert_silent(&mut kept);
    broker.may.send(true).unwrap();
    expect(&mut kept, &[&SUBACK[..], &PINGRESP].concat());
}

#[test]
fn a_failed_commit_ends_the_server_and_nothing_is_acknowledged() {
    let broker = Broker::start();
    let mut kept = broker.client(&kept_session("k"));
    broker.asked();
    broker.may.send(false).unwrap();
    assert_eq!(rest(&mut kept), []);
    let error = broker.thread.join().unwrap().unwrap_err();
    assert!(matches!(&error, ServeError::Store(error) if matches!(error.kind(), StoreErrorKind::Full(_))), "{error}");
}

#[test]
fn recorded_changes_are_committed_before_the_server_ends() {
    let broker = Broker::start();
    let _kept = broker.client(&kept_session("k"));
    broker.asked();
    drop(broker.stop);
    broker.may.send(true).unwrap();
    // the end of its connection
    assert_eq!(broker.asked.recv(), Ok(1));
    broker.may.send(true).unwrap();
    broker.thread.join().unwrap().unwrap();
}

#[test]
fn nothing_is_read_while_the_store_is_far_behind() {
    let broker = Broker::start();
    let mut other = broker.client(&connect("o"));
    expect(&mut other, &CONNACK);
    let mut publisher = broker.client(&connect("p"));
    expect(&mut publisher, &CONNACK);
    let mut message = publish("t", &[0; 50_000]);
    message[0] |= 1; // retained
    // More than the store may be behind and the sockets' buffers hold.
    let mut writing = publisher.try_clone().unwrap();
    let flood = spawn(move || (0..1000).for_each(|_| writing.write_all(&message).unwrap()));
    // On a machine that is slow this ends too early, and shows less.
    other.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    loop {
        other.write_all(&PINGREQ).unwrap();
        if other.read_exact(&mut [0; 2]).is_err() {
            break;
        }
        assert!(!flood.is_finished(), "all of it was read");
    }
    let commits = spawn(move || while broker.may.send(true).is_ok() && broker.asked.recv().is_ok() {});
    other.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    expect(&mut other, &PINGRESP);
    flood.join().unwrap();
    publisher.write_all(&PINGREQ).unwrap();
    expect(&mut publisher, &PINGRESP);
    drop(broker.stop);
    broker.thread.join().unwrap().unwrap();
    commits.join().unwrap();
}

/// Keep Alive in seconds: a client that is silent is ended, one that is not read while it speaks is not.
#[test]
fn no_client_times_out_while_it_is_not_read() {
    let broker = Broker::start();
    let [mut silent, mut speaks] = [("n", 2), ("s", 1)].map(|(client_id, keep_alive)| {
        let mut bytes = connect(client_id);
        bytes[11] = keep_alive;
        let mut client = broker.client(&bytes);
        expect(&mut client, &CONNACK);
        client
    });
    let mut publisher = broker.client(&connect("p"));
    let mut message = publish("t", &[0; 1_000_000]);
    message[0] |= 1; // retained
    // Somewhere in it the broker stops to read.
    let flood = spawn(move || {
        (0..10).for_each(|_| publisher.write_all(&message).unwrap());
        publisher
    });
    // until Keep Alive has run out for the one, and longer than it is for the other
    silent.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut spoken = 0;
    loop {
        speaks.write_all(&PINGREQ).unwrap();
        spoken += 1;
        if silent.read(&mut [0]).is_ok_and(|len| len == 0) {
            break;
        }
    }
    let commits = spawn(move || while broker.may.send(true).is_ok() && broker.asked.recv().is_ok() {});
    speaks.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(&mut speaks), PINGRESP.repeat(spoken));
    drop(flood.join().unwrap());
    drop(broker.stop);
    broker.thread.join().unwrap().unwrap();
    commits.join().unwrap();
}

#[test]
fn nearly_full_disk_refuses_messages() {
    #[derive(Debug)]
    struct Full;
    impl Persist for Full {
        fn load(&mut self) -> Result<Loaded, StoreError> {
            Ok(Loaded::default())
        }

        fn commit(&mut self, _: &[Delta], _: Timestamp) -> Result<(), StoreError> {
            Ok(())
        }

        fn is_nearly_full(&self) -> bool {
            true
        }
    }
    let (url, _stop, _thread) = Broker::start_with(Full);
    let mut client = socket(&url);
    client.write_all(&connect_v5("p")).unwrap();
    assert_eq!(packet(&mut client)[0], 0x20);
    // the store's thread tells it in its own time
    loop {
        client.write_all(&[0x32, 6, 0, 1, b't', 0, 9, 0]).unwrap();
        let puback = packet(&mut client);
        assert_eq!((puback[0], &puback[2..4]), (0x40, &[0, 9][..]));
        match puback[4] {
            0x97 => break,
            no_matching_subscribers => assert_eq!(no_matching_subscribers, 0x10),
        }
    }
    // v3.1.1 has no way to say it
    let mut old = socket(&url);
    old.write_all(&[connect("o"), vec![0x32, 5, 0, 1, b't', 0, 9]].concat()).unwrap();
    assert_eq!(rest(&mut old), CONNACK);
}

#[test]
fn answer_after_a_half_close_waits_for_the_commit() {
    let broker = Broker::start();
    let mut kept = broker.client(&[kept_session("k"), PINGREQ.to_vec()].concat());
    kept.shutdown(std::net::Shutdown::Write).unwrap();
    broker.asked();
    broker.may.send(true).unwrap();
    drop(broker.may);
    assert_eq!(rest(&mut kept), [&CONNACK[..], &PINGRESP].concat());
}

#[test]
fn stored_state_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let serve = || Broker::start_with(Store::open(folder.path()).unwrap());
    let (url, stop, thread) = serve();
    let mut client = socket(&url);
    client.write_all(&[kept_session("k"), subscribe("t")].concat()).unwrap();
    expect(&mut client, &[&CONNACK[..], &SUBACK].concat());
    drop(stop);
    thread.join().unwrap().unwrap();

    let (url, _stop, _thread) = serve();
    let mut client = socket(&url);
    let message = [0x30, 5, 0, 1, b't', b'h', b'i'];
    client.write_all(&[&kept_session("k")[..], &message].concat()).unwrap();
    expect(&mut client, &[&[0x20, 2, 1, 0][..], &message].concat());
}

/// Clean Session 0.
fn kept_session(client_id: &str) -> Vec<u8> {
    let mut bytes = connect(client_id);
    bytes[9] = 0;
    bytes
}

/// Clean Start, Keep Alive 60 s.
fn connect_v5(client_id: &str) -> Vec<u8> {
    let mut bytes = connect(client_id);
    (bytes[1], bytes[8]) = (bytes[1] + 1, 5);
    bytes.insert(12, 0);
    bytes
}

/// One packet of less than 128 bytes.
fn packet(socket: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 2];
    socket.read_exact(&mut head).unwrap();
    let mut body = vec![0; head[1].into()];
    socket.read_exact(&mut body).unwrap();
    [&head[..], &body].concat()
}

fn expect(socket: &mut TcpStream, bytes: &[u8]) {
    let mut received = vec![0; bytes.len()];
    socket.read_exact(&mut received).unwrap();
    assert_eq!(received, bytes);
}

fn assert_silent(socket: &mut TcpStream) {
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    socket.set_nonblocking(false).unwrap();
}

/// All that comes until the broker ends its direction.
fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).unwrap();
    rest
}
