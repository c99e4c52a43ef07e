//! Requests of several entries at once: what is refused of them is tried again by itself, after
//! pauses that grow. So both the bus and a queue want to be asked.

use std::time::Duration;

/// Most entries of one request; a limit of EventBridge and of SQS.
pub(crate) const ENTRIES_MAX: usize = 10;
/// Requests that are under way at once.
pub(crate) const AT_ONCE: usize = 4;
/// How often an entry is tried in all before its sender has to send it again.
const TRIES: u32 = 5;
/// The pause before the second try; it doubles with each, and chance takes up to half of it.
const PAUSE_MS: u64 = 50;

/// Asks for entries to be taken until each is, or was tried so often; what became of each, in their
/// order, with the word of whoever did not take it. `ask` tells the same of one request, or why
/// there is no answer to it: then nothing is asked again, because a client has tried it already.
pub(crate) async fn until_taken<E: Clone, A>(
    entries: Vec<E>,
    ask: impl Fn(Vec<E>) -> A,
) -> Vec<Result<(), String>>
where
    A: Future<Output = Result<Vec<Result<(), String>>, String>>,
{
    let mut results: Vec<_> = entries.iter().map(|_| Err("no answer".to_owned())).collect();
    for attempt in 0..TRIES {
        let left: Vec<_> = entries.iter().zip(&mut results).filter(|(_, r)| r.is_err()).collect();
        if left.is_empty() {
            break;
        }
        if attempt > 0 {
            tokio::time::sleep(pause(attempt, fastrand::u64(..))).await;
        }
        match ask(left.iter().map(|(entry, _)| (*entry).clone()).collect()).await {
            Ok(answers) => {
                for ((_, result), answer) in left.into_iter().zip(answers) {
                    *result = answer;
                }
            }
            Err(why) => {
                for (_, result) in left {
                    *result = Err(why.clone());
                }
                break;
            }
        }
    }
    results
}

/// How long to wait before a try: between half and all of a time that doubles.
fn pause(attempt: u32, random: u64) -> Duration {
    let most = PAUSE_MS.saturating_mul(1_u64.checked_shl(attempt).unwrap_or(u64::MAX));
    let half = most / 2;
    Duration::from_millis(half.saturating_add(random % half.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows() {
        for attempt in 1..TRIES {
            let half = PAUSE_MS << (attempt - 1);
            assert_eq!(pause(attempt, 0), Duration::from_millis(half), "at least half");
            assert_eq!(pause(attempt, half), Duration::from_millis(2 * half), "at most all");
        }
    }
}
