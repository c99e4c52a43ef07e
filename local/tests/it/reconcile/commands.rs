//! `upline job run reconcile`, `upline report` and `upline job run recount`.

use serde_json::{Value, json};

use super::{DAY, Shop, lines, orders};

#[test]
fn a_list_is_given_with_a_run_and_the_report_is_shown() {
    let shop = Shop::open();
    shop.send(&orders()[..4]);
    std::fs::write(shop.file("day.jsonl"), lines(&orders())).unwrap();
    let (status, words) =
        shop.run("job run reconcile --date 2026-11-11 --orders day.jsonl --dry-run");
    assert_eq!(status, Some(1), "something is left: {words}");
    for line in [
        "reconcile of demo, 2026-11-11, run 1: done, a dry run: nothing was repaired\n",
        "         3  orders\n",
        "         5  entries of the shop's list\n",
        "         1  orders inconsistent after\n         0  differences repaired\n",
        "         1  differences left\n         1  completion missing\n",
        "`upline report 2026-11-11` shows what it found\n",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    let (status, words) = shop.run("report 2026-11-11");
    assert_eq!(status, Some(0), "{words}");
    for line in [
        "demo, 2026-11-11, run 1: finished, a dry run: nothing was repaired\n",
        "         5  entries of the shop's list 2026-11-11\n",
        "         1  orders inconsistent before (0.333333)\n",
        "         1  completion missing: 0 repaired, 0 on their way\n",
        "completion missing, order A3: found\n",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }

    // The list that was given stands: the second run has it too.
    let (status, text) = shop.run("job run reconcile --date 2026-11-11 --json");
    assert_eq!(status, Some(0), "{text}");
    let run: Value = serde_json::from_str(&text).unwrap();
    let counts = &run["counts"];
    assert_eq!((&run["date"], &counts["run"]), (&json!(DAY), &json!(2)));
    let shares = (&counts["inconsistent_before"], &counts["inconsistent_after"]);
    assert_eq!(shares, (&json!(1), &json!(0)), "{text}");
    let (_, words) = shop.run("report 2026-11-11");
    assert!(words.contains("completion missing, order A3: repaired\n"), "{words}");
    let (_, words) = shop.run("report 2026-11-11 --run 1");
    assert!(words.contains("completion missing, order A3: found\n"), "{words}");
}

#[test]
fn a_report_is_written_as_a_sheet_and_as_a_page() {
    let shop = Shop::open();
    shop.send(&orders()[..4]);
    std::fs::write(shop.file("day.jsonl"), lines(&orders())).unwrap();
    let (status, words) = shop.run("job run reconcile --date 2026-11-11 --orders day.jsonl");
    assert_eq!(status, Some(0), "{words}");
    let (status, words) = shop.run("report 2026-11-11 --csv a.csv --html a.html --lang zh");
    assert_eq!(status, Some(0), "{words}");
    assert!(words.ends_with("written: a.csv\nwritten: a.html\n"), "{words}");
    let read = |name: &str| std::fs::read_to_string(shop.file(name)).unwrap();
    let served = |query: &str| shop.get(&format!("/v1/reports/{DAY}{query}")).text;
    assert_eq!(read("a.csv"), served("?format=csv"), "what the server gives");
    assert_eq!(read("a.html"), served("?format=html&lang=zh"));
    let (status, text) = shop.run("report 2026-11-11 --json --html b.html");
    assert_eq!(status, Some(0), "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["differences"][0]["order_id"], "A3");
    assert!(read("b.html").contains("Reconciliation"));
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let shop = Shop::open();
    std::fs::write(shop.file("day.jsonl"), lines(&orders())).unwrap();
    std::fs::write(shop.file("empty.jsonl"), "").unwrap();
    for (line, told) in [
        ("report 2026-11-11", "there is no such report of 2026-11-11; leave the run out"),
        ("report november", "november"),
        ("report 2026-11-11 --html a.html --lang fr", "write en or zh"),
        ("report 2026-11-11 --run one", "--run"),
        ("report 2026-11-11 --run 0", "run: write the number of a run, from 1"),
        ("job run reconcile --orders day.jsonl", "--date"),
        ("job run reconcile --date november", "november"),
        ("job run reconcile --date 2999-01-01", "that day has not begun yet"),
        ("job run reconcile --date 2026-11-11 --orders none.jsonl", "cannot read none.jsonl"),
        ("job run reconcile --date 2026-11-11 --orders empty.jsonl", "the list is empty"),
        ("job run reconcile --tenant other", "it is not the tenant of the token"),
        (
            "job run reconcile --tenant other --date 2026-11-11 --orders day.jsonl",
            "/v1/lists/2026-11-11?tenant=other answers 403",
        ),
        (
            "job run reconcile --date 2999-01-01 --orders day.jsonl",
            "/v1/lists/2999-01-01 answers 400",
        ),
        ("report 2026-11-11 --lang zh", "--html"),
        ("job run reconcile --distributor bob", "--distributor is of the job check-upgrades alone"),
        ("job run check-upgrades --date 2026-11-11 --orders day.jsonl", "--orders is of the job"),
        ("job run check-upgrades --dry-run", "--dry-run is of the job reconcile alone"),
        ("job run recount --date 2026-11-11", "--date is of the job reconcile alone"),
    ] {
        let (status, text) = shop.run(line);
        assert_eq!(status, Some(2), "{line}: {text}");
        assert!(text.contains(told), "{line}: {text}");
    }
    // Nothing of it was begun.
    assert_eq!(shop.get(&format!("/v1/reports/{DAY}")).status, 404);
    let kept = std::fs::read_dir(shop.file("upline.db.lists/ZGVtbw")).unwrap();
    assert_eq!(kept.count(), 0, "no list is kept, nor a part of one");
    let (status, text) = shop.run("job run reconcile --date 2026-11-11");
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("no list: it was not asked whether everything is here\n"), "{text}");
    let (status, text) = shop.run("report 2026-11-11 --csv nowhere/a.csv");
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("cannot write nowhere/a.csv"), "{text}");
}

#[test]
fn a_recount_of_sound_books_changes_nothing_and_says_so() {
    let shop = Shop::open();
    shop.send(&orders());
    shop.server.settle();
    let before = shop.server.get("/v1/distributors/bob/balance");
    let (status, words) = shop.run("job run recount");
    assert_eq!(status, Some(0), "{words}");
    assert!(words.starts_with("recount of demo: done\n"), "{words}");
    assert!(words.ends_with("everything was counted already\n"), "{words}");
    let (_, text) = shop.run("job run recount --json");
    let run: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&run["job"], &run["outcome"]), (&json!("recount"), &json!("done")));
    let counts = run["counts"].as_object().unwrap();
    assert_eq!(counts["orders"], json!(3), "{text}");
    assert_eq!(counts["distributors"], json!(2), "{text}");
    for changed in ["lines_changed", "team_rows_changed", "parked"] {
        assert_eq!(counts[changed], json!(0), "{text}");
    }
    let after = shop.server.get("/v1/distributors/bob/balance");
    assert_eq!(before, after);
    shop.reconcile(false);
    assert_eq!(shop.found(), [""; 0], "and a reconciliation after it finds nothing");
}
