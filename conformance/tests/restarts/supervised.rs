//! `mqttspec broker` as a process that is started again whenever it ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use tempfile::TempDir;

/// A broker, and the thread that waits for its end.
pub(crate) struct Supervised {
    folder: TempDir,
    port: u16,
    starts: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<()>>,
}

impl Supervised {
    /// Starts the broker, with a data folder or without. Clients can connect when this returns.
    pub(crate) fn start(keeps: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (starts, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (data, pid) = (keeps.then(|| folder.path().join("data")), pid_file(folder.path()));
        let start = {
            let starts = starts.clone();
            move || {
                let process = spawn(port, data.as_deref());
                fs::write(&pid, process.id().to_string()).unwrap();
                starts.fetch_add(1, Ordering::SeqCst);
                listening(process)
            }
        };
        let (mut running, is_over) = (start(), over.clone());
        let supervisor = thread::spawn(move || {
            loop {
                running.wait().unwrap();
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                running = start();
            }
        });
        Self { folder, port, starts, over, supervisor: Some(supervisor) }
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// The shell command that sends this signal to the broker.
    pub(crate) fn signal(&self, signal: &str) -> String {
        format!("kill -{signal} $(cat '{}')", pid_file(self.folder.path()).display())
    }

    /// How often the broker was started.
    pub(crate) fn starts(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // if it has just ended by itself, the next one is not started
        let _ = Command::new("sh").args(["-c", &self.signal("KILL")]).status();
        let _ = self.supervisor.take().map(JoinHandle::join);
    }
}

fn spawn(port: u16, data: Option<&Path>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttspec"));
    command.args(["broker", "--listen", &format!("mqtt://127.0.0.1:{port}")]).stdout(Stdio::piped());
    data.into_iter().for_each(|data| {
        command.arg("--data").arg(data);
    });
    command.spawn().unwrap()
}

/// Waits until the broker listens.
fn listening(mut process: Child) -> Child {
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on "), "{line:?}");
    process
}

/// The file with the number of the process, which is there before anybody can connect.
fn pid_file(folder: &Path) -> PathBuf {
    folder.join("pid")
}
