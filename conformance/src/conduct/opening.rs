//! CONNECT, CONNACK and AUTH.

use mqttspec_codec::{Auth, Connack, Connect, PacketType, ReasonCode, Version};

use super::{Connection, Limits, Rule, Session};

/// The parts of CONNECT that matter later.
#[derive(Debug)]
pub(super) struct Offer {
    clean_start: bool,
    /// In seconds.
    pub(super) session_expiry: u32,
    authentication_method: Option<String>,
}

/// How the Server has answered CONNECT.
#[derive(Debug)]
pub(super) enum Welcome {
    /// Not yet.
    None,
    Refused,
    Accepted(Limits),
}

impl Connection {
    pub(super) fn connect(&mut self, connect: &Connect<'_>) {
        if self.offer.is_some() {
            return self.breach(Rule::ConnectOnce, "a second CONNECT".to_owned());
        }
        if connect.client_id.is_empty() && !connect.clean_start {
            let what = "CONNECT with an empty Client Identifier and Clean Session 0".to_owned();
            self.breach(Rule::EmptyClientIdentifier, what);
        }
        if let (Some(will), Some(known)) = (connect.will, self.known) {
            if will.qos > known.maximum_qos {
                let (qos, most) = (will.qos.number(), known.maximum_qos.number());
                let what = format!("a Will with QoS {qos} to a Server whose Maximum QoS is {most}");
                self.breach(Rule::WillQos, what);
            }
            if will.retain && !known.retain_available {
                self.breach(Rule::WillRetain, "a retained Will to a Server without retained messages".to_owned());
            }
        }
        let said = &connect.properties;
        let session_expiry = match connect.version {
            Version::V5 => said.session_expiry_interval().unwrap_or_default(),
            Version::V3_1 | Version::V3_1_1 if connect.clean_start => 0,
            Version::V3_1 | Version::V3_1_1 => u32::MAX,
        };
        if connect.clean_start {
            (self.session, self.session_known) = (Session::default(), true);
        }
        self.keep_alive.asked(connect.keep_alive);
        self.requests.expect_again(&self.session);
        self.offer = Some(Offer {
            clean_start: connect.clean_start,
            session_expiry,
            authentication_method: said.authentication_method().map(|method| method.as_str().to_owned()),
        });
    }

    pub(super) fn connack(&mut self, connack: &Connack<'_>) {
        if connack.reason_code.is_failure() {
            self.welcome = Welcome::Refused;
            self.keep_alive.asked(0);
            return;
        }
        let limits = Limits::of(connack);
        self.welcome = Welcome::Accepted(limits);
        if let Some(seconds) = connack.properties.server_keep_alive() {
            self.keep_alive.imposed(seconds);
        }
        for demand in std::mem::take(&mut self.early) {
            for (rule, what) in demand.beyond(&limits) {
                self.breach(rule, what);
            }
        }
        self.quota();
        let asked = self.offer.as_ref().map_or(0, |offer| offer.session_expiry);
        let given = connack.properties.session_expiry_interval().unwrap_or(asked);
        if connack.session_present {
            let had_none = self.session_known && !self.session.kept;
            let resumes = self.offer.as_ref().is_some_and(|offer| !offer.clean_start);
            self.requests.must_leave = had_none && resumes;
            self.requests.resume();
        } else {
            // what was sent before CONNACK is of the new Session
            self.session.received.clear();
            self.requests.forget(&mut self.session);
            self.session_known = true;
        }
        self.session.kept = given > 0;
    }

    /// With an Authentication Method, the Client waits for CONNACK. A Client that learned of a foreign Session leaves.
    pub(super) fn before_connack(&mut self, packet_type: PacketType) {
        let may_come = matches!(packet_type, PacketType::Connect | PacketType::Auth | PacketType::Disconnect);
        let authenticates = self.offer.as_ref().is_some_and(|offer| offer.authentication_method.is_some());
        if authenticates && matches!(self.welcome, Welcome::None) && !may_come {
            self.breach(Rule::BeforeConnack, format!("{packet_type} before the authentication has ended"));
        }
        if packet_type != PacketType::Disconnect && std::mem::take(&mut self.requests.must_leave) {
            let what = format!("{packet_type} in a Session that the Client knows nothing of");
            self.breach(Rule::SessionPresent, what);
        }
    }

    pub(super) fn auth(&mut self, auth: &Auth<'_>) {
        let method = self.offer.as_ref().and_then(|offer| offer.authentication_method.as_deref());
        let sent = auth.properties.authentication_method().map(|method| method.as_str().to_owned());
        match (method, sent) {
            (None, _) => {
                return self.breach(Rule::AuthWithoutMethod, "AUTH without a method in CONNECT".to_owned());
            }
            (Some(method), Some(sent)) if *method != *sent => {
                let what = format!("AUTH with the method {sent} after CONNECT with {method}");
                self.breach(Rule::AuthMethod, what);
            }
            _ => {}
        }
        let accepted = matches!(self.welcome, Welcome::Accepted(_));
        let fits = match auth.reason_code {
            ReasonCode::ContinueAuthentication => std::mem::take(&mut self.challenged),
            ReasonCode::ReAuthenticate => accepted,
            _ => false,
        };
        if !fits {
            self.breach(Rule::AuthCode, format!("AUTH with {}, which does not follow", auth.reason_code));
        }
    }
}
