//! [`Access`]: who may connect, and what each may do.

mod covers;
mod file;
mod grant;
mod password;
mod scram;
mod scram_keys;

use std::{collections::BTreeMap, sync::Arc};

use mqttspec_codec::{Connect, ReasonCode};

use grant::Rights;

pub use {
    file::AccessError,
    password::{PasswordCheck, PasswordHash},
    scram_keys::ScramKeys,
};
pub(super) use {
    grant::Grant,
    scram::{Exchange, METHOD, Step},
};

/// Who may connect, publish and subscribe. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Access {
    /// Everybody may do everything: a User Name is taken as it is, a password is not looked at.
    #[default]
    Open,
    /// Who is in the list may do what the list says: see [`Access::parse`].
    Listed(Arc<Users>),
}

/// The users, and what a Client without a User Name may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    by_name: BTreeMap<Arc<str>, User>,
    /// `None`: it is refused.
    anonymous: Option<Rights>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct User {
    /// For User Name and Password of CONNECT.
    password: Option<PasswordHash>,
    /// For enhanced authentication.
    scram: Option<ScramKeys>,
    rights: Rights,
}

/// What it takes to believe a CONNECT.
#[derive(Debug)]
pub(super) enum Demand {
    /// Nothing more: it is this user, or nobody in particular.
    Nothing(Option<Arc<str>>),
    /// It is this user if the check passes.
    Password(Arc<str>, PasswordCheck),
    /// An exchange of AUTH will tell (v5 section 4.12).
    Exchange,
}

impl Access {
    /// # Errors
    /// The reason to refuse it, for CONNACK.
    pub(super) fn demand(&self, connect: &Connect<'_>) -> Result<Demand, ReasonCode> {
        if let Some(method) = connect.properties.authentication_method() {
            // v5 [MQTT-4.12.0-1]: without keys of users there is no method
            return match method.as_str() == METHOD && self.scram_model().is_some() {
                true => Ok(Demand::Exchange),
                false => Err(ReasonCode::BadAuthenticationMethod),
            };
        }
        let name = connect.user_name.map(|name| name.as_str());
        let Self::Listed(users) = self else { return Ok(Demand::Nothing(name.map(Arc::from))) };
        match (name, connect.password) {
            (None, None) if users.anonymous.is_some() => Ok(Demand::Nothing(None)),
            (None, None) => Err(ReasonCode::NotAuthorized),
            (Some(name), Some(password)) => {
                let own = users.by_name.get(name).and_then(|user| user.password.clone());
                let is_users = own.is_some();
                // a name that is no user's takes as long: its password is compared to another's
                let hash = own.or_else(|| users.by_name.values().find_map(|user| user.password.clone()));
                let hash = hash.ok_or(ReasonCode::BadUserNameOrPassword)?;
                Ok(Demand::Password(name.into(), PasswordCheck::new(hash, &password, is_users)))
            }
            (Some(_), None) | (None, Some(_)) => Err(ReasonCode::BadUserNameOrPassword),
        }
    }

    /// What a Client of this user may do; without a user, what anybody may.
    pub(super) fn grant(&self, user: Option<&str>, client_id: &str) -> Grant {
        let Self::Listed(users) = self else { return Grant::EVERYTHING };
        let rights = match user {
            Some(name) => users.by_name.get(name).map(|user| &user.rights),
            None => users.anonymous.as_ref(),
        };
        rights.map_or_else(Grant::nothing, |rights| rights.of(user, client_id))
    }

    /// Whether a Session that `owner` began is closed to `user`: the Client Identifier alone opens it to nobody else.
    pub(super) fn keeps_apart(&self, owner: Option<&str>, user: Option<&str>) -> bool {
        matches!(self, Self::Listed(_)) && owner != user
    }

    /// Whether anybody can connect as this user.
    pub(super) fn knows(&self, user: Option<&str>) -> bool {
        match (self, user) {
            (Self::Open, _) => true,
            (Self::Listed(users), Some(name)) => users.by_name.contains_key(name),
            (Self::Listed(users), None) => users.anonymous.is_some(),
        }
    }

    /// The keys of a user, and whether they are a user's: a name that is none has keys too, which nothing opens.
    fn scram_keys(&self, name: &str) -> Option<(ScramKeys, bool)> {
        let Self::Listed(users) = self else { return None };
        match users.by_name.get(name).and_then(|user| user.scram.clone()) {
            Some(keys) => Some((keys, true)),
            None => Some((self.scram_model()?.decoy(name), false)),
        }
    }

    /// Some user's keys.
    fn scram_model(&self) -> Option<&ScramKeys> {
        let Self::Listed(users) = self else { return None };
        users.by_name.values().find_map(|user| user.scram.as_ref())
    }
}
