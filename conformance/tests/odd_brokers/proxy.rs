//! The reference broker behind a proxy that gives it a habit, over real sockets.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use mqttspec::Target;
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, Packet, Splitter, Version, decode_frame};

/// What the broker does differently. One value serves all connections, which are numbered.
pub(crate) trait Habit: Send + 'static {
    /// Decides on a packet from a client. Packets that do not decode are passed on.
    fn sent(&mut self, connection: usize, version: Version, packet: &Packet<'_>) -> Action;

    /// Changes a packet of either side, without changing its length.
    fn change(&mut self, _frame: &mut [u8]) {}

    /// What the client receives behind a packet of the broker.
    fn behind(&mut self, _version: Version, _packet: &Packet<'_>) -> Vec<u8> {
        Vec::new()
    }
}

/// What happens to a packet of a client.
pub(crate) enum Action {
    /// The broker receives it.
    Pass,
    /// The broker does not.
    Swallow,
    /// The broker does not, and the client receives this instead.
    Answer(Vec<u8>),
    /// The connection ends.
    Close,
}

/// A broker with a habit. It runs until the end of the process.
pub(crate) fn broker(config: Config, habit: impl Habit) -> Target {
    let broker = Embedded::start(config, &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("a broker");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = format!("mqtt://{}", listener.local_addr().expect("bound"));
    let habit: Arc<Mutex<dyn Habit>> = Arc::new(Mutex::new(habit));
    thread::spawn(move || {
        for (number, client) in listener.incoming().flatten().enumerate() {
            let stream = TcpStream::connect(("127.0.0.1", broker.urls()[0].port())).expect("the broker runs");
            let connection =
                Connection { number, habit: habit.clone(), client, broker: stream, version: Arc::default() };
            let other = connection.twin();
            thread::spawn(move || connection.towards_broker());
            thread::spawn(move || other.towards_client());
        }
    });
    target.parse().expect("a URL")
}

/// One direction of a connection.
struct Connection {
    number: usize,
    habit: Arc<Mutex<dyn Habit>>,
    client: TcpStream,
    broker: TcpStream,
    /// As CONNECT names it.
    version: Arc<Mutex<Option<Version>>>,
}

impl Connection {
    fn twin(&self) -> Self {
        let (habit, version) = (self.habit.clone(), self.version.clone());
        let [client, broker] = [&self.client, &self.broker].map(|stream| stream.try_clone().expect("a handle"));
        Self { number: self.number, habit, client, broker, version }
    }

    fn towards_broker(self) {
        frames(&self.client, |frame| {
            let version = *lock(&self.version);
            let packet = decode_frame(frame, version.unwrap_or(Version::V5)).ok();
            if let Some(Packet::Connect(connect)) = &packet {
                lock(&self.version).get_or_insert(connect.version);
            }
            let version = lock(&self.version).unwrap_or(Version::V5);
            match packet.map_or(Action::Pass, |packet| lock(&self.habit).sent(self.number, version, &packet)) {
                Action::Pass => (&self.broker).write_all(&self.changed(frame)).is_ok(),
                Action::Swallow => true,
                Action::Answer(bytes) => (&self.client).write_all(&bytes).is_ok(),
                Action::Close => false,
            }
        });
        self.end();
    }

    fn towards_client(self) {
        frames(&self.broker, |frame| {
            let version = lock(&self.version).unwrap_or(Version::V5);
            let behind = decode_frame(frame, version).map(|packet| lock(&self.habit).behind(version, &packet));
            let bytes = [self.changed(frame), behind.unwrap_or_default()].concat();
            (&self.client).write_all(&bytes).is_ok()
        });
        self.end();
    }

    fn changed(&self, frame: &[u8]) -> Vec<u8> {
        let mut changed = frame.to_vec();
        lock(&self.habit).change(&mut changed);
        changed
    }

    fn end(&self) {
        for stream in [&self.client, &self.broker] {
            // the other direction may have done it
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Reads packets until the end, or until one is not passed on. Bytes that are no packets pass as they come.
fn frames(mut from: &TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut splitter = Splitter::new(Vec::new(), MAXIMUM_REMAINING_LENGTH);
    let (mut bytes, mut lost) = (vec![0; 16 * 1024], false);
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        let mut rest = bytes.get(..len).unwrap_or_default();
        while !lost && !rest.is_empty() {
            match splitter.next(&mut rest) {
                Ok(Some(frame)) if !pass(frame) => return,
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => lost = true,
            }
        }
        if lost && !pass(bytes.get(..len).unwrap_or_default()) {
            return;
        }
    }
}

fn lock<T: ?Sized>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("no habit panics")
}
