//! The shell around a decision: the clock, the environment, logs, and messages in batches, each
//! answered by itself. There are no rules of commission here, and no key of the table.

mod accept;
mod bus;
mod deadline;
mod door;
mod enqueue;
mod jobs;
mod lists;
mod logs;
mod metrics;
mod open;
mod outcome;
mod park;
mod post;
mod queue;
mod settings;
mod stream;
mod tries;

pub use accept::admit_to_bus;
pub use bus::{Bus, Entry, NotTaken};
pub use deadline::Deadline;
pub use door::{Admitted, Arrived, Message, admit, arrive, take, take_mended};
pub use enqueue::{JobQueues, NotSent, QueueOf};
pub use jobs::{JobCounts, JobFailed, each_job, log_sent, send_to_each_tenant};
pub use lists::{Downloaded, ListFailed, Lists};
pub use logs::{Tries, json_lines, log_accepted, log_taken, start_logs};
pub use metrics::{Measured, Metrics};
pub use open::{Shell, now, open, read_plan};
pub use outcome::{Outcome, Taken};
pub use park::{Keep, park_item, park_message, park_order, park_restated};
pub use post::{PostedBatch, post};
pub use queue::{each_message, retry_delay_s};
pub use settings::{MetricsSettings, Settings, SettingsError};
pub use stream::{Changed, Image, each_change, each_item, each_outgoing, read_images};
