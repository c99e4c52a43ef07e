//! A distributor is registered: load, decide, commit.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use upline_domain::bind::{check_sponsor, invite_code, lineage_under};
use upline_domain::ids::{InviteCode, TenantId};
use upline_domain::member::{History, Member, Referrer, Registration};
use upline_domain::time;
use upline_lambda::{Message, Outcome};
use upline_store::{Registered, Store, StoreError, StoreResult};

use crate::referrer::find_or_wait;
use crate::{Appeared, Handled};

/// How many invite codes are tried for one who wished for none: the chance that one of 2^40 is
/// taken is small, and that eight are is none.
const CODES_TRIED_MAX: u8 = 8;

pub(crate) async fn register(
    store: &Store,
    now: Timestamp,
    message: &Message,
    registration: &Registration,
) -> StoreResult<Handled> {
    let tenant = &message.event.tenant;
    if let Err(own) = check_sponsor(registration) {
        let field = match registration.sponsor {
            Some(Referrer::Code(_)) => "invite_code",
            Some(Referrer::Distributor(_)) | None => "sponsor_id",
        };
        let outcome = Outcome::parked("self_sponsor", format!("detail.data.{field}: {own}"));
        return Ok(Handled::only(outcome));
    }
    if let Some(known) = store.member(tenant, &registration.distributor).await? {
        return Ok(again(known, registration));
    }
    let sponsor = match &registration.sponsor {
        None => None,
        Some(referrer) => match find_or_wait(store, message, referrer).await? {
            None => return Ok(Handled::only(Outcome::Waiting)),
            found => found,
        },
    };
    let plan = store.plan_at(tenant, registration.registered_at, now).await?;
    let zone = plan.map_or(TimeZone::UTC, |plan| plan.plan.timezone.clone());
    for attempt in 0..CODES_TRIED_MAX {
        let code = code(tenant, registration, attempt);
        let member = member(registration, sponsor.as_ref(), code, &zone);
        match store.register(tenant, &member).await? {
            Registered::Created => {
                let appeared = Some(Appeared::Distributor(Box::new(member)));
                return Ok(Handled { outcome: Outcome::Created, appeared });
            }
            Registered::IdTaken => {
                let known = store.member(tenant, &registration.distributor).await?;
                let known = known.ok_or(StoreError::Contended("register"))?;
                return Ok(again(known, registration));
            }
            Registered::CodeTaken if registration.own_code.is_some() => {
                let reason = format!(
                    "detail.data.own_code: {} belongs to another distributor; wish for another",
                    member.invite_code,
                );
                return Ok(Handled::only(Outcome::parked("code_taken", reason)));
            }
            Registered::CodeTaken => {}
        }
    }
    Err(StoreError::Contended("register"))
}

/// A registration of an id that is known: the same, or another.
fn again(known: Member, registration: &Registration) -> Handled {
    if known.fingerprint == registration.fingerprint() {
        let appeared = Some(Appeared::Distributor(Box::new(known)));
        return Handled { outcome: Outcome::Exists, appeared };
    }
    let reason = format!(
        "detail.data.distributor_id: {} is registered with other data, since {}; \
         a registration cannot be changed",
        known.id,
        time::text(known.registered_at),
    );
    Handled::only(Outcome::Conflict { reason })
}

fn code(tenant: &TenantId, registration: &Registration, attempt: u8) -> InviteCode {
    let own = registration.own_code.clone();
    own.unwrap_or_else(|| invite_code(tenant, &registration.distributor, attempt))
}

fn member(
    registration: &Registration,
    sponsor: Option<&Member>,
    invite_code: InviteCode,
    zone: &TimeZone,
) -> Member {
    Member {
        id: registration.distributor.clone(),
        registered_at: registration.registered_at,
        registered_on: time::day(registration.registered_at, zone),
        lineage: sponsor.map(lineage_under).unwrap_or_default(),
        invite_code,
        display_name: registration.display_name.clone(),
        levels: History::default(),
        statuses: History::default(),
        risks: History::default(),
        fingerprint: registration.fingerprint(),
    }
}
