//! [`Access`]: who may connect, and what each may do.

mod covers;
mod grant;
mod password;
mod scram;
mod scram_keys;

use std::{collections::BTreeMap, sync::Arc};

use mqttspec_codec::{Connect, ReasonCode};

#[cfg(feature = "passwords")]
pub use password::PasswordHash;
#[cfg(not(feature = "passwords"))]
use password::PasswordHash;
pub(super) use {
    grant::Grant,
    scram::{Exchange, Step},
};
pub use {
    grant::Rights,
    password::{CheckMemory, PasswordCheck},
    scram_keys::ScramKeys,
};

/// Who may connect, publish and subscribe. Cheap to clone.
///
/// ```
/// use mqttspec_broker::core::{Access, Rights, ScramKeys, User, Users};
/// let keys = ScramKeys::new("secret", b"a salt of 16 B..", ScramKeys::ITERATIONS).ok_or("not a password")?;
/// let rights = Rights { publish: vec!["sensors/%u/#".to_owned()], subscribe: vec!["#".to_owned()] };
/// let access = Access::from(Users::new().with_user("alice", User::new(rights).with_scram(keys)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Access {
    /// Every Client may do everything: User Names are believed, and passwords ignored.
    #[default]
    Open,
    /// Only listed users may connect, with the listed rights.
    Listed(Arc<Users>),
}

/// The users, and the rights of a Client without a User Name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    by_name: BTreeMap<Arc<str>, User>,
    /// `None` refuses them.
    anonymous: Option<Rights>,
}

impl Users {
    /// No users: every Client is refused.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the user with this User Name, or replaces it.
    #[must_use]
    pub fn with_user(mut self, name: &str, user: User) -> Self {
        self.by_name.insert(name.into(), user);
        self
    }

    /// Removes the user with this User Name.
    #[must_use]
    pub fn without_user(mut self, name: &str) -> Self {
        self.by_name.remove(name);
        self
    }

    /// Admits Clients without a User Name.
    #[must_use]
    pub fn with_anonymous(self, rights: Rights) -> Self {
        Self { anonymous: Some(rights), ..self }
    }
}

impl From<Users> for Access {
    fn from(users: Users) -> Self {
        Self::Listed(Arc::new(users))
    }
}

/// One user. A user without a password of either kind cannot connect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// For User Name and Password of CONNECT.
    password: Option<PasswordHash>,
    /// For enhanced authentication.
    scram: Option<ScramKeys>,
    rights: Rights,
}

impl User {
    /// A user with these rights and no password.
    #[must_use]
    pub fn new(rights: Rights) -> Self {
        Self { rights, ..Self::default() }
    }

    /// Sets the rights.
    #[must_use]
    pub fn with_rights(self, rights: Rights) -> Self {
        Self { rights, ..self }
    }

    /// Sets the password that User Name and Password of CONNECT are checked against.
    #[cfg(feature = "passwords")]
    #[must_use]
    pub fn with_password(self, hash: PasswordHash) -> Self {
        Self { password: Some(hash), ..self }
    }

    /// Whether each password that the user had before is the same now.
    fn keeps_passwords_of(&self, before: &Self) -> bool {
        (before.password.is_none() || before.password == self.password)
            && (before.scram.is_none() || before.scram == self.scram)
    }

    /// Sets the keys that enhanced authentication is checked against.
    #[must_use]
    pub fn with_scram(self, keys: ScramKeys) -> Self {
        Self { scram: Some(keys), ..self }
    }
}

/// What a CONNECT needs to be authenticated.
#[derive(Debug)]
pub(super) enum AuthRequirement {
    /// Nothing: it is this user, or anonymous.
    Nothing(Option<Arc<str>>),
    /// It is this user if the check passes.
    Password(Arc<str>, PasswordCheck),
    /// It is the user that an exchange of AUTH packets proves (v5 section 4.12).
    Exchange,
}

impl Access {
    /// # Errors
    /// The reason to refuse it, for CONNACK.
    pub(super) fn auth_requirement(&self, connect: &Connect<'_>) -> Result<AuthRequirement, ReasonCode> {
        if let Some(method) = connect.properties.authentication_method() {
            // v5 [MQTT-4.12.0-1]: if no user has keys, there is no method
            return match method.as_str() == METHOD && self.scram_model().is_some() {
                true => Ok(AuthRequirement::Exchange),
                false => Err(ReasonCode::BadAuthenticationMethod),
            };
        }
        let name = connect.user_name.map(|name| name.as_str());
        let Self::Listed(users) = self else { return Ok(AuthRequirement::Nothing(name.map(Arc::from))) };
        match (name, connect.password) {
            (None, None) if users.anonymous.is_some() => Ok(AuthRequirement::Nothing(None)),
            (None, None) => Err(ReasonCode::NotAuthorized),
            (Some(name), Some(password)) => {
                let own = users.by_name.get(name).and_then(|user| user.password.clone());
                let is_users = own.is_some();
                // an unknown name must take as long, so its password is compared to another user's
                let hash = own.or_else(|| users.by_name.values().find_map(|user| user.password.clone()));
                let hash = hash.ok_or(ReasonCode::BadUserNameOrPassword)?;
                Ok(AuthRequirement::Password(name.into(), PasswordCheck::new(hash, &password, is_users)))
            }
            (Some(_), None) | (None, Some(_)) => Err(ReasonCode::BadUserNameOrPassword),
        }
    }

    /// The rights of a Client of this user; without a user, those of an anonymous Client.
    pub(super) fn grant(&self, user: Option<&str>, client_id: &str) -> Grant {
        let Self::Listed(users) = self else { return Grant::EVERYTHING };
        let rights = match user {
            Some(name) => users.by_name.get(name).map(|user| &user.rights),
            None => users.anonymous.as_ref(),
        };
        rights.map_or_else(Grant::nothing, |rights| rights.of(user, client_id))
    }

    /// Whether `user` must not take over a Session started by `owner`, even with the right Client Identifier.
    pub(super) fn session_belongs_to_other(&self, owner: Option<&str>, user: Option<&str>) -> bool {
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

    /// Whether a Client of this user that was admitted by `before` is still admitted.
    pub(super) fn keeps(&self, before: &Self, user: Option<&str>) -> bool {
        match (self, before, user) {
            (Self::Open, ..) => true,
            (Self::Listed(users), _, None) => users.anonymous.is_some(),
            // the name was believed, and nobody has proved it
            (Self::Listed(_), Self::Open, Some(_)) => false,
            (Self::Listed(users), Self::Listed(before), Some(name)) => {
                match (users.by_name.get(name), before.by_name.get(name)) {
                    (Some(user), Some(before)) => user.keeps_passwords_of(before),
                    _ => false,
                }
            }
        }
    }

    /// The SCRAM keys for a name, and whether it is a user. An unknown name gets keys that no password matches.
    fn scram_keys(&self, name: &str) -> Option<(ScramKeys, bool)> {
        let Self::Listed(users) = self else { return None };
        match users.by_name.get(name).and_then(|user| user.scram.clone()) {
            Some(keys) => Some((keys, true)),
            None => Some((self.scram_model()?.decoy(name), false)),
        }
    }

    /// The keys of any user.
    fn scram_model(&self) -> Option<&ScramKeys> {
        let Self::Listed(users) = self else { return None };
        users.by_name.values().find_map(|user| user.scram.as_ref())
    }
}

/// The Authentication Method that is offered, a registered SASL mechanism.
pub(super) const METHOD: &str = "SCRAM-SHA-256";
