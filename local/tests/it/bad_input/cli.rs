//! The command line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::json;
use upline_testkit::events::paid;

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Shop, order};
use crate::harness::upline;

/// A folder with what the rows name, and what of an answer is another on each machine and run.
struct Desk<'a> {
    folder: &'a Path,
    page: &'a mut Page,
    hidden: Vec<(String, &'static str)>,
}

impl Desk<'_> {
    fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    fn hide(&mut self, text: String, name: &'static str) {
        self.hidden.push((text, name));
    }

    /// A row: a command line, its exit status, and a part of what it says.
    #[track_caller]
    fn row(&mut self, line: &str, status: i32, part: &str, todo: &str) {
        let output = self.run(line);
        self.told(line, &output, status, part, todo);
    }

    fn run(&self, line: &str) -> Output {
        let arguments = line.strip_prefix("upline ").unwrap();
        let shown = self
            .hidden
            .iter()
            .fold(arguments.to_owned(), |line, (text, name)| line.replace(name, text));
        let mut command = upline(self.folder);
        command.env_remove("UPLINE_URL").env_remove("UPLINE_TOKEN").args(shown.split(' '));
        command.stdin(Stdio::null()).output().unwrap()
    }

    #[track_caller]
    fn told(&mut self, sent: &str, output: &Output, status: i32, part: &str, todo: &str) {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let says = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{sent}: {says}");
        assert!(says.contains(part), "{sent}: wanted {part}, got {says}");
        assert!(!says.contains("panicked"), "{sent}: {says}");
        let shown = self.hidden.iter().fold(says, |says, (text, name)| says.replace(text, name));
        self.page.row(&format!("`{sent}`"), &status.to_string(), &shown, todo);
    }
}

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "The command line",
        "The exit status, and what is said: 0 is done, 1 the answer is no, 2 wrong use or bad \
         input. `URL` and `TOKEN` are those of a running server.",
    );
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk { folder: folder.path(), page, hidden: Vec::new() };
    desk.hide(shop.server.url.clone(), "URL");
    desk.hide(shop.server.token.clone(), "TOKEN");
    // Somebody else listens there, and nobody does here.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    desk.hide(taken.local_addr().unwrap().port().to_string(), "TAKEN");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    desk.hide(format!("http://{nobody}"), "NOBODY");

    files(&mut desk);
    data(shop, &mut desk);
    sending(shop, &mut desk);
    pipes(shop, &mut desk);
    parked(shop, &mut desk);
    changes(&mut desk);
    backtest(&mut desk);
    reconciliation(&mut desk);
}

