//! [`PasswordHash`] and [`PasswordCheck`]: argon2 takes tens of milliseconds, so the core leaves it to the shell.

use std::fmt;

#[cfg(feature = "passwords")]
pub use with_argon2::PasswordHash;
#[cfg(not(feature = "passwords"))]
pub(super) use without_argon2::PasswordHash;

/// A password for the shell to check. See [`Broker::poll_check`](super::super::Broker::poll_check).
pub struct PasswordCheck {
    hash: PasswordHash,
    password: Box<[u8]>,
    /// If false, the hash is another user's, and is only computed so that the check takes as long.
    is_users: bool,
}

impl PasswordCheck {
    pub(super) fn new(hash: PasswordHash, password: &[u8], is_users: bool) -> Self {
        Self { hash, password: password.into(), is_users }
    }

    /// Computes the result for [`Event::PasswordChecked`](super::super::Event::PasswordChecked). Slow on purpose: run
    /// it on a separate thread. Needs about 20 MB.
    #[must_use]
    pub fn run(&self) -> bool {
        self.run_in(&mut CheckMemory::default())
    }

    /// The same in memory that later checks use again.
    #[must_use]
    pub fn run_in(&self, memory: &mut CheckMemory) -> bool {
        self.hash.is_of(&self.password, memory) && self.is_users
    }
}

/// The memory of password checks, empty at first. It grows to what the largest of them needs, and keeps that.
#[derive(Default)]
pub struct CheckMemory(#[cfg(feature = "passwords")] Vec<argon2::Block>);

impl CheckMemory {
    /// Whether it was not used yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        #[cfg(feature = "passwords")]
        return self.0.is_empty();
        #[cfg(not(feature = "passwords"))]
        true
    }
}

/// What it holds follows from passwords.
impl fmt::Debug for CheckMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckMemory(..)")
    }
}

impl fmt::Debug for PasswordCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordCheck(..)")
    }
}

#[cfg(feature = "passwords")]
mod with_argon2 {
    use std::{fmt, sync::Arc};

    use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version, password_hash::phc};
    use subtle::ConstantTimeEq;

    use super::CheckMemory;

    /// A password as it is stored: a PHC string of argon2.
    #[derive(Clone, PartialEq, Eq)]
    pub struct PasswordHash(Arc<str>);

    impl PasswordHash {
        /// The hash by argon2id with 19 MiB of memory, 2 passes and 1 lane. `None` for a password of over 4 GiB.
        #[must_use]
        pub fn new(password: &[u8], salt: &[u8; 16]) -> Option<Self> {
            let hash = Argon2::default().hash_password_with_salt(password, salt).ok()?;
            Some(Self(hash.to_string().into()))
        }

        /// The PHC string, if it is one of argon2, with salt and hash.
        #[must_use]
        pub fn parse(text: &str) -> Option<Self> {
            let hash = phc::PasswordHash::new(text).ok()?;
            let legal = hash.algorithm.as_str().starts_with("argon2")
                && hash.salt.is_some()
                && hash.hash.is_some()
                && Params::try_from(&hash).is_ok();
            legal.then(|| Self(text.into()))
        }

        /// The PHC string.
        #[must_use]
        pub fn as_str(&self) -> &str {
            &self.0
        }

        pub(super) fn is_of(&self, password: &[u8], memory: &mut CheckMemory) -> bool {
            let mut matches = || {
                let phc = phc::PasswordHash::new(&self.0).ok()?;
                let (salt, wanted) = (phc.salt.as_ref()?, phc.hash.as_ref()?);
                let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
                let version = phc.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
                let params = Params::try_from(&phc).ok()?;
                let blocks = params.block_count();
                if memory.0.len() < blocks {
                    // freed first, so that there are never two
                    memory.0 = Vec::new();
                    memory.0.resize(blocks, Block::default());
                }
                let mut found = vec![0; wanted.len()];
                let argon2 = Argon2::new(algorithm, version, params);
                argon2.hash_password_into_with_memory(password, salt, &mut found, &mut memory.0[..]).ok()?;
                Some(bool::from(found.ct_eq(wanted.as_bytes())))
            };
            matches().unwrap_or(false)
        }
    }

    impl fmt::Debug for PasswordHash {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("PasswordHash(..)")
        }
    }
}

#[cfg(not(feature = "passwords"))]
mod without_argon2 {
    /// Has no value: no user can have a hash that nothing could check.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(in crate::core::access) enum PasswordHash {}

    impl PasswordHash {
        pub(super) fn is_of(&self, _: &[u8], _: &mut super::CheckMemory) -> bool {
            match *self {}
        }
    }
}

#[cfg(all(test, feature = "passwords"))]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_passes_and_only_for_its_user() {
        let hash = PasswordHash::new(b"secret", &[7; 16]).unwrap();
        assert_eq!(PasswordHash::parse(hash.as_str()), Some(hash.clone()));
        let run = |password: &[u8], is_users| PasswordCheck::new(hash.clone(), password, is_users).run();
        assert_eq!([run(b"secret", true), run(b"Secret", true), run(b"secret", false)], [true, false, false]);
        assert!(!format!("{hash:?} {:?}", PasswordCheck::new(hash.clone(), b"secret", true)).contains("secret"));
    }

    #[test]
    fn rejects_invalid_argon2_hash() {
        for text in ["", "secret", "$argon2id$v=19$m=8,t=1,p=1", "$scrypt$ln=1$c2FsdHNhbHQ$c2FsdHNhbHQ"] {
            assert_eq!(PasswordHash::parse(text), None, "{text}");
        }
    }
}
