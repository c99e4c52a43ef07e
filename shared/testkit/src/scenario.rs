//! The scenario table: events in, balances out, a file each. A file knows nothing of where it is
//! played: the same one runs against the handlers in this process and against a server, and one
//! that passes at one [`Place`] only is a bug. The format is in `tests/scenarios/README.md`.

mod matching;
mod play;
mod read;
mod strict;

pub use play::{Place, play_folder};
pub use read::{Outcome, Scenario, Step};
