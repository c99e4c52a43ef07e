//! Which object is the list of a day, and how long one may take to come. Time is what the bucket
//! says that it is.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Read;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::{
    AsyncSleep, Credentials, Region, SharedAsyncSleep, SharedCredentialsProvider, Sleep,
};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use http_body::{Body, Frame};

use super::*;
use crate::open::timeouts;

type Chunk = <SdkBody as Body>::Data;
const MOMENT: Duration = Duration::from_millis(50);
/// More than any other answer may take.
const SLOWLY: Duration = Duration::from_secs(15);
const PIECE: usize = 4;
const HOUR: Duration = Duration::from_hours(1);

/// A clock that goes on when it is told to.
#[derive(Clone, Debug, Default)]
struct Clock(Arc<Mutex<(Duration, Vec<Waker>)>>);

impl Clock {
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn pass(&self, time: Duration) {
        let mut clock = self.0.lock().unwrap();
        clock.0 += time;
        clock.1.drain(..).for_each(Waker::wake);
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let (clock, until) = (self.clone(), self.elapsed() + duration);
        Sleep::new(std::future::poll_fn(move |context| {
            if clock.elapsed() >= until {
                return Poll::Ready(());
            }
            clock.0.lock().unwrap().1.push(context.waker().clone());
            Poll::Pending
        }))
    }
}

/// How an object comes: in pieces, and how long each takes.
#[derive(Clone, Debug)]
struct Coming {
    pieces: VecDeque<Vec<u8>>,
    each: Duration,
    clock: Clock,
    due: Option<Duration>,
}

impl Body for Coming {
    type Data = Chunk;
    type Error = std::convert::Infallible;

    /// What flows is there whenever it is asked for. Where nothing flows, time passes by moments,
    /// so that whoever watches sees each.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Chunk>, Self::Error>>> {
        if self.each < HOUR {
            self.clock.pass(self.each);
            let frame = |piece| Ok(Frame::data(Chunk::from(piece)));
            return Poll::Ready(self.pieces.pop_front().map(frame));
        }
        let due = self.due.unwrap_or_else(|| self.clock.elapsed() + self.each);
        if self.clock.elapsed() < due {
            self.due = Some(due);
            self.clock.pass(MOMENT);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }
}

/// A bucket of these objects, which lists one name a page.
#[derive(Clone, Debug, Default)]
struct Bucket {
    objects: Vec<(&'static str, &'static str)>,
    each: Duration,
    clock: Clock,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Bucket {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().to_owned();
        self.asked.lock().unwrap().push(uri.clone());
        let answer = match uri.split_once("/?list-type=2&") {
            Some((_, query)) => self.names(query),
            None => self.object(&uri),
        };
        HttpConnectorFuture::ready(Ok(answer))
    }
}

impl Bucket {
    fn of(objects: &[(&'static str, &'static str)]) -> Self {
        Self { objects: objects.to_vec(), ..Self::default() }
    }

    /// As `ListObjectsV2` answers: what has a delimiter behind the prefix is not in the contents.
    fn names(&self, query: &str) -> HttpResponse {
        let of = |name: &str| {
            let value =
                query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.map(|value| value.replace("%2F", "/"))
        };
        let prefix = of("prefix").unwrap();
        assert_eq!(of("delimiter").as_deref(), Some("/"));
        let names = self.objects.iter().filter_map(|(name, _)| name.strip_prefix(&prefix));
        let names: Vec<_> = names.filter(|rest| !rest.contains('/')).collect();
        let place: usize = of("continuation-token").map_or(0, |token| token.parse().unwrap());
        let mut page = String::from("<ListBucketResult>");
        if let Some(rest) = names.get(place) {
            write!(page, "<Contents><Key>{prefix}{rest}</Key></Contents>").unwrap();
        }
        if place + 1 < names.len() {
            let token = place + 1;
            write!(page, "<NextContinuationToken>{token}</NextContinuationToken>").unwrap();
            page.push_str("<IsTruncated>true</IsTruncated>");
        }
        page.push_str("</ListBucketResult>");
        HttpResponse::new(200.try_into().unwrap(), SdkBody::from(page))
    }

    fn object(&self, uri: &str) -> HttpResponse {
        let asked = uri.split_once('?').map_or(uri, |(path, _)| path);
        let found = self.objects.iter().find(|(name, _)| asked.ends_with(&format!("/{name}")));
        let Some((_, text)) = found else {
            let gone = SdkBody::from("<Error><Code>NoSuchKey</Code></Error>");
            return HttpResponse::new(404.try_into().unwrap(), gone);
        };
        let (each, clock) = (self.each, self.clock.clone());
        let pieces = text.as_bytes().chunks(PIECE).map(<[u8]>::to_vec).collect();
        let body = Coming { pieces, each, clock, due: None };
        HttpResponse::new(200.try_into().unwrap(), SdkBody::from_body_1_x(body))
    }

