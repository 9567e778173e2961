use entra_net::{Came, Kind, Patience};
use std::time::Duration;

/// What identity hosts other than virtual machines get, as MSAL does it: three further tries, a second apart or as far
/// as `Retry-After` says.
pub(super) struct HostPatience;

/// What a virtual machine's metadata service gets: 1, 2 and 4 seconds; 70 seconds while it is being updated (410).
pub(super) struct MetadataPatience;

pub(super) const HOST: HostPatience = HostPatience;
pub(super) const METADATA: MetadataPatience = MetadataPatience;

const SECOND: Duration = Duration::from_secs(1);
const UPDATE_STEP: Duration = Duration::from_secs(10);
const UPDATE_STEPS: u32 = 7;
const TRIES: u32 = 3;

fn later(own: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(own, |asked| asked.max(own))
}

impl Patience for HostPatience {
    fn pause(&self, attempt: u32, came: Came<'_>) -> Option<Duration> {
        let asked = match came {
            Came::Status(404 | 408 | 429 | 500 | 503 | 504, asked) => asked,
            Came::Nothing(error) if error.is_passing() => None,
            _ => return None,
        };
        (attempt <= TRIES).then_some(later(SECOND, asked))
    }

    fn budget(&self) -> Duration {
        Duration::from_secs(60)
    }
}

impl Patience for MetadataPatience {
    fn pause(&self, attempt: u32, came: Came<'_>) -> Option<Duration> {
        let asked = match came {
            Came::Status(410, asked) => return (attempt <= UPDATE_STEPS).then_some(later(UPDATE_STEP, asked)),
            Came::Status(404 | 408 | 429 | 500..=599, asked) => asked,
            // Nobody is there, so nobody will be: a laptop should not wait.
            Came::Nothing(error) if error.kind == Kind::Unreachable => return None,
            Came::Nothing(error) if error.is_passing() => None,
            _ => return None,
        };
        (attempt <= TRIES).then_some(later(SECOND * 2u32.pow(attempt - 1), asked))
    }

    fn budget(&self) -> Duration {
        Duration::from_secs(90)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(rule: &dyn Patience, status: u16, asked: Option<u64>) -> Vec<u64> {
        let came = Came::Status(status, asked.map(Duration::from_secs));
        (1..).map_while(|attempt| rule.pause(attempt, came)).map(|span| span.as_secs()).collect()
    }

    #[test]
    fn a_virtual_machine_is_waited_for_as_it_needs() {
        assert_eq!(pauses(&METADATA, 404, None), [1, 2, 4]);
        assert_eq!(pauses(&METADATA, 502, None), [1, 2, 4]);
        assert_eq!(pauses(&METADATA, 410, None), [10; 7]);
        assert_eq!(pauses(&METADATA, 429, Some(3)), [3, 3, 4]);
        assert_eq!(pauses(&METADATA, 400, None), [0; 0]);
    }

    #[test]
    fn other_hosts_are_asked_each_second() {
        assert_eq!(pauses(&HOST, 500, None), [1, 1, 1]);
        assert_eq!(pauses(&HOST, 429, Some(5)), [5, 5, 5]);
        for refusal in [400, 401, 403, 410, 502] {
            assert_eq!(pauses(&HOST, refusal, None), [0; 0], "{refusal}");
        }
    }
}
