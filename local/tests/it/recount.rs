//! A recount over HTTP and on the command line: what nobody posted is counted, once.

use serde_json::{Value, json};
use upline_embedded::Embedded;
use upline_lambda::{arrive, now, read_plan};
use upline_store::Store;
use upline_testkit::events::{bound, paid, registered, registered_under};
use upline_testkit::{handle, run};

use crate::harness::{Server, ask, upline};

/// Writes an order to the data of a server that stands still, and nothing that says so.
fn write_unnoticed(data: &std::path::Path, order: &Value) {
    run(async {
        let client = Embedded::file(data).unwrap().client();
        let store = Store::new(&client, "upline", read_plan);
        let arrived = arrive(now(), None, &order.to_string());
        let taken = upline_lambda::take(&store, now(), arrived, async |message| {
            handle(&store, now(), message).await
        });
        assert_eq!(taken.await.unwrap().outcome.word(), "created");
    });
}

#[test]
fn what_was_never_posted_is_counted_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::start(folder);
    let (status, answer) = server.send(
        folder,
        &[
            registered("ann", "2025-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2025-10-02T00:00:00Z"),
            bound("zoe", "bob", "2025-10-03T00:00:00Z"),
            paid("A1", "zoe", "100.00", "2025-11-11T00:00:00Z"),
        ],
    );
    assert_eq!(status, Some(0), "{answer}");
    server.settle();
    let orders_of = |server: &Server| {
        let days = server.get("/v1/distributors/bob/days");
        days.pointer("/items/0/orders").cloned().unwrap()
    };
    assert_eq!(orders_of(&server), json!(1));
    let data = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let data = data.into_iter().find(|path| path.extension().is_some_and(|is| is == "db"));
    drop(server);
    write_unnoticed(&data.unwrap(), &paid("A2", "zoe", "100.00", "2025-11-11T01:00:00Z"));

    let server = Server::start(folder);
    server.settle();
    assert_eq!(orders_of(&server), json!(1), "nobody told posting");
    let asked = format!("{}/v1/jobs/recount/run", server.url);
    let token = |role: &str| {
        let mut command = upline(folder);
        let output = command.args(["token", "--role", role, "--sub", "bob"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for role in ["shop", "distributor"] {
        assert_eq!(ask("POST", &asked, &token(role), Some("")).unwrap().0, 403, "{role}");
    }
    for (body, want) in [
        (r#"{"tenant": "other"}"#, 403),
        (r#"{"distributor_id": "bob"}"#, 400),
        (r#"{"segment": 1}"#, 400),
    ] {
        assert_eq!(ask("POST", &asked, &server.token, Some(body)).unwrap().0, want, "{body}");
    }
    assert_eq!(orders_of(&server), json!(1), "nothing was asked for yet");
    let (status, answer) = ask("POST", &asked, &token("ops"), Some("")).unwrap();
    assert_eq!((status, &answer["outcome"]), (200, &json!("done")), "{answer}");
    let count = |name: &str| answer["counts"][name].as_u64().unwrap();
    assert_eq!((count("orders"), count("distributors")), (2, 2), "{answer}");
    assert!(count("lines_changed") > 0 && count("team_rows_changed") == 0, "{answer}");
    assert_eq!(orders_of(&server), json!(2));

    let mut command = upline(folder);
    command.args(["job", "run", "recount", "--url", &server.url, "--token", &server.token]);
    let words = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(words.starts_with("recount of demo: done\n"), "{words}");
    for line in ["       2  orders\n", "       0  lines changed\n", "       2  distributors\n"] {
        assert!(words.contains(line), "{line}: {words}");
    }
    assert_eq!(orders_of(&server), json!(2), "the second time there is nothing to count");
}
