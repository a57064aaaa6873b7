//! What `mqttspec broker` does at SIGHUP and SIGTERM.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    time::Duration,
};

use mqttspec::vector::encode;
use mqttspec_codec::Version;

#[test]
fn hang_up_reads_the_users_again_and_keeps_who_may_stay() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.toml");
    fs::write(&users, "[anonymous]\npublish = ['#']\n").unwrap();
    fs::set_permissions(&users, fs::Permissions::from_mode(0o666)).unwrap();
    let mut broker = Broker::start(&users);
    broker.logged("may write");
    let mut client = broker.connect();
    for (text, said) in [
        ("[anonymous]\nread = []\n", "everything stays as it is"),
        ("[anonymous]\npublish = ['a']\n", "were read again"),
    ] {
        fs::write(&users, text).unwrap();
        broker.signal("HUP");
        broker.logged(said);
        client.write_all(&[0xC0, 0]).unwrap();
        assert_eq!(take(&mut client, 2), [0xD0, 0], "the connection is kept");
    }
    client.write_all(&encode("PUBLISH: {topic: b, payload: m}", Version::V5).unwrap()).unwrap();
    broker.logged("refused PUBLISH: ");
    fs::write(&users, "[users.alice]\n").unwrap();
    broker.signal("HUP");
    assert_eq!(reason_of_disconnect(&mut client), 0x87);
    broker.signal("TERM");
    assert!(broker.process.wait().unwrap().success());
}

#[test]
fn terminate_says_that_the_server_shuts_down() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.toml");
    fs::write(&users, "[anonymous]\n").unwrap();
    let mut broker = Broker::start(&users);
    let mut client = broker.connect();
    broker.signal("TERM");
    assert_eq!(reason_of_disconnect(&mut client), 0x8B);
    assert!(broker.process.wait().unwrap().success());
}

struct Broker {
    process: Child,
    address: String,
    log: Lines<BufReader<ChildStderr>>,
}

impl Broker {
    fn start(users: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
        command.args(["broker", "--listen", "mqtt://127.0.0.1:0", "--users"]).arg(users);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on mqtt://").expect("the promised line").to_owned();
        let log = BufReader::new(process.stderr.take().expect("piped")).lines();
        Self { process, address, log }
    }

    fn signal(&self, name: &str) {
        let signal = format!("-{name}");
        assert!(Command::new("kill").args([&signal, &self.process.id().to_string()]).status().unwrap().success());
    }

    /// Waits for a line with this text.
    fn logged(&mut self, text: &str) {
        assert!(self.log.any(|line| line.unwrap().contains(text)), "the broker ended before it logged {text:?}");
    }

    /// A v5 client that is connected.
    fn connect(&self) -> TcpStream {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(&encode("CONNECT: {clean_start: true, client_id: c}", Version::V5).unwrap()).unwrap();
        let head = take(&mut socket, 2);
        assert_eq!(head[0], 0x20, "CONNACK");
        assert_eq!(take(&mut socket, usize::from(head[1]))[1], 0, "success");
        socket
    }
}

fn take(socket: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    socket.read_exact(&mut bytes).unwrap();
    bytes
}

/// Reads to the end, which is a DISCONNECT.
fn reason_of_disconnect(socket: &mut TcpStream) -> u8 {
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).unwrap();
    assert_eq!(rest[0], 0xE0, "DISCONNECT: {rest:?}");
    rest[2]
}
