//! The client of a running server.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use upline_contract::answer::{EventResult, EventResults, List, ProblemDetails};
use ureq::Agent;
use ureq::http::{Response, StatusCode, Uri};

use crate::failure::Failure;

/// The largest answer that is read: a page of a hundred orders of the largest size.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// A thousand events on a slow disk take a while; a server that hangs is given up.
const PATIENCE: Duration = Duration::from_mins(5);

/// A night of a million orders takes its time.
const PATIENCE_WITH_A_JOB: Duration = Duration::from_hours(6);

/// A server, and a token for it.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    authorization: String,
}

impl Client {
    /// A client of the server at `url`. A server on this machine is never asked through a proxy.
    ///
    /// # Errors
    ///
    /// * [`Failure`] for an address or a token that cannot be one.
    pub(crate) fn new(url: &str, token: &str) -> Result<Self, Failure> {
        let address: Option<Uri> = url.parse().ok();
        let scheme = address.as_ref().and_then(Uri::scheme_str);
        if !matches!(scheme, Some("http" | "https")) {
            return Err(Failure::usage(format!(
                "{url:?} is no address: write one such as http://127.0.0.1:8787 with --url or in \
                 UPLINE_URL"
            )));
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::usage(
                "the token of --token or UPLINE_TOKEN is empty, or has a blank or another \
                 character that no token has: make one with `upline token`",
            ));
        }
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let config = if is_loopback(url) { config.proxy(None) } else { config };
        Ok(Self {
            agent: config.build().new_agent(),
            url: url.trim_end_matches('/').to_owned(),
            authorization: format!("Bearer {token}"),
        })
    }

    /// Sends events, each as its JSON text, in one request.
    pub(crate) fn post(&self, events: &[&str]) -> Result<Vec<EventResult>, Failure> {
        let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
        let outcomes: EventResults = self.post_to("/v1/events", &body)?;
        if outcomes.results.len() != events.len() {
            return Err(Failure::usage(format!(
                "{} answered {} outcomes for {} events: it is not a server of this version",
                self.url,
                outcomes.results.len(),
                events.len(),
            )));
        }
        Ok(outcomes.results)
    }

    /// Posts a body to a path, and reads the answer.
    pub(crate) fn post_to<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &str,
    ) -> Result<T, Failure> {
        self.read(path, self.send(path, body))
    }

    /// Has a job done, however long it takes.
    pub(crate) fn run_job<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &str,
    ) -> Result<T, Failure> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = request.config().timeout_global(Some(PATIENCE_WITH_A_JOB)).build();
        let request = request.header("authorization", &self.authorization);
        self.read(path, request.content_type("application/json").send(body))
    }

    /// Puts a file to a path, however long it is.
    pub(crate) fn put_file<T: DeserializeOwned>(
        &self,
        path: &str,
        file: std::fs::File,
    ) -> Result<T, Failure> {
        let request = self.agent.put(format!("{}{path}", self.url));
        let request = request.config().timeout_global(Some(PATIENCE_WITH_A_JOB)).build();
        let request = request.header("authorization", &self.authorization);
        self.read(path, request.content_type("application/octet-stream").send(file))
    }

    fn send(&self, path: &str, body: &str) -> Result<Response<ureq::Body>, ureq::Error> {
        self.agent
            .post(format!("{}{path}", self.url))
            .header("authorization", &self.authorization)
            .content_type("application/json")
            .send(body)
    }

    /// Reads one resource, such as `/v1/orders/A1`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let answer = request.header("authorization", &self.authorization).call();
        self.read(path, answer)
    }

    /// Reads all of a list, page by page; the path has at least one parameter.
    pub(crate) fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        self.each_page(path, |page| {
            items.extend(page);
            ControlFlow::Continue(())
        })?;
        Ok(items)
    }

    /// Reads a list page by page, until `take` has enough; the path has at least one parameter.
    pub(crate) fn each_page<T: DeserializeOwned>(
        &self,
        path: &str,
        mut take: impl FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut cursor = String::new();
        loop {
            let page: List<T> = self.get(&format!("{path}{cursor}"))?;
            match (take(page.items), page.cursor) {
                (ControlFlow::Continue(()), Some(next)) => cursor = format!("&cursor={next}"),
                (ControlFlow::Break(()), _) | (_, None) => return Ok(()),
            }
        }
    }

    /// Posts a body to a path; where the answer is no because of a plan, all that is wrong with it.
    pub(crate) fn post_plan<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &str,
    ) -> Result<Result<T, Vec<Value>>, Failure> {
        let (status, text) = self.receive(self.send(path, body))?;
        let problem: Option<ProblemDetails> = serde_json::from_str(&text).ok();
        match problem.filter(|problem| !status.is_success() && !problem.errors.is_empty()) {
            Some(problem) => Ok(Err(problem.errors)),
            None => self.understand(path, status, &text).map(Ok),
        }
    }

    fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        answer: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, Failure> {
        let (status, text) = self.receive(answer)?;
        self.understand(path, status, &text)
    }

    fn receive(
        &self,
        answer: Result<Response<ureq::Body>, ureq::Error>,
    ) -> Result<(StatusCode, String), Failure> {
        let unreachable = |wrong: ureq::Error| {
            let url = &self.url;
            Failure::usage(format!(
                "cannot reach {url}: {wrong}; start a server with `upline dev`, or name another \
                 with --url"
            ))
        };
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let text = body.read_to_string().map_err(unreachable)?;
        Ok((status, text))
    }

    fn understand<T: DeserializeOwned>(
        &self,
        path: &str,
        status: StatusCode,
        text: &str,
    ) -> Result<T, Failure> {
        if !status.is_success() {
            return Err(Failure::usage(format!(
                "{}{path} answers {status}: {}",
                self.url,
                problem(text)
            )));
        }
        serde_json::from_str(text).map_err(|wrong| {
            let url = &self.url;
            Failure::usage(format!("{url}{path} answers something else: {wrong}"))
        })
    }
}

/// A text as it stands in an address.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

fn is_loopback(url: &str) -> bool {
    let uri: Result<Uri, _> = url.parse();
    let uri = uri.ok();
    let host = uri.as_ref().and_then(|uri| uri.host());
    matches!(host, Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// What a problem document says, or the beginning of whatever else stands there.
fn problem(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |name| value.get(name).and_then(Value::as_str);
    let said = field("detail").or_else(|| field("title"));
    said.map_or_else(|| text.chars().take(200).collect(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_for_an_address() {
        assert_eq!(escaped("cost_missing"), "cost_missing");
        assert_eq!(escaped("a&b=ü"), "a%26b%3D%C3%BC");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        assert!(is_loopback("http://127.0.0.1:8787"));
        assert!(is_loopback("http://localhost"));
        assert!(is_loopback("http://[::1]:80/"));
        assert!(!is_loopback("https://api.example.com"));
        assert!(!is_loopback("http://localhost.example.com"));
    }
}
