//! Pages: how many, and from where. A cursor is opaque: the sort key where the page before ended.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::civil::Date;
use upline_contract::answer::List;
use upline_domain::language::Language;
use upline_store::keys::Key;
use upline_store::{ListedAfter, Page, Period};

use crate::problem::Problem;

const LIMIT: usize = 25;
const LIMIT_MAX: usize = 100;

/// What is asked in the address, each parameter by its name.
#[derive(Debug, Default)]
pub struct Asked(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let refused = |_| Problem::bad_request("the address: write its parameters as name=value");
        query.map(|Query(pairs)| Self(pairs)).map_err(refused)
    }
}

impl Asked {
    /// Checks that nothing else is asked, and nothing twice: a misspelt parameter would be as none.
    ///
    /// # Errors
    ///
    /// * [`Problem`] 400, which names the parameter and those that there are.
    pub fn only(self, names: &[&str]) -> Result<Self, Problem> {
        for (place, (name, _)) in self.0.iter().enumerate() {
            if !names.contains(&name.as_str()) {
                let shown: String = name.chars().take(40).collect();
                let known = match names {
                    [] => "this path takes none".to_owned(),
                    names => format!("write {}", names.join(", ")),
                };
                let detail = format!("{shown}: there is no such parameter here; {known}");
                return Err(Problem::bad_request(detail));
            }
            if self.0.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(Problem::bad_request(format!(
                    "{name}: it stands twice; write it once"
                )));
            }
        }
        Ok(self)
    }

    /// A parameter as it was written; none where it was not.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let form = format!("write 1 to {LIMIT_MAX}");
        let read = |text: &str| text.parse().ok().filter(|l| (1..=LIMIT_MAX).contains(l));
        Ok(self.read("limit", &form, read)?.unwrap_or(LIMIT))
    }

    /// The sort key after which the page begins: one that is made of `prefix`, as the page before
    /// gave it.
    pub(crate) fn after(&self, prefix: &str) -> Result<Option<String>, Problem> {
        let Some(cursor) = self.text("cursor") else {
            return Ok(None);
        };
        let after = decode(cursor)
            .filter(|key| key.len() > prefix.len() && key.starts_with(prefix) && is_sort_key(key));
        after.map(Some).ok_or_else(Problem::no_cursor)
    }

    /// The cursor as its two parts, where the list is spread over partitions.
    pub(crate) fn after_both(&self) -> Result<Option<(String, String)>, Problem> {
        let Some(cursor) = self.text("cursor") else {
            return Ok(None);
        };
        let both = decode(cursor).and_then(|text| {
            let (pk, sk) = text.split_once('\n').filter(|(_, sk)| is_sort_key(sk))?;
            Some((pk.to_owned(), sk.to_owned()))
        });
        both.map(Some).ok_or_else(Problem::no_cursor)
    }

    /// The language in which figures are explained: English where none is asked for.
    pub(crate) fn language(&self) -> Result<Language, Problem> {
        Ok(self.read("lang", "write en or zh", Language::from_name)?.unwrap_or_default())
    }

    /// The cursor of a list over so many partitions of the index, as [`listed_cursor`] gave it;
    /// `own` tells whether a key may be of this list.
    pub(crate) fn after_listed(
        &self,
        partitions: u32,
        own: impl FnOnce(&Key) -> bool,
    ) -> Result<Option<ListedAfter>, Problem> {
        let Some((partition, key)) = self.after_both()? else { return Ok(None) };
        let key = match key.split_once('\n') {
            Some(("", "")) => Some(None),
            Some((pk, sk)) => {
                let key = Key { pk: pk.to_owned(), sk: sk.to_owned() };
                Some(key).filter(|key| is_sort_key(&key.sk) && own(key)).map(Some)
            }
            None => None,
        };
        let partition = partition.parse().ok().filter(|partition| *partition < partitions);
        let (partition, key) = partition.zip(key).ok_or_else(Problem::no_cursor)?;
        Ok(Some(ListedAfter { partition, key }))
    }

    /// One of the parameters, a day.
    pub(crate) fn date(&self, name: &str) -> Result<Option<Date>, Problem> {
        self.read(name, DATE_FORM, date)
    }

    /// One of the parameters, read by `read`.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        form: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let refused = || Problem::bad_request(format!("{name}: {form}"));
        self.text(name).map(|text| read(text).ok_or_else(refused)).transpose()
    }

    /// A period of days.
    pub(crate) fn days(&self) -> Result<Period<Date>, Problem> {
        self.period(DATE_FORM, date)
    }

    /// A period, each end of it read by `read`.
    pub(crate) fn period<T: Copy + PartialOrd>(
        &self,
        form: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Period<T>, Problem> {
        let from = self.read("from", form, &read)?;
        let to = self.read("to", form, &read)?;
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Problem::bad_request("to: it lies before from; write a later one"));
        }
        Ok(Period { from, to })
    }
}

const DATE_FORM: &str = "write a date such as 2026-11-11";

fn date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// Where a list over partitions of the index goes on.
pub(crate) fn listed_cursor(after: ListedAfter) -> String {
    let Key { pk, sk } = after.key.unwrap_or_else(|| Key { pk: String::new(), sk: String::new() });
    encode(&format!("{}\n{pk}\n{sk}", after.partition))
}

impl Problem {
    /// The cursor is of no page of this list.
    pub(crate) fn no_cursor() -> Self {
        Self::bad_request("cursor: use the one that the page before gave, for the same list")
    }
}

fn decode(cursor: &str) -> Option<String> {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

/// Longest sort key, by DynamoDB: it refuses a longer one, and an empty one.
const SORT_KEY_BYTES_MAX: usize = 1_024;

fn is_sort_key(key: &str) -> bool {
    (1..=SORT_KEY_BYTES_MAX).contains(&key.len())
}

pub(crate) fn encode(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key)
}

/// A page of the table as a page of the API.
pub(crate) fn list<T, U>(page: Page<T>, show: impl FnMut(T) -> U) -> List<U> {
    let cursor = page.after.map(|after| encode(&after));
    List { items: page.items.into_iter().map(show).collect(), cursor }
}