/// `upline plan publish` and its like, `upline distributor` and `upline audit`.
fn changes(desk: &mut Desk<'_>) {
    let to = "--token TOKEN --url URL";
    desk.file("bad.json", r#"{"currencies": {"CNY": {"depth": 1, "cards": {}}}}"#);
    desk.row(&format!("upline plan publish bad.json {to}"), 1, "rules: malformed", "");
    desk.row(&format!("upline plan publish cut.json {to}"), 2, "this is not JSON", "");
    desk.row("upline plan publish bad.json --url URL", 2, "--token", "");
    let mars = format!("upline plan publish bad.json --policy mars {to}");
    desk.row(&mars, 2, "write cn-wechat, cn, global", "");
    desk.row(&format!("upline plan show 9 {to}"), 2, "there is no version 9", "");
    desk.row(&format!("upline plan activate 9 {to}"), 2, "there is no version 9", "");
    desk.row(&format!("upline plan activate one {to}"), 2, "invalid", "");
    let share = format!("upline plan activate 1 --rollout 1.5 {to}");
    desk.row(&share, 2, "rollout: ", "");
    let status = "upline distributor status";
    desk.row(&format!("{status} bob paused --reason x {to}"), 2, "write active, frozen", "");
    desk.row(&format!("{status} bob frozen {to}"), 2, "--reason", "");
    desk.row(&format!("{status} ghost frozen --reason x {to}"), 2, "no distributor ghost", "");
    desk.row(&format!("upline audit --from 1.1. {to}"), 2, "from: write a date", "");
}

/// `upline job run reconcile` and `upline report`.
fn reconciliation(desk: &mut Desk<'_>) {
    let to = "--token TOKEN --url URL";
    let run = "upline job run reconcile";
    desk.row(&format!("{run} --orders event.json {to}"), 2, "--date", "");
    desk.row(&format!("{run} --date november {to}"), 2, "november", "");
    desk.row(&format!("{run} --date 2999-01-01 {to}"), 2, "has not begun yet", "");
    let day = "--date 2026-11-02";
    desk.row(&format!("{run} {day} --orders no-such-file {to}"), 2, "no-such-file", "");
    desk.row(&format!("{run} {day} --orders empty.json {to}"), 2, "the list is empty", "");
    let levels = "upline job run check-upgrades";
    desk.row(&format!("{levels} {day} --orders event.json {to}"), 2, "reconcile alone", "");
    desk.row(&format!("{levels} --dry-run {to}"), 2, "--dry-run is of", "");
    desk.row(&format!("upline report 2026-11-02 {to}"), 2, "run the job reconcile", "");
    desk.row(&format!("upline report november {to}"), 2, "november", "");
    desk.row(&format!("upline report 2026-11-02 --lang fr {to}"), 2, "write en or zh", "");
}

/// `upline plan backtest`.
fn backtest(desk: &mut Desk<'_>) {
    let example = desk.run("upline plan example").stdout;
    desk.file("plan.json", example);
    desk.file("bound.json", upline_testkit::events::bound("zoe", "bob", AT).to_string());
    let plan = "upline plan backtest --plan plan.json";
    let to = "--token TOKEN --url URL";
    desk.row(plan, 2, "name a period with --from and --to, or files of events", "");
    desk.row(&format!("{plan} --from 2026-11-01"), 2, "--to", "");
    desk.row(&format!("{plan} --from november --to 2026-12-01 {to}"), 2, "november", "");
    let days = "--from 2026-11-01 --to";
    desk.row(&format!("{plan} {days} 2026-11-01 {to}"), 2, "write a later day", "");
    desk.row(&format!("{plan} {days} 2026-12-01 --url URL"), 2, "--token or UPLINE_TOKEN", "");
    desk.row(&format!("{plan} {days} 2026-12-01 --events event.json"), 2, "cannot be used", "");
    desk.row(&format!("{plan} {days} 2026-12-01 --against plan.json"), 2, "cannot be used", "");
    desk.row(
        "upline plan backtest --plan empty.json --events event.json",
        2,
        "nothing is here",
        "",
    );
    desk.row(&format!("{plan} --events event.json --against empty.json"), 2, "empty.json has", "");
    desk.row(&format!("{plan} --events no-such-file"), 2, "cannot read no-such-file", "");
    desk.row(&format!("{plan} --events empty.json"), 2, "there is no event", "");
    desk.row(&format!("{plan} --events bound.json"), 2, "there is no OrderPaid", "");
}

fn files(desk: &mut Desk<'_>) {
    std::fs::create_dir(desk.folder.join("folder")).unwrap();
    desk.file("empty.json", "");
    desk.file("latin1.json", b"{\"a\": \"\xe9\"}");
    desk.file("cut.json", "{\"detail-type\": ");
    desk.row(
        "upline plan check no-such-file",
        2,
        "cannot read no-such-file",
        "name a file that is there",
    );
    desk.row("upline plan check folder", 2, "cannot read folder", "name a file");
    desk.row("upline plan check latin1.json", 2, "UTF-8", "save it as UTF-8");
    desk.row("upline plan check empty.json --policy mars", 2, "write cn-wechat, cn, global", "");
    desk.file("policy.json", r#"{"name": "own"}"#);
    desk.row("upline plan check empty.json --policy policy.json", 2, "effective_from", "");
    desk.row("upline plan diff empty.json empty.json", 2, "nothing is here", "");
    desk.row("upline plan diff 1 empty.json", 2, "there is no file 1, and for version 1", "");
    desk.row("upline plan diff 999 1 --token TOKEN --url URL", 2, "no version 999", "");
    desk.row("upline plan diff empty.json", 2, "<NEW>", "name both files");
    desk.row("upline simulate --plan a --order b --lang fr", 2, "write en or zh", "");
    desk.row("upline dev --plan empty.json", 2, "nothing is here", "");
    desk.row("upline event send empty.json --token TOKEN --url URL", 2, "there is no event", "");
    desk.row("upline event send cut.json --token TOKEN --url URL", 2, "not JSON", "");
    desk.row("upline event send no-such-file --token TOKEN", 2, "cannot read no-such-file", "");
}

fn data(shop: &Shop, desk: &mut Desk<'_>) {
    desk.file("notes.txt", "bread, milk and twelve eggs\n");
    let before = std::fs::read(desk.folder.join("notes.txt")).unwrap();
    desk.row("upline dev --port 0 --data notes.txt", 2, "notes.txt is no data file of upline", "");
    assert_eq!(std::fs::read(desk.folder.join("notes.txt")).unwrap(), before, "it is not touched");
    let torn = [b"SQLite format 3\0".as_slice(), &[7; 5_000]].concat();
    desk.file("torn.db", torn);
    desk.row("upline dev --port 0 --data torn.db", 2, "restore it from a copy", "");
    desk.row("upline dev --port 0 --data folder", 2, "cannot use the data file folder", "");
    desk.row("upline dev --port 0 --data nowhere/upline.db", 2, "name a folder that is there", "");
    desk.row("upline dev --port TAKEN", 2, "name another with --port", "");
    desk.row("upline dev --port 70000", 2, "70000", "write a port up to 65535");
    desk.row("upline token --role ops --data no.db", 2, "there is no data file no.db", "");
    desk.row("upline token --role owner", 2, "admin, ops, shop, distributor", "");
    // A policy of its own is not passed over where the data have a plan already.
    desk.file("mine.json", r#"{"currencies": {"CNY": {"depth": 1, "cards": {}, "rules": []}}}"#);
    let mut server = upline(desk.folder);
    server.args(["dev", "--json", "--port", "0", "--data", "planned.db", "--plan", "mine.json"]);
    let mut server = server.stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ready.contains("url"), "{ready}");
    desk.row(
        "upline dev --port 0 --data planned.db --policy global",
        2,
        "publish yours to the running server with `upline plan publish`",
        "",
    );
    desk.hide(shop.path().display().to_string(), "FOLDER");
    desk.row("upline dev --port 0 --data FOLDER/upline.db", 2, "another server is using", "");
}

fn sending(shop: &Shop, desk: &mut Desk<'_>) {
    desk.file("event.json", paid("C1", "zoe", "1.00", AT).to_string());
    let send = "upline event send event.json";
    desk.row(
        &format!("{send} --token TOKEN --url NOBODY"),
        2,
        "start a server with `upline dev`",
        "",
    );
    desk.row(&format!("{send} --token TOKEN --url nowhere"), 2, "is no address", "");
    desk.row(&format!("{send} --token secret --url URL"), 2, "401", "");
    desk.row(send, 2, "--token", "take the one that `upline dev` prints");
    let mut command = upline(desk.folder);
    command.args(["event", "send", "event.json"]).env("UPLINE_TOKEN", "a\nb");
    let output = command.env("UPLINE_URL", &shop.server.url).output().unwrap();
    desk.told("UPLINE_TOKEN=$'a\\nb' upline event send event.json", &output, 2, "no token has", "");
    let wrong = order("C2", "/lines/0/quantity", &json!(0));
    desk.file("wrong.json", wrong.to_string());
    let line = "upline event send wrong.json event.json --token TOKEN --url URL";
    desk.row(line, 1, "quantity", "");
    let id = shop.find(&wrong.to_string()).unwrap().id;
    let dismiss = format!("/v1/parked/{id}/dismiss");
    shop.ask("POST", &dismiss, Some(r#"{"reason": "a row of the page"}"#));

    // A server that goes away: it takes the first request, answers it, and hangs up on the second.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    desk.hide(url, "LEAVING");
    let event = paid("C3", "zoe", "1.00", AT).to_string();
    desk.file("many.jsonl", format!("{event}\n").repeat(1_500));
    let leaving = std::thread::spawn(move || answer_once(&listener));
    let line = "upline event send many.jsonl --token TOKEN --url LEAVING";
    let output = desk.run(line);
    leaving.join().unwrap();
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        says.contains("1000 of 1500 events were answered before; to send all again is harmless"),
        "{says}"
    );
    assert_eq!(output.status.code(), Some(2), "{says}");
    desk.page.row(
        &format!("`{line}`, and the server goes away"),
        "2",
        "1000 of 1500 events were answered before; to send all again is harmless",
        "",
    );
}

/// Answers one request of a thousand events, and hangs up on the next.
fn answer_once(listener: &TcpListener) {
    let mut connection: TcpStream = listener.accept().unwrap().0;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    connection.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
    let results = vec![json!({ "id": "pay-C3", "outcome": "exists" }); 1_000];
    let body = json!({ "results": results }).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(answer.as_bytes()).unwrap();
}

/// Whoever reads the answer goes away: the command ends without a word.
fn pipes(shop: &Shop, desk: &mut Desk<'_>) {
    let wrong = |n: usize| order(&format!("C4-{n}"), "/lines/0/quantity", &json!(0)).to_string();
    let text: Vec<String> = (0..5).map(wrong).collect();
    desk.file("pipe.jsonl", text.join("\n"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = upline(desk.folder);
    command.args([
        "event",
        "send",
        "pipe.jsonl",
        "--url",
        &shop.server.url,
        "--token",
        &shop.server.token,
    ]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    desk.told(
        "upline event send pipe.jsonl … | head -0",
        &output,
        141,
        "",
        "nothing; every event is sent all the same",
    );
    assert_eq!(output.stderr, b"", "without a word");
    for sent in text {
        let id = shop.find(&sent).unwrap().id;
        shop.ask(
            "POST",
            &format!("/v1/parked/{id}/dismiss"),
            Some(r#"{"reason": "a row of the page"}"#),
        );
    }
}

/// `upline parked` and its subcommands.
fn parked(shop: &Shop, desk: &mut Desk<'_>) {
    let wrong = order("C5", "/currency", &json!("GBP")).to_string();
    assert_eq!(shop.send(&wrong).outcome, "parked");
    let to = "--token TOKEN --url URL";
    desk.row("upline parked --url URL", 2, "--token or UPLINE_TOKEN", "");
    desk.row(&format!("upline parked --code colour {to}"), 0, "nothing waits for a person", "");
    let listed = desk.run(&format!("upline parked --code currency_not_planned {to}"));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let row = listed.lines().find(|line| line.contains("pay-C5")).unwrap();
    let prefix = row.split(' ').next().unwrap().to_owned();
    let id = shop.find(&wrong).unwrap().id;
    assert!(id.starts_with(&prefix) && prefix.len() < id.len(), "{prefix} of {id}");
    let json = desk.run(&format!("upline parked --json {to}")).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), shop.listed("").len(), "page by page");

    let shown = desk.run(&format!("upline parked show pay-C5 {to}")).stdout;
    assert_eq!(String::from_utf8(shown).unwrap(), format!("{wrong}\n"), "letter by letter");
    desk.row(&format!("upline parked show pay-Z9 {to}"), 2, "no parked event pay-Z9", "");
    desk.row(&format!("upline parked retry pay-Z9 {to}"), 2, "no parked event pay-Z9", "");
    desk.row(
        &format!("upline parked retry pay-M1 {to}"),
        2,
        "parked events: name one by its id",
        "",
    );
    desk.row(&format!("upline parked retry pay-C5 {to}"), 1, "stays listed", "");
    let mended = order("C5", "/currency", &json!("CNY"));
    desk.file("two.json", format!("{mended}\n{mended}"));
    let two = format!("upline parked retry pay-C5 --event two.json {to}");
    desk.row(&two, 2, "write one event", "");
    desk.file("mended.json", mended.to_string());
    desk.hide(prefix, "PREFIX");
    let retry = format!("upline parked retry PREFIX --event mended.json {to}");
    desk.row(&retry, 0, "pay-C5: created", "nothing; it is listed no more");
    assert!(shop.find(&wrong).is_none());

    let moot = order("C6", "/currency", &json!("GBP")).to_string();
    assert_eq!(shop.send(&moot).outcome, "parked");
    desk.row(&format!("upline parked dismiss pay-C6 {to}"), 2, "--reason", "");
    let dismiss = format!("upline parked dismiss pay-C6 --reason moot {to}");
    desk.row(&dismiss, 0, "pay-C6: dismissed", "nothing; it is kept, and not listed");
    assert!(shop.find(&moot).is_none());
}
