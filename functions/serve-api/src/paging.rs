//! Pages: how many, and from where. A cursor is opaque: the sort key where the page before ended.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use upline_contract::answer::List;
use upline_store::Page;

use crate::problem::Problem;

const LIMIT: usize = 25;
const LIMIT_MAX: usize = 100;

/// What is asked of a list, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    limit: Option<String>,
    cursor: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) depth: Option<String>,
}

pub(crate) type AskedQuery = Result<Query<Asked>, QueryRejection>;

pub(crate) fn asked(query: AskedQuery) -> Result<Asked, Problem> {
    let Query(asked) = query.map_err(|rejected| Problem::bad_request(rejected.body_text()))?;
    Ok(asked)
}

impl Asked {
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = &self.limit else {
            return Ok(LIMIT);
        };
        let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        limit.ok_or_else(|| Problem::bad_request(format!("limit: write 1 to {LIMIT_MAX}")))
    }

    /// The sort key after which the page begins: one that is made of `prefix`, as the page before
    /// gave it.
    pub(crate) fn after(&self, prefix: &str) -> Result<Option<String>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let after =
            decode(cursor).filter(|key| key.len() > prefix.len() && key.starts_with(prefix));
        after.map(Some).ok_or_else(no_cursor)
    }

    /// The cursor as its two parts, where the list is spread over partitions.
    pub(crate) fn after_both(&self) -> Result<Option<(String, String)>, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let both = decode(cursor).and_then(|text| {
            let (pk, sk) = text.split_once('\n')?;
            Some((pk.to_owned(), sk.to_owned()))
        });
        both.map(Some).ok_or_else(no_cursor)
    }

    /// One of the texts of the address, read by `read`.
    pub(crate) fn read<T>(
        name: &str,
        text: Option<&String>,
        form: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let refused = || Problem::bad_request(format!("{name}: {form}"));
        text.map(|text| read(text).ok_or_else(refused)).transpose()
    }
}

fn no_cursor() -> Problem {
    Problem::bad_request("cursor: use the one that the page before gave, for the same list")
}

fn decode(cursor: &str) -> Option<String> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

pub(crate) fn encode(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key)
}

/// A page of the table as a page of the API.
pub(crate) fn list<T, U>(page: Page<T>, show: impl FnMut(T) -> U) -> List<U> {
    let cursor = page.after.map(|after| encode(&after));
    List { items: page.items.into_iter().map(show).collect(), cursor }
}
