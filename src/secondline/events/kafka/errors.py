"""Errors: what the client library says, in plain words."""

from __future__ import annotations

from confluent_kafka import KafkaError

from secondline.events.log import LogError


def codes(*names: str) -> frozenset[int]:
    """Return the codes of errors by name; the library begins the names of its own with an underscore."""
    return frozenset(getattr(KafkaError, name) for name in names)


GONE = codes("_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT", "_RESOLVE")
LOCKED = codes("_AUTHENTICATION", "_SSL", "SASL_AUTHENTICATION_FAILED")
FORBIDDEN = codes("TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED")
MISSING = codes("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION")
LARGE = codes("MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE")
RANGE = codes("OFFSET_OUT_OF_RANGE", "_AUTO_OFFSET_RESET")
LATE = codes("_MSG_TIMED_OUT")
LOST = codes("_FATAL", "_STATE", "_PURGE_QUEUE", "_PURGE_INFLIGHT")
"""What a producer says that will never work again."""


def plain(error: KafkaError, brokers: str, said: KafkaError | None = None) -> LogError:
    """Return an error of the library as one message; *said* is the most telling that it said about its connections.

    A connection that is refused again and again is reported as brokers that do not answer: what was said tells why.
    """
    code, words = error.code(), error.str() + (f" ({said.str()})" if said else "")
    if code in LOCKED or (said and said.code() in LOCKED):
        return LogError(f"The brokers at {brokers} do not let us in: {words}. Check the security options.")
    if code in GONE:
        return LogError(f"No broker answers at {brokers}: {words}. Is it running, and reachable from here?")
    if code in FORBIDDEN:
        return LogError(f"The brokers at {brokers} do not allow this: {words}. Ask for rights on topic and group.")
    if code in MISSING:
        return LogError(f"The cluster at {brokers} has no such topic: {words}. Have it made, or add create=PARTITIONS.")
    return LogError(f"Kafka at {brokers} refused: {words}.")
