//! The mutants: ways in which the product could be wrong, each of which the simulation has to see,
//! or, of reconciliation, the test by damage.

/// One way to be wrong: in one file, one piece of text that stands there once, and what stands in
/// its place while the mutant is awake. Both are expressions of one type; or what is wrong says by
/// itself, with `AWAKE`, when it is.
pub(crate) struct Mutant {
    /// What is wrong, in a few words.
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) right: &'static str,
    pub(crate) wrong: &'static str,
}

impl Mutant {
    /// Both, by whether the mutant is awake.
    pub(crate) fn either(&self, awake: &str) -> String {
        if self.wrong.contains("AWAKE") {
            return self.wrong.replace("AWAKE", awake);
        }
        format!("(if {awake} {{ {} }} else {{ {} }})", self.wrong, self.right)
    }
}

const ORDER: &str = "shared/store/src/order.rs";
const LEDGER: &str = "shared/store/src/ledger.rs";
const ACTIONS: &str = "shared/store/src/actions.rs";
const TABLE: &str = "shared/store/src/table.rs";
const ATTRIBUTE: &str = "shared/store/src/attribute.rs";
const NIGHTS: &str = "shared/store/src/nights.rs";
const RECOUNT: &str = "functions/recount/src/lib.rs";
const CHECK_UPGRADES: &str = "functions/check-upgrades/src/lib.rs";

/// Those of all acts, each with its place.
pub(crate) fn all() -> impl Iterator<Item = (usize, &'static Mutant)> {
    MUTANTS.iter().chain(super::reconcile::RECONCILE).enumerate()
}