    fn lists(&self, endpoint: Option<&str>) -> Lists {
        let connector = SharedHttpConnector::new(self.clone());
        let nobody = Credentials::new("key", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(nobody))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .timeout_config(timeouts())
            .time_source(self.clock.clone())
            .sleep_impl(SharedAsyncSleep::new(self.clock.clone()));
        let config = match endpoint {
            Some(url) => config.endpoint_url(url),
            None => config,
        };
        Lists::open(&config.build(), "lists")
    }

    async fn of_day(&self, tenant: &str) -> Result<Option<(String, String)>, String> {
        let lists = self.lists(None);
        let found = lists.of_day(&tenant.parse().unwrap(), "2026-11-25".parse().unwrap()).await;
        Ok(found.map_err(|failed| failed.to_string())?.map(|mut list| {
            let mut text = String::new();
            list.reader.read_to_string(&mut text).unwrap();
            (list.name, text)
        }))
    }
}

#[track_caller]
fn is(found: &Result<Option<(String, String)>, String>, name: &str, text: &str) {
    let found = found.as_ref().map(|list| list.as_ref().map(|(a, b)| (a.as_str(), b.as_str())));
    assert_eq!(found, Ok(Some((name, text))));
}

#[tokio::test]
async fn the_list_of_a_day_is_the_object_that_begins_with_tenant_and_date() {
    let bucket = Bucket::of(&[
        ("demo/2026-11-24.jsonl", "yesterday"),
        ("demo/2026-11-25.jsonl.gz", "today"),
        ("demo/2026-11-25.x/2026-11-25.csv", "of the tenant demo/2026-11-25.x"),
        ("demo/2026-11-26.csv", "tomorrow"),
        ("demonstration/2026-11-25.csv", "another's"),
        ("gid:+@=/2026-11-25.csv", "a name of all characters"),
    ]);
    is(&bucket.of_day("demo").await, "demo/2026-11-25.jsonl.gz", "today");
    let of_other = bucket.of_day("demo/2026-11-25.x").await;
    let name = "demo/2026-11-25.x/2026-11-25.csv";
    is(&of_other, name, "of the tenant demo/2026-11-25.x");
    assert_eq!(bucket.of_day("nobody").await, Ok(None));
}

#[tokio::test]
async fn two_lists_of_one_day_are_refused_by_name() {
    let bucket = Bucket::of(&[("demo/2026-11-25.csv", "a"), ("demo/2026-11-25.jsonl", "b")]);
    let want = "there is more than one list of that day: demo/2026-11-25.csv, \
                demo/2026-11-25.jsonl; remove all but one";
    assert_eq!(bucket.of_day("demo").await, Err(want.to_owned()));
    let asked = bucket.asked.lock().unwrap();
    assert_eq!(asked.len(), 2, "both pages, and nothing is downloaded: {asked:?}");
}

#[tokio::test]
async fn of_very_many_lists_some_are_named() {
    const NAMES: [&str; 9] = [
        "demo/2026-11-25.1",
        "demo/2026-11-25.2",
        "demo/2026-11-25.3",
        "demo/2026-11-25.4",
        "demo/2026-11-25.5",
        "demo/2026-11-25.6",
        "demo/2026-11-25.7",
        "demo/2026-11-25.8",
        "demo/2026-11-25.9",
    ];
    let bucket = Bucket::of(&NAMES.map(|name| (name, "")));
    let wrong = bucket.of_day("demo").await.unwrap_err();
    assert!(wrong.contains("2026-11-25.5; remove"), "{wrong}");
    assert_eq!(bucket.asked.lock().unwrap().len(), NAMED_MAX);
}

#[tokio::test]
async fn a_list_comes_for_as_long_as_it_flows() {
    let mut bucket = Bucket::of(&[("demo/2026-11-25.csv", "of a slow day")]);
    bucket.each = SLOWLY;
    is(&bucket.of_day("demo").await, "demo/2026-11-25.csv", "of a slow day");
    assert!(bucket.clock.elapsed() > 3 * SLOWLY, "{:?}", bucket.clock.elapsed());
}

#[tokio::test]
async fn a_list_that_stands_still_is_given_up() {
    let mut bucket = Bucket::of(&[("demo/2026-11-25.csv", "never")]);
    bucket.each = HOUR;
    let want = "the bucket of lists did not answer (not to the end)";
    assert_eq!(bucket.of_day("demo").await, Err(want.to_owned()));
    assert!(bucket.clock.elapsed() < 2 * STALL_MAX, "{:?}", bucket.clock.elapsed());
}

#[tokio::test]
async fn a_bucket_is_part_of_the_path_where_all_of_aws_is_at_one_address() {
    let day = "2026-11-25".parse().unwrap();
    for (endpoint, want) in [
        (None, "https://lists.s3.eu-west-1.amazonaws.com/?list-type=2"),
        (Some("https://emulator:4566"), "https://emulator:4566/lists/?list-type=2"),
    ] {
        let bucket = Bucket::default();
        let found = bucket.lists(endpoint).of_day(&"demo".parse().unwrap(), day).await;
        assert!(found.unwrap().is_none());
        let asked = bucket.asked.lock().unwrap();
        assert!(asked[0].starts_with(want), "{asked:?}");
    }
}
