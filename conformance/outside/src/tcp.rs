//! The broker on a socket: one thread for each connection, one lock around all of it.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::toy::{Action, Toy};

#[derive(Default)]
struct Server {
    toy: Toy,
    sockets: BTreeMap<u64, TcpStream>,
}

/// Listens on a free port of loopback, in threads that end with the process.
///
/// # Errors
/// No port is free.
pub fn listen() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = Arc::new(Mutex::new(Server::default()));
    thread::spawn(move || {
        for (connection, socket) in (0..).zip(listener.incoming()) {
            if let Ok(socket) = socket {
                let server = Arc::clone(&server);
                thread::spawn(move || serve(&server, connection, socket));
            }
        }
    });
    Ok(address)
}

fn serve(server: &Mutex<Server>, connection: u64, mut socket: TcpStream) {
    if let Ok(writer) = socket.try_clone() {
        let mut server = lock(server);
        server.sockets.insert(connection, writer);
        server.toy.open(connection);
    }
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = socket.read(&mut bytes) {
        let mut server = lock(server);
        server.toy.receive(connection, &bytes[..count]);
        server.act();
    }
    let mut server = lock(server);
    server.toy.close(connection);
    server.sockets.remove(&connection);
}

impl Server {
    fn act(&mut self) {
        while let Some(action) = self.toy.poll() {
            let (Action::Send(connection, _) | Action::Close(connection)) = &action;
            let Some(socket) = self.sockets.get_mut(connection) else { continue };
            // an error means that the client has gone, which its own thread sees
            let _ = match &action {
                Action::Send(_, bytes) => socket.write_all(bytes),
                Action::Close(_) => socket.shutdown(Shutdown::Both),
            };
        }
    }
}

fn lock(server: &Mutex<Server>) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}
