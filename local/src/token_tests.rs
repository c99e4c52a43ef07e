//! What a token says, and which tokens are refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

fn claims(role: Role) -> Claims {
    Claims::for_days("demo".parse().unwrap(), role, 30, upline_lambda::now())
}

fn memory() -> Keys {
    Keys::open(&Data::Memory).unwrap()
}

fn signed(keys: &Keys, body: &Value) -> String {
    let header = Header::new(Algorithm::HS256);
    jsonwebtoken::encode(&header, body, &keys.encoding).unwrap()
}

#[test]
fn a_token_says_what_it_was_made_to_say() {
    let keys = memory();
    let mut wanted = claims(Role::Distributor);
    wanted.sub = Some("a".parse().unwrap());
    let token = keys.sign(&wanted).unwrap();
    let caller = keys.verify(&token).unwrap();
    assert_eq!((&caller.tenant, &caller.subject), (&wanted.tenant, &wanted.sub));
    assert_eq!(caller.role, serve_api::Role::Distributor);
    assert_eq!(wanted.exp - wanted.iat, 30 * 86_400);
}

#[test]
fn another_key_refuses() {
    let token = memory().sign(&claims(Role::Admin)).unwrap();
    assert_eq!(memory().verify(&token), Err(TokenError::Signature));
    assert_eq!(memory().verify("nonsense"), Err(TokenError::Signature));
    assert_eq!(memory().verify(""), Err(TokenError::Signature));
}

#[test]
fn another_algorithm_is_refused() {
    let keys = memory();
    let good = keys.sign(&claims(Role::Admin)).unwrap();
    let [_, body, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("{good}");
    };
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"RS256"}"#, r#"{"alg":"HS512"}"#] {
        let header = URL_SAFE_NO_PAD.encode(header);
        for signature in [signature, ""] {
            let forged = format!("{header}.{body}.{signature}");
            assert_eq!(keys.verify(&forged), Err(TokenError::Signature), "{forged}");
        }
    }
    let longer = Header::new(Algorithm::HS512);
    let body = serde_json::json!({"tenant": "demo", "role": "admin", "iat": 0, "exp": i64::MAX});
    let token = jsonwebtoken::encode(&longer, &body, &keys.encoding).unwrap();
    assert_eq!(keys.verify(&token), Err(TokenError::Signature));
}

#[test]
fn each_claim_is_checked() {
    let keys = memory();
    let now = upline_lambda::now().as_second();
    let check = |body: Value, want: TokenError| {
        assert_eq!(keys.verify(&signed(&keys, &body)), Err(want), "{body}");
    };
    let later = now + 60;
    check(
        serde_json::json!({"tenant": "demo", "role": "admin", "iat": now, "exp": now - 1}),
        TokenError::Expired,
    );
    check(serde_json::json!({"tenant": "demo", "role": "admin", "iat": now}), TokenError::Endless);
    let missing = |name: &str| TokenError::Claim(ClaimError::Missing(name.to_owned()));
    let no_id = |name: &str| {
        let wrong = upline_domain::ids::IdError::Character('#');
        TokenError::Claim(ClaimError::Id(name.to_owned(), wrong))
    };
    check(
        serde_json::json!({"tenant": "demo", "role": "owner", "iat": now, "exp": later}),
        TokenError::Claim(ClaimError::Role("role".to_owned())),
    );
    check(
        serde_json::json!({"tenant": "demo", "role": ["admin"], "iat": now, "exp": later}),
        missing("role"),
    );
    check(
        serde_json::json!({"tenant": "a#b", "role": "admin", "iat": now, "exp": later}),
        no_id("tenant"),
    );
    check(serde_json::json!({"role": "admin", "iat": now, "exp": later}), missing("tenant"));
    check(
        serde_json::json!({"tenant": "demo", "role": "distributor", "iat": now, "exp": later}),
        missing("sub"),
    );
    check(
        serde_json::json!(
            {"tenant": "demo", "role": "distributor", "sub": "a#b", "iat": now, "exp": later}
        ),
        no_id("sub"),
    );
}

#[test]
fn the_key_stays_beside_the_data_and_is_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::File(folder.path().join("upline.db"));
    let token = Keys::open(&data).unwrap().sign(&claims(Role::Shop)).unwrap();
    assert!(Keys::open(&data).unwrap().verify(&token).is_ok());

    let path = folder.path().join("upline.db.key");
    assert_eq!(std::fs::read(&path).unwrap().len(), KEY_BYTES);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "no draft of the key stays: {names:?}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::open(&data), Err(KeysError::Open(_))));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    std::fs::write(&path, "short").unwrap();
    assert!(matches!(Keys::open(&data), Err(KeysError::Form(_))));
}

#[test]
fn two_that_open_at_once_have_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::File(folder.path().join("upline.db"));
    let open = || Keys::open(&data).unwrap();
    let (one, other) = std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(open), scope.spawn(open));
        (one.join().unwrap(), other.join().unwrap())
    });
    let token = one.sign(&claims(Role::Admin)).unwrap();
    assert!(other.verify(&token).is_ok());
}
