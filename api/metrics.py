"""What Prometheus may know: counts and times, never the name of a person or a licence."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from licenses.issuing_path import IssuingStep

__all__ = ["Metrics", "MetricsServer"]

_LOG = logging.getLogger(__name__)
_MOST_PORTS_TRIED = 64


class Metrics:
    """One process's figures."""

    def __init__(self) -> None:
        """Begin at zero, in a registry of our own: two applications never share one."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "qianyin_requests",
            "HTTP requests",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "qianyin_request_seconds", "Time to answer", ("route",), registry=self.registry
        )
        self._steps = Counter(
            "qianyin_issuing_steps", "Steps of issuing done", ("step",), registry=self.registry
        )
        self._verdicts = Counter(
            "qianyin_verdicts", "Uploads examined, by verdict", ("state",), registry=self.registry
        )
        self._ends = _Ends()
        self.registry.register(self._ends)

    def show_seconds_left(self, ask: Callable[[], Mapping[tuple[str, str], float]]) -> None:
        """Ask at every scrape how long each thing still has, by kind and alias of keys.toml."""
        self._ends.ask = ask

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is a template, so labels stay few."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def observe_step(self, step: IssuingStep) -> None:
        """Count one step of issuing."""
        self._steps.labels(step.value).inc()

    def observe_verdict(self, state: str) -> None:
        """Count one verdict on an upload, or the slug of why there was none."""
        self._verdicts.labels(state).inc()

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self.registry)


class _Ends(Collector):
    def __init__(self) -> None:
        self.ask: Callable[[], Mapping[tuple[str, str], float]] = dict

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "qianyin_seconds_until_end",
            "Until a key's certificates or a seal end; negative after that",
            labels=("kind", "alias"),
        )
        for names, seconds in self.ask().items():
            family.add_metric(names, seconds)
        yield family


_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"})


class MetricsServer:
    """The figures over HTTP on a port of their own."""

    def __init__(self, server: WSGIServer, thread: threading.Thread) -> None:
        """Take what `start` made."""
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    @classmethod
    def start(cls, metrics: Metrics, host: str, port: int) -> "MetricsServer | None":
        """Listen on `port`, or on the next free one: other processes of ours may have it.

        Without a port the service still works: None, and a warning.
        """
        for candidate in range(port, port + _MOST_PORTS_TRIED):
            try:
                server, thread = start_http_server(candidate, host, metrics.registry)
            except OSError:
                continue
            _LOG.info("metrics on %s:%d", host, candidate)
            return cls(server, thread)
        _LOG.warning("no port for metrics from %d on", port)
        return None

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
