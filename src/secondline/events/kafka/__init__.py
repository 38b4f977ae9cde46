"""The event log on Kafka: the interface and promises of `events.log`, on a broker that many machines share."""
