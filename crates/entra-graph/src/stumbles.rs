use crate::{Graph, GraphError, Note, Told};
use entra_net::Waiting;
use std::time::Duration;

/// Tries of a transfer in a row that brought nothing, and how long all pauses were.
#[derive(Default)]
pub(crate) struct Stumbles {
    tries: u32,
    waited: Duration,
}

impl Stumbles {
    /// Something arrived.
    pub(crate) fn overcome(&mut self) {
        self.tries = 0;
    }

    /// Waits before another try, or gives up with what went wrong.
    pub(crate) async fn pause(&mut self, graph: &Graph, error: GraphError, told: Told<'_>) -> Result<(), GraphError> {
        self.tries += 1;
        let span = graph.limits.pause(self.tries);
        if self.tries > graph.limits.max_retry || !graph.limits.may_wait(self.waited, span) {
            return Err(error);
        }
        self.waited += span;
        told(Note::Waiting {
            pause: Waiting { span, attempt: self.tries, because: error.to_string() },
            left: graph.limits.left(self.waited),
        });
        graph.clock.sleep(span).await;
        Ok(())
    }
}
