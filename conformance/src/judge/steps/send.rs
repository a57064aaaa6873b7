//! Completes the packets of a vector with default fields, and encodes them.

use mqttspec_codec::{PacketType, QoS};

use crate::{
    judge::{Setup, Verdict, expect::names::Unresolved, state::Case},
    packet::{Fields, Value, fields},
    scram::Scram,
    vector::script::{Name, Outgoing, Term},
};

/// A packet ready to be sent.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) fields: Fields,
    pub(crate) bytes: Vec<u8>,
    /// The Keep Alive for which the suite sends pings, if the vector writes none.
    pub(crate) kept_alive: Option<u16>,
}

/// Fills in the fields that are not written, and encodes the packet.
///
/// # Errors
/// The vector is wrong, because the packet cannot be sent.
pub(crate) fn ready(case: &mut Case, who: &Name, outgoing: &Outgoing) -> Result<Ready, Verdict> {
    let mut fields = Fields::new();
    for (name, term) in &outgoing.fields {
        let value = match (case.names.resolve(term), term) {
            (Ok(value), _) => value,
            (Err(Unresolved::Name(_)), Term::Name(unbound)) if *name == "packet_id" => {
                let free = Value::Number(case.free_packet_id(who).into());
                case.names.bind(unbound, free.clone());
                free
            }
            (Err(Unresolved::Name(unbound)), _) => {
                return Err(Verdict::Error(format!("{who} sends ${unbound}, which has no value").into()));
            }
            (Err(Unresolved::Scram), term) => Value::Bytes(scram(case, who, term)?),
        };
        fields.insert(name, value);
    }
    let mut kept_alive = None;
    match outgoing.packet_type {
        PacketType::Connect => kept_alive = connect(case, who, &mut fields),
        PacketType::Subscribe | PacketType::Unsubscribe => packet_id(case, who, &mut fields),
        PacketType::Publish if qos(&fields) != Some(QoS::AtMostOnce) => packet_id(case, who, &mut fields),
        _ => {}
    }
    let Some(version) = case.clients.get(who).map(|client| client.version) else {
        return Err(Verdict::Error(format!("{who} is not a client of this case").into()));
    };
    match fields::write(outgoing.packet_type, &fields, version) {
        Ok(bytes) => Ok(Ready { fields, bytes, kept_alive }),
        Err(why) => Err(Verdict::Error(format!("cannot send {} of {who}: {why}", outgoing.packet_type).into())),
    }
}

/// The QoS of a PUBLISH.
pub(crate) fn qos(fields: &Fields) -> Option<QoS> {
    let number = fields.get("qos").and_then(Value::as_number).unwrap_or_default();
    QoS::from_number(u8::try_from(number).ok()?)
}

fn packet_id(case: &mut Case, who: &Name, fields: &mut Fields) {
    if !fields.contains_key("packet_id") {
        fields.insert("packet_id", Value::Number(case.free_packet_id(who).into()));
    }
}

/// The next message of the client in a SCRAM exchange.
///
/// # Errors
/// The case did not ask for the method (`requires`), or the Server sent an invalid challenge, which is not a matter of
/// MQTT.
fn scram(case: &mut Case, who: &Name, term: &Term) -> Result<Vec<u8>, Verdict> {
    let error = |why: &str| Verdict::Error(format!("{who}: {why}").into());
    if let Term::ScramAnswer(name) = term {
        let challenge = case.names.get(name).and_then(Value::as_bytes).unwrap_or_default();
        let answer = case.scram.get(who).and_then(|scram| scram.answer(challenge));
        return answer.ok_or_else(|| error("the Authentication Data is not a SCRAM-SHA-256 challenge"));
    }
    let nonce = case.number();
    let client_id = case.clients.get(who).map(|client| client.client_id.as_str()).unwrap_or_default();
    let nonce = format!("{client_id}{nonce}");
    let Setup { user_name: Some(user_name), password: Some(password), .. } = &case.setup else {
        return Err(error("SCRAM-SHA-256 needs a user name and a password; does the case require the method?"));
    };
    let scram = Scram::begin(user_name, password, &nonce);
    let scram = scram.ok_or_else(|| error("SASLprep forbids the user name or the password"))?;
    let first = scram.first();
    case.scram.insert(Name::clone(who), scram);
    Ok(first)
}

/// Fills in a CONNECT. Returns the Keep Alive for which the suite sends pings.
fn connect(case: &Case, who: &Name, fields: &mut Fields) -> Option<u16> {
    fields.entry("clean_start").or_insert(Value::Bool(true));
    if let Some(client) = case.clients.get(who) {
        fields.entry("client_id").or_insert_with(|| Value::text(&client.client_id));
    }
    // Authentication Data identifies the user
    if !["user_name", "password", "authentication_data"].iter().any(|name| fields.contains_key(name)) {
        fields.extend(case.setup.user_name.iter().map(|name| ("user_name", Value::text(name))));
        // v3.1.1 [MQTT-3.1.2-22]: no password without a user name
        let has_user_name = fields.contains_key("user_name");
        let v5 = case.clients.get(who).is_some_and(|client| client.version.has_properties());
        if let Some(password) = case.setup.password.as_ref().filter(|_| has_user_name || v5) {
            fields.insert("password", Value::Bytes(password.clone()));
        }
    }
    let kept = !fields.contains_key("keep_alive");
    kept.then(|| {
        fields.insert("keep_alive", Value::Number(KEEP_ALIVE.into()));
        KEEP_ALIVE
    })
}

/// Seconds.
const KEEP_ALIVE: u16 = 60;
