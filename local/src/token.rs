//! Tokens of a server on one machine: signed with a key that lies beside the data file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde_json::Value;
use serve_api::{Caller, Claim, ClaimError};
use upline_domain::ids::{DistributorId, TenantId};

use crate::cli::Data;

const KEY_BYTES: usize = 32;
const SECONDS_PER_DAY: i64 = 86_400;

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// All of it: plans, and what ops and shop may.
    Admin,
    /// Look at everybody, and at what is parked.
    Ops,
    /// Send events and look at orders.
    Shop,
    /// See themself and their team.
    Distributor,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The tenant whose data it opens.
    pub(crate) tenant: TenantId,
    /// What the holder may do there.
    pub(crate) role: Role,
    /// Who the holder is: never absent for a distributor.
    pub(crate) sub: Option<DistributorId>,
    /// When it was made, in seconds since 1970.
    pub(crate) iat: i64,
    /// When it ends, in seconds since 1970.
    pub(crate) exp: i64,
}

impl Claims {
    /// Claims that hold from `now` for so many days.
    pub(crate) fn for_days(tenant: TenantId, role: Role, days: u16, now: Timestamp) -> Self {
        let iat = now.as_second();
        Self {
            tenant,
            role,
            sub: None,
            iat,
            exp: iat.saturating_add(i64::from(days).saturating_mul(SECONDS_PER_DAY)),
        }
    }
}

/// The claims as they stand in the token.
#[derive(Serialize)]
struct Body {
    tenant: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    iat: i64,
    exp: i64,
}

/// Why a token is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// It is none, or another key or algorithm signed it.
    #[error("this token was not made for these data: make one with `upline token`")]
    Signature,
    /// Its time is over.
    #[error("this token has expired: make another with `upline token`")]
    Expired,
    /// It is signed, and holds for ever.
    #[error("the token's claim exp is missing: make another with `upline token`")]
    Endless,
    /// It is signed, but does not say what a token has to say.
    #[error("{0}: make another with `upline token`")]
    Claim(#[from] ClaimError),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// Only whoever may read the data may sign for them.
    #[error("{0} can be read by others: run `chmod 600` on it, or remove it to have a new one")]
    Open(PathBuf),
    /// It was cut or overwritten.
    #[error("{0} is not a key of {KEY_BYTES} bytes: remove it to have a new one")]
    Form(PathBuf),
    /// The disk says no.
    #[error("cannot keep the key {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The system has no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The claims cannot be signed.
    #[error("cannot sign the token: {0}")]
    Sign(jsonwebtoken::errors::Error),
}

/// The key that signs and verifies the tokens of one data file.
#[derive(Clone)]
pub(crate) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Keys {
    /// The key beside the data file, made where it is not there yet; for data in memory, a key that
    /// ends with this process.
    ///
    /// # Errors
    ///
    /// * [`KeysError`], which names the file and says what to do.
    pub(crate) fn open(data: &Data) -> Result<Self, KeysError> {
        let bytes = match data.beside("key") {
            None => random()?,
            Some(path) => at(&path)?,
        };
        Ok(Self {
            encoding: EncodingKey::from_secret(&bytes),
            decoding: DecodingKey::from_secret(&bytes),
        })
    }

    /// The claims as a signed token.
    ///
    /// # Errors
    ///
    /// * [`KeysError::Sign`] where the signing library refuses.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, KeysError> {
        let body = Body {
            tenant: claims.tenant.to_string(),
            role: claims.role,
            sub: claims.sub.as_ref().map(ToString::to_string),
            iat: claims.iat,
            exp: claims.exp,
        };
        let header = Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, &body, &self.encoding).map_err(KeysError::Sign)
    }

    /// Who holds a token, if this key signed it, by HS256 and nothing else, and its time is not
    /// over.
    ///
    /// # Errors
    ///
    /// * [`TokenError`], which says how to get one that is taken.
    pub(crate) fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        use jsonwebtoken::errors::ErrorKind;

        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let decoded = jsonwebtoken::decode::<Value>(token, &self.decoding, &validation);
        let claims = match decoded {
            Ok(decoded) => decoded.claims,
            Err(refused) => {
                let kind = refused.kind();
                return Err(if *kind == ErrorKind::ExpiredSignature {
                    TokenError::Expired
                } else if matches!(kind, ErrorKind::MissingRequiredClaim(_)) {
                    TokenError::Endless
                } else {
                    TokenError::Signature
                });
            }
        };
        let claim = |name| Claim { name, text: claims.get(name).and_then(Value::as_str) };
        let claims = serve_api::Claims {
            tenant: claim("tenant"),
            role: claim("role"),
            subject: claim("sub"),
        };
        Ok(Caller::from_claims(&claims)?)
    }
}

fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], KeysError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(KeysError::Random)?;
    Ok(bytes)
}

/// Reads the key, or makes it: whole, under another name first, so that of two processes that make
/// it at once both read the same one.
fn at(path: &Path) -> Result<[u8; KEY_BYTES], KeysError> {
    let failed = |wrong| KeysError::File(path.to_owned(), wrong);
    if !path.try_exists().map_err(failed)? {
        let suffix = u64::from_le_bytes(random()?);
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{suffix:016x}"));
        let draft = PathBuf::from(draft);
        write_new(&draft, &random::<KEY_BYTES>()?).map_err(failed)?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(wrong) if wrong.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(failed(wrong));
            }
            Ok(()) | Err(_) => {}
        }
    }
    let mut file = File::open(path).map_err(failed)?;
    if is_open_to_others(&file).map_err(failed)? {
        return Err(KeysError::Open(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    bytes.try_into().map_err(|_| KeysError::Form(path.to_owned()))
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn is_open_to_others(file: &File) -> std::io::Result<bool> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?);
    Ok(mode & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
