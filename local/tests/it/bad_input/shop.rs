//! A shop to send bad input to: ann above bob, who brought zoe, and her order A1.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use upline_testkit::events::{bound, paid, registered, registered_under};

use crate::bad_input::page::Page;
use crate::harness::{Server, ask, upline};

/// When everything happens, unless a row is about time.
pub(super) const AT: &str = "2026-11-01T00:00:00Z";

pub(super) struct Shop {
    pub(super) folder: tempfile::TempDir,
    pub(super) server: Server,
    /// Events that are to be found in the list of parked ones in the end.
    parked: RefCell<Vec<String>>,
}

/// Where bytes end that are sent as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    InTheMiddle,
    Whole,
}

/// What a row expects of an event.
#[derive(Clone, Copy)]
pub(super) enum Want<'a> {
    Created,
    Exists,
    /// Another one stands, as is said at this path.
    Superseded(&'a str),
    /// Waiting, and for what: a part of the reason.
    Waiting(&'a str),
    /// Parked with this code, at this path; at none where it is empty.
    Parked(&'a str, &'a str),
    /// A conflict at this path.
    Conflict(&'a str),
    Refused,
}
pub(super) use Want::{Conflict, Created, Exists, Parked, Refused, Superseded, Waiting};

/// An item of `GET /v1/parked`, its event letter by letter.
#[derive(Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) event_id: Option<String>,
    pub(super) code: String,
    pub(super) reason: String,
    pub(super) event: Box<RawValue>,
}

#[derive(Deserialize)]
struct List {
    items: Vec<Listed>,
    cursor: Option<String>,
}

impl Listed {
    /// The event as it was sent. What is nested too deep for a list, or has half a character in it,
    /// stands there as a string of its text.
    pub(super) fn sent(&self) -> String {
        let text = self.event.get();
        match serde_json::from_str::<String>(text) {
            Ok(inner) if inner.starts_with(['[', '{']) => inner,
            Ok(_) | Err(_) => text.to_owned(),
        }
    }
}

impl Shop {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path());
        let shop = Self { folder, server, parked: RefCell::default() };
        for event in [
            registered("ann", "2026-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
            bound("zoe", "bob", "2026-10-03T00:00:00Z"),
            paid("A1", "zoe", "100.00", AT),
        ] {
            assert_eq!(shop.send(&event.to_string()).outcome, "created", "{event}");
        }
        shop
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    pub(super) fn token(&self, arguments: &[&str]) -> String {
        let output = upline(self.path()).arg("token").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Asks as an admin.
    pub(super) fn ask(&self, method: &str, path: &str, body: Option<&str>) -> (u16, Value) {
        ask(method, &self.url(path), &self.server.token, body).unwrap()
    }

    /// Sends the text of one event, and gives what became of it.
    pub(super) fn send(&self, event: &str) -> Outcome {
        let body = format!(r#"{{"events":[{event}]}}"#);
        let (status, answer) = self.ask("POST", "/v1/events", Some(&body));
        assert_eq!(status, 200, "{answer}");
        let results: Vec<Outcome> = serde_json::from_value(answer["results"].clone()).unwrap();
        results.into_iter().next().unwrap()
    }

    /// A row of an event: sent, held against what is wanted, and noted to be looked for.
    #[track_caller]
    pub(super) fn event(
        &self,
        page: &mut Page,
        sent: &str,
        event: &Value,
        want: Want<'_>,
        todo: &str,
    ) {
        self.event_text(page, sent, &event.to_string(), want, todo);
    }

    #[track_caller]
    pub(super) fn event_text(
        &self,
        page: &mut Page,
        sent: &str,
        event: &str,
        want: Want<'_>,
        todo: &str,
    ) -> String {
        let Outcome { outcome, reason } = self.send(event);
        let reason = reason.unwrap_or_default();
        let check = |word: &str, code: &str, path: &str| {
            assert_eq!(outcome, word, "{sent}: {reason}");
            let begins =
                if path.is_empty() { format!("{code}: ") } else { format!("{code}: {path}: ") };
            assert!(reason.starts_with(&begins), "{sent}: wanted {begins}, got {reason}");
        };
        match want {
            Created => assert_eq!((outcome.as_str(), reason.as_str()), ("created", ""), "{sent}"),
            Exists => assert_eq!((outcome.as_str(), reason.as_str()), ("exists", ""), "{sent}"),
            Superseded(path) => check("exists", "superseded", path),
            Waiting(part) => {
                check("waiting", "waiting", "");
                assert!(reason.contains(part), "{sent}: {reason}");
            }
            Parked(code, path) => check("parked", code, path),
            Conflict(path) => check("conflict", "conflict", path),
            Refused => check("refused", "other_tenant", "detail.metadata.tenant"),
        }
        if matches!(want, Parked(..) | Conflict(_)) {
            self.parked.borrow_mut().push(event.to_owned());
        }
        page.row(sent, &outcome, &masked(&reason), todo);
        reason
    }

    /// A row of a request: its status, and a part of what the problem says.
    #[track_caller]
    pub(super) fn problem(
        page: &mut Page,
        sent: &str,
        (status, answer): (u16, Value),
        (want, part): (u16, &str),
        todo: &str,
    ) {
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert_eq!(
            (status, answer["status"].as_u64()),
            (want, Some(want.into())),
            "{sent}: {answer}"
        );
        assert!(detail.contains(part), "{sent}: wanted {part}, got {answer}");
        page.row(sent, &want.to_string(), detail, todo);
    }

    /// Sends bytes as they are, and gives status and answer. A client that ends its side of the
    /// connection after a whole request is gone before it is answered, so only one that ends in the
    /// middle does.
    pub(super) fn raw(&self, bytes: &[u8], end: Ends) -> (u16, Value) {
        let address = self.server.url.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(bytes).unwrap();
        if end == Ends::InTheMiddle {
            connection.shutdown(Shutdown::Write).unwrap();
        }
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        // What follows the answer on the connection is no part of it.
        let first = serde_json::Deserializer::from_str(body).into_iter().next();
        (status, first.and_then(Result::ok).unwrap_or_default())
    }

    /// The head of a request that posts events, with whatever follows it.
    pub(super) fn post_head(&self, header: &str) -> String {
        let token = &self.server.token;
        format!(
            "POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             connection: close\r\n{header}\r\n\r\n"
        )
    }

    /// All that is listed, with what is asked in the address besides.
    pub(super) fn listed(&self, asked: &str) -> Vec<Listed> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        let agent = ureq::Agent::config_builder().proxy(None).build().new_agent();
        loop {
            let url = self.url(&format!("/v1/parked?limit=100{asked}{cursor}"));
            let request =
                agent.get(url).header("authorization", format!("Bearer {}", self.server.token));
            let body = request.call().unwrap().into_body();
            let text = body.into_with_config().limit(1 << 30).read_to_string().unwrap();
            let page: List = serde_json::from_str(&text).unwrap();
            items.extend(page.items);
            match page.cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// The listed event that was sent so.
    pub(super) fn find(&self, sent: &str) -> Option<Listed> {
        self.listed("").into_iter().find(|one| one.sent() == sent)
    }

    /// Notes that an event is listed no more, and why: it was taken up or dismissed.
    pub(super) fn is_done(&self, sent: &str) {
        let mut parked = self.parked.borrow_mut();
        assert!(parked.iter().any(|one| one == sent), "it was parked before");
        parked.retain(|one| one != sent);
    }

    /// Every event that was parked is listed, once, byte for byte as it was sent; and no other is.
    pub(super) fn nothing_is_lost(&self) {
        let mut listed: Vec<String> = self.listed("").iter().map(Listed::sent).collect();
        let mut sent = self.parked.borrow().clone();
        assert!(sent.len() > 100, "there are rows of events: {}", sent.len());
        listed.sort();
        sent.sort();
        sent.dedup();
        let missing = sent.iter().find(|one| !listed.contains(one));
        assert_eq!(missing, None, "this event was lost");
        let more = listed.iter().find(|one| !sent.contains(one));
        assert_eq!(more, None, "nobody sent this event");
        assert_eq!(listed.len(), sent.len(), "one is listed twice");
    }
}

#[derive(Deserialize)]
pub(super) struct Outcome {
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
}

/// A reason without the clock.
fn masked(reason: &str) -> String {
    let Some((before, after)) = reason.split_once(" is more than 10 minutes ahead of the clock, ")
    else {
        return reason.to_owned();
    };
    let path = before.rsplit_once(": ").unwrap().0;
    let remedy = after.split_once("; ").unwrap().1;
    format!("{path}: … is more than 10 minutes ahead of the clock, …; {remedy}")
}

/// An order of zoe's with another value at a place of its data.
pub(super) fn order(id: &str, pointer: &str, value: &Value) -> Value {
    let mut event = paid(id, "zoe", "10.00", AT);
    put(&mut event, &format!("/detail/data{pointer}"), value);
    event
}

/// Puts a value at a place, also where nothing stands there yet.
pub(super) fn put(event: &mut Value, pointer: &str, value: &Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = event.pointer_mut(parent).unwrap();
    match key.parse::<usize>() {
        Ok(place) if parent.is_array() => parent[place] = value.clone(),
        _ => parent[key] = value.clone(),
    }
}

/// Takes a field away.
pub(super) fn without(mut event: Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    event
}

/// A line of an order.
pub(super) fn line(id: &str, quantity: u32, unit_price: &str) -> Value {
    json!({ "line_id": id, "sku": "cd", "quantity": quantity, "unit_price": unit_price })
}