/// Those that the simulation has to see.
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a second payment takes the place of the first",
        file: ORDER,
        right: "update.when_absent(PAYMENT)",
        wrong: "update",
    },
    Mutant {
        name: "a refund that comes again is written again",
        file: ORDER,
        right: ".when_absent(&attribute)\n",
        wrong: ".when_absent(if AWAKE { \"nothing\" } else { &*attribute })\n",
    },
    Mutant {
        name: "a refund is not listed under its day",
        file: ORDER,
        right: "self.put(item(&keys::refunded(tenant, day, order), [])).await?;",
        wrong: "if !AWAKE { self.put(item(&keys::refunded(tenant, day, order), [])).await?; }",
    },
    Mutant {
        name: "a second completion takes the place of the first",
        file: ORDER,
        right: "update.when_absent(COMPLETED_AT)",
        wrong: "update",
    },
    Mutant {
        name: "an order that waited is attributed twice",
        file: ORDER,
        right: "update.when_present(PAYMENT).when_absent(ATTRIBUTED)",
        wrong: "update.when_present(PAYMENT)",
    },
    Mutant {
        name: "a buyer is bound again",
        file: "shared/store/src/buyer.rs",
        right: ".when_absent(\"distributor\")",
        wrong: ".when_absent(if AWAKE { \"nothing\" } else { \"distributor\" })",
    },
    Mutant {
        name: "a line is counted without its guard",
        file: ACTIONS,
        right: "Some(n) => Update::new().when_equal(\"n\", number(n)).when_known(),",
        wrong: concat!(
            "Some(_) if AWAKE => Update::new().when_known(),\n",
            "            Some(n) => Update::new().when_equal(\"n\", number(n)).when_known(),",
        ),
    },
    Mutant {
        name: "a new item is put over one that is there",
        file: ACTIONS,
        right: "Update::new().when_absent(\"pk\")",
        wrong: "Update::new().when_known()",
    },
    Mutant {
        name: "an old image of an order undoes a newer one",
        file: LEDGER,
        right: "old.as_ref().is_some_and(|old| old.version >= *version)",
        wrong: "old.as_ref().is_some_and(|old| old.version == *version)",
    },
    Mutant {
        name: "what is counted already is counted again",
        file: LEDGER,
        right: "old.as_ref().map(|old| &old.counted)",
        wrong: "None",
    },
    Mutant {
        name: "a transaction that was refused is taken for made",
        file: LEDGER,
        right: "Transacted::Refused(_) => {",
        wrong: concat!(
            "Transacted::Refused(_) if AWAKE => return Ok(lines),\n",
            "                Transacted::Refused(_) => {",
        ),
    },
    Mutant {
        name: "of several records of an order in a batch the oldest is posted",
        file: LEDGER,
        right: "known <= order.record.version",
        wrong: "known == 0",
    },
    Mutant {
        name: "a conflict is taken for a team row that is there",
        file: "shared/store/src/team.rs",
        right: "failed.first() == Some(&true)",
        wrong: "!failed.is_empty()",
    },
    Mutant {
        name: "team lists end one ancestor early",
        file: "shared/store/src/team.rs",
        right: "member.lineage.iter().take(TEAM_LIST_DEPTH_MAX)",
        wrong: "member.lineage.iter().take(TEAM_LIST_DEPTH_MAX - 1)",
    },
    Mutant {
        name: "items are read as they were a moment ago",
        file: TABLE,
        right: ".consistent_read(true);\n        Ok(request",
        wrong: ".consistent_read(!AWAKE);\n        Ok(request",
    },
    Mutant {
        name: "batches are read as they were a moment ago",
        file: TABLE,
        right: "wanted.consistent_read(reading.is_now())",
        wrong: "wanted.consistent_read(false)",
    },
    Mutant {
        name: "keys that a batch did not answer are forgotten",
        file: TABLE,
        right: "unprocessed.flat_map(|(_, keys)| keys.keys).collect()",
        wrong: "unprocessed.flat_map(|(_, keys)| keys.keys).take(0).collect()",
    },
    Mutant {
        name: "of a list only the first page is read",
        file: TABLE,
        right: concat!(
            "            after = page.after;\n",
            "            if after.is_none() {\n",
            "                return Ok(items);",
        ),
        wrong: concat!(
            "            after = if AWAKE { None } else { page.after };\n",
            "            if after.is_none() {\n",
            "                return Ok(items);",
        ),
    },
    Mutant {
        name: "one shard of the index is passed over",
        file: "shared/store/src/listing.rs",
        right: "let shards = 0..u32::from(SHARDS);",
        wrong: "let shards = 0..u32::from(SHARDS) - u32::from(AWAKE);",
    },
    Mutant {
        name: "a distributor is remembered for an hour",
        file: "shared/store/src/member.rs",
        right: "now.duration_since(*at) < REMEMBERED",
        wrong: "now.duration_since(*at) < REMEMBERED * 60",
    },
    Mutant {
        name: "activations are remembered for an hour",
        file: "shared/store/src/plan.rs",
        right: "now.duration_since(known.read_at) < REMEMBERED",
        wrong: "now.duration_since(known.read_at) < REMEMBERED * 60",
    },
    Mutant {
        name: "a change by hand holds a minute after it is made",
        file: "shared/domain/src/schedule.rs",
        right: "SignedDuration::from_mins(LEAD_MINUTES)",
        wrong: "SignedDuration::from_mins(1)",
    },
    Mutant {
        name: "an order uses the level of now",
        file: "shared/store/src/decide.rs",
        right: "member.levels.at(paid_at)",
        wrong: "member.levels.at(now)",
    },
    Mutant {
        name: "an order uses the status of now",
        file: "shared/store/src/decide.rs",
        right: "member.status_at(paid_at)",
        wrong: "member.status_at(now)",
    },
    Mutant {
        name: "an order uses the plan of now",
        file: "shared/store/src/plan.rs",
        right: "version_for(active, tenant, buyer, paid_at)",
        wrong: "version_for(active, tenant, buyer, now)",
    },
    Mutant {
        name: "a share of the buyers is a share of the orders of all versions",
        file: "shared/domain/src/activation.rs",
        right: ".number(version.into())\n",
        wrong: ".number(if AWAKE { 1 } else { version.into() })\n",
    },
    Mutant {
        name: "the last depth is cut off",
        file: "shared/domain/src/calculate.rs",
        right: "for place in 0..programme.depth {",
        wrong: "for place in 0..programme.depth.saturating_sub(usize::from(AWAKE)) {",
    },
    Mutant {
        name: "what a refund takes back is rounded for each refund",
        file: "shared/domain/src/reverse.rs",
        right: "line.and_then(|(&refunded, &paid)| allocated.proportion(refunded, paid))",
        wrong: concat!(
            "line.and_then(|(&refunded, &paid)|",
            " Some(allocated.less(allocated.proportion(paid.less(refunded), paid)?)))",
        ),
    },
    Mutant {
        name: "more than was paid is given back of a line",
        file: "shared/domain/src/reverse.rs",
        right: "refunded.plus(amount.min(left))?",
        wrong: "refunded.plus(amount)?",
    },
    Mutant {
        name: "the second look for a binding is left out",
        file: ATTRIBUTE,
        right: concat!(
            "            resolved = self.resolve(tenant, paid, now, Code::Bind).await?;\n",
            "            if let Some(row)",
        ),
        wrong: concat!(
            "            if !AWAKE {\n",
            "                resolved = self.resolve(tenant, paid, now, Code::Bind).await?;\n",
            "            }\n",
            "            if let Some(row)",
        ),
    },
    Mutant {
        name: "every order is its buyer's first",
        file: "shared/store/src/buyer.rs",
        right: "Ok(first == *order)",
        wrong: "Ok(first == *order || AWAKE)",
    },
    Mutant {
        name: "the row of an order that waits goes before the order is attributed",
        file: ATTRIBUTE,
        right: concat!(
            "if let Some(Attempt::Cannot(why)) =\n",
            "                self.attribute(tenant, &paid, &resolved, now).await?",
        ),
        wrong: concat!(
            "if AWAKE {\n",
            "                self.waits_no_more(tenant, buyer, &order).await?;\n",
            "            }\n",
            "            if let Some(Attempt::Cannot(why)) =\n",
            "                self.attribute(tenant, &paid, &resolved, now).await?",
        ),
    },
    Mutant {
        name: "the row of an event that waits goes before the event is done",
        file: "functions/bind-registration/src/take_up.rs",
        right: concat!(
            "                left.push(Step::Remove(row));\n",
            "                if let Some(message)",
        ),
        wrong: concat!(
            "                if AWAKE {\n",
            "                    store.awaits_no_more(&row).await?;\n",
            "                }\n",
            "                left.push(Step::Remove(row));\n",
            "                if let Some(message)",
        ),
    },
    Mutant {
        name: "a contradiction is not parked",
        file: "shared/lambda/src/park.rs",
        right: "Outcome::Conflict { reason } => (\"conflict\", reason)",
        wrong: concat!(
            "Outcome::Conflict { .. } if AWAKE => return Ok(()),\n",
            "        Outcome::Conflict { reason } => (\"conflict\", reason)",
        ),
    },
    Mutant {
        name: "an event that could not be parked is taken for done",
        file: "shared/lambda/src/door.rs",
        right: "park(store, now, About::of(&message), &outcome, keep).await?;",
        wrong: concat!(
            "let parked = park(store, now, About::of(&message), &outcome, keep).await;\n",
            "    if !AWAKE {\n",
            "        parked?;\n",
            "    }",
        ),
    },
    Mutant {
        name: "who is bound is looked up under another tenant",
        file: "shared/store/src/buyer.rs",
        right: "let buyer_key = keys::buyer(tenant, id);",
        wrong: concat!(
            "let first = \"demo\".parse().ok().filter(|_| AWAKE).unwrap_or_else(||",
            " tenant.clone());\n",
            "        let buyer_key = keys::buyer(&first, id);",
        ),
    },
    Mutant {
        name: "two changes of one distributor at once lose one",
        file: "shared/store/src/standing.rs",
        right: "update.when_equal(\"n\", number(n))",
        wrong: "update",
    },
    Mutant {
        name: "two activations at once lose one",
        file: "shared/store/src/activations.rs",
        right: "update.when_equal(\"n\", number(n))",
        wrong: "update",
    },
    Mutant {
        name: "what moved is not listed for the night",
        file: NIGHTS,
        right: "update.set(\"gsi1pk\", text(keys::moved(tenant, day, id)))",
        wrong: "{ let _ = (tenant, day, id); update }",
    },
    Mutant {
        name: "a level holds as soon as it is found",
        file: CHECK_UPGRADES,
        right: "Wanted { from: None, now: when.now, lead: when.lead }",
        wrong: "Wanted { from: None, now: when.now, lead: Lead::SingleProcess }",
    },
    Mutant {
        name: "who is frozen rises",
        file: CHECK_UPGRADES,
        right: "member.status_at(when.from) != Status::Active",
        wrong: "false",
    },
    Mutant {
        name: "the day to look again is not listed",
        file: "shared/store/src/check.rs",
        right: "update.set(\"look_on\", text(day)).set(\"gsi1pk\", text(listed(day)))",
        wrong: "{ let _ = listed(day); update.set(\"look_on\", text(day)).remove(\"gsi1pk\") }",
    },
    Mutant {
        name: "a level that holds soon is said once more",
        file: CHECK_UPGRADES,
        right: "next <= soon",
        wrong: "{ let _ = (next, soon); false }",
    },
    Mutant {
        name: "of a segment only the first page is counted again",
        file: RECOUNT,
        right: "        after = page.after;\n",
        wrong: "        after = if AWAKE { None } else { page.after };\n",
    },
    Mutant {
        name: "who was changed by hand is not counted again",
        file: "shared/lambda/src/stream.rs",
        right: "items.iter().filter_map(read).collect()",
        wrong: "items.iter().filter_map(changed).collect()",
    },
    Mutant {
        name: "a tenant is counted again with those whose names begin alike",
        file: "shared/store/src/scan.rs",
        right: "text(keys::tenant_prefix(tenant))",
        wrong: "text(tenant)",
    },
];
