//! Time that passes when everybody waits for it, and only then: what is simulated takes the same on
//! every machine.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, Stream as _};

#[derive(Debug, Default)]
struct Time {
    now: Duration,
    /// Who waits until when; the number tells two of one instant apart.
    waiting: BTreeMap<(Duration, u64), Option<Waker>>,
    number: u64,
}

/// The clock of a simulation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<Mutex<Time>>);

/// Waits until an instant.
struct Waiting {
    clock: Clock,
    until: (Duration, u64),
}

impl Future for Waiting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut time = self.clock.0.lock().unwrap();
        if time.now >= self.until.0 {
            time.waiting.remove(&self.until);
            return Poll::Ready(());
        }
        time.waiting.insert(self.until, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        Sleep::new(async move { clock.pass(duration).await })
    }
}

impl Clock {
    /// Waits so long.
    pub(crate) fn pass(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let mut time = self.0.lock().unwrap();
        time.number += 1;
        let until = (time.now + duration, time.number);
        Waiting { clock: self.clone(), until }
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    /// Goes on to the next instant for which somebody waits.
    fn advance(&self) {
        let waker = {
            let mut time = self.0.lock().unwrap();
            let (until, waker) = time.waiting.pop_first().expect("somebody waits for the clock");
            time.now = time.now.max(until.0);
            waker
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Runs tasks side by side until all are done.
    pub(crate) fn run(&self, tasks: Vec<LocalBoxFuture<'_, ()>>) {
        // The client asks for a timer of tokio's beside some waits, which none of them needs.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _entered = runtime.enter();
        let mut tasks: FuturesUnordered<_> = tasks.into_iter().collect();
        let mut context = Context::from_waker(Waker::noop());
        loop {
            match Pin::new(&mut tasks).poll_next(&mut context) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) => return,
                Poll::Pending => self.advance(),
            }
        }
    }
}
