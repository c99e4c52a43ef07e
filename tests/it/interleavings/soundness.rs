//! The explorer held against plain enumeration: small actors who read and write what the others do,
//! every schedule played one by one on an empty table. It must count as many, and end the same.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use tokio::sync::oneshot;
use upline_testkit::explore::{Actor, Ending, Fault, explore};
use upline_testkit::{World, run, through};

use super::meeting::report;

/// What a small actor does; each says what it saw.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Reads an item.
    Read(&'static str),
    /// Reads two items at once.
    ReadBoth(&'static str, &'static str),
    /// Lists all items.
    List,
    /// Adds one to an item, and sees the sum.
    Add(&'static str),
    /// Adds one to an item, where the last thing seen was nothing.
    AddUnlessSeen(&'static str),
    /// Makes an item where there is none.
    Claim(&'static str),
    /// Removes an item.
    Remove(&'static str),
}

use Does::{Add, AddUnlessSeen, Claim, List, Read, ReadBoth, Remove};

/// An actor: what it does, one after the other.
type Small = &'static [Does];

const MEETINGS: &[&[Small]] = &[
    &[&[Read("a")], &[Add("a")]],
    &[&[Read("a"), Add("a")], &[Read("a"), Add("a")]],
    &[&[Read("a"), AddUnlessSeen("b")], &[Read("b"), AddUnlessSeen("a")]],
    &[&[Claim("a"), Read("b"), Remove("a")], &[Add("b"), Claim("a"), List]],
    &[&[ReadBoth("a", "b"), Add("a")], &[Add("b"), Remove("a")]],
    &[&[ReadBoth("a", "b"), Read("b")], &[Add("a"), Add("b")]],
    &[&[Add("a"), Read("b")], &[Add("a")], &[Claim("b")]],
    &[&[Read("c"), AddUnlessSeen("a")], &[ReadBoth("c", "a"), Add("a")]],
];

async fn act(client: Client, small: Small) -> String {
    let mut seen: Vec<String> = Vec::new();
    for does in small {
        let saw = match *does {
            Read(name) => read(&client, name).await,
            ReadBoth(one, other) => {
                let both = futures::join!(read(&client, one), read(&client, other));
                format!("{}{}", both.0, both.1)
            }
            List => {
                let all = client.scan().table_name("upline").send().await.unwrap();
                let mut all: Vec<_> = all.items().iter().map(|i| i["n"].as_n().unwrap()).collect();
                all.sort();
                format!("{all:?}")
            }
            Add(name) => add(&client, name).await,
            AddUnlessSeen(name) if seen.last().is_none_or(|last| last == "-") => {
                add(&client, name).await
            }
            AddUnlessSeen(_) => "no".to_owned(),
            Claim(name) => {
                let claim = client.put_item().table_name("upline").item("pk", text("p"));
                let claim = claim.item("sk", text(name)).item("n", number("100"));
                let claim = claim.condition_expression("attribute_not_exists(pk)");
                claim.send().await.map_or("refused", |_| "claimed").to_owned()
            }
            Remove(name) => {
                let remove = client.delete_item().table_name("upline").key("pk", text("p"));
                remove.key("sk", text(name)).send().await.unwrap();
                "removed".to_owned()
            }
        };
        seen.push(saw);
    }
    seen.join(" ")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

async fn read(client: &Client, name: &str) -> String {
    let get = client.get_item().table_name("upline").key("pk", text("p")).key("sk", text(name));
    let found = get.send().await.unwrap().item;
    found.map_or("-".to_owned(), |item| item["n"].as_n().unwrap().clone())
}

async fn add(client: &Client, name: &str) -> String {
    let add = client.update_item().table_name("upline").key("pk", text("p"));
    let add = add.key("sk", text(name)).update_expression("ADD n :one");
    let add = add.expression_attribute_values(":one", number("1"));
    let added = add.return_values(ReturnValue::AllNew).send().await.unwrap();
    added.attributes.unwrap()["n"].as_n().unwrap().clone()
}

/// A request on its way, where it goes, and where its answer goes.
type Sent = (HttpRequest, SharedHttpConnector, oneshot::Sender<HttpResponse>);

/// A small actor under way.
struct Playing {
    doing: Pin<Box<dyn Future<Output = String>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    answered: bool,
    said: Option<String>,
}

impl Playing {
    fn begin(world: &World, small: Small) -> Self {
        let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let wire = Arc::clone(&sent);
        let client = through(&world.client(), move |inner, request| {
            let (give, take) = oneshot::channel();
            wire.lock().unwrap().push((request, inner, give));
            HttpConnectorFuture::new(async move {
                take.await.map_err(|gone| ConnectorError::io(gone.into()))
            })
        });
        let doing = Box::pin(act(client, small));
        let mut playing = Self { doing, sent, answered: false, said: None };
        playing.go_on();
        playing
    }

    fn go_on(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        if let std::task::Poll::Ready(said) = self.doing.as_mut().poll(&mut context) {
            self.said = Some(said);
        }
    }
}

/// A choice at one moment of a schedule.
#[derive(Clone, Copy)]
enum Choice {
    Answer(usize, usize),
    Lose(usize, usize),
    Crash(usize),
    End,
}

/// Plays one schedule: the choices by number, the first one from where there are no more. Says how
/// many choices there were at each moment, and the ending; none where a choice made no difference.
async fn play(
    world: &World,
    (smalls, mut left): (&[Small], Fault),
    chosen: &[usize],
) -> (Vec<usize>, Option<String>) {
    act(world.client(), &[Remove("a"), Remove("b")]).await;
    let mut all: Vec<Playing> = smalls.iter().map(|small| Playing::begin(world, small)).collect();
    let mut counts = Vec::new();
    loop {
        let mut choices = Vec::new();
        for (actor, playing) in all.iter().enumerate() {
            for nth in 0..playing.sent.lock().unwrap().len() {
                choices.push(Choice::Answer(actor, nth));
                if left == Fault::Resent {
                    choices.push(Choice::Lose(actor, nth));
                }
            }
            if left == Fault::Crash && playing.answered {
                choices.push(Choice::Crash(actor));
            }
        }
        if all.iter().all(|playing| playing.said.is_some()) {
            choices.push(Choice::End);
        }
        let choice = chosen.get(counts.len()).copied().unwrap_or(0);
        counts.push(choices.len());
        match choices[choice] {
            Choice::Answer(actor, nth) => {
                let (request, inner, give) = all[actor].sent.lock().unwrap().remove(nth);
                give.send(inner.call(request).await.unwrap()).unwrap();
                all[actor].answered = true;
                all[actor].go_on();
            }
            Choice::Lose(actor, nth) => {
                left = Fault::None;
                let before = held(world).await;
                let again = {
                    let sent = all[actor].sent.lock().unwrap();
                    (sent[nth].0.try_clone().unwrap(), sent[nth].1.clone())
                };
                again.1.call(again.0).await.unwrap();
                if held(world).await == before {
                    return (counts, None);
                }
            }
            Choice::Crash(actor) => {
                left = Fault::None;
                all[actor] = Playing::begin(world, smalls[actor]);
            }
            Choice::End => {
                let said = all.iter().map(|playing| playing.said.as_deref().unwrap());
                let said = said.collect::<Vec<_>>().join(" | ");
                return (counts, Some(format!("{said} | {}", held(world).await)));
            }
        }
    }
}

async fn held(world: &World) -> String {
    let mut held: Vec<String> = Vec::new();
    for item in world.items().await {
        held.push(format!("{} {}", item["sk"].as_s().unwrap(), item["n"].as_n().unwrap()));
    }
    held.sort();
    held.join(", ")
}

/// Every schedule, one by one: how many, and their endings.
async fn plainly(smalls: &[Small], fault: Fault) -> (u128, BTreeSet<String>) {
    let world = World::without_plan().await;
    let (mut schedules, mut endings, mut chosen) = (0, BTreeSet::new(), Vec::new());
    loop {
        let (counts, ending) = play(&world, (smalls, fault), &chosen).await;
        schedules += u128::from(ending.is_some());
        endings.extend(ending);
        chosen.resize(counts.len(), 0);
        while chosen
            .last()
            .zip(counts.get(chosen.len().wrapping_sub(1)))
            .is_some_and(|(choice, count)| choice + 1 == *count)
        {
            chosen.pop();
        }
        match chosen.last_mut() {
            Some(last) => *last += 1,
            None => return (schedules, endings),
        }
    }
}

#[test]
fn the_explorer_and_plain_enumeration_agree() {
    for smalls in MEETINGS {
        for fault in [Fault::None, Fault::Crash, Fault::Resent] {
            let (schedules, endings) = run(plainly(smalls, fault));
            let world = run(World::without_plan());
            let actors: Vec<Actor> = smalls
                .iter()
                .map(|&small| Actor::new("small", move |client| act(client, small)))
                .collect();
            let mut met = BTreeSet::new();
            let explored =
                explore(&world, &actors, fault, &mut |Ending { world, said, .. }| {
                    met.insert(format!("{} | {}", said.join(" | "), run(held(&world))));
                    Ok(())
                });
            report(fault, &explored);
            let explored = explored.unwrap();
            let case = format!("{smalls:?}, {fault:?}");
            assert_eq!(met, endings, "{case}");
            assert_eq!(explored.endings, endings.len(), "{case}");
            // Nobody writes "c": when it is read makes no two schedules.
            let fewer = case.contains("Read(\"c\")");
            assert_eq!(explored.schedules < schedules, fewer, "{case}: {schedules}");
            assert!(explored.schedules <= schedules, "{case}: {schedules}");
        }
    }
}
