"""Redis as kombu talks to it, but that a lost acknowledgement does not stop a worker for good.

A worker fetches a task only while it has none that is not acknowledged. If the connection breaks in
the middle of an acknowledgement, kombu logs that and goes on, and the task counts as under way for
ever: the worker never asks for another one, and so it does not notice either that its connections
are gone. Here such a task counts as done. Redis may still hold it, and then delivers it again when
its visibility timeout is over; every task may be repeated.
"""

from kombu.transport import redis
from kombu.transport.virtual import QoS as Delivered


class QoS(redis.QoS):  # type: ignore[misc]  # kombu ships no types
    """Which messages were delivered and not acknowledged."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; if that fails, it is no longer waited for."""
        try:
            super().ack(delivery_tag)
        except BaseException:
            Delivered.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Refuse a message; if that fails, it is no longer waited for."""
        try:
            super().reject(delivery_tag, requeue=requeue)
        except BaseException:
            Delivered.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):  # type: ignore[misc]  # kombu ships no types
    """A channel with this `QoS`."""

    QoS = QoS


class Transport(redis.Transport):  # type: ignore[misc]  # kombu ships no types
    """What `broker_transport` of the application names."""

    Channel = Channel
