"""A thread that makes the library's calls, so that no window waits for them.

Python 3.8, no packages. Licence: MIT OR Apache-2.0.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
from typing import TYPE_CHECKING

from ..python import deepcrop
from .sentences import EXPECTED

if TYPE_CHECKING:
    from typing import Any, Callable

    # Calls a function soon, on the main thread.
    Post = Callable[[Callable[[], None]], None]


class _Job:
    def __init__(self, kind, run, done, failed, progress):
        self.kind, self.run, self.progress = kind, run, progress
        self.done, self.failed = done, failed
        self.cancel: deepcrop.Cancel | None = None
        self.wanted = True


class Worker:
    """Runs jobs one after the other on its own thread. A new job replaces the earlier
    job of its kind, which is left out or cancelled and reports no result."""

    IDLE = "idle"  # jobs of this kind wait for all others, which cancel them

    def __init__(self, post: Post):
        self._post = post
        self._signal = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._newest: dict[str, _Job] = {}
        self._thread: threading.Thread | None = None

    def ask(
        self,
        kind: str,
        run: Callable[[deepcrop.Cancel | None], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        progress: Callable[[float, str], None] | None = None,
    ) -> None:
        """Calls `run` on the thread, then `done` or `failed` on the main thread. If the
        library is missing, `run` gets None as its cancel flag; its first call then
        fails and says so."""
        job = _Job(kind, run, done, failed, progress)
        self.drop(kind)
        if kind != self.IDLE:
            self.drop(self.IDLE)
        with self._signal:
            self._waiting[kind] = self._newest[kind] = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._signal.notify()

    def drop(self, *kinds: str) -> None:
        """Leaves out or cancels the jobs of these kinds. They report no result."""
        with self._signal:
            for kind in kinds:
                self._waiting.pop(kind, None)
                job = self._newest.pop(kind, None)
                if job is not None:
                    self._stop(job)

    def busy(self, *kinds: str) -> bool:
        """Whether a job of these kinds, or without kinds any job, waits or runs."""
        with self._signal:
            return any(kind in self._newest for kind in kinds or self._newest)

    def close(self, wait: float = 0) -> bool:
        """Cancels all jobs. Returns whether the thread ended within `wait` seconds."""
        self.drop(*list(self._newest))
        with self._signal:
            thread, self._thread = self._thread, None
            self._signal.notify()
        if thread is None:
            return True
        thread.join(wait)
        return not thread.is_alive()

    @staticmethod
    def _stop(job):
        job.wanted = False
        if job.cancel is not None:
            job.cancel.raise_()

    def _work(self):
        me = threading.current_thread()
        while True:
            with self._signal:
                while self._thread is me and not self._waiting:
                    self._signal.wait()
                if self._thread is not me:
                    return
                kinds = sorted(self._waiting, key=lambda kind: kind == self.IDLE)
                job = self._waiting.pop(kinds[0])
            self._tell(job, *self._run(job))
            del job  # frees its mask or picture while this thread sleeps

    def _run(self, job):
        """Runs a job. Returns the function to call, and the outcome to pass to it."""
        try:
            cancel = None
            with contextlib.suppress(deepcrop.Error):
                cancel = deepcrop.Cancel()
            if job.progress is not None and cancel is not None:
                cancel.on_progress(lambda *told: self._tell(job, job.progress, told))
            with self._signal:
                job.cancel = cancel
                if not job.wanted:
                    return None, None
            return job.done, (job.run(cancel),)
        except BaseException as error:  # noqa: BLE001 (the user is told)
            if not isinstance(error, EXPECTED):
                traceback.print_exc()
            return job.failed, (error,)

    def _tell(self, job, function, outcome):
        def on_hosts_thread():
            if job.wanted:
                if function is not job.progress:
                    self._newest.pop(job.kind)
                function(*outcome)

        if job.wanted:
            self._post(on_hosts_thread)
