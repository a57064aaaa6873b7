//! From operations to what Clients and the world do.

use mqttspec_codec::{Packet, Pingreq, Puback, Pubcomp, Pubrec, ReasonCode, Version, decode_frame};

use crate::{
    judge::Scene,
    op::{CLIENTS, Op, Wake},
    world::World,
};

impl World {
    pub(crate) fn run(&mut self, client: usize, op: &Op) {
        match op {
            Op::Commit { steps } => self.commit(*steps),
            Op::Wait { millis, wake } => self.wait(*millis, *wake),
            Op::Crash { more_steps, during } => {
                self.dying = true;
                if let Some(op) = during {
                    self.run(client, op);
                }
                self.crash(*more_steps);
            }
            Op::Connect { .. } => self.connect(client, op),
            _ if self.clients[client].line.is_none() => {}
            Op::Lose => self.lose(client),
            Op::Read { bytes } => self.read(client, *bytes),
            _ if !self.may_send(client) => {}
            Op::Subscribe(planned) => self.subscribe(client, *planned),
            Op::Unsubscribe { filter } => self.unsubscribe(client, *filter),
            Op::Publish { .. } => self.publish(client, op),
            Op::Repeat => self.repeat(client),
            Op::Pubrel => self.pubrel(client),
            Op::Ping => {
                self.send(client, Pingreq, |world, _, id| world.lines.get_mut(&id).unwrap().pings += 1);
            }
            Op::Answer { kind, packets, refuse } => {
                (0..*packets).for_each(|_| self.answer(client, *kind, *refuse));
            }
            Op::Disconnect { keep_will, expiry } => self.disconnect(client, *keep_will, *expiry),
            Op::Malformed => {
                self.send_bytes(client, &[0x00, 0x00], |world, epoch, id| world.hang_up(epoch, id));
            }
        }
    }

    /// After its CONNACK, and while the broker reads: not while much waits that the Client does not take.
    fn may_send(&self, client: usize) -> bool {
        let Some(id) = self.clients[client].line else { return false };
        self.clients[client].connected && self.broker.backlog(id) <= self.config.backlog / 2
    }

    fn wait(&mut self, millis: u64, wake: Wake) {
        let end = self.now.after_millis(millis);
        if let Wake::InTime = wake {
            while let Some(due) = self.broker.poll_timeout().filter(|due| *due <= end) {
                self.now = self.now.max(due);
                self.wake();
            }
        }
        self.now = end;
        if let Wake::Late = wake {
            self.wake();
        }
    }

    fn answer(&mut self, client: usize, kind: usize, refuse: bool) {
        let Some((packet_id, number)) = self.clients[client].answers[kind].pop_front() else { return };
        let refuse = refuse && CLIENTS[client].1 == Version::V5;
        let code = if refuse { ReasonCode::UnspecifiedError } else { ReasonCode::Success };
        let packet: Packet<'_> = match kind {
            0 => Puback::with_reason(packet_id, code).into(),
            1 => Pubrec::with_reason(packet_id, code).into(),
            _ => Pubcomp::success(packet_id).into(),
        };
        self.send(client, packet, |world, epoch, id| {
            if kind != 1 || refuse {
                world.lines.get_mut(&id).unwrap().finished(packet_id);
            }
            if let Some(due) = number.and_then(|number| world.truth.sessions[epoch].due.get_mut(&number)) {
                due.finished += 1;
            }
        });
        let seen = &mut self.clients[client].seen;
        match kind {
            0 => seen.acknowledge(packet_id),
            1 if refuse => seen.refuse(packet_id),
            _ => {}
        }
    }

    /// The Client takes bytes off the wire, and at its end sees that the connection is closed.
    pub(crate) fn read(&mut self, client: usize, bytes: usize) {
        let Some(id) = self.clients[client].line else { return };
        let line = self.lines.get_mut(&id).unwrap();
        let bytes: Vec<u8> = line.wire.drain(..bytes.min(line.wire.len())).collect();
        let ended = line.last && line.wire.is_empty() && line.held.is_empty();
        let mut rest = bytes.as_slice();
        while let Some(frame) =
            self.lines.get_mut(&id).and_then(|line| line.input.next(&mut rest).unwrap().map(<[u8]>::to_vec))
        {
            let line = self.lines.get_mut(&id).unwrap();
            let packet = decode_frame(&frame, line.version).expect("legal");
            let scene = Scene { truth: &self.truth, ledger: &self.ledger };
            let told = self.clients[client].receive(&packet, line, scene);
            self.told(told);
            if let Packet::Connack(_) = packet {
                match self.lines[&id].session_present {
                    true => self.send_again(client),
                    false => {
                        self.setup.habits[client].into_iter().flatten().for_each(|each| self.subscribe(client, each))
                    }
                }
            }
        }
        if ended {
            self.lose(client);
        }
    }
}
